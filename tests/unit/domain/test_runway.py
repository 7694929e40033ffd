"""The line: what is counted when, its low point, its first breaches, and weekends."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rowcol.domain.money import Money, MoneyError
from rowcol.domain.runway import (
    CashLine,
    Certainty,
    Flow,
    FlowInThePast,
    FlowKind,
    View,
    counted,
    counted_on,
    line_of,
)
from tests.support.domain.builders import FRIDAY, usd

MONDAY = FRIDAY + timedelta(days=3)


def flow(amount: str, day: date = FRIDAY, kind: FlowKind = FlowKind.OPEN_BILL) -> Flow:
    return Flow(f"{day}{amount}", kind, day, usd(amount), Certainty.LIKELY, "Acme", "due")


def line(*flows: Flow, opening: str = "1000", buffer: str | None = None) -> CashLine:
    kept = usd(buffer) if buffer is not None else None
    return line_of(usd(opening), flows, FRIDAY, 14, kept)


def test_without_flows_cash_stays() -> None:
    found = line()
    assert [day.closing for day in found.days] == [usd("1000")] * 14
    assert (found.low, found.low_on, found.runway_days) == (usd("1000"), FRIDAY, None)
    assert (found.days[0].day, found.days[-1].day) == (FRIDAY, FRIDAY + timedelta(days=13))


def test_a_day_shows_its_parts_by_kind() -> None:
    receipt = flow("250", MONDAY, FlowKind.RECEIPT)
    found = line(flow("-100", MONDAY), flow("-50", MONDAY), receipt)
    day = found.days[3]
    assert (day.opening, day.money_in, day.money_out, day.closing) == (
        usd("1000"), usd("250"), usd("150"), usd("1100"),
    )  # fmt: skip
    parts = [(part.kind, part.amount) for part in day.parts]
    assert parts == [(FlowKind.OPEN_BILL, usd("-150")), (FlowKind.RECEIPT, usd("250"))]


def test_the_low_point_is_the_first_of_the_lowest_days() -> None:
    found = line(flow("-400", MONDAY), flow("400", MONDAY + timedelta(days=2)))
    assert (found.low, found.low_on) == (usd("600"), MONDAY)
    assert found.days[-1].closing == usd("1000")


def test_the_first_days_below_buffer_and_below_zero() -> None:
    tuesday = MONDAY + timedelta(days=1)
    found = line(flow("-900", MONDAY), flow("-200", tuesday), buffer="100.01")
    assert (found.below_buffer_on, found.below_zero_on, found.runway_days) == (MONDAY, tuesday, 4)
    exact = line(flow("-900", MONDAY), buffer="100")
    assert (exact.below_buffer_on, exact.below_zero_on) == (None, None)
    assert line(flow("-1000", MONDAY)).below_zero_on is None
    assert line(flow("-900", MONDAY)).below_buffer_on is None


def test_already_below_zero_is_no_runway_at_all() -> None:
    found = line(opening="-0.01")
    assert (found.below_zero_on, found.runway_days) == (FRIDAY, 0)


def test_what_comes_after_the_last_day_is_told() -> None:
    last = FRIDAY + timedelta(days=13)
    found = line(
        flow("-1", last), flow("-5", last + timedelta(days=1)), flow("2", date(2027, 6, 1))
    )
    assert (found.days[-1].closing, found.beyond) == (usd("999"), usd("-3"))


def test_nothing_is_lost_before_the_first_day() -> None:
    with pytest.raises(FlowInThePast):
        line(flow("-1", FRIDAY - timedelta(days=1)))


@pytest.mark.parametrize("ahead", [0, 1, 200])
def test_another_currency_is_never_added(ahead: int) -> None:
    euro = Flow(
        "e", FlowKind.OPEN_BILL, FRIDAY + timedelta(days=ahead), Money(-1, "EUR"),
        Certainty.FIRM, "Acme", "due",
    )  # fmt: skip
    with pytest.raises(MoneyError):
        line(euro)


@pytest.mark.parametrize(
    ("certainty", "amount", "views"),
    [
        (Certainty.FIRM, "1", {View.CAUTIOUS, View.EXPECTED}),
        (Certainty.LIKELY, "1", {View.EXPECTED}),
        (Certainty.DOUBTFUL, "1", set()),
        (Certainty.FIRM, "-1", {View.CAUTIOUS, View.EXPECTED}),
        (Certainty.LIKELY, "-1", {View.CAUTIOUS, View.EXPECTED}),
        (Certainty.DOUBTFUL, "-1", {View.CAUTIOUS, View.EXPECTED}),
    ],
)
def test_all_that_goes_out_counts_and_little_that_comes_in(
    certainty: Certainty, amount: str, views: set[View]
) -> None:
    one = Flow("a", FlowKind.RECEIPT, FRIDAY, usd(amount), certainty, "x", "y")
    assert {view for view in View if counted([one], view)} == views


@pytest.mark.parametrize(
    ("dated", "first", "on"),
    [
        (date(2026, 11, 20), date(2026, 11, 20), date(2026, 11, 20)),
        (date(2026, 11, 21), date(2026, 11, 20), date(2026, 11, 23)),  # a Saturday
        (date(2026, 11, 26), date(2026, 11, 20), date(2026, 11, 27)),  # Thanksgiving
        (date(2026, 7, 4), date(2026, 7, 1), date(2026, 7, 6)),  # a Saturday holiday
        (date(2027, 7, 4), date(2027, 7, 1), date(2027, 7, 6)),  # a Sunday holiday closes Monday
        (date(2026, 12, 25), date(2026, 12, 20), date(2026, 12, 28)),
        (date(2026, 10, 3), date(2026, 11, 20), date(2026, 11, 20)),  # overdue
        (date(2026, 10, 3), date(2026, 11, 21), date(2026, 11, 23)),  # overdue, on a Saturday
        (date(2027, 2, 28), date(2027, 2, 1), date(2027, 3, 1)),  # the end of a month, a Sunday
        (date(9999, 12, 31), date(2026, 11, 20), date(2027, 12, 27)),  # far beyond
    ],
)
def test_the_bank_day_on_which_a_date_counts(dated: date, first: date, on: date) -> None:
    assert counted_on(dated, first) == on


@pytest.mark.parametrize("first", [date(2026, 3, 7), date(2026, 10, 31), date(2028, 2, 27)])
def test_every_calendar_day_is_there_once(first: date) -> None:
    """Over both changes of the clocks, and a leap day."""
    found = line_of(usd("1"), [], first, 91, None)
    assert [day.day for day in found.days] == [first + timedelta(days=n) for n in range(91)]
