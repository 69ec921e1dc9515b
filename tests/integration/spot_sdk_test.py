#!/usr/bin/env python3
"""Spot's official Go SDK against `elastiroll sim`.

    spot_sdk_test.py ELASTIROLL

ELASTIROLL is the built command. Needs go and its module proxy.
"""

import pathlib
import subprocess
import sys
import tempfile

from sim_server import sim_server

here = pathlib.Path(__file__).resolve().parent


def main():
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "spot_sdk"
        subprocess.run(["go", "build", "-o", program, "."], cwd=here / "spot_sdk", check=True)
        with sim_server(sys.argv[1], {"account": "act-sdk", "region": "eu-west-1"}) as url:
            return subprocess.run([program, url], timeout=120, check=False).returncode


sys.exit(main())
