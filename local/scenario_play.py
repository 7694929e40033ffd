"""Plays a scenario against running simulators, through their control API."""

from __future__ import annotations

import contextlib
import re
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from local.scenario import Scenario, ScenarioError, Step
from local.simulators.messages import Json

_WAIT_SECONDS, _LOOK_SECONDS = 10.0, 0.1
_REFERENCE = re.compile(r"\$(\w+(?:\.\w+)*)")


class SimulatorRefused(Exception):
    """A simulator would not do what it was asked; the text is its own."""


class Clocks(Protocol):
    """What moves time for everybody."""

    def __call__(self, span: timedelta) -> None:
        """Take every clock forward by `span`."""
        ...


class Levers:
    """The control API of the simulators at `urls` (by rail)."""

    def __init__(self, http: httpx.Client, urls: Mapping[str, str]) -> None:
        self._http = http
        self.urls = dict(urls)

    def call(self, method: str, rail: str, path: str, body: Any = None) -> Any:
        """One call below `/_sim`. Raises SimulatorRefused."""
        if rail not in self.urls:
            known = ", ".join(sorted(self.urls))
            raise SimulatorRefused(f"no {rail} is running; running: {known}")
        try:
            answer = self._http.request(method, f"{self.urls[rail]}/_sim/{path}", json=body)
        except httpx.HTTPError as problem:
            raise SimulatorRefused(f"{rail} does not answer: {problem}") from None
        if answer.status_code != httpx.codes.OK:
            try:
                words = answer.json()["error"]
            except (ValueError, KeyError):
                words = f"status {answer.status_code}"
            raise SimulatorRefused(f"{rail}: {words}")
        return answer.json()

    def rows(self, rail: str, table: str, where: Mapping[str, Any]) -> list[Json]:
        """Rows of a table that fit, each with its `key`."""
        found = self.call("GET", rail, f"state/{quote(table, safe='')}")
        rows = [
            {**row, "key": key} if isinstance(row, dict) else {"key": key, "value": row}
            for key, row in found.items()
        ]
        return [
            row for row in rows if all(_at(row, path) == wanted for path, wanted in where.items())
        ]


def play(
    scenario: Scenario, levers: Levers, advance: Clocks, say: Callable[[str], None]
) -> dict[str, Any]:
    """Do every step in order; gives what the steps kept. Raises ScenarioError with the line.

    Who is stopped in the middle leaves no fault on that the scenario switched on; settings stay.
    """
    kept: dict[str, Any] = {}
    switched: list[tuple[str, str]] = []
    try:
        for step in scenario.steps:
            try:
                say(_filled(step.say, kept))
                _play(step, kept, switched, (levers, advance))
            except (SimulatorRefused, LookupError, TimeoutError) as problem:
                words = problem.args[0] if problem.args else type(problem).__name__
                raise ScenarioError(f"{scenario.path}:{step.line}: {words}") from problem
    except BaseException:
        for rail, key in switched:
            with contextlib.suppress(SimulatorRefused):
                levers.call("DELETE", rail, f"faults/{key}")
        raise
    return kept


def _play(
    step: Step,
    kept: dict[str, Any],
    switched: list[tuple[str, str]],
    means: tuple[Levers, Clocks],
) -> None:
    levers, advance = means
    keys = {name: _filled(value, kept) for name, value in step.keys.items()}
    answer: Any = None
    if step.kind == "advance":
        advance(timedelta(**keys["advance"]))
        return
    rail = str(step.rail)
    if step.kind == "seed":
        answer = levers.call("POST", rail, "seed", keys["data"])
    elif step.kind == "settings":
        levers.call("POST", rail, "settings", keys["values"])
    elif step.kind == "fault":
        names = ("kind", "times", "probability", "match", "params")
        body = {name: keys[name] for name in names if name in keys}
        answer = levers.call("POST", rail, "faults", body)
        switched.append((rail, answer["id"]))
    elif step.kind == "clear":
        one = f"faults/{kept[keys['name']]['id']}" if "name" in keys else "faults"
        levers.call("DELETE", rail, one)
    elif step.kind == "act":
        body = {"action": keys["action"], **keys.get("with", {})}
        answer = levers.call("POST", rail, "actions", body)
    elif step.kind == "find":
        rows = levers.rows(rail, keys["table"], keys.get("where", {}))
        if not rows:
            raise LookupError(f"{rail} has no such row in {keys['table']}")
        answer = rows[0]
    else:
        _wait(rail, keys, levers)
    if "as" in keys:
        kept[keys["as"]] = answer


def _wait(rail: str, keys: Mapping[str, Any], levers: Levers) -> None:
    """Look until enough rows fit, and not too many."""
    most = keys.get("at_most")
    least = keys.get("at_least", 0 if most is not None else 1)
    end = time.monotonic() + float(keys.get("seconds", _WAIT_SECONDS))
    while True:
        count = len(levers.rows(rail, keys["table"], keys.get("where", {})))
        if count >= least and (most is None or count <= most):
            return
        if time.monotonic() > end:
            bounds = f"at least {least}" if most is None else f"{least} to {most}"
            words = f"{rail}: {count} rows of {keys['table']} fit {keys.get('where', {})}"
            raise TimeoutError(f"{words}; wanted {bounds}")
        time.sleep(_LOOK_SECONDS)


def _filled(value: Any, kept: Mapping[str, Any]) -> Any:
    """The value with `$name.key` replaced; a text that is one reference becomes what it names."""
    if isinstance(value, dict):
        return {name: _filled(inner, kept) for name, inner in value.items()}
    if isinstance(value, list):
        return [_filled(inner, kept) for inner in value]
    if not isinstance(value, str):
        return value
    if whole := _REFERENCE.fullmatch(value):
        return _named(whole.group(1), kept)
    return _REFERENCE.sub(lambda match: str(_named(match.group(1), kept)), value)


def _named(path: str, kept: Mapping[str, Any]) -> Any:
    name, _, rest = path.partition(".")
    found = _at(kept[name], rest) if rest else kept[name]
    if found is None:
        raise LookupError(f"${path} is not there")
    return found


def _at(row: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(row, list) and part.isdigit():
            row = row[int(part)] if int(part) < len(row) else None
        else:
            row = row.get(part) if isinstance(row, dict) else None
    return row
