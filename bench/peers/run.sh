#!/bin/sh
# Sets peer-bench beside other people's compiled code, turn by turn, and prints the ratios.
#
#     bench/peers/run.sh [BUILD]     BUILD was configured with -Dbench=enabled, by default `build`
#
# Needs Go and its module proxy.
set -eu
cd "$(dirname "$0")/../.."
build=${1:-build-bench}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
ninja -C "$build" elastiroll bench/peer-bench bench/transport-bench bench/loopback-bench >/dev/null
(cd bench/peers/go && go build -o "$folder" ./...)
python3 bench/peers/make_list.py "$folder/list.json"

# compare WHAT ARGUMENT...: five turns each, the best of both
compare() {
    what=$1
    shift
    ours=0 theirs=0
    for _ in 1 2 3 4 5; do
        text=$("$build/bench/peer-bench" "$@")
        peer=$("$folder/micro" "$@")
        [ "$ours" -ne 0 ] && [ "$ours" -lt "${text%% *}" ] || ours=${text%% *}
        [ "$theirs" -ne 0 ] && [ "$theirs" -lt "${peer%% *}" ] || theirs=${peer%% *}
    done
    echo "$what: ours $ours ns, peer $theirs ns, ratio $(python3 -c "print(f'{$theirs / $ours:.1f}')")"
    echo "    ours: ${text#* }"
    echo "    peer: ${peer#* }"
}

compare "a signature, beside aws-sdk-go-v2"
compare "a list of 5,000 groups, beside spotinst-sdk-go" "$folder/list.json"
python3 bench/peers/loopback.py "$build" "$folder" transport
python3 bench/peers/loopback.py "$build" "$folder" fleet
