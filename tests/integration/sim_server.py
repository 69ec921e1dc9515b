"""The simulated cloud as a server of its own, for the time of a `with`."""

import contextlib
import json
import pathlib
import subprocess
import tempfile


@contextlib.contextmanager
def sim_server(elastiroll, scenario):
    """Its URL. `elastiroll` is the built command."""
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "scenario.json"
        file.write_text(json.dumps(scenario), encoding="utf-8")
        server = subprocess.Popen([elastiroll, "sim", "--listen", "127.0.0.1:0", "--scenario", file],
                                  stdout=subprocess.PIPE, text=True)
        try:
            yield server.stdout.readline().removeprefix("listening on ").strip()
        finally:
            server.terminate()
            server.wait(10)
