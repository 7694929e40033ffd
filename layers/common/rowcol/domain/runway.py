"""The runway: a client's cash, day by day, from what is known to come and to go.

Pure: flows in, a line out. A line begins with the accepted balance on `first` and adds each flow
on its day; what falls behind its last day is told as `beyond`, so that nothing is lost. Source:
design section 5, runway; docs/decisions/0024-runway.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from rowcol.domain.calendar import next_bank_day
from rowcol.domain.money import Money, total

HORIZONS = (14, 30, 91)
HORIZON_MAX = 91
# Flows are dated at most so far ahead: all of them lie beyond every horizon alike.
FAR_DAYS = 400


class FlowKind(StrEnum):
    """What moves the money, in the order in which a day shows its parts."""

    RESERVE = "reserve"
    SCHEDULED = "scheduled"
    OBSERVED = "observed"
    OPEN_BILL = "open_bill"
    DELAYED = "delayed"
    PLANNED = "planned"
    RECORD = "record"
    BURN = "burn"
    RECEIPT = "receipt"
    PAYOUT = "payout"
    ADDED = "added"


class Certainty(StrEnum):
    """Firm: promised or under way. Likely: as it usually goes. Doubtful: told, never a promise."""

    FIRM = "firm"
    LIKELY = "likely"
    DOUBTFUL = "doubtful"


class View(StrEnum):
    """Cautious: of what is to come in only the firm. Expected: the likely too.

    Both count all that goes out, and neither counts doubtful money in.
    """

    CAUTIOUS = "cautious"
    EXPECTED = "expected"


_COUNTED_IN = {
    View.CAUTIOUS: frozenset({Certainty.FIRM}),
    View.EXPECTED: frozenset({Certainty.FIRM, Certainty.LIKELY}),
}


@dataclass(frozen=True, slots=True)
class Flow:
    """Money that moves on a bank day: `amount` above zero comes in, below zero goes out.

    `source_id`: the bill, payment, invoice ... it comes from, by which a scenario names it; only
    burn has one on several days. `meant_on`: the date that the source itself bears. `movable`:
    somebody here could still give it another date. `why`: in words, why on this day.
    """

    source_id: str
    kind: FlowKind
    day: date
    amount: Money
    certainty: Certainty
    label: str
    why: str
    meant_on: date | None = None
    movable: bool = True


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What is known and cannot be counted, with the reason in words."""

    source_id: str
    label: str
    amount: Money
    because: str


@dataclass(frozen=True, slots=True)
class KindAmount:
    """What all flows of one kind move on a day; below zero goes out."""

    kind: FlowKind
    amount: Money


@dataclass(frozen=True, slots=True)
class CashDay:
    """One calendar day: closing = opening + money_in - money_out."""

    day: date
    opening: Money
    money_in: Money
    money_out: Money
    closing: Money
    parts: tuple[KindAmount, ...]


@dataclass(frozen=True, slots=True)
class CashLine:
    """Cash at the end of each calendar day.

    `low`: the lowest closing, first on `low_on`. `below_buffer_on`, `below_zero_on`: the first day
    that closes below; None: not within these days, or no buffer is known. `runway_days`: how many
    days close at zero or above before that day; None: all of them do. `beyond`: the sum of what
    comes after the last day.
    """

    days: tuple[CashDay, ...]
    low: Money
    low_on: date
    below_buffer_on: date | None
    below_zero_on: date | None
    runway_days: int | None
    beyond: Money


class FlowInThePast(Exception):
    """A flow lies before the first day of the line and would be lost: a defect."""


def counted_on(day: date, first: date) -> date:
    """The bank day on which something dated `day` is counted: what is overdue, the next one."""
    return next_bank_day(min(max(day, first), first + timedelta(days=FAR_DAYS)))


def counted(flows: Iterable[Flow], view: View) -> tuple[Flow, ...]:
    """The flows that a view counts."""
    return tuple(
        flow for flow in flows if flow.amount.minor < 0 or flow.certainty in _COUNTED_IN[view]
    )


def line_of(
    opening: Money, flows: Iterable[Flow], first: date, days: int, buffer: Money | None
) -> CashLine:
    """The line of `days` calendar days from `first`. Raises FlowInThePast, MoneyError.

    Every flow given is counted exactly once, in any order.
    """
    last = first + timedelta(days=days - 1)
    by_day: dict[date, list[Flow]] = {}
    beyond: list[Money] = []
    for flow in flows:
        if flow.day < first:
            raise FlowInThePast(f"{flow.source_id} on {flow.day}, before {first}")
        if flow.day > last:
            beyond.append(flow.amount)
        else:
            by_day.setdefault(flow.day, []).append(flow)
    shown: list[CashDay] = []
    cash = opening
    for ahead in range(days):
        day = first + timedelta(days=ahead)
        shown.append(_day(day, cash, by_day.get(day, ())))
        cash = shown[-1].closing
    return _line(tuple(shown), buffer, total(beyond, opening.currency))


def _day(day: date, opening: Money, flows: Sequence[Flow]) -> CashDay:
    if not flows:
        nothing = Money.zero(opening.currency)
        return CashDay(day, opening, nothing, nothing, opening, ())
    money_in = money_out = 0
    by_kind: dict[FlowKind, int] = {}
    for flow in flows:
        flow.amount.same(opening)
        minor = flow.amount.minor
        by_kind[flow.kind] = by_kind.get(flow.kind, 0) + minor
        money_in += max(minor, 0)
        money_out += max(-minor, 0)
    currency = opening.currency
    parts = tuple(KindAmount(kind, Money(by_kind[kind], currency)) for kind in _in_order(by_kind))
    came, went = Money(money_in, currency), Money(money_out, currency)
    return CashDay(day, opening, came, went, opening + came - went, parts)


def _in_order(kinds: Iterable[FlowKind]) -> list[FlowKind]:
    found = set(kinds)
    return [kind for kind in FlowKind if kind in found]


def _line(days: tuple[CashDay, ...], buffer: Money | None, beyond: Money) -> CashLine:
    lowest = min(days, key=lambda day: (day.closing.minor, day.day))
    below_zero = next((day.day for day in days if day.closing.minor < 0), None)
    return CashLine(
        days,
        lowest.closing,
        lowest.day,
        next((day.day for day in days if buffer is not None and day.closing < buffer), None),
        below_zero,
        (below_zero - days[0].day).days if below_zero is not None else None,
        beyond,
    )
