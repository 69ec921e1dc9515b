#!/bin/sh
# Builds a project of three files in C and one in C++ against an installed elastiroll, with pkg-config,
# CMake and Meson each, and lets all of them deploy in the simulated cloud.
#
#     tests/consumers/check.sh PREFIX [LANGUAGE...]
#
# PREFIX is /usr, or where `meson install` has put it; languages are c and cpp, both by default.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
prefix=$1
shift
[ $# -gt 0 ] || set -- c cpp
spec=$here/../../docs/examples/minimal.json
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ "$prefix" != /usr ]; then
    pkgconfig=$(dirname "$(find "$prefix" -name elastiroll-c.pc)")
    export PKG_CONFIG_PATH="$pkgconfig" CMAKE_PREFIX_PATH="$prefix" LD_LIBRARY_PATH="${pkgconfig%/pkgconfig}"
fi

# run LANGUAGE TOOL PROGRAM
run() {
    said=$("$3" "$spec")
    case $said in
    *done) echo "consumers: $1 with $2: $said" ;;
    *)
        echo "consumers: $1 with $2 says: $said" >&2
        exit 1
        ;;
    esac
}

for language in "$@"; do
    for tool in pkg-config cmake meson; do
        out=$work/$language-$tool
        mkdir "$out"
        log=$out.log
        case $tool in
        pkg-config) make -C "$here/$language" OUT="$out" >"$log" 2>&1 ;;
        cmake) cmake -S "$here/$language" -B "$out" >"$log" 2>&1 && cmake --build "$out" >>"$log" 2>&1 ;;
        meson) meson setup "$out" "$here/$language" >"$log" 2>&1 && ninja -C "$out" >>"$log" 2>&1 ;;
        esac || {
            cat "$log" >&2
            echo "consumers: $language with $tool does not build" >&2
            exit 1
        }
        run $language $tool "$out/consumer"
    done
done
