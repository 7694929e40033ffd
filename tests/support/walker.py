"""Small machines, and a platform to walk them on."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from local.walker.definition import INVOKE, INVOKE_AND_WAIT, parse
from local.walker.execution import Execution
from local.walker.runs import Platform

Definition = dict[str, Any]
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


def states(start: str, **by_name: Definition) -> Definition:
    """A machine of these states."""
    return {"StartAt": start, "States": by_name}


def only(**fields: Any) -> Definition:
    """A machine of one state that ends."""
    return states("Only", Only={"End": True, **fields})


def passing(result: Any) -> Definition:
    """A state that ends with a result."""
    return {"Type": "Pass", "Result": result, "End": True}


def invoke(function: str, payload: Any, *, waits: bool = False, **fields: Any) -> Definition:
    """A task that calls a function; one that `waits` for its token."""
    resource = INVOKE_AND_WAIT if waits else INVOKE
    parameters = {"FunctionName": function, "Payload": payload}
    return {"Type": "Task", "Resource": resource, "Parameters": parameters, **fields}


class Rig:
    """A clock to turn, a seeded draw, and functions by name."""

    def __init__(
        self, functions: Mapping[str, Callable[[Any], Any]], *, wait_scale: float = 1.0
    ) -> None:
        self.now = NOW
        self.random = random.Random(7)  # noqa: S311  # repeatable on purpose
        self.platform = Platform(functions, lambda: self.now, self.random, wait_scale)

    def start(self, definition: Definition, given: Any = None, name: str = "walk-1") -> Execution:
        """An execution that has not made its first step."""
        return Execution(parse("machine", definition), name, given, self.platform)
