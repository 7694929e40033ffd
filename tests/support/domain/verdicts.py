"""Agreeing facts of one payment, judged with what a test makes different."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from rowcol.domain.verdict import Proved, Verdict, booked_now, judge
from tests.support.domain.builders import (
    FRIDAY,
    NOW,
    cash,
    expectation,
    ledger,
    rail_bill,
    rail_payment,
)

PROVED = Proved(NOW, booked_now(ledger()))


def verdict(now: datetime = NOW, **sides: Any) -> Verdict:
    """Judge agreeing sides, but for those that are given."""
    facts: dict[str, Any] = {"rail": rail_bill(), "ledger": ledger(), "cash": cash()} | sides
    return judge(facts.pop("expected", expectation()), now=now, **facts)


def ach(method: str = "ACH", start: date | None = FRIDAY, **changes: Any) -> Any:
    """A rail payment by a method, started on a day."""
    return rail_payment(method=method, effective_on=start, planned_on=start, **changes)
