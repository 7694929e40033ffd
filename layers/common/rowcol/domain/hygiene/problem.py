"""What a data check answers, and the shape of a table of checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

C = TypeVar("C")
LEDGER_SITE = "https://app.qbo.intuit.com/app"
RAIL_SITE = "https://app.ramp.com/bills"


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one subject: both values as text, and where it can be mended."""

    title: str
    expected: str
    found: str
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Check(Generic[C]):
    """One check: a kind of tray item, and the function that finds it in a case.

    `why`: when it is not a problem, in words, for the page of checks.
    """

    kind: str
    judge: Callable[[C], Problem | None]
    why: str


def problems_of(checks: Sequence[Check[C]], case: C) -> Mapping[str, Problem | None]:
    """What each check of a table says of a case, by kind."""
    return {check.kind: check.judge(case) for check in checks}


def in_ledger(page: str, name: str, ledger_id: str) -> str:
    """The page of one object in QuickBooks."""
    return f"{LEDGER_SITE}/{page}?{name}={ledger_id}"
