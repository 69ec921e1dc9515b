#!/usr/bin/env python3
"""Kills the command at any moment, has others go on, and judges what the cloud saw.

    kill_test.py --host SIM-HOST --command ELASTIROLL-UNDER-TEST --examples DOCS-EXAMPLES
                 [--kills N] [--seconds N] [--seed N] [--only SEED] [--verbose]

A round has a fresh cloud in a process of its own (sim-host) and a fresh journal in a file. `deploy` is
killed after a random time, line of its output or request, virtual time goes on, and `resume` or
`rollback` follow, which may be killed too, until one is let run to its end. Other rounds let two
processes race for the line, or stop one, take the line from it and let it go on.

The end is compared with that of a run that nobody killed, and the cloud's log of calls is judged: one
group of a revision, the floor, a journal record for every change.

Ends early after --seconds. A failure prints its round's seed, which --only repeats, and keeps its folder.
Exit status: 0 all held, 1 something did not, 2 usage.
"""

import argparse
import collections
import copy
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

STATUS_LOCK_HELD = 4
# A workflow that the examples do not have: a canary that is left at a gate, and approved.
APPROVAL = "canary with an approval"
KILLS = {"delay": "at a time", "lines": "at a line of output", "requests": "at a request",
         "changes": "at a change"}
# Long enough that whatever drains or boots at the end of a run has done so.
SETTLE_MS = 20 * 60 * 1000
# No command of a round takes so long, however loaded the machine is: then it hangs.
HANG_S = 120


def killed(kills):
    return sum(kills[way] for way in KILLS)


class Broken(Exception):
    """A law does not hold."""


# The cloud.


class Host:
    def __init__(self, program, folder, scenario):
        self.socket_path = str(folder / "sim")
        path = folder / "scenario.json"
        path.write_text(json.dumps(scenario), encoding="utf-8")
        # It ends with this pipe.
        self.process = subprocess.Popen([program, self.socket_path, str(path)],
                                        stdin=subprocess.PIPE)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        while True:
            try:
                self.socket.connect(self.socket_path)
                break
            except OSError:
                if self.process.poll() is not None:
                    raise RuntimeError("sim-host does not start") from None
                time.sleep(0.001)
        self.lines = self.socket.makefile("r", encoding="utf-8")

    def ask(self, **command):
        self.socket.sendall(json.dumps(command).encode() + b"\n")
        line = self.lines.readline()
        if not line:
            raise RuntimeError("sim-host has gone away")
        return json.loads(line)

    def groups(self):
        return self.ask(groups=True)["groups"]

    def routes(self):
        return self.ask(routes=True)["routes"]

    def log(self):
        return self.ask(log=True)["log"]

    def made(self):
        """The changes that the cloud was asked for."""
        return [call for call in self.log() if is_change(call)]

    def advance(self, milliseconds):
        self.ask(advance=milliseconds)

    def arm(self, number, after, only_changes=False, deliver=True):
        self.ask(arm={"signal": int(number), "after": after, "only_changes": only_changes,
                      "deliver": deliver})

    def disarm(self):
        self.arm(0, 0)

    def close(self):
        self.lines.close()
        self.socket.close()
        self.process.stdin.close()
        self.process.wait(timeout=HANG_S)


def is_change(call):
    return not call["name"].startswith(("list_", "read_", "describe_"))


# What is deployed, into what.


