#!/usr/bin/env python3
"""Fails where a public header does not stand by itself.

    headers.py ROOT WORK COMPILER...

WORK is a folder for what is compiled; it keeps its names from run to run, so that ccache can help.
Every header under ROOT/include/elastiroll must begin with `#pragma once`, include std and public
headers only, compile alone without warnings, and be included by elastiroll.hpp, which is sorted.
Tests itself first.
"""

import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile

INCLUDE = re.compile(r'^\s*#\s*include\s*(.*?)\s*(//.*)?$')
ALL = "elastiroll.hpp"
FLAGS = ["-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion",
         "-Wsign-conversion", "-Werror"]


def headers_below(include):
    return sorted(include.joinpath("elastiroll").rglob("*.hpp"), key=pathlib.Path.as_posix)


def includes_of(file):
    matches = map(INCLUDE.match, file.read_text(encoding="utf-8").splitlines())
    return [match.group(1) for match in matches if match]


def text_findings(include):
    """What can be seen without a compiler."""
    found = []
    headers = headers_below(include)
    public = [f"<{header.relative_to(include).as_posix()}>" for header in headers]
    for header in headers:
        name = header.relative_to(include).as_posix()
        lines = header.read_text(encoding="utf-8").splitlines()
        if not lines or lines[0] != "#pragma once":
            found.append(f"{name}: the first line is not #pragma once")
        for included in includes_of(header):
            is_std = re.fullmatch(r"<[a-z_0-9]+>", included)
            if not is_std and included not in public:
                found.append(f"{name}: {included} is neither std nor a public header")
    all_name = f"<elastiroll/{ALL}>"
    expected = [name for name in public if name != all_name]
    if all_name not in public:
        found.append(f"elastiroll/{ALL} is missing")
    elif (actual := includes_of(include / "elastiroll" / ALL)) != expected:
        found += [f"elastiroll/{ALL}: {name} is missing" for name in expected if name not in actual]
        found.append(f"elastiroll/{ALL}: expected all public headers, each once, sorted")
    return found


def compile_alone(compiler, include, work, header):
    name = header.relative_to(include).as_posix()
    # As an included file: compiling a header itself warns about #pragma once. Twice, for that very
    # pragma.
    source = work / (name.replace("/", "_") + ".cpp")
    source.write_text(f"#include <{name}>\n#include <{name}>\n", encoding="utf-8")
    run = subprocess.run([*compiler, *FLAGS, f"-I{include}", "-c", source, "-o", f"{source}.o"],
                         text=True, capture_output=True, check=False)
    return f"{name} does not compile by itself:\n{run.stderr}" if run.returncode != 0 else None


def findings(include, work, compiler):
    work.mkdir(parents=True, exist_ok=True)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        compiled = pool.map(lambda header: compile_alone(compiler, include, work, header),
                            headers_below(include))
        return text_findings(include) + [failure for failure in compiled if failure]


GOOD = {
    "a.hpp": "#pragma once\n#include <cstddef>\nstd::size_t a();\n",
    "b/c.hpp": "#pragma once\n#include <elastiroll/a.hpp>\nstd::size_t c();\n",
    ALL: "#pragma once\n#include <elastiroll/a.hpp>\n#include <elastiroll/b/c.hpp>\n",
}
BAD = {
    "not once": {"a.hpp": "#include <cstddef>\nstd::size_t a();\n"},
    "does not include what it uses": {"a.hpp": "#pragma once\nstd::size_t a();\n"},
    "a warning": {"a.hpp": "#pragma once\n#include <cstddef>\n"
                           "inline int a(std::size_t b) { return b; }\n"},
    "another library": {"a.hpp": "#pragma once\n#include <cstddef>\n#include <fmt/core.h>\n"},
    "the system": {"a.hpp": "#pragma once\n#include <cstddef>\n#include <unistd.h>\n"},
    "a private header": {"a.hpp": '#pragma once\n#include <cstddef>\n#include "a_impl.hpp"\n'},
    "not in the list": {ALL: "#pragma once\n#include <elastiroll/a.hpp>\n"},
    "not sorted": {ALL: "#pragma once\n#include <elastiroll/b/c.hpp>\n#include <elastiroll/a.hpp>\n"},
}


def test_self(compiler):
    for why, changes in {"good": {}, **BAD}.items():
        with tempfile.TemporaryDirectory() as name:
            include = pathlib.Path(name)
            for path, text in {**GOOD, **changes}.items():
                file = include / "elastiroll" / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            found = findings(include, include / "work", compiler)
            if bool(found) == (why == "good"):
                sys.exit(f"self-test: {why}: {found}")


def main():
    root, work, *compiler = sys.argv[1:]
    test_self(compiler)
    found = findings(pathlib.Path(root) / "include", pathlib.Path(work), compiler)
    print("\n".join(found) or "every public header stands by itself")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
