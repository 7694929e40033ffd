"""The `/_sim` control API: clock, faults, seed data, actions, deliveries, counters, settlements.

Documented for people in README.md. Loopback only; the server refuses everybody else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

from local.simulators.core import SimulatorCore
from local.simulators.messages import ControlError, Json, SimRequest, SimResponse, json_response

PREFIX = "/_sim"


def control(core: SimulatorCore, request: SimRequest) -> SimResponse:
    """Answer one control call. Problems are 400 with their text, unknown paths 404."""
    parts = request.path.removeprefix(PREFIX).strip("/").split("/")
    handler = _HANDLERS.get((request.method, parts[0]))
    if handler is None:
        return json_response(404, {"error": f"no control call {request.method} {request.path}"})
    try:
        result = handler(core, _body(request), parts[1:], dict(request.query))
    except (ControlError, ValueError, KeyError, TypeError, AttributeError) as problem:
        core.document.rollback()
        core.timers.rebuild()
        return json_response(400, {"error": f"{type(problem).__name__}: {problem}"})
    core.document.commit()
    return json_response(200, result)


def _body(request: SimRequest) -> Json:
    body = request.json() if request.body else {}
    if not isinstance(body, dict):
        raise ControlError("the body must be a JSON object")
    return body


Handler = Callable[[SimulatorCore, Json, list[str], dict[str, str]], Any]


def _health(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    return {"rail": core.rail, "ready": True, "now": core.clock.now().isoformat()}


def _state(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    core.catch_up()
    if rest:
        return dict(core.document.rows(unquote(rest[0])))
    names = core.document.rows("counters")
    tables = core.document.table_sizes()
    return {"tables": tables, "counters": dict(names)}


def _clock(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    return core.clock.describe()


def _set_clock(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    known = {"freeze", "set", "advance_to", "advance_seconds"}
    if unknown := set(body) - known:
        raise ControlError(f"unknown keys {sorted(unknown)}; known: {sorted(known)}")
    if "freeze" in body:
        core.clock.freeze(bool(body["freeze"]))
    if "set" in body:
        core.clock.set(core.instant(body["set"]))
        core.catch_up()
    if "advance_to" in body:
        core.advance(to=core.instant(body["advance_to"]))
    if "advance_seconds" in body:
        core.advance(seconds=float(body["advance_seconds"]))
    return core.clock.describe()


def _faults(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    return {"faults": core.faults.list()}


def _add_fault(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    return core.faults.add(body)


def _remove_fault(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    core.faults.remove(rest[0] if rest else None)
    return {"faults": core.faults.list()}


def _seed(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    return core.seed(body)


def _act(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    params = dict(body)
    return core.act(str(params.pop("action", rest[0] if rest else "")), **params)


def _actions(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    return {"actions": sorted(core.actions())}


def _settings(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    return core.settings()


def _configure(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    return core.configure(body)


def _deliveries(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    core.catch_up()
    rows = core.outbox.list()
    state = query.get("state")
    return {"deliveries": [row for row in rows if state in (None, row["state"])]}


def _redeliver(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    if not core.outbox.redeliver(rest[0] if rest else str(body["id"]), core.clock.now()):
        raise ControlError("no such delivery")
    return {"redelivered": True}


def _calls(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    return core.calls.describe()


def _reset_calls(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    core.calls.reset()
    return core.calls.describe()


def _settlements(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    core.catch_up()
    return {"settlements": core.settlements(int(query.get("after", "0")))}


def _settle(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    return {"new": core.accept_settlements(body["settlements"])}


def _reset(core: SimulatorCore, body: Json, rest: list[str], query: dict[str, str]) -> Any:
    core.reset()
    return {"reset": True}


_HANDLERS: dict[tuple[str, str], Handler] = {
    ("GET", "health"): _health,
    ("GET", "state"): _state,
    ("GET", "clock"): _clock,
    ("POST", "clock"): _set_clock,
    ("GET", "faults"): _faults,
    ("POST", "faults"): _add_fault,
    ("DELETE", "faults"): _remove_fault,
    ("POST", "seed"): _seed,
    ("GET", "actions"): _actions,
    ("POST", "actions"): _act,
    ("GET", "settings"): _settings,
    ("POST", "settings"): _configure,
    ("GET", "deliveries"): _deliveries,
    ("POST", "deliveries"): _redeliver,
    ("GET", "calls"): _calls,
    ("DELETE", "calls"): _reset_calls,
    ("GET", "settlements"): _settlements,
    ("POST", "settlements"): _settle,
    ("POST", "reset"): _reset,
}