def scenarios(examples):
    """Kinds of rounds: scenario, spec file, workflow."""
    canary = json.loads((examples / "scenarios/canary.json").read_text(encoding="utf-8"))
    canary.pop("$schema", None)
    # Later than the task of 09:00, which would act where a gap outlasts a hold, and be right to.
    canary["start"] = "2026-03-02T10:00:00Z"
    bare = copy.deepcopy(canary)
    bare["groups"] = [{"name": "shop__web__production__3", "created": "9d", "capacity": "2/4/8"}]
    sick = copy.deepcopy(canary)
    sick["instances"] = [{"group": "*__7", "from": 2, "healthy": "never"}]
    slow = copy.deepcopy(canary)
    slow["latency"] = ["1s", "9s"]
    slow["list_lag"] = "20s"
    empty = copy.deepcopy(canary)
    empty["groups"] = []
    busy = copy.deepcopy(canary)
    busy["groups"][4]["capacity"] = "0/0/0"
    busy["groups"][5]["suspended"] = ["AUTO_HEALING"]
    busy["groups"][5]["capacity"] = "3/7/9"
    lossy = copy.deepcopy(canary)
    lossy["faults"] = [{"call": "create_group", "lose": "answer"},
                       {"call": "scale_group", "nth": 2, "lose": "answer"},
                       {"call": "scale_group", "nth": 5, "lose": "request"},
                       {"call": "suspend_processes", "nth": 2, "late": "20s"}]
    late = copy.deepcopy(canary)
    late["faults"] = [{"call": "create_group", "late": "30s"},
                      {"call": "scale_group", "nth": 3, "late": "15s"},
                      {"call": "*", "nth": 40, "count": 5, "answer": {"status": 503}}]
    colours = json.loads((examples / "scenarios/blue-green.json").read_text(encoding="utf-8"))
    colours.pop("$schema", None)
    sick_colours = copy.deepcopy(colours)
    sick_colours["instances"] = [{"group": "*__STAGE", "from": 2, "healthy": "never"}]
    lost_colours = copy.deepcopy(colours)
    lost_colours["faults"] = [{"call": "modify_listener", "lose": "answer"},
                              {"call": "modify_listener", "nth": 2, "late": "20s"},
                              {"call": "rename_group", "lose": "answer"}]
    return {
        "swap": (colours, "blue-green.json", "swap"),
        "shift": (colours, "blue-green.json", "shift"),
        "swap with lost answers": (lost_colours, "blue-green.json", "swap"),
        "shift with lost answers": (lost_colours, "blue-green.json", "shift"),
        "swap that fails": (sick_colours, "blue-green.json", "swap"),
        "approval": (canary, "canary.json", APPROVAL),
        "lost answers": (lossy, "canary.json", "canary"),
        "late calls": (late, "canary.json", "basic"),
        "canary": (canary, "canary.json", "canary"),
        "basic": (canary, "canary.json", "basic"),
        "basic over one group": (bare, "canary.json", "basic"),
        "canary that fails": (sick, "canary.json", "canary"),
        "slow answers": (slow, "canary.json", "canary"),
        "first deployment": (empty, "minimal.json", "basic"),
        "canary of seven": (busy, "canary.json", "canary"),
    }


