#!/bin/sh
# Shows three deployments in the simulated cloud: no account, no network, a few seconds.
#
#     scripts/demo.sh
#
# BUILD_DIR=... builds elsewhere.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD_DIR:-build}

scripts/setup.sh
[ -f "$build/build.ninja" ] || meson setup "$build" --unity=on --unity-size=16 >"${TMPDIR:-/tmp}/elastiroll-demo.log" 2>&1 || {
    cat "${TMPDIR:-/tmp}/elastiroll-demo.log" >&2
    exit 1
}
echo "demo: building the command"
ninja -C "$build" --quiet elastiroll

# What is simulated here is not kept.
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
export XDG_STATE_HOME="$state"

# show WHAT EXPECTED-STATUS ARGUMENT...
show() {
    what=$1
    expected=$2
    shift 2
    printf '\n=== %s\n\n$ %s' "$what" "$build/elastiroll"
    printf ' %s' "$@"
    printf '\n\n'
    status=0
    "$build/elastiroll" "$@" || status=$?
    if [ "$status" -ne "$expected" ]; then
        echo "demo: expected exit status $expected, got $status" >&2
        exit 1
    fi
    printf '\nexit status %s, as expected\n' "$status"
}

spec=docs/examples/canary.json
good=docs/examples/scenarios/canary.json
bad=docs/examples/scenarios/unhealthy-in-phase-2.json

show "What would be done, and nothing is done" 0 \
    plan --spec $spec --workflow canary --simulate=$good
show "A canary deployment that succeeds" 0 \
    deploy --spec $spec --workflow canary --simulate=$good --yes
show "Instances that stay unhealthy in phase 2: everything is put back" 1 \
    deploy --spec $spec --workflow canary --simulate=$bad --yes
