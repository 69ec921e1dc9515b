#!/usr/bin/env python3
"""Spot's official Go SDK against `elastiroll sim`.

    spot_sdk_test.py ELASTIROLL

ELASTIROLL is the built command. Needs go and its module proxy.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

here = pathlib.Path(__file__).resolve().parent


def main():
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "spot_sdk"
        subprocess.run(["go", "build", "-o", program, "."], cwd=here / "spot_sdk", check=True)
        scenario = pathlib.Path(folder) / "scenario.json"
        scenario.write_text(json.dumps({"account": "act-sdk", "region": "eu-west-1"}), encoding="utf-8")
        server = subprocess.Popen([sys.argv[1], "sim", "--listen", "127.0.0.1:0", "--scenario", scenario],
                                  stdout=subprocess.PIPE, text=True)
        try:
            url = server.stdout.readline().removeprefix("listening on ").strip()
            return subprocess.run([program, url], timeout=120, check=False).returncode
        finally:
            server.terminate()
            server.wait(10)


sys.exit(main())
