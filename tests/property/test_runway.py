"""The runway for any flows: money is conserved, each counts once, and their order is nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from rowcol.domain.calendar import is_bank_day
from rowcol.domain.invoice import Invoice
from rowcol.domain.money import Money
from rowcol.domain.receipts import (
    PaidInvoice,
    PayingHabit,
    expected_receipt,
)
from rowcol.domain.refusal import Refusal
from rowcol.domain.runway import (
    HORIZONS,
    Certainty,
    Flow,
    FlowKind,
    View,
    counted,
    counted_on,
    line_of,
)
from rowcol.domain.runway_scenario import Add, Change, Drop, Move, changed
from rowcol.domain.spending import Spending, burn_flows
from tests.support.invoice_desk import shown

FIRST = st.dates(date(2024, 1, 1), date(2028, 12, 31))
MINOR = st.integers(-(10**9), 10**9).filter(bool)
HORIZON = st.sampled_from(HORIZONS)
AHEAD_MAX = 180


@st.composite
def flows_from(draw: st.DrawFn, first: date) -> tuple[Flow, ...]:
    """Up to a dozen flows of different sources, some behind every horizon."""
    rows = draw(
        st.lists(
            st.tuples(
                st.integers(-40, 150),
                MINOR,
                st.sampled_from(FlowKind),
                st.sampled_from(Certainty),
                st.booleans(),
            ),
            max_size=12,
        )
    )
    return tuple(
        Flow(
            f"source-{number}", kind, counted_on(first + timedelta(days=ahead), first),
            Money(minor, "USD"), certainty, "label", "why", movable=movable,
        )
        for number, (ahead, minor, kind, certainty, movable) in enumerate(rows)
    )  # fmt: skip


@st.composite
def situations(draw: st.DrawFn) -> tuple[date, Money, tuple[Flow, ...]]:
    first = draw(FIRST)
    return first, Money(draw(st.integers(-(10**9), 10**9)), "USD"), draw(flows_from(first))


def sum_of(flows: tuple[Flow, ...]) -> int:
    return sum(flow.amount.minor for flow in flows)


@given(situations(), HORIZON)
def test_money_is_conserved_and_every_flow_counts_once(
    situation: tuple[date, Money, tuple[Flow, ...]], days: int
) -> None:
    first, opening, flows = situation
    line = line_of(opening, flows, first, days, None)
    assert line.days[-1].closing.minor + line.beyond.minor == opening.minor + sum_of(flows)
    cash = opening.minor
    for number, day in enumerate(line.days):
        own = [flow for flow in flows if flow.day == first + timedelta(days=number)]
        assert day.opening.minor == cash
        cash += sum(flow.amount.minor for flow in own)
        assert day.closing.minor == cash
        assert day.money_in.minor - day.money_out.minor == cash - day.opening.minor
        assert sum(part.amount.minor for part in day.parts) == cash - day.opening.minor
    assert len(line.days) == days


@given(situations(), HORIZON, st.integers(0, 10**9), st.randoms(use_true_random=False))
def test_the_order_of_flows_does_not_matter(
    situation: tuple[date, Money, tuple[Flow, ...]], days: int, kept: int, luck: object
) -> None:
    first, opening, flows = situation
    shuffled = list(flows)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands in a Random
    buffer = Money(kept, "USD")
    assert line_of(opening, flows, first, days, buffer) == line_of(
        opening, shuffled, first, days, buffer
    )


@given(situations(), HORIZON, st.integers(0, 10**9))
def test_low_point_and_first_breaches_are_those_of_the_days(
    situation: tuple[date, Money, tuple[Flow, ...]], days: int, kept: int
) -> None:
    first, opening, flows = situation
    line = line_of(opening, flows, first, days, Money(kept, "USD"))
    closings = {day.day: day.closing.minor for day in line.days}
    assert line.low.minor == min(closings.values())
    assert line.low_on == min(day for day, minor in closings.items() if minor == line.low.minor)
    below = [day for day, minor in closings.items() if minor < kept]
    assert line.below_buffer_on == min(below, default=None)
    zero = min((day for day, minor in closings.items() if minor < 0), default=None)
    assert line.below_zero_on == zero
    assert line.runway_days == ((zero - first).days if zero is not None else None)


@given(situations(), HORIZON)
def test_the_cautious_line_is_never_above_the_expected(
    situation: tuple[date, Money, tuple[Flow, ...]], days: int
) -> None:
    first, opening, flows = situation
    cautious, expected = (
        line_of(opening, counted(flows, view), first, days, None) for view in View
    )
    for low, high in zip(cautious.days, expected.days, strict=True):
        assert low.closing <= high.closing


@given(FIRST, st.integers(-500, 500))
def test_what_is_counted_is_counted_on_a_bank_day_from_today_on(first: date, ahead: int) -> None:
    found = counted_on(first + timedelta(days=ahead), first)
    assert found >= first
    assert is_bank_day(found)
    assert (found - max(first + timedelta(days=min(ahead, 400)), first)).days <= 5


# ---- scenarios


@st.composite
def scenarios(draw: st.DrawFn) -> tuple[date, tuple[Flow, ...], tuple[Change, ...]]:
    """Changes that are possible: each movable item at most once, days from today on."""
    first = draw(FIRST)
    flows = draw(flows_from(first))
    changes: list[Change] = []
    day = st.integers(0, AHEAD_MAX).map(lambda ahead: first + timedelta(days=ahead))
    for flow in flows:
        what = draw(st.sampled_from(("keep", "move", "drop"))) if flow.movable else "keep"
        if what == "move":
            changes.append(Move(flow.source_id, draw(day)))
        elif what == "drop":
            changes.append(Drop(flow.source_id))
    more = draw(st.lists(st.tuples(MINOR, day), max_size=3))
    changes += [Add(Money(minor, "USD"), on, "added") for minor, on in more]
    return first, flows, tuple(changes)


def after(first: date, flows: tuple[Flow, ...], *changes: Change) -> tuple[Flow, ...]:
    found = changed(flows, changes, first, AHEAD_MAX)
    assert not isinstance(found, Refusal), found
    return found


@given(scenarios())
def test_a_scenario_changes_the_sum_by_what_it_drops_and_adds(
    scenario: tuple[date, tuple[Flow, ...], tuple[Change, ...]],
) -> None:
    first, flows, changes = scenario
    dropped = {change.source_id for change in changes if isinstance(change, Drop)}
    gone = sum(flow.amount.minor for flow in flows if flow.source_id in dropped)
    came = sum(change.amount.minor for change in changes if isinstance(change, Add))
    found = after(first, flows, *changes)
    assert sum_of(found) == sum_of(flows) - gone + came
    assert len({flow.source_id for flow in found}) == len(found)
    assert all(flow.day >= first and is_bank_day(flow.day) for flow in found)


@given(scenarios(), st.randoms(use_true_random=False))
def test_the_order_of_changes_does_not_matter(
    scenario: tuple[date, tuple[Flow, ...], tuple[Change, ...]], luck: object
) -> None:
    first, flows, changes = scenario
    shuffled = list(changes)
    luck.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands in a Random

    def told(found: tuple[Flow, ...]) -> list[tuple[str, date, int]]:
        # Added ones are named by their place.
        return sorted(
            ("" if flow.kind is FlowKind.ADDED else flow.source_id, flow.day, flow.amount.minor)
            for flow in found
        )

    assert told(after(first, flows, *changes)) == told(after(first, flows, *shuffled))


@given(situations(), HORIZON, st.data())
def test_dropping_an_item_and_adding_the_same_is_nothing(
    situation: tuple[date, Money, tuple[Flow, ...]], days: int, data: st.DataObject
) -> None:
    first, opening, flows = situation
    movable = [flow for flow in flows if flow.movable and (flow.day - first).days <= AHEAD_MAX]
    if not movable:
        return
    one = data.draw(st.sampled_from(movable))
    found = after(first, flows, Drop(one.source_id), Add(one.amount, one.day, one.label))
    firm = tuple(replace(flow, certainty=Certainty.FIRM) for flow in flows)
    before = line_of(opening, firm, first, days, None)
    then = line_of(opening, found, first, days, None)
    assert [day.closing for day in then.days] == [day.closing for day in before.days]
    assert then.beyond == before.beyond


@given(situations(), st.data())
def test_moving_an_item_where_it_is_moves_nothing(
    situation: tuple[date, Money, tuple[Flow, ...]], data: st.DataObject
) -> None:
    first, _, flows = situation
    movable = [flow for flow in flows if flow.movable and (flow.day - first).days <= AHEAD_MAX]
    if not movable:
        return
    one = data.draw(st.sampled_from(movable))
    found = after(first, flows, Move(one.source_id, one.day))
    assert [(flow.source_id, flow.day, flow.amount) for flow in found] == [
        (flow.source_id, flow.day, flow.amount) for flow in flows
    ]


# ---- burn and receipts


@given(FIRST, st.integers(0, 20), st.integers(1, 90), st.integers(0, 10**9), HORIZON)
def test_burn_adds_up_to_its_part_of_the_history(
    first: date, age_days: int, history_days: int, minor: int, days: int
) -> None:
    spending = Spending("spending", 1, first, history_days, Money(minor, "USD"), Money(0, "USD"))
    seen_on = first - timedelta(days=age_days)
    flows = burn_flows(spending, seen_on, first, days)
    counted_days = age_days + days - 1
    assert -sum_of(flows) == minor * counted_days // history_days
    assert all(flow.day >= first and is_bank_day(flow.day) for flow in flows)
    assert len({flow.day for flow in flows}) == len(flows)


@given(
    FIRST,
    st.integers(-400, 400),
    st.integers(-400, 400),
    st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=8),
)
def test_a_receipt_is_expected_on_a_bank_day_and_never_in_the_past(
    today: date, issued: int, due: int, paid: list[tuple[int, int]]
) -> None:
    habit = PayingHabit(
        "c", 1, "x", tuple(PaidInvoice(str(n), today, *one) for n, one in enumerate(paid))
    )
    reading = shown(issued_on=today + timedelta(days=issued), due_on=today + timedelta(days=due))
    found = expected_receipt(Invoice("i", 1, reading), habit, None, today)
    assert found.day >= today
    assert is_bank_day(found.day)
    if found.certainty is Certainty.LIKELY and found.usual_on < today:
        assert found.day > today
