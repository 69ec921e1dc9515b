#!/bin/sh
# Builds everything in build/ and runs all quick tests, on a fresh machine too.
#
#     scripts/test.sh [MESON OPTION...]      e.g. scripts/test.sh --werror
#
# BUILD_DIR=... builds elsewhere. An existing build folder is used again.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD_DIR:-build}

scripts/setup.sh

# Meson uses ccache by itself where it is installed. A unity build takes a third of the time.
if [ -f "$build/build.ninja" ]; then
    [ $# -eq 0 ] || meson configure "$build" "$@"
else
    meson setup "$build" --unity=on --unity-size=16 "$@"
fi
ninja -C "$build"

if meson test -C "$build" --no-rebuild --print-errorlogs; then
    echo "test: all tests passed"
else
    echo "test: some tests failed; the whole log is $build/meson-logs/testlog.txt" >&2
    exit 1
fi
