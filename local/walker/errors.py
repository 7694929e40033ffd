"""Errors as state machines see them: names, causes, and which rule of a state takes one."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

ALL = "States.ALL"
TASK_FAILED = "States.TaskFailed"
TIMEOUT = "States.Timeout"
RUNTIME = "States.Runtime"
NO_CHOICE = "States.NoChoiceMatched"
# Not even States.ALL takes these.
_UNCAUGHT = frozenset({RUNTIME, "States.DataLimitExceeded"})


_RETRY_SECONDS_MAX = 31_622_400.0


class UnsupportedMachine(Exception):
    """The definition uses something that this walker does not know: better refused than misread."""


class StateFailed(Exception):
    """A state ended in an error. A function may raise it, too, to name its error itself."""

    def __init__(self, error: str, cause: str = "") -> None:
        super().__init__(f"{error}: {cause}")
        self.error = error
        self.cause = cause


def failure_of(raised: Exception) -> StateFailed:
    """What Lambda makes of an exception: its class names the error, its text is in the cause."""
    if isinstance(raised, StateFailed):
        return raised
    name = type(raised).__name__
    return StateFailed(name, json.dumps({"errorMessage": str(raised), "errorType": name}))


def takes(rule: dict[str, Any], failure: StateFailed) -> bool:
    """Whether a Retry or Catch rule is meant for this error."""
    if failure.error in _UNCAUGHT:
        return failure.error in rule["ErrorEquals"]
    names: Sequence[str] = rule["ErrorEquals"]
    return (
        failure.error in names
        or ALL in names
        or (TASK_FAILED in names and failure.error != TIMEOUT)
    )


def pause_seconds(rule: Mapping[str, Any], attempts: int, draw: random.Random) -> float:
    """How long a Retry rule pauses after so many attempts; with full jitter any part of it."""
    first, rate = float(rule.get("IntervalSeconds", 1)), float(rule.get("BackoffRate", 2.0))
    most = float(rule.get("MaxDelaySeconds", _RETRY_SECONDS_MAX))
    seconds = min(first * rate**attempts, most)
    return draw.uniform(0.0, seconds) if rule.get("JitterStrategy") == "FULL" else seconds