class World:
    """A cloud and a journal, and the processes that use them."""

    def __init__(self, options, kind, cloud_seed, folder):
        scenario, spec, self.workflow = scenarios(options.examples)[kind]
        scenario["seed"] = cloud_seed
        self.options = options
        self.folder = folder
        self.is_gated = self.workflow == APPROVAL
        self.spec = str(self.gated_spec() if self.is_gated else options.examples / spec)
        self.journal = folder / "journal.sqlite"
        self.host = Host(options.host, folder, scenario)
        self.is_blue_green = spec == "blue-green.json"
        self.before = self.host.groups()
        self.routes_before = self.host.routes()
        self.processes = []

    def close(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        self.host.close()

    def gated_spec(self):
        spec = json.loads((self.options.examples / "canary.json").read_text(encoding="utf-8"))
        spec["workflows"] = [{**spec["workflows"][0], "name": APPROVAL,
                              "phases": [{"percent": 25, "approval": True}, {"percent": 100}]}]
        shutil.copy(self.options.examples / "user-data.sh", self.folder)
        path = self.folder / "spec.json"
        path.write_text(json.dumps(spec), encoding="utf-8")
        return path

    def start(self, *arguments, lines=False):
        name = self.folder / f"{len(self.processes) + 1:02}-{arguments[0]}"
        environment = {"ELASTIROLL_SIM_SOCKET": self.host.socket_path, "SPOTINST_TOKEN": "simulated",
                       "AWS_ACCESS_KEY_ID": "SIMULATED", "AWS_SECRET_ACCESS_KEY": "simulated",
                       "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        command = [self.options.command, *arguments, "--state", f"sqlite:{self.journal}",
                   "--output", "json"]
        with open(f"{name}.err", "wb") as err, open(f"{name}.out", "wb") as out:
            process = subprocess.Popen(command, stdout=subprocess.PIPE if lines else out, stderr=err,
                                       stdin=subprocess.DEVNULL, env=environment)
        process.name = name
        self.processes.append(process)
        return process

    def start_deploy(self, **more):
        return self.start("deploy", "--spec", self.spec, "--workflow", self.workflow, "--yes",
                          "--detach" if self.is_gated else "--auto-approve", **more)

    def open_gate(self):
        known = self.deployments()
        return known[0]["open_gate"] if known and known[0].get("outcome") == "detached" else ""

    def finish(self, process):
        """Its exit status, after checking that its last line says the same."""
        status = process.wait(timeout=HANG_S)
        if status < 0:
            return status
        text = pathlib.Path(f"{process.name}.out").read_text(encoding="utf-8").splitlines()
        last = json.loads(text[-1]) if text else {}
        if last.get("event") not in ("ended", "refused") or last.get("exit_status") != status:
            raise Broken(f"{process.name.name} ended with {status}, its last line is {last}")
        return status

    def run(self, *arguments):
        """Of a command that only looks: its documents."""
        process = self.start(*arguments)
        status = process.wait(timeout=HANG_S)
        out = pathlib.Path(f"{process.name}.out").read_text(encoding="utf-8")
        if status != 0:
            err = pathlib.Path(f"{process.name}.err").read_text(encoding="utf-8")
            raise Broken(f"{' '.join(arguments)} ended with {status}: {out}{err}")
        return [json.loads(line) for line in out.splitlines()]

    def deployments(self):
        return self.run("history")

    def deployment(self):
        known = self.deployments()
        return known[0]["deployment"] if known else None

    def records(self, deployment):
        return self.run("history", deployment)

    def check_status(self, deployment, is_dead):
        status = self.run("status", deployment)
        if len(status) != 1 or status[0]["deployment"] != deployment:
            raise Broken(f"status {deployment} says {status}")
        if is_dead and "lease" in status[0]:
            raise Broken(f"a process was killed, and status has it hold the line: {status[0]}")

    def is_locked(self):
        """Whether a process that was stopped holds the file itself, as no process does for long."""
        connection = sqlite3.connect(self.journal, timeout=0, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            return False
        except sqlite3.OperationalError:
            return True
        finally:
            connection.close()


# How a process ends before its time.


class Reference:
    """What a run that nobody killed does."""

    def __init__(self, options, kind, cloud_seed):
        folder = make_folder(options)
        world = World(options, kind, cloud_seed, folder)
        try:
            world.host.disarm()
            began = time.monotonic()
            process = world.start_deploy()
            self.status = world.finish(process)
            self.seconds = time.monotonic() - began
            if world.open_gate():
                self.status = world.finish(world.start("approve", world.deployment()))
            counts = world.host.ask(counts=True)
            self.requests, self.changes = counts["requests"], counts["changes"]
            self.lines = len(pathlib.Path(f"{process.name}.out").read_bytes().splitlines())
            world.host.advance(SETTLE_MS)
            self.groups = world.host.groups()
            self.routes = world.host.routes()
            judge_log(world, [world.deployment()])
        finally:
            world.close()
        shutil.rmtree(folder)


def kill_at_random(rng, world, reference, start):
    """Starts a process and kills it; how, and its exit status where it was faster."""
    way = rng.choice(["delay", "lines", "requests", "changes", "changes"])
    world.host.disarm()
    if way == "lines":
        count = rng.randint(1, reference.lines)
        process = start(lines=True)
        with open(f"{process.name}.out", "wb") as out:
            for line in process.stdout:
                out.write(line)
                count -= 1
                if count == 0:
                    process.kill()
        process.stdout.close()
    elif way == "delay":
        process = start()
        try:
            process.wait(timeout=rng.uniform(0, reference.seconds))
        except subprocess.TimeoutExpired:
            process.kill()
    else:
        is_change_way = way == "changes"
        count = rng.randint(1, reference.changes if is_change_way else reference.requests)
        world.host.arm(signal.SIGKILL, count, is_change_way, rng.random() < 0.5)
        process = start()
    status = world.finish(process)
    world.host.disarm()
    return way, status


def gap(rng, world):
    longest = rng.choice([0, 1_000, 20_000, 90_000, 300_000])
    world.host.advance(rng.randint(0, longest))


# The laws.


def line_of(groups):
    """What is compared of a line's groups: by name, since ids and times differ from run to run."""
    return sorted((group["name"], group["minimum"], group["target"], group["maximum"],
                   group["healthy"], tuple(group["suspended"])) for group in groups)


def judge_unique(world):
    """At no time do two groups have one name."""
    names = {group["id"]: group["name"] for group in world.before}
    for call in world.host.log():
        if not call["is_applied"]:
            continue
        if call["name"] == "create_group":
            name = json.loads(call["body"])["group"]["name"]
            if name in names.values():
                raise Broken(f"a second group is called {name}: {call}")
            names[call["group"]] = name
        elif call["name"] == "delete_group":
            names.pop(call["group"], None)
    in_the_end = sorted(group["name"] for group in world.host.groups())
    if in_the_end != sorted(names.values()):
        raise Broken(f"in the end there are {in_the_end}, the log says {sorted(names.values())}")


def judge_floor(world, records):
    """The healthy units of all groups together are never fewer than a plan's floor."""
    floor = max([record["plan"]["floor"] for record in records if record["record"] == "planned"],
                default=0)
    healthy = {group["id"]: group["healthy"] for group in world.before}
    for change in world.host.ask(changes=True)["changes"]:
        healthy[change["group"]] = change["healthy"]
        if sum(healthy.values()) < floor:
            raise Broken(f"{sum(healthy.values())} healthy after {change}, the floor is {floor}")


def judge_records(world, records):
    """Every change that the cloud was asked for was announced by a record that is not later."""
    announced = collections.Counter()
    asked = collections.Counter()
    for record in records:
        if record["record"] == "call_started":
            is_create = record["call"] == "create_group"
            announced[record["call"], "" if is_create else record.get("group", "")] += 1
    for call in world.host.made():
        is_create = call["name"] == "create_group"
        asked[call["name"], "" if is_create else call["group"]] += 1
    for key, count in asked.items():
        if count > announced[key]:
            raise Broken(f"{count} times {key} was called, and announced {announced[key]} times")


def judge_traffic(world):
    """No call leaves production to nobody; nobody uses the stage, port 8443."""
    stage = {route["arn"] for route in world.routes_before if "/shop/" in route["arn"]}
    stage = set(sorted(stage)[1:])
    for loss in world.host.ask(losses=True)["losses"]:
        if loss["route"] not in stage:
            raise Broken(f"a call left production to nobody: {loss}")


def judge_log(world, deployments):
    records = [record for one in deployments if one for record in world.records(one)]
    judge_unique(world)
    judge_floor(world, records)
    judge_records(world, records)
    judge_traffic(world)


def judge_restored(world, records):
    """After a rollback: what was there is there, with as much or more, and nothing new."""
    after = {group["name"]: group for group in world.host.groups()}
    has_cleaned = any(record["record"] == "call_started" and record["call"] == "delete_group" and
                      record["step"].startswith("cleanup.") for record in records)
    for was in world.before:
        group = after.pop(was["name"], None)
        if group is None:
            # Only cleanup deletes, and only what was empty; nothing brings that back.
            if was["maximum"] == 0 and has_cleaned:
                continue
            raise Broken(f"{was['name']} is gone after the rollback")
        for key in ("minimum", "target", "maximum", "healthy"):
            if group[key] < was[key]:
                raise Broken(f"{was['name']} has {key} {group[key]} after the rollback, not {was[key]}")
        for key in ("suspended", "document"):
            if group[key] != was[key]:
                raise Broken(f"{was['name']} has {key} {group[key]} after the rollback, not {was[key]}")
    # A group that was made for blue/green waits as the stage.
    more = [name for name, group in after.items() if not (world.is_blue_green and group["maximum"] == 0)]
    if more:
        raise Broken(f"{', '.join(more)} is there after the rollback")
    if world.host.routes() != world.routes_before:
        raise Broken(f"the routes are {world.host.routes()} after the rollback, "
                     f"not {world.routes_before}")


def judge_same_end(world, reference, status):
    if status != reference.status:
        raise Broken(f"the exit status is {status}; of the run that was not killed {reference.status}")
    found, expected = line_of(world.host.groups()), line_of(reference.groups)
    if found != expected:
        raise Broken(f"the groups are {found}; of the run that was not killed {expected}")
    if world.host.routes() != reference.routes:
        raise Broken(f"the routes are {world.host.routes()}; of the run that was not killed "
                     f"{reference.routes}")


# Rounds.


class Round:
    def __init__(self, options, seed, references):
        self.rng = random.Random(seed)
        self.kinds = list(scenarios(options.examples))
        self.kind = self.rng.choice(self.kinds)
        self.cloud_seed = self.rng.randint(1, 5)
        key = (self.kind, self.cloud_seed)
        if key not in references:
            references[key] = Reference(options, *key)
        self.reference = references[key]
        self.mode = self.rng.choices(["resume", "rollback", "race", "stop"], [9, 6, 2, 3])[0]
        if self.mode == "race" and self.kind == "approval":
            self.mode = "resume"  # who approves too late is refused, and rightly
        self.kills = collections.Counter()
        self.folder = make_folder(options)
        self.world = World(options, self.kind, self.cloud_seed, self.folder)

    def play(self):
        try:
            if self.mode == "stop":
                self.play_stop()
            elif self.mode == "race":
                self.play_race()
            else:
                self.play_kills(self.mode)
        finally:
            self.world.close()
        shutil.rmtree(self.folder)

    def going_on(self, mode, *more):
        """How to start what goes on: again from the start where nothing was begun."""
        deployment = self.world.deployment()
        if deployment is None:
            if self.world.host.made():
                raise Broken("something was changed, and no deployment is known")
            return lambda **how: self.world.start_deploy(**how)
        arguments = (mode, deployment, *more) + (("--yes",) if mode == "rollback" else ())
        if mode == "resume" and self.world.is_gated:
            is_open = self.world.open_gate() and not more
            arguments = ("approve", deployment) if is_open else (*arguments, "--detach")
        return lambda **how: self.world.start(*arguments, **how)

    def kill(self, start):
        way, status = kill_at_random(self.rng, self.world, self.reference, start)
        if status == -signal.SIGKILL:
            self.kills[way] += 1
        deployment = self.world.deployment()
        if deployment is not None:
            self.world.check_status(deployment, is_dead=True)
        gap(self.rng, self.world)
        return status

    def kill_first(self):
        status = self.kill(self.world.start_deploy)
        if status >= 0 and status != self.reference.status:
            raise Broken(f"nobody killed it, and its status is {status}")

    def play_kills(self, mode):
        self.kill_first()
        while self.rng.random() < 0.45:
            self.kill(self.going_on(mode))
        self.end(mode, self.world.finish(self.going_on(mode)()))

    def end(self, mode, status):
        # A rollback of what had not begun is a deployment, which is left at its gate.
        if self.world.open_gate():
            status = self.world.finish(self.going_on("resume")())
        self.world.host.advance(SETTLE_MS)
        deployments = [one["deployment"] for one in self.world.deployments()]
        deployment = deployments[0]
        records = self.world.records(deployment)
        is_rollback = mode == "rollback" and any(
            record["record"] == "resumed" and record["mode"] == "roll_back" for record in records)
        if is_rollback:
            if status != 1:
                raise Broken(f"the exit status of the rollback is {status}")
            judge_restored(self.world, records)
        elif mode == "rollback" and self.reference.status == 1:
            judge_restored(self.world, records)
        else:
            judge_same_end(self.world, self.reference, status)
        self.world.check_status(deployment, is_dead=True)
        judge_log(self.world, deployments)

    def play_race(self):
        """Two go on at once: one does, the other is told so, and who looks disturbs neither."""
        is_fresh = self.rng.random() < 0.3
        if not is_fresh:
            self.kill_first()
        first = self.going_on("resume")
        second = self.going_on(self.rng.choice(["resume", "rollback"]))
        racers = [first(), second()]
        while racers[0].poll() is None or racers[1].poll() is None:
            self.world.deployments()
        statuses = [self.world.finish(one) for one in racers]
        self.kills["races"] += 1
        # Who comes when the other has ended finds nothing to do, or undoes it.
        if not set(statuses) <= {self.reference.status, STATUS_LOCK_HELD, 0, 1} or \
                set(statuses) == {STATUS_LOCK_HELD}:
            raise Broken(f"of two at once, the exit statuses are {statuses}")
        mode = self.rng.choice(["resume", "rollback"]) if len(self.world.deployments()) == 1 and \
            self.reference.status == 0 and not self.was_undone() else "rollback"
        self.end(mode, self.world.finish(self.going_on(mode)()))

    def was_undone(self):
        return any(record["record"] == "resumed" and record["mode"] == "roll_back"
                   for record in self.world.records(self.world.deployment()))

    def stop(self, process):
        """Waits until it was stopped; False where it ended first. It keeps no lock of the file."""
        while True:
            result = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
            if result.si_code != os.CLD_STOPPED:
                return False
            if not self.world.journal.exists() or not self.world.is_locked():
                return True
            process.send_signal(signal.SIGCONT)
            time.sleep(0.001)
            process.send_signal(signal.SIGSTOP)

    def play_stop(self):
        """One that was stopped is taken over from, goes on, and changes nothing more."""
        only_changes = self.rng.random() < 0.6
        most = self.reference.changes if only_changes else self.reference.requests
        self.world.host.arm(signal.SIGSTOP, self.rng.randint(1, most), only_changes)
        stopped = self.world.start_deploy()
        if not self.stop(stopped):
            self.world.host.disarm()
            self.end("resume", self.world.finish(stopped))
            return
        self.world.host.disarm()
        deployment = self.world.deployment()
        if deployment is None:
            return self.stopped_too_early(stopped)
        is_running = "lease" in self.world.run("status", deployment)[0]
        if is_running:
            status = self.world.finish(self.world.start("resume", deployment))
            if status != STATUS_LOCK_HELD:
                raise Broken(f"the line is held, and resume ends with {status}")
        gap(self.rng, self.world)
        mode = self.rng.choice(["resume", "resume", "rollback"])
        if self.rng.random() < 0.4 and self.kill_taker(mode):
            # In the middle of its successor's work, or of what that left.
            if self.has_been_taken(stopped):
                self.go_on_late(stopped, is_running)
        status = self.world.finish(self.going_on(mode, "--take-over")())
        if stopped.returncode is None:
            self.go_on_late(stopped, is_running)
        self.kills["stops"] += 1
        self.end(mode, status)

    def go_on_late(self, stopped, was_running):
        # What others have sent arrives first.
        self.world.host.advance(30_000)
        changes = self.world.host.made()
        stopped.send_signal(signal.SIGCONT)
        late = self.world.finish(stopped)
        more = self.world.host.made()[len(changes):]
        if more:
            raise Broken(f"it was taken over from, and has asked for {more} afterwards")
        if was_running and late != STATUS_LOCK_HELD:
            raise Broken(f"it was taken over from, and ends with {late}")

    def has_been_taken(self, stopped):
        """Whether somebody has had the line since: a taker that died before is none."""
        connection = sqlite3.connect(self.world.journal)
        try:
            holders = [row[0] for row in connection.execute("SELECT holder FROM leases")]
        finally:
            connection.close()
        return f"process {stopped.pid}" not in holders

    def kill_taker(self, mode):
        way, status = kill_at_random(self.rng, self.world, self.reference,
                                     self.going_on(mode, "--take-over"))
        if status == -signal.SIGKILL:
            self.kills[way] += 1
        gap(self.rng, self.world)
        return status == -signal.SIGKILL

    def stopped_too_early(self, stopped):
        stopped.send_signal(signal.SIGCONT)
        self.end("resume", self.world.finish(stopped))


def make_folder(options):
    return pathlib.Path(tempfile.mkdtemp(prefix="elastiroll-kill-", dir=options.folder))


def play(options, seed, references):
    """The round's kills. None where something did not hold, which is printed."""
    one = None
    try:
        one = Round(options, seed, references)
        one.play()
    except (Broken, subprocess.TimeoutExpired, RuntimeError) as error:
        what = f"{one.mode}, {one.kind}, cloud {one.cloud_seed}" if one else "the run nobody kills"
        print(f"kill: round {seed} ({what}): {error}", file=sys.stderr)
        if one:
            print(f"      its folder: {one.folder}\n      again: {sys.argv[0]} ... --only {seed}",
                  file=sys.stderr, flush=True)
        return None
    if options.verbose:
        print(f"round {seed}: {one.mode}, {one.kind}: {dict(one.kills)}", flush=True)
    return one.kills


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--host", required=True)
    parser.add_argument("--command", required=True)
    parser.add_argument("--examples", required=True, type=pathlib.Path)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seconds", type=int, default=0, help="stop early; 0: never")
    parser.add_argument("--seed", type=int,
                        default=int(os.environ.get("ELASTIROLL_TEST_SEED", "1")))
    parser.add_argument("--only", type=int, help="one round, by its seed")
    parser.add_argument("--verbose", action="store_true")
    options = parser.parse_args()
    # Nothing here is about a disk that loses power, so memory will do, and costs no waiting for one.
    options.folder = os.environ.get("TMPDIR") or (
        "/dev/shm" if os.access("/dev/shm", os.W_OK) else "/tmp")
    if len(options.folder) > 60:  # a socket's name has 107 bytes
        options.folder = "/tmp"

    began = time.monotonic()
    kills, rounds, failures, references = collections.Counter(), 0, [], {}
    seed = options.only if options.only is not None else options.seed * 1_000_000
    while True:
        result = play(options, seed, references)
        rounds += 1
        if result is None:
            failures.append(seed)
        else:
            kills += result
        seed += 1
        is_late = options.seconds and time.monotonic() - began > options.seconds
        if options.only is not None or killed(kills) >= options.kills or is_late or \
                len(failures) >= 10:
            break
    ways = ", ".join(f"{kills[way]} {words}" for way, words in KILLS.items())
    print(f"kill: {killed(kills)} processes killed ({ways}), {kills['stops']} stopped and taken over "
          f"from, {kills['races']} races; {rounds} rounds, {len(failures)} failed, "
          f"{time.monotonic() - began:.0f} s")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
