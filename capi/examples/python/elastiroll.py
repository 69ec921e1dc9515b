"""elastiroll for Python: the part of elastiroll.h that a driven deployment needs, through ctypes."""

import ctypes
import ctypes.util
import os

_lib = ctypes.CDLL(os.environ.get("ELASTIROLL_LIBRARY", "libelastiroll-c.so.0"))

P = ctypes.c_void_p
Text = ctypes.c_char_p
I32, I64, Size = ctypes.c_int32, ctypes.c_int64, ctypes.c_size_t
Out = ctypes.POINTER

HTTP, PERSIST, WAKE_AT, EVENT, DONE = 1, 2, 3, 4, 5
GET, PUT, SCAN = 1, 2, 3
PROGRESS = 5
STEP_STARTED = 2


class Id(ctypes.Structure):
    _fields_ = [("text", ctypes.c_char * 32)]


class SpecOptions(ctypes.Structure):
    _fields_ = [("struct_size", Size), ("workflow", Text), ("image", Text), ("previous", Text),
                ("production_target_group", Text), ("variables", P), ("variable_count", Size),
                ("files", P), ("file_count", Size), ("force", I32), ("reserved", I32)]


class ClientOptions(ctypes.Structure):
    _fields_ = [("struct_size", Size), ("cloud", P), ("sim_url", Text), ("spot_token", Text),
                ("spot_base_url", Text), ("aws_access_key_id", Text), ("aws_secret_access_key", Text),
                ("aws_session_token", Text), ("aws_endpoint_url", Text), ("uses_environment", I32),
                ("reserved", I32), ("credentials", P), ("credentials_data", P),
                ("credentials_data_free", P), ("ca_bundle", Text), ("https_proxy", Text),
                ("http_proxy", Text), ("no_proxy", Text), ("user_agent", Text)]


class RunOptions(ctypes.Structure):
    _fields_ = [("struct_size", Size), ("deployment", Text), ("actor", Text), ("reason", Text),
                ("plan", P), ("control", P), ("observer", P), ("observer_data", P),
                ("observer_data_free", P), ("log", P), ("log_data", P), ("log_data_free", P),
                ("detaches", I32), ("accepts_drift", I32), ("takes_over", I32), ("reserved", I32)]


class FleetOptions(ctypes.Structure):
    _fields_ = [("struct_size", Size), ("store", P), ("now_ms", I64), ("reserved", I64)]


class Event(ctypes.Structure):
    _fields_ = [("struct_size", Size), ("at_ms", I64), ("deployment", Text), ("name", Text),
                ("step", Text), ("text", Text), ("json", Text), ("json_size", Size), ("kind", I32),
                ("reserved", I32)]


class Header(ctypes.Structure):
    _fields_ = [("name", Text), ("value", Text)]


class Item(ctypes.Structure):
    _fields_ = [("key", Text), ("bytes", Text), ("size", Size), ("version", I64)]


def _declare(name, result, *arguments):
    function = getattr(_lib, name)
    function.restype, function.argtypes = result, arguments
    return function


_error_text = _declare("elr_error_text", Text, P)
_error_free = _declare("elr_error_free", None, P)


class Error(Exception):
    """What elr_error tells."""


def _call(name, *arguments):
    """A function that can fail: its error_out is the last argument."""

    function = _declare(name, I32, *arguments, Out(P))

    def call(*values):
        error = P()
        if function(*values, ctypes.byref(error)) == 0:
            return
        text = _error_text(error).decode()
        _error_free(error)
        raise Error(text)

    return call


_spec_new = _call("elr_spec_new", Text, Size, Out(SpecOptions), Out(P))
_client_new = _call("elr_client_new", Out(ClientOptions), Out(P))
_fleet_new = _call("elr_fleet_new", P, Out(FleetOptions), Out(P))
_fleet_deploy = _call("elr_fleet_deploy", P, P, Out(RunOptions), Out(Id))
_fleet_resume = _call("elr_fleet_resume", P, Text, Out(RunOptions))
_fleet_abort = _call("elr_fleet_abort", P, Text, Text, Text)
_fleet_interrupt = _call("elr_fleet_interrupt", P, Text)
_fleet_next = _call("elr_fleet_next", P, I64, Out(P))
_on_response = _call("elr_fleet_on_response", P, I64, I32, Out(Header), Size, Text, Size)
_on_failure = _call("elr_fleet_on_failure", P, I64, I32, Text)
_on_items = _call("elr_fleet_on_items", P, I64, Out(Item), Size)
_on_written = _call("elr_fleet_on_written", P, I64, I32)
_on_persist_failed = _call("elr_fleet_on_persist_failed", P, I64, Text)

