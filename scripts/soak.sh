#!/bin/sh
# Kills the command several hundred times while it deploys, each time has another process resume or roll
# back, and judges what the cloud saw. No account, no network, some minutes.
#
#     scripts/soak.sh [OPTION...]      e.g. scripts/soak.sh --kills 5000, scripts/soak.sh --only 1000007
#
# Options are those of tests/integration/kill_test.py: --kills N (500), --seed N (1), --only SEED of one round,
# --verbose. BUILD_DIR=... builds elsewhere. Exit status: 0 all held, 1 something did not.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD_DIR:-build}

scripts/setup.sh
[ -f "$build/build.ninja" ] || meson setup "$build" --unity=on --unity-size=16 >"${TMPDIR:-/tmp}/elastiroll-soak.log" 2>&1 || {
    cat "${TMPDIR:-/tmp}/elastiroll-soak.log" >&2
    exit 1
}
echo "soak: building"
ninja -C "$build" --quiet tests/integration/sim-host tests/integration/elastiroll-under-test

status=0
python3 tests/integration/kill_test.py --kills 500 "$@" \
    --host "$build/tests/integration/sim-host" --command "$build/tests/integration/elastiroll-under-test" \
    --examples docs/examples || status=$?
echo "soak: again: scripts/soak.sh $*"
exit $status
