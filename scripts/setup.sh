#!/bin/sh
# Installs what building and testing needs, on Debian 12, Ubuntu 24.04 and newer ones.
#
#     scripts/setup.sh [--bench] [--ci] [--integration] [--package] [--languages] [--docs]
#
# --bench        also what the benchmarks need
# --ci           also a clang with its tools and sanitizers
# --integration  also Python's venv and Go, for scripts/integration.sh
# --languages    also Go, Rust, Node.js and Java, for capi/examples
# --package      also what Debian packages are built with, and CMake
# --docs         also Doxygen
#
# Does nothing where all of it is installed. Exit status: 0 done, 1 failed, 2 not a Debian or Ubuntu,
# or a wrong option.
set -eu

packages="g++ meson ninja-build pkg-config ccache git python3
          rapidjson-dev libfmt-dev libsqlite3-dev libcurl4-openssl-dev libssl-dev libpugixml-dev
          libcpp-httplib-dev doctest-dev libcli11-dev librapidcheck-dev"
wants_clang=no
for option in "$@"; do
    case $option in
    --bench) packages="$packages libbenchmark-dev" ;;
    --ci) wants_clang=yes ;;
    --integration)
        # Others install Go and Python by other means.
        command -v go >/dev/null || packages="$packages golang-go"
        python3 -c 'import ensurepip' 2>/dev/null || packages="$packages python3-venv"
        ;;
    --languages)
        # Others install these by other means.
        command -v go >/dev/null || packages="$packages golang-go"
        command -v cargo >/dev/null || packages="$packages cargo"
        command -v npm >/dev/null || packages="$packages nodejs npm"
        command -v javac >/dev/null || packages="$packages default-jdk-headless"
        packages="$packages libjna-java"
        ;;
    --package) packages="$packages build-essential cmake debhelper dpkg-dev fakeroot" ;;
    --docs) packages="$packages doxygen" ;;
    *)
        echo "setup.sh: unknown option $option; known are --bench, --ci, --docs, --integration," \
            "--languages and --package" >&2
        exit 2
        ;;
    esac
done

if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    cat >&2 <<'NEEDED'
setup.sh: there is no apt-get here, so please install these yourself:
    a C++20 compiler (g++ 12, clang 15 or newer), meson 1.0, ninja, pkg-config, python3, git
    fmt 9, RapidJSON 1.1; for real accounts libcurl 7.88, OpenSSL 3 and pugixml 1.13; for the durable
    store SQLite 3.40; for the command CLI11 2; for the simulated cloud as a server cpp-httplib 0.11;
    for the tests doctest 2.4 and RapidCheck
Then: meson setup build && meson test -C build
NEEDED
    exit 2
fi

is_installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing_of() {
    for package in "$@"; do
        is_installed "$package" || printf ' %s' "$package"
    done
}

clang_packages() {
    printf 'clang-%s clang-tidy-%s clang-format-%s libclang-rt-%s-dev' "$1" "$1" "$1" "$1"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        env DEBIAN_FRONTEND=noninteractive "$@"
    elif command -v sudo >/dev/null; then
        sudo env DEBIAN_FRONTEND=noninteractive "$@"
    else
        echo "setup.sh: installing packages needs root; run this as root or install sudo" >&2
        exit 1
    fi
}

update_lists() {
    [ "${lists_are_new:-no}" = no ] || return 0
    as_root apt-get update -qq || {
        echo "setup.sh: apt-get update failed; is there a network?" >&2
        exit 1
    }
    lists_are_new=yes
}

if [ "$wants_clang" = yes ]; then
    # 19 first: formatting differs from version to version, and the code is formatted by 19.
    clang=
    for version in 19 20 18; do
        # shellcheck disable=SC2046 # a list of words
        [ -n "$(missing_of $(clang_packages $version))" ] || clang=${clang:-$version}
    done
    if [ -z "$clang" ]; then
        update_lists
        for version in 19 20 18; do
            apt-cache show "clang-$version" >/dev/null 2>&1 && clang=${clang:-$version}
        done
    fi
    if [ -z "$clang" ]; then
        echo "setup.sh: this release has no clang 18, 19 or 20, which --ci needs" >&2
        exit 1
    fi
    packages="$packages $(clang_packages "$clang") abigail-tools"
fi

# shellcheck disable=SC2086 # a list of words
missing=$(missing_of $packages)
if [ -z "$missing" ]; then
    echo "setup: everything is installed"
    exit 0
fi

echo "setup: installing$missing"
update_lists
# shellcheck disable=SC2086 # a list of words
as_root apt-get install -y -qq --no-install-recommends $missing >/dev/null || {
    echo "setup.sh: apt-get install failed; on Ubuntu the component universe must be enabled" >&2
    exit 1
}
echo "setup: done"
