#!/usr/bin/env python3
"""Fails on every include that the table of folders (docs/architecture.md) does not allow.

    layers.py ROOT

Looks at the C++ files under ROOT/include/elastiroll, ROOT/lib and ROOT/capi. Tests itself first, so that a rule
that no longer finds anything does not pass for a clean tree.
"""

import pathlib
import re
import sys
import tempfile

# What a folder of lib/ and include/elastiroll/ may include besides itself and `base`.
ALLOWED = {
    "base": set(),
    "model": set(),
    "spec": {"model"},
    "plan": {"model", "spec"},
    "ports": {"model"},
    "engine": {"model", "spec", "plan", "ports"},
    "adapters/http": {"model", "ports"},
    "adapters/spot": {"model", "ports"},
    "adapters/aws": {"model", "ports"},
    "adapters/store": {"model", "ports"},
    "adapters/sim": {"model", "ports"},
    "adapters/sim_server": {"model", "ports"},  # and the simulated cloud's public header
    "runtime": {"model", "spec", "plan", "ports", "engine"},
}
# These see public headers only, all of them.
OUTSIDE = {"cli", "capi"}

# Where a third-party header may appear; the folders of None are any, but in .cpp files only.
THIRD_PARTY = {
    "fmt/": None,
    "rapidjson/": {"base"},
    "curl/": {"adapters/http"},
    "openssl/": {"adapters/aws"},
    "pugixml.hpp": {"adapters/aws"},
    "sqlite3.h": {"adapters/store"},
    "httplib.h": {"adapters/sim_server"},
    "CLI/": {"cli"},
}

# From base to engine there is no clock, randomness, environment, locale, log or thread.
PURE = {"base", "model", "spec", "plan", "ports", "engine"}
IMPURE_HEADERS = {
    "barrier", "condition_variable", "filesystem", "fstream", "future", "iomanip", "iostream",
    "latch", "locale", "mutex", "random", "semaphore", "shared_mutex", "stop_token", "syncstream",
    "thread",
}
# The operating system's headers: where effects live.
SYSTEM_FOLDERS = {"capi", "cli", "runtime", "adapters/aws", "adapters/http", "adapters/store", "adapters/sim_server"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path):
    """`adapters/spot` for `adapters/spot/codec.cpp` and `adapters/spot.hpp`, else the first part."""
    parts = path.split("/")
    if parts[0] == "adapters" and len(parts) > 1:
        return "adapters/" + parts[1].removesuffix(".hpp")
    return parts[0]


def refusal(is_public, path, quote, included):
    """Why the file `path` (below lib/ or include/elastiroll/) may not include `included`."""
    folder = folder_of(path)
    if folder not in ALLOWED and folder not in OUTSIDE:
        return f"folder {folder} is not in the table"

    is_public_header = included.startswith("elastiroll/")
    # All of the C API's files lie side by side.
    if folder == "capi" and (included == "elastiroll.h" or (quote == '"' and "/" not in included)):
        return None
    if quote == '"' or is_public_header:
        if is_public_header and quote == '"':
            return "public headers are included with <>"
        if not is_public_header and is_public:
            return "a public header includes std and public headers only"
        if is_public_header and included == "elastiroll/elastiroll.hpp":
            return None if folder in OUTSIDE else "elastiroll.hpp is for users; include what you use"
        other = folder_of(included.removeprefix("elastiroll/"))
        if folder in OUTSIDE:
            if is_public_header or other == folder:
                return None
            return f"{folder} sees public headers only"
        if other in (folder, "base") or other in ALLOWED[folder]:
            return None
        if folder == "adapters/sim_server" and included == "elastiroll/adapters/sim.hpp":
            return None
        return f"{folder} may not know {other}"

    for prefix, folders in THIRD_PARTY.items():
        if not included.startswith(prefix):
            continue
        if is_public:
            return "a public header includes std and public headers only"
        if folders is None:
            return None if path.endswith(".cpp") else f"{prefix} belongs into .cpp files"
        return None if folder in folders else f"{prefix} belongs into {', '.join(sorted(folders))}"

    if "/" not in included and "." not in included:  # the standard library
        if folder in PURE and included in IMPURE_HEADERS:
            return f"{folder} is pure: no clock, randomness, environment, locale, log or thread"
        return None
    if not is_public and folder in SYSTEM_FOLDERS:
        return None
    return f"{included} is neither std nor in the table"


