"""A limit's state as the text that a shared cell keeps, and instants as its whole milliseconds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from rowcol.domain.rate_gate import Gate, GateRule

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def milliseconds_of(instant: datetime) -> int:
    """Whole milliseconds since 1970."""
    return (instant - _EPOCH) // _MILLISECOND


def instant_of(milliseconds: int) -> datetime:
    """The instant."""
    return _EPOCH + milliseconds * _MILLISECOND


def text_of(gate: Gate) -> str:
    """A few hundred characters."""
    leased = [{str(slot): calls for slot, calls in slots.items()} for slots in gate.leased]
    state = [leased, dict(gate.seated), gate.told, gate.closed, gate.pace, gate.slowed]
    return json.dumps(state, separators=(",", ":"))


def gate_of(text: str, rule: GateRule) -> Gate:
    """The state; a fresh one for no text. What another version of the rule left behind counts by
    the windows that both know.
    """
    if not text:
        return Gate(tuple({} for _ in rule.windows))
    leased, seated, told, closed, pace, slowed = json.loads(text)
    windows: list[Mapping[int, int]] = [
        {int(slot): int(calls) for slot, calls in slots.items()} for slots in leased
    ]
    return Gate(tuple(windows), seated, told, closed, pace, slowed)
