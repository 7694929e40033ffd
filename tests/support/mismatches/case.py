"""A kind of mismatch on one side: what must be found, and how it comes about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rowcol.domain.evidence import Mismatch, Side
from tests.support.mismatches.script import Script


@dataclass(frozen=True)
class Case:
    """What must be found, and how it comes about on top of agreement."""

    name: str
    side: Side
    kind: Mismatch
    bend: Callable[[Script], None]


CASES: list[Case] = []


def case(side: Side, kind: Mismatch, name: str = "") -> Callable[[Callable[[Script], None]], None]:
    """Register a case under its side, kind and a word more."""

    def register(bend: Callable[[Script], None]) -> None:
        label = f"{side.value} {kind.value} {name}".strip()
        CASES.append(Case(label, side, kind, bend))

    return register
