#!/usr/bin/env python3
"""README.md's block of code is the marked part of the quick start, and what it prints is what it prints.

    readme.py README QUICKSTART_SOURCE QUICKSTART SPEC

Fails where the one block of README in the source's language (```c, ```cpp) differs from what stands
between the two [README] marks,
where running the quick start does not end with 0, or where its last line is not in README.
"""

import difflib
import re
import subprocess
import sys

MARKS = {"cpp": "// [README]\n", "c": "/* [README] */\n"}


def block_of(readme, language):
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    if len(blocks) != 1:
        sys.exit(f"README has {len(blocks)} blocks of {language}, expected one")
    return blocks[0]


def marked_part_of(source, mark):
    parts = source.split(mark)
    if len(parts) != 3:
        sys.exit(f"the quick start has {len(parts) - 1} lines '{mark.strip()}', expected two")
    return parts[1]


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def main():
    readme, source = read(sys.argv[1]), read(sys.argv[2])
    language = sys.argv[2].rpartition(".")[2]
    block, part = block_of(readme, language), marked_part_of(source, MARKS[language])
    if block != part:
        sys.stdout.writelines(difflib.unified_diff(
            part.splitlines(True), block.splitlines(True), "quick start", "README"))
        return 1
    run = subprocess.run(sys.argv[3:], capture_output=True, text=True, check=False)
    last = run.stdout.splitlines()[-1] if run.stdout else ""
    if run.returncode != 0 or not last:
        print(f"the quick start ended with {run.returncode}\n{run.stdout}{run.stderr}")
        return 1
    if last not in readme.splitlines():
        print(f"README does not show the quick start's last line: {last}")
        return 1
    print(f"README shows the quick start; it ends with: {last}")
    return 0


sys.exit(main())
