#!/bin/sh
# Makes the reference of the C and the C++ API with Doxygen: build/reference/html/index.html.
#
#     scripts/reference.sh
#
# BUILD_DIR=... writes below another folder. Exit status: 0 done, 1 Doxygen had something to complain of.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD_DIR:-build}

scripts/setup.sh --docs
mkdir -p "$build/reference"
# run SETTING...
run() {
    {
        cat docs/Doxyfile
        printf '%s\n' "OUTPUT_DIRECTORY = $build/reference" "$@"
    } | doxygen - || {
        echo "reference.sh: see the warnings above" >&2
        exit 1
    }
}
# In C every name is documented; in C++ what its type and name say is not said again.
run "INPUT = capi/include" "USE_MDFILE_AS_MAINPAGE =" "GENERATE_HTML = NO" "GENERATE_XML = YES" "WARN_IF_UNDOCUMENTED = YES"
run
echo "reference: $build/reference/html/index.html"
