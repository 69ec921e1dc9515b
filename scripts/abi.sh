#!/bin/sh
# Compares the ABI that elastiroll.h describes with the last one that was recorded, capi/elastiroll-c.abi.
# (Which symbols the library exports is compared with capi/symbols.txt by the tests.)
#
#     scripts/abi.sh [--record]
#
# --record  writes it anew: at a release, and with what is new in one. Within a major version nothing on
#           record goes or changes.
# Needs libabigail (scripts/setup.sh --ci installs it). Exit status: 0 the same, or only more; 1 not.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# A library of empty functions: what a caller's compiler sees, and none of the library's own types.
python3 - capi/include/elastiroll.h >"$work/all.c" <<'EMPTY'
import re
import sys

text = open(sys.argv[1]).read()
print(re.sub(r"^ELR_API ([^;]+);", r"\1 { __builtin_trap(); }", text, flags=re.MULTILINE))
EMPTY
"${CC:-cc}" -g -fPIC -shared -w "$work/all.c" -o "$work/libelastiroll-c.so" \
    -Wl,--version-script,capi/elastiroll.map -Wl,-soname,libelastiroll-c.so.0

if [ "${1:-}" = --record ]; then
    abidw --no-corpus-path --no-comp-dir-path --no-show-locs --out-file capi/elastiroll-c.abi \
        "$work/libelastiroll-c.so"
    echo "abi: recorded in capi/elastiroll-c.abi"
    exit 0
fi
status=0
abidiff --no-added-syms capi/elastiroll-c.abi "$work/libelastiroll-c.so" || status=$?
if [ "$status" -ne 0 ]; then
    echo "abi: it is not the one on record; scripts/abi.sh --record, if that is meant" >&2
    exit 1
fi
echo "abi: as on record"
