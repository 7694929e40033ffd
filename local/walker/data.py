"""Reference paths, payload templates and result paths (JSONPath: names and indexes only)."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from local.walker.errors import RUNTIME, StateFailed, UnsupportedMachine

_PART = re.compile(r"\.([A-Za-z_][A-Za-z0-9_]*)|\[(\d+)\]|\['([^']+)'\]")


# What the context object has here. A name that only AWS fills would be missed at run time.
_CONTEXT = {
    *(("Execution", name) for name in ("Id", "Name", "Input")),
    *(("State", "Name"), ("StateMachine", "Name"), ("Task", "Token")),
    *(("Map", "Item"),),
}


class Missing(Exception):
    """Nothing is at the path."""


@cache
def parts(path: str) -> tuple[str | int, ...]:
    """The steps of a path after its `$`: names and indexes. Raises UnsupportedMachine otherwise."""
    found: list[str | int] = []
    rest, at = path[1:], 0
    if not path.startswith("$"):
        raise UnsupportedMachine(f"not a path: {path}")
    while at < len(rest):
        step = _PART.match(rest, at)
        if step is None:
            raise UnsupportedMachine(f"path {path}")
        name, index, quoted = step.groups()
        found.append(int(index) if index is not None else name or quoted)
        at = step.end()
    return tuple(found)


def check_path(path: str) -> None:
    """Raises UnsupportedMachine for what is no path, or a path into an unknown part of `$$`."""
    if not path.startswith("$$"):
        parts(path)
    elif (steps := parts(path[1:]))[:2] not in _CONTEXT:
        raise UnsupportedMachine(f"context {'.'.join(map(str, steps))}")


def look_up(path: str, data: Any, context: Any) -> Any:
    """The value at a path of the state's data, or of the context object (`$$`). Raises Missing."""
    value, steps = (context, parts(path[1:])) if path.startswith("$$") else (data, parts(path))
    for step in steps:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            raise Missing(path) from None
    return value


# Nothing below them needs a copy.
_LEAVES = frozenset({str, int, bool, float, type(None)})


def _copied(value: Any) -> Any:
    """A deep copy of JSON."""
    if isinstance(value, dict):
        return {
            name: item if type(item) in _LEAVES else _copied(item) for name, item in value.items()
        }
    if isinstance(value, list):
        return [item if type(item) in _LEAVES else _copied(item) for item in value]
    return value


def need(path: str, data: Any, context: Any) -> Any:
    """As `look_up`; a missing value is the runtime error it is on AWS."""
    try:
        return _copied(look_up(path, data, context))
    except Missing:
        raise StateFailed(RUNTIME, f"nothing at {path}") from None


def fill(template: Any, data: Any, context: Any) -> Any:
    """A payload template with every `name.$` replaced by what its path points to."""
    if isinstance(template, dict):
        filled = {}
        for name, value in template.items():
            if name.endswith(".$"):
                filled[name[:-2]] = need(value, data, context)
            else:
                filled[name] = fill(value, data, context)
        return filled
    if isinstance(template, list):
        return [fill(item, data, context) for item in template]
    return template


def as_json(value: Any) -> Any:
    """A copy as it travels between services. Raises TypeError for what is no JSON."""
    return json.loads(json.dumps(value))


def check_template(template: Any) -> None:
    """Raises UnsupportedMachine for intrinsic functions and odd paths, before anything runs."""
    if isinstance(template, dict):
        for name, value in template.items():
            if name.endswith(".$"):
                check_path(value)
            else:
                check_template(value)
    elif isinstance(template, list):
        for item in template:
            check_template(item)


def place(data: Any, path: str | None, result: Any) -> Any:
    """The state's data with its result at `path` ("$": the result alone; None: the data alone)."""
    if path is None:
        return data
    steps = parts(path)
    if not steps:
        return result
    if not isinstance(data, dict):
        raise StateFailed("States.ResultPathMatchFailure", f"nothing but an object has {path}")
    placed = dict(data)
    here = placed
    for step in steps[:-1]:
        below = here.get(step)
        here[step] = dict(below) if isinstance(below, dict) else {}
        here = here[step]
    here[steps[-1]] = result
    return placed
