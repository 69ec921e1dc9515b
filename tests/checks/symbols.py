#!/usr/bin/env python3
"""Fails where the C++ library defines a global symbol outside namespace elastiroll.

    symbols.py NM LIBRARY

A library is a guest: a strong symbol of another name could clash with one of its host. Weak symbols
(templates and inline functions of std and other libraries) are merged by the linker and may stay.
Tests itself first.
"""

import re
import subprocess
import sys

# A function or variable of the namespace, or a virtual table, type information, thunk or static
# local of one (Itanium C++ ABI, 5.1).
OURS = re.compile(r"_Z(T[VTISCW]|T[hv]n?\d+_(n?\d+_)?|GV|GR)*[NZKVRrO]*10elastiroll")
# What AddressSanitizer puts beside a global: its mark that there is one once, and a counter.
SANITIZER = re.compile(r"__odr_asan_gen_|___asan_globals_registered$")


def findings(listing):
    """`listing` is what `nm --format=posix --extern-only --defined-only` prints."""
    found = []
    for line in listing.splitlines():
        parts = line.split()
        if len(parts) < 2 or len(parts[1]) != 1:
            continue  # the name of an object
        name, kind = parts[:2]
        is_merged = kind in "VvWwu"
        plain_name = SANITIZER.sub("", name)
        if plain_name and not is_merged and not OURS.match(plain_name):
            found.append(f"{name} ({kind})")
    return found


GOOD = """
libelastiroll.a[document.cpp.o]:
_ZN10elastiroll14parse_documentESt17basic_string_viewIcSt11char_traitsIcEERKNS_14DocumentLimitsE T 0 42
_ZNK10elastiroll8Document4kindEv T 0 9
_ZN10elastiroll4spot11make_clientENS0_13ClientOptionsE T 0 9
_ZNO10elastiroll6Result5valueEv T 0 9
_ZTVN10elastiroll5StoreE D 0 38
_ZTIN10elastiroll5StoreE D 0 38
_ZThn16_N10elastiroll5StoreD0Ev T 0 8
_ZGVZN10elastiroll3sim16default_scenarioEvE4text B 0 8
_ZZN10elastiroll3sim16default_scenarioEvE4text B 0 8
_ZNSt6vectorIiSaIiEED1Ev W 0 8
_ZN9rapidjson4UTF8IcE6EncodeEj W 0 8
___asan_globals_registered C 8 8
__odr_asan_gen__ZTIN10elastiroll5StoreE B 0 1
"""
BAD = [
    "helper T 0 8",
    "_Z6helperv T 0 8",
    "_ZN5other6helperEv T 0 8",
    "_ZN5other10elastirollEv T 0 8",
    "_ZN10elastirol6helperEv T 0 8",
    "table D 0 8",
    "counter C 0 8",
    "_ZTVN5other5StoreE D 0 38",
    "__odr_asan_gen_table B 0 1",
]


def test_self():
    if found := findings(GOOD):
        sys.exit(f"self-test: refused {found}")
    for line in BAD:
        if len(findings(line)) != 1:
            sys.exit(f"self-test: did not find {line}")


def main():
    test_self()
    nm, library = sys.argv[1:]
    listing = subprocess.run([nm, "--format=posix", "--extern-only", "--defined-only", library],
                             text=True, capture_output=True, check=True).stdout
    if "10elastiroll" not in listing:
        sys.exit(f"{library} has no symbols of ours: is it the library?")
    found = findings(listing)
    print("\n".join(found) or "every global symbol is in namespace elastiroll")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
