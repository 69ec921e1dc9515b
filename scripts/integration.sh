#!/bin/sh
# Runs our protocols against peers that nobody here wrote: botocore, moto and Spot's Go SDK.
#
#     scripts/integration.sh
#
# Installs Python packages into build/integration-venv and Go modules into Go's own cache; needs
# their package indexes. BUILD_DIR=... takes another build folder, which scripts/test.sh makes.
# ELASTIROLL_SIGV4_VECTORS=FILE also checks AWS's published signature vectors, as one JSON document;
# ELASTIROLL_SPOT_OPENAPI=FOLDER (`api` of Spot's OpenAPI) every request of all scenarios.
set -eu
cd "$(dirname "$0")/.."
build=${BUILD_DIR:-build}
venv=$build/integration-venv

scripts/setup.sh --integration
[ -f "$build/build.ninja" ] || meson setup "$build" --unity=on --unity-size=16
ninja -C "$build" elastiroll tests/integration/sign-driver tests/integration/aws-driver \
    tests/integration/sim-host tests/integration/elastiroll-under-test tests/scenario-tests

if [ ! -x "$venv/bin/moto_server" ]; then
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check boto3 'moto[server]' jsonschema pyyaml
fi

# shellcheck disable=SC2086 # no vectors, no argument
"$venv/bin/python" tests/integration/signing_test.py "$build/tests/integration/sign-driver" \
    ${ELASTIROLL_SIGV4_VECTORS:-}
"$venv/bin/python" tests/integration/moto_test.py "$build/tests/integration/aws-driver"
"$venv/bin/python" tests/integration/moto_blue_green_test.py "$build/tests/integration/sim-host" \
    "$build/tests/integration/elastiroll-under-test"
"$venv/bin/python" tests/integration/boto_sim_test.py "$build/elastiroll"
python3 tests/integration/spot_sdk_test.py "$build/elastiroll"
if [ -n "${ELASTIROLL_SPOT_OPENAPI:-}" ]; then
    "$venv/bin/python" tests/integration/openapi_test.py "$build/tests/scenario-tests" \
        "$ELASTIROLL_SPOT_OPENAPI"
fi
echo "integration: every peer agrees"
