"""What if: move, drop or add an item of the runway, and see the line again. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.runway import CashLine, Certainty, Flow, FlowKind, counted_on
from rowcol.domain.runway_lines import CashLines
from rowcol.domain.spending import BURN

CHANGES_MAX = 50


@dataclass(frozen=True, slots=True)
class Move:
    """The item happens on another day. Doubtful money in counts then: somebody vouches for it."""

    source_id: str
    day: date


@dataclass(frozen=True, slots=True)
class Drop:
    """The item does not happen."""

    source_id: str


@dataclass(frozen=True, slots=True)
class Add:
    """Something more happens: `amount` above zero comes in, below zero goes out."""

    amount: Money
    day: date
    label: str


Change = Move | Drop | Add


@dataclass(frozen=True, slots=True)
class DayDifference:
    """A day whose closing differs, and by how much: above zero is more cash than before."""

    day: date
    change: Money


@dataclass(frozen=True, slots=True)
class CashLineDifference:
    """What the changes do to one line. `days`: those on which it differs."""

    low_change: Money
    closing_change: Money
    below_zero_before: date | None
    below_zero_after: date | None
    below_buffer_before: date | None
    below_buffer_after: date | None
    days: tuple[DayDifference, ...]


@dataclass(frozen=True, slots=True)
class CashDifference:
    """What the changes do to both lines."""

    cautious: CashLineDifference
    expected: CashLineDifference


def changed(
    flows: Sequence[Flow], changes: Sequence[Change], first: date, days_ahead_max: int
) -> tuple[Flow, ...] | Refusal:
    """The flows after all changes, in any order of them; the first change that cannot be refuses.

    Refused: `runway_item_unknown`, `duplicate_item` (one item twice), `too_late` (it is under way),
    `date_in_past`, `date_too_far`, `too_many_items`, `invalid_input` (burn has no single day).
    """
    if len(changes) > CHANGES_MAX:
        numbers = {"items": len(changes), "items_max": CHANGES_MAX}
        return Refusal(Code.TOO_MANY_ITEMS, f"at most {CHANGES_MAX} changes at once", numbers)
    known = {flow.source_id: flow for flow in flows}
    named: set[str] = set()
    for place, change in enumerate(changes):
        problem = _bad_day(change, place, first, days_ahead_max)
        if problem is None and not isinstance(change, Add):
            problem = _bad_item(change, place, known, named)
            named.add(change.source_id)
        if problem is not None:
            return problem
    return tuple(_apply(flows, changes, first))


def _apply(flows: Sequence[Flow], changes: Sequence[Change], first: date) -> Iterable[Flow]:
    moves = {change.source_id: change.day for change in changes if isinstance(change, Move)}
    drops = {change.source_id for change in changes if isinstance(change, Drop)}
    for flow in flows:
        if flow.source_id in drops:
            continue
        day = moves.get(flow.source_id)
        yield flow if day is None else _moved(flow, day, first)
    for place, change in enumerate(changes):
        if isinstance(change, Add):
            day = counted_on(change.day, first)
            name, why = f"added-{place + 1}", "added to see what it does"
            yield Flow(
                name,
                FlowKind.ADDED,
                day,
                change.amount,
                Certainty.FIRM,
                change.label,
                why,
                change.day,
            )


def _moved(flow: Flow, day: date, first: date) -> Flow:
    doubtful = flow.certainty is Certainty.DOUBTFUL
    return replace(
        flow,
        day=counted_on(day, first),
        certainty=Certainty.LIKELY if doubtful else flow.certainty,
        why=f"moved to {day} to see what it does",
    )


def _bad_day(change: Change, place: int, first: date, days_ahead_max: int) -> Refusal | None:
    if isinstance(change, Drop):
        return None
    numbers: dict[str, object] = {"change": place, "date": change.day}
    if change.day < first:
        words = f"{change.day} is past, today is {first}"
        return Refusal(Code.DATE_PAST, words, {**numbers, "today": first})
    last = first + timedelta(days=days_ahead_max)
    if change.day > last:
        return Refusal(Code.DATE_TOO_FAR, f"by {last} at the latest", {**numbers, "last": last})
    return None


def _bad_item(
    change: Move | Drop, place: int, known: dict[str, Flow], named: set[str]
) -> Refusal | None:
    name = change.source_id
    numbers: dict[str, object] = {"change": place, "source_id": name}
    flow = known.get(name)
    if flow is None:
        return Refusal(
            Code.RUNWAY_ITEM_UNKNOWN,
            "no item of this runway has this id",
            numbers,
            remedy="take the source_id of an item as the runway shows it",
        )
    if name in named:
        return Refusal(Code.DUPLICATE_ITEM, "one change an item", numbers)
    if name == BURN:
        if isinstance(change, Drop):
            return None
        return Refusal(Code.INVALID_INPUT, "burn has no single day; it can be dropped", numbers)
    if not flow.movable:
        words = f"{flow.label} is under way: {flow.why}"
        return Refusal(Code.TOO_LATE, words, numbers)
    return None


def difference(before: CashLines, after: CashLines) -> CashDifference:
    """After less before, of two runways of the same days."""
    return CashDifference(
        _line_difference(before.cautious, after.cautious),
        _line_difference(before.expected, after.expected),
    )


def _line_difference(before: CashLine, after: CashLine) -> CashLineDifference:
    days = tuple(
        DayDifference(was.day, becomes.closing - was.closing)
        for was, becomes in zip(before.days, after.days, strict=True)
        if becomes.closing != was.closing
    )
    return CashLineDifference(
        after.low - before.low,
        after.days[-1].closing - before.days[-1].closing,
        before.below_zero_on,
        after.below_zero_on,
        before.below_buffer_on,
        after.below_buffer_on,
        days,
    )
