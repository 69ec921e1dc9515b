#!/usr/bin/env python3
"""Deploys from Python with a driven fleet: asyncio waits, http.client speaks, sqlite3 keeps.

    deploy.py SPEC WORKFLOW [STEP]

Ctrl-C stops it after the current call; what was begun can be resumed then. With STEP it thinks better of
it at that step: everything is put back. ELASTIROLL_SIM_URL is an `elastiroll sim` to deploy to; without
it real accounts are, with the credentials that Spot's and AWS's own tools would take. Exits as the
command does.
"""

import asyncio
import http.client
import json
import os
import pathlib
import signal
import sqlite3
import sys
import time
import urllib.parse

import elastiroll

ACTOR = "deploy.py"


def send(method, url, headers, body, timeout_s):
    """One request; on a thread of asyncio's."""
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=timeout_s)
    try:
        target = parts.path + ("?" + parts.query if parts.query else "")
        connection.request(method, target or "/", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.getheaders(), answer.read()
    finally:
        connection.close()


class Items:
    """The fleet's database: one table."""

    def __init__(self, path):
        self._db = sqlite3.connect(path, isolation_level=None)
        self._db.execute("CREATE TABLE IF NOT EXISTS items"
                         " (key TEXT PRIMARY KEY, version INTEGER NOT NULL, bytes BLOB NOT NULL)")
        self._db.execute("PRAGMA synchronous = FULL")

    def get(self, key):
        return self._db.execute("SELECT key, version, bytes FROM items WHERE key = ?",
                                (key,)).fetchall()

    def put(self, key, value, version):
        if version == 0:
            done = self._db.execute("INSERT INTO items VALUES (?, 1, ?) ON CONFLICT DO NOTHING",
                                    (key, value))
        else:
            done = self._db.execute("UPDATE items SET bytes = ?, version = version + 1"
                                    " WHERE key = ? AND version = ?", (value, key, version))
        return done.rowcount == 1

    def scan(self, prefix, before, limit, is_newest_first):
        return self._db.execute(
            "SELECT key, version, bytes FROM items WHERE substr(key, 1, length(?1)) = ?1"
            " AND (?2 = '' OR key < ?2) ORDER BY key " + ("DESC" if is_newest_first else "ASC") +
            " LIMIT ?3", (prefix, before, limit or -1)).fetchall()


class RealTime:
    def now_ms(self):
        return time.time_ns() // 1_000_000

    async def wait(self, tasks, until_ms):
        timeout_s = max(0, min(until_ms - self.now_ms(), 60_000)) / 1000
        if tasks:
            await asyncio.wait(tasks, timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        else:
            await asyncio.sleep(timeout_s)


class SimulatedTime:
    """The cloud's: it stands still while requests are under way, and passes at once by waiting."""

    def __init__(self, url):
        self._url = url
        self._now_ms = self._advance({"by_ms": 0})

    def _advance(self, wanted):
        _, _, body = send("POST", self._url + "/_sim/advance", {}, json.dumps(wanted), 10)
        return json.loads(body)["now_ms"]

    def now_ms(self):
        return self._now_ms

    async def wait(self, tasks, until_ms):
        if tasks:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        else:
            by_ms = until_ms - self._now_ms
            self._now_ms = await asyncio.to_thread(self._advance, {"by_ms": by_ms})


class Host:
    def __init__(self, fleet, items, clock):
        self._fleet, self._items, self._clock = fleet, items, clock
        self._tasks = set()

    async def run(self, show):
        """Does what the fleet asks for until its deployment has ended; gives the outcome."""
        outcome = None
        while self._fleet.is_running():
            action = self._fleet.next(self._clock.now_ms())
            if action.kind == elastiroll.HTTP:
                request = (action("method"), action("url"), action.headers(), action.body(),
                           action("timeout_ms") / 1000)
                task = asyncio.create_task(self._carry(action("id"), request))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            elif action.kind == elastiroll.PERSIST:
                self._persist(action)
            elif action.kind == elastiroll.EVENT:
                show(action.event())
            elif action.kind == elastiroll.DONE:
                outcome = action.outcome()
            else:
                await self._clock.wait(self._tasks, action("wake_at_ms"))
        return outcome

    async def _carry(self, action_id, request):
        try:
            status, headers, body = await asyncio.to_thread(send, *request)
        except (OSError, http.client.HTTPException) as failure:
            # Only a refused connection is sure not to have reached anybody.
            is_unsent = isinstance(failure, ConnectionRefusedError)
            self._fleet.on_failure(action_id, is_unsent, f"{type(failure).__name__}: {failure}")
        else:
            self._fleet.on_response(action_id, status, headers, body)

    def _persist(self, action):
        action_id, operation = action("id"), action("operation")
        try:
            if operation == elastiroll.GET:
                items = self._items.get(action("key"))
            elif operation == elastiroll.SCAN:
                items = self._items.scan(action("key"), action("before"), action("limit"),
                                         action("is_newest_first"))
            else:
                is_written = self._items.put(action("key"), action.body(), action("version"))
                return self._fleet.on_written(action_id, is_written)
        except sqlite3.Error as failure:
            return self._fleet.on_persist_failed(action_id, str(failure))
        return self._fleet.on_items(action_id, items)


async def main():
    if len(sys.argv) not in (3, 4):
        print(f"usage: {sys.argv[0]} SPEC WORKFLOW [STEP]", file=sys.stderr)
        return 2
    path, workflow, step = (sys.argv + [None])[1:4]
    sim_url = os.environ.get("ELASTIROLL_SIM_URL")
    try:
        spec = elastiroll.Spec(pathlib.Path(path).read_bytes(), workflow)
        clock = SimulatedTime(sim_url) if sim_url else RealTime()
        items = Items(os.environ.get("ELASTIROLL_STATE", "elastiroll.db"))
        fleet = elastiroll.Fleet(clock.now_ms(), sim_url)
        deployment = fleet.deploy(spec, ACTOR, "an example")
    except (elastiroll.Error, OSError, sqlite3.Error) as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 2

    asyncio.get_running_loop().add_signal_handler(signal.SIGINT, fleet.interrupt, deployment)
    began_ms = clock.now_ms()

    def show(event):
        if event.kind != elastiroll.PROGRESS:
            print(f"{(event.at_ms - began_ms) // 1000:5} s  {event.text.decode()}", flush=True)
        if event.kind == elastiroll.STEP_STARTED and event.step.decode() == step:
            fleet.abort(deployment, ACTOR, "on second thoughts")

    outcome = await Host(fleet, items, clock).run(show)
    print(f"{deployment}: {outcome.kind}")
    if outcome.error:
        print(f"  {outcome.error}")
    return outcome.exit_status


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
