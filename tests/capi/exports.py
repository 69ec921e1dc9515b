#!/usr/bin/env python3
"""Checks what a shared library exports against the list of what it promises.

    exports.py SYMBOLS.TXT LIBRARY

ELASTIROLL_UPDATE_GOLDEN=1 writes the list anew, and fails.
"""

import os
import pathlib
import subprocess
import sys


def main():
    golden, library = pathlib.Path(sys.argv[1]), sys.argv[2]
    listed = subprocess.run(["nm", "--dynamic", "--defined-only", "--with-symbol-versions", library],
                            check=True, stdout=subprocess.PIPE, text=True).stdout
    # The version's own name is an absolute symbol.
    exported = sorted(line.split()[2] for line in listed.splitlines() if line.split()[1] != "A")
    promised = golden.read_text().splitlines() if golden.exists() else []
    if os.environ.get("ELASTIROLL_UPDATE_GOLDEN") == "1":
        golden.write_text("".join(name + "\n" for name in exported))
    if exported == promised:
        return
    for name in sorted(set(promised) - set(exported)):
        print(f"{name} is promised and gone: within a major version that is not allowed")
    for name in sorted(set(exported) - set(promised)):
        print(f"{name} is new: add it to {golden.name}, or keep it in")
    sys.exit(1)


if __name__ == "__main__":
    main()
