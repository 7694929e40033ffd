"""A moment in the planning of a change, to come back to."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.client import Head


@dataclass(frozen=True, slots=True)
class Savepoint:
    """How far a change was planned at some moment."""

    puts: int
    facts: int
    checks: int
    counters: int
    head: Head
