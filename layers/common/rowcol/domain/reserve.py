"""Reserves: money earmarked for a bill. Opened once, ended once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from rowcol.domain.client import Head
from rowcol.domain.money import Money


class ReserveState(StrEnum):
    """Open; or ended: the bank debit is in the balance (posted), or none will come (released)."""

    OPEN = "open"
    POSTED = "posted"
    RELEASED = "released"


class ReserveError(Exception):
    """A reserve would end twice, be of another currency, or below zero: never a refusal."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """`amount` held until `needed_on`. `observed`: Ramp is going to pay it, undecided here.

    `override_id`: it is covered because people overrode the guardrail, not by cash.
    """

    amount: Money
    covered: bool
    needed_on: date
    opened_at: datetime
    observed: bool = False
    state: ReserveState = ReserveState.OPEN
    ended_at: datetime | None = None
    reason: str | None = None
    override_id: str | None = None

    @property
    def is_open(self) -> bool:
        """Whether the money is still held."""
        return self.state is ReserveState.OPEN


def opened(head: Head, reserve: Reserve) -> Head:
    """The head with one more open reserve. Raises ReserveError when it already ended."""
    if not reserve.is_open:
        raise ReserveError("an ended reserve is never opened again")
    _positive(reserve.amount)
    return _shift(head, reserve.covered, reserve.amount)


def ended(
    head: Head, reserve: Reserve, state: ReserveState, at: datetime, reason: str
) -> tuple[Head, Reserve]:
    """End an open reserve as posted or released. Raises ReserveError when it already ended."""
    if not reserve.is_open or state is ReserveState.OPEN:
        raise ReserveError("a reserve ends once")
    closed = replace(reserve, state=state, ended_at=at, reason=reason)
    return _shift(head, reserve.covered, -reserve.amount), closed


def resized(
    head: Head, reserve: Reserve, amount: Money, covered: bool, override_id: str | None = None
) -> tuple[Head, Reserve]:
    """Change amount or cover of an open reserve. Raises ReserveError when it already ended.

    `override_id`: what covers it instead of cash.
    """
    if not reserve.is_open:
        raise ReserveError("only an open reserve changes")
    _positive(amount)
    without = _shift(head, reserve.covered, -reserve.amount)
    changed = replace(reserve, amount=amount, covered=covered, override_id=override_id)
    return _shift(without, covered, amount), changed


def _shift(head: Head, covered: bool, amount: Money) -> Head:
    if amount.currency != head.currency:
        raise ReserveError(f"reserve in {amount.currency}, books in {head.currency}")
    after = (head.covered_total if covered else head.uncovered_total) + amount
    if after.minor < 0:
        raise ReserveError("reserve total below zero")
    return replace(head, covered=after) if covered else replace(head, uncovered=after)


def _positive(amount: Money) -> None:
    # A negative reserve would hide another one in the totals.
    if amount.minor < 0:
        raise ReserveError(f"a reserve holds at least nothing, not {amount}")
