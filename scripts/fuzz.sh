#!/bin/sh
# Runs the libFuzzer targets, each for some time, over the corpora in tests/fuzz/corpus. No network.
#
#     scripts/fuzz.sh [SECONDS [TARGET...]]      e.g. scripts/fuzz.sh 600 xml; all for 60 s by default
#
# Needs clang with its run-time libraries (scripts/setup.sh --ci installs them). Builds in build-fuzz/. What is
# found new stays in build-fuzz/corpus; bytes that break a parser are written to build-fuzz/, and belong into
# tests/fuzz/corpus once mended. Exit status: 0 all targets kept their laws, 1 one did not.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -eq 0 ] || shift

for version in 19 20 18; do
    ! command -v "clang++-$version" >/dev/null || break
done
[ -f build-fuzz/build.ninja ] || CXX="$(command -v ccache || true) clang++-$version" meson setup build-fuzz \
    -Dfuzz=enabled -Doptimization=2 -Ddebug=false -Dauto_features=enabled -Dhttp=disabled -Dsqlite=disabled \
    -Dcli=disabled -Dsim_server=disabled -Db_sanitize=address,undefined -Db_lundef=false \
    -Dcpp_args="-gline-tables-only -fsanitize=fuzzer-no-link -fno-sanitize-recover=undefined -fsanitize-ignorelist=$PWD/tests/support/sanitizer-ignore.txt" \
    --unity=on --unity-size=16
targets=${*:-$(ls tests/fuzz/corpus)}
# shellcheck disable=SC2086 # a list of words
ninja -C build-fuzz $(printf 'tests/fuzz/fuzz-%s ' $targets)

status=0
for target in $targets; do
    mkdir -p "build-fuzz/corpus/$target"
    log=build-fuzz/$target.log
    if "build-fuzz/tests/fuzz/fuzz-$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 \
        -print_final_stats=1 -print_funcs=0 -artifact_prefix=build-fuzz/ "build-fuzz/corpus/$target" \
        "tests/fuzz/corpus/$target" >"$log" 2>&1; then
        echo "fuzz: $target: clean, $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") executions in $seconds s"
    else
        status=1
        echo "fuzz: $target: a law does not hold; see $log" >&2
        grep -a 'the law that\|SUMMARY\|Assertion\|written to' "$log" >&2 || :
    fi
done
exit $status
