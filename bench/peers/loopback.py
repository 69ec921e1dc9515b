#!/usr/bin/env python3
"""Sets our transport and our Fleet beside Go's net/http and spotinst-sdk-go, over HTTP on loopback.

    loopback.py BUILD PEERS transport
    loopback.py BUILD PEERS fleet [DEPLOYMENTS [SPEED]]      1000 deployments in time that goes 10 times faster

BUILD was configured with -Dbench=enabled; PEERS is a folder with the built Go programs `transport` and `fleet`.
"""

import datetime
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import urllib.request

build, peers = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])


def output_of(*command):
    return subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, text=True, check=True).stdout.split()


def transports():
    with subprocess.Popen([peers / "transport", "serve"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        url = server.stdout.readline().strip()
        for in_flight, requests in ((1, 10_000), (64, 40_000), (1_000, 40_000)):
            runs = {"ours": [], "net/http": []}
            for _ in range(5):
                for name, program in (("ours", build / "bench/transport-bench"), ("net/http", peers / "transport")):
                    runs[name].append([float(word) for word in output_of(program, url, requests, in_flight)])
            best = {name: [min(column) for column in zip(*values)] for name, values in runs.items()}
            for name, (wall, cpu) in best.items():
                print(f"{in_flight:5} in flight, {name:8}: {1e6 / wall:7.0f} requests/s, {cpu:5.1f} us of CPU each")
            print(f"{in_flight:5} in flight, ratios  : {best['net/http'][0] / best['ours'][0]:.2f} times as many, "
                  f"{best['ours'][1] / best['net/http'][1]:.2f} of the CPU", flush=True)
        server.stdin.close()


def seconds(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


def by_group(entries):
    groups = {}
    for entry in entries:
        groups.setdefault(entry["group"], []).append(entry)
    return groups


def delays(log, changes):
    """From when 1, 2 and 4 instances of a new group were healthy to the first look that could see it."""
    calls, changes = by_group(log), by_group(changes)
    found = []
    for group, own in calls.items():
        if not any(call["call"] == "create_group" and call["is_applied"] for call in own):
            continue
        looks = [seconds(call["at"]) for call in own if call["call"] == "read_health"]
        for wanted in (1, 2, 4):
            reached = next(seconds(one["at"]) for one in changes[group] if one["healthy"] >= wanted)
            found.append(next(look for look in looks if look >= reached) - reached)
    return found


def fleet(name, deployments, speed, command):
    scenario = {"seed": 1, "rate_limits": {"default": 1_000_000},
                "groups": [{"name": f"app-{line}__7", "capacity": "2/4/8"} for line in range(deployments)]}
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "scenario.json"
        file.write_text(json.dumps(scenario), encoding="utf-8")
        with subprocess.Popen([build / "elastiroll", "sim", "--listen", "127.0.0.1:0", "--scenario", file, "--speed", str(speed)],
                              stdout=subprocess.PIPE, text=True) as server:
            url = server.stdout.readline().removeprefix("listening on ").strip()
            done, cpu, memory = (int(word) for word in output_of(command[0], url, deployments, speed, *command[1:]))
            log, changes = (json.load(urllib.request.urlopen(f"{url}/_sim/{part}")) for part in ("log", "health"))
            server.terminate()
    waits = delays(log, changes)
    print(f"{name:26}: {done} done, {cpu / deployments:6.2f} ms of CPU each, {memory / 1024:6.1f} MiB, "
          f"{len(log) / deployments:6.1f} calls each, seen after {statistics.mean(waits):4.1f} s "
          f"(95 of 100 within {statistics.quantiles(waits, n=20)[-1]:4.1f} s)", flush=True)


def fleets(deployments=1_000, speed=10):
    print(f"{deployments} canaries at once, time goes {speed} times faster")
    fleet("ours", deployments, speed, [build / "bench/loopback-bench"])
    for poll in (2, 5, 10, 20):
        fleet(f"spotinst-sdk-go, {poll} s", deployments, speed, [peers / "fleet", poll])


if sys.argv[3] == "transport":
    transports()
else:
    fleets(*(int(word) for word in sys.argv[4:]))
