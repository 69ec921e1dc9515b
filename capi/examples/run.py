#!/usr/bin/env python3
"""Runs an example against a simulated cloud, as CI does: a canary deployment that is called off in the
middle, one that succeeds, a blue/green one whose instances stay unhealthy. The first and the last end
with everything as before (exit status 1).

    run.py COMMAND -- PROGRAM [ARGUMENT...]

COMMAND is `elastiroll`. The program is called with SPEC WORKFLOW [STEP], and finds the cloud's URL in
ELASTIROLL_SIM_URL and a file for its journals in ELASTIROLL_STATE. Exit status: 0 all went so.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
TIMEOUT_S = 120
RUNS = [
    # workflow, step at which it is called off, exit status, what the program says
    ("canary", "phase-2.scale-new", 1, "rolled_back"),
    ("canary", None, 0, "done"),
    ("shift", None, 1, "rolled_back"),
]


def groups(url):
    with urllib.request.urlopen(url + "/_sim/state", timeout=TIMEOUT_S) as answer:
        return {group["name"]: group for group in json.load(answer)["groups"]}


def check(condition, what):
    if not condition:
        sys.exit(f"run.py: {what}")


def run_all(program, url, environment):
    for workflow, step, expected, word in RUNS:
        before = groups(url)
        command = program + [str(HERE / "spec.json"), workflow] + ([step] if step else [])
        done = subprocess.run(command, env=environment, timeout=TIMEOUT_S, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        print(done.stdout)
        name = f"{workflow}{' called off' if step else ''}"
        check(done.returncode == expected, f"{name}: exit status {done.returncode}, not {expected}")
        check(word in done.stdout, f"{name}: does not say {word}")
        after = groups(url)
        if expected == 0:
            check(after["shop__web__production__7"]["healthy"] == 4, f"{name}: does not serve")
            check(after["shop__web__production__6"]["present"] == 0, f"{name}: the old group stands")
            continue
        for group, was in before.items():
            check(all(after[group][key] == was[key] for key in ("minimum", "target", "maximum")),
                  f"{name}: {group} is not as before")
            check(after[group]["healthy"] >= was["healthy"], f"{name}: {group} is not healthy")


def main():
    command, program = sys.argv[1], sys.argv[sys.argv.index("--") + 1:]
    with tempfile.TemporaryDirectory() as folder:
        server = subprocess.Popen([command, "sim", "--listen", "127.0.0.1:0", "--clock", "client",
                                   "--scenario", str(HERE / "scenario.json")],
                                  stdout=subprocess.PIPE, text=True)
        try:
            url = server.stdout.readline().split()[-1]
            environment = {**os.environ, "ELASTIROLL_SIM_URL": url,
                           "ELASTIROLL_STATE": os.path.join(folder, "journals.db")}
            run_all(program, url, environment)
        finally:
            server.terminate()
            server.wait()
    print("run.py: all as it should be")


if __name__ == "__main__":
    main()