_is_running = _declare("elr_fleet_is_running", I32, P)
_fleet_free = _declare("elr_fleet_free", None, P)
_client_free = _declare("elr_client_free", None, P)
_spec_free = _declare("elr_spec_free", None, P)
_body = _declare("elr_action_body", P, P, Out(Size))
_header_name = _declare("elr_action_header_name", Text, P, Size)
_header_value = _declare("elr_action_header_value", Text, P, Size)
_kind_name = _declare("elr_outcome_kind_name", Text, I32)
_getters = {
    name: _declare("elr_" + name, result, P)
    for name, result in [
        ("action_kind", I32), ("action_id", I64), ("action_deployment", Text),
        ("action_wake_at_ms", I64), ("action_method", Text), ("action_url", Text),
        ("action_header_count", Size), ("action_timeout_ms", I64), ("action_operation", I32),
        ("action_key", Text), ("action_version", I64), ("action_before", Text),
        ("action_limit", Size), ("action_is_newest_first", I32), ("action_event", Out(Event)),
        ("action_outcome", P), ("outcome_kind", I32), ("outcome_exit_status", I32),
        ("outcome_error", P)]
}


class Outcome:
    def __init__(self, handle):
        self.kind = _kind_name(_getters["outcome_kind"](handle)).decode()
        self.exit_status = _getters["outcome_exit_status"](handle)
        error = _getters["outcome_error"](handle)
        self.error = _error_text(error).decode() if error else ""


class Action:
    """Something to do. Its values are read when they are asked for: before the next call of next()."""

    def __init__(self, handle):
        self._handle = handle
        self.kind = self("kind")

    def __call__(self, name):
        value = _getters["action_" + name](self._handle)
        return value.decode() if isinstance(value, bytes) else value

    def body(self):
        size = Size()
        place = _body(self._handle, ctypes.byref(size))
        return ctypes.string_at(place, size.value)

    def headers(self):
        return {_header_name(self._handle, i).decode(): _header_value(self._handle, i).decode()
                for i in range(self("header_count"))}

    def event(self):
        return self("event").contents

    def outcome(self):
        return Outcome(self("outcome"))


class Spec:
    def __init__(self, json, workflow):
        self.handle = P()
        options = SpecOptions(struct_size=ctypes.sizeof(SpecOptions), workflow=workflow.encode())
        _spec_new(json, len(json), ctypes.byref(options), ctypes.byref(self.handle))

    def __del__(self):
        _spec_free(self.handle)


class Fleet:
    """Deployments whose I/O the caller does: see elr_fleet."""

    def __init__(self, now_ms, sim_url=None):
        client = P()
        url = sim_url.encode() if sim_url else None
        _client_new(ctypes.byref(ClientOptions(struct_size=ctypes.sizeof(ClientOptions), sim_url=url,
                                               uses_environment=sim_url is None)),
                    ctypes.byref(client))
        self._handle = P()
        try:
            options = FleetOptions(struct_size=ctypes.sizeof(FleetOptions), now_ms=now_ms)
            _fleet_new(client, ctypes.byref(options), ctypes.byref(self._handle))
        finally:
            _client_free(client)

    def __del__(self):
        _fleet_free(self._handle)

    def deploy(self, spec, actor, reason):
        deployment = Id()
        options = RunOptions(struct_size=ctypes.sizeof(RunOptions), actor=actor.encode(),
                             reason=reason.encode())
        _fleet_deploy(self._handle, spec.handle, ctypes.byref(options), ctypes.byref(deployment))
        return deployment.text.decode()

    def resume(self, deployment, actor):
        options = RunOptions(struct_size=ctypes.sizeof(RunOptions), actor=actor.encode())
        _fleet_resume(self._handle, deployment.encode(), ctypes.byref(options))

    def abort(self, deployment, actor, reason):
        _fleet_abort(self._handle, deployment.encode(), actor.encode(), reason.encode())

    def interrupt(self, deployment):
        _fleet_interrupt(self._handle, deployment.encode())

    def is_running(self):
        return _is_running(self._handle) != 0

    def next(self, now_ms):
        action = P()
        _fleet_next(self._handle, now_ms, ctypes.byref(action))
        return Action(action)

    def on_response(self, action_id, status, headers, body):
        pairs = (Header * len(headers))(*[Header(n.encode(), v.encode()) for n, v in headers])
        _on_response(self._handle, action_id, status, pairs, len(headers), body, len(body))

    def on_failure(self, action_id, is_unsent, message):
        _on_failure(self._handle, action_id, is_unsent, message.encode())

    def on_items(self, action_id, items):
        rows = (Item * len(items))(*[Item(k.encode(), b, len(b), v) for k, v, b in items])
        _on_items(self._handle, action_id, rows, len(items))

    def on_written(self, action_id, is_written):
        _on_written(self._handle, action_id, is_written)

    def on_persist_failed(self, action_id, message):
        _on_persist_failed(self._handle, action_id, message.encode())