def findings(root):
    found = []
    for is_public, base, below in (
        (True, root / "include" / "elastiroll", "**/*"),
        (False, root / "lib", "**/*"),
        (False, root / "capi", "*"),
    ):
        for file in sorted(base.glob(below)):
            if file.suffix not in (".hpp", ".cpp", ".h"):
                continue
            path = file.relative_to(base).as_posix()
            if base.name == "capi":
                path = "capi/" + path
            if is_public and path == "elastiroll.hpp":
                continue
            for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
                match = INCLUDE.match(line)
                why = match and refusal(is_public, path, *match.groups())
                if why:
                    found.append(f"{file.relative_to(root)}:{number}: {match.group(2)}: {why}")
    return found


GOOD = [
    ("lib/base/document.cpp", "<rapidjson/reader.h>"),
    ("lib/base/document.cpp", '"base/quote.hpp"'),
    ("lib/plan/plan.cpp", "<fmt/format.h>"),
    ("lib/plan/plan.cpp", "<elastiroll/spec/deployment_spec.hpp>"),
    ("lib/engine/driver.hpp", "<elastiroll/ports/store.hpp>"),
    ("lib/adapters/spot/codec.cpp", "<elastiroll/adapters/spot.hpp>"),
    ("lib/adapters/http/transport.cpp", "<curl/curl.h>"),
    ("lib/adapters/sim_server/server.cpp", "<elastiroll/adapters/sim.hpp>"),
    ("lib/cli/main.cpp", "<elastiroll/adapters/sim.hpp>"),
    ("lib/cli/main.cpp", "<unistd.h>"),
    ("capi/run.cpp", '"guard.hpp"'),
    ("capi/run.cpp", "<elastiroll.h>"),
    ("capi/run.cpp", "<elastiroll/adapters/sim.hpp>"),
    ("include/elastiroll/runtime/runtime.hpp", "<elastiroll/engine/event.hpp>"),
]
BAD = [
    ("lib/base/text.cpp", '"model/naming.hpp"'),
    ("lib/base/text.cpp", "<elastiroll/model/naming.hpp>"),
    ("lib/base/text.hpp", "<fmt/format.h>"),
    ("lib/base/text.cpp", "<boost/asio.hpp>"),
    ("lib/base/text.cpp", "<unistd.h>"),
    ("lib/model/naming.cpp", "<rapidjson/reader.h>"),
    ("lib/spec/resolve.cpp", "<elastiroll/plan/plan.hpp>"),
    ("lib/plan/plan.cpp", "<random>"),
    ("lib/plan/plan.cpp", "<elastiroll/elastiroll.hpp>"),
    ("lib/engine/driver.cpp", "<elastiroll/adapters/spot.hpp>"),
    ("lib/engine/driver.cpp", "<thread>"),
    ("lib/adapters/spot/codec.cpp", "<elastiroll/adapters/sim.hpp>"),
    ("lib/adapters/spot/codec.cpp", '"adapters/sim/http.hpp"'),
    ("lib/adapters/spot/codec.cpp", "<curl/curl.h>"),
    ("lib/adapters/sim/cloud.cpp", '"adapters/spot/codec.hpp"'),
    ("lib/adapters/sim/cloud.cpp", "<elastiroll/engine/event.hpp>"),
    ("lib/runtime/fleet.cpp", "<elastiroll/adapters/spot.hpp>"),
    ("lib/cli/main.cpp", '"runtime/fleet.hpp"'),
    ("capi/run.cpp", '"runtime/fleet.hpp"'),
    ("capi/run.cpp", "<curl/curl.h>"),
    ("lib/new/thing.cpp", "<string>"),
    ("include/elastiroll/base/text.hpp", '"base/quote.hpp"'),
    ("include/elastiroll/base/text.hpp", "<fmt/format.h>"),
    ("include/elastiroll/base/text.hpp", '"elastiroll/base/error.hpp"'),
    ("include/elastiroll/model/naming.hpp", "<elastiroll/plan/plan.hpp>"),
    ("include/elastiroll/adapters/sim.hpp", "<elastiroll/adapters/spot.hpp>"),
]


def test_self():
    for expected, cases in ((0, GOOD), (1, BAD)):
        for path, included in cases:
            with tempfile.TemporaryDirectory() as name:
                root = pathlib.Path(name)
                file = root / path
                file.parent.mkdir(parents=True)
                file.write_text(f"#pragma once\n  # include {included} // why\n")
                found = findings(root)
                if len(found) != expected:
                    sys.exit(f"self-test: {path} with {included}: expected {expected} findings, "
                             f"got {found}")


def main():
    test_self()
    found = findings(pathlib.Path(sys.argv[1]))
    print("\n".join(found) or "every include is allowed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
