#!/bin/sh
# Builds the Debian packages, on Debian 12 and newer ones: elastiroll (the command), libelastiroll-c0 and
# libelastiroll-dev.
#
#     scripts/package.sh
#
# They are written to build/packages. BUILD_DIR=... takes another folder than build; DEB_BUILD_OPTIONS=noopt
# is for who only wants to see that they can be built.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD_DIR:-build}

scripts/setup.sh --package
# dpkg-buildpackage writes beside the source: so that is a copy.
rm -rf "$build/packages"
mkdir -p "$build/packages/source"
git ls-files -z | xargs -0 cp --parents -t "$build/packages/source"
(
    cd "$build/packages/source"
    PATH=/usr/lib/ccache:$PATH DEB_BUILD_OPTIONS="${DEB_BUILD_OPTIONS:-} noautodbgsym parallel=$(nproc)" \
        dpkg-buildpackage --build=binary --unsigned-changes
) >"$build/packages/log" 2>&1 || {
    tail -40 "$build/packages/log" >&2
    echo "package.sh: the packages cannot be built; the whole log is $build/packages/log" >&2
    exit 1
}
rm -rf "$build/packages/source"
ls "$build"/packages/*.deb
