#!/bin/sh
# Runs the examples of capi/examples against a simulated cloud, each to the end of three deployments: a
# canary that is called off, one that succeeds, a blue/green one whose instances stay unhealthy.
#
#     scripts/languages.sh [LANGUAGE...]     e.g. scripts/languages.sh rust node; all six by default
#
# Installs what they need: compilers and JNA with apt-get where they are missing, koffi from npm into the
# build folder. The library is installed below the build folder, which scripts/test.sh makes; BUILD_DIR=...
# takes another one. Exit status: 0 all went as they should, 1 one did not.
set -eu
cd "$(dirname "$0")/.."
build=$(mkdir -p "${BUILD_DIR:-build}" && cd "${BUILD_DIR:-build}" && pwd)
examples=$PWD/capi/examples
work=$build/languages

scripts/setup.sh --languages
[ -f "$build/build.ninja" ] || meson setup "$build" --unity=on --unity-size=16
meson compile -C "$build" elastiroll:executable elastiroll-c:shared_library >/dev/null
rm -rf "$work"
mkdir -p "$work"
# What a user would have installed, without a prefix of its own.
library=$work/lib
mkdir -p "$library/pkgconfig" "$work/include"
cp "$examples/../include/elastiroll.h" "$work/include/"
cp -a "$build"/capi/libelastiroll-c.so* "$library/"
sed "s#^prefix=.*#prefix=$work#; s#^libdir=.*#libdir=$library#; s#^includedir=.*#includedir=$work/include#" \
    "$build/meson-private/elastiroll-c.pc" >"$library/pkgconfig/elastiroll-c.pc"
export PKG_CONFIG_PATH="$library/pkgconfig" LD_LIBRARY_PATH="$library"
export ELASTIROLL_LIBRARY="$library/libelastiroll-c.so.0"

# Sets `program` to what runs the example.
build_example() {
    case $1 in
    c)
        # shellcheck disable=SC2046 # a list of words
        "${CC:-cc}" -std=c99 -Wall -Wextra -Wpedantic -Werror -pthread -o "$work/deploy-c" "$examples/c/deploy.c" \
            $(pkg-config --cflags --libs elastiroll-c)
        program=$work/deploy-c
        ;;
    go)
        (cd "$examples/go" && go build -o "$work/deploy-go" .)
        program=$work/deploy-go
        ;;
    java)
        javac -Xlint:all -Werror -cp /usr/share/java/jna.jar -d "$work/java" "$examples"/java/*.java
        program="java -Djna.library.path=$library -cp /usr/share/java/jna.jar:$work/java Deploy"
        ;;
    node)
        cp -r "$examples/node" "$work/node"
        (cd "$work/node" && npm install --no-audit --no-fund --silent)
        program="node $work/node/deploy.js"
        ;;
    python) program="python3 $examples/python/deploy.py" ;;
    rust)
        CARGO_TARGET_DIR=$work/rust cargo build --quiet --manifest-path "$examples/rust/Cargo.toml"
        program=$work/rust/debug/deploy
        ;;
    *)
        echo "languages.sh: unknown language $1; known are c, go, java, node, python and rust" >&2
        exit 2
        ;;
    esac
}

status=0
[ $# -gt 0 ] || set -- c go java node python rust
for language in "$@"; do
    build_example "$language"
    log=$work/$language.log
    # shellcheck disable=SC2086 # a list of words
    if python3 "$examples/run.py" "$build/elastiroll" -- $program >"$log" 2>&1; then
        echo "languages: $language: as it should be"
    else
        status=1
        tail -30 "$log" >&2
        echo "languages: $language: not as it should be; the whole log is $log" >&2
    fi
done
rm -f "$examples/rust/Cargo.lock"
exit $status
