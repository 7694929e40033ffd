"""Proposals that are as good as certain, apart from those that a score found."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from rowcol.domain.cash_matching.candidate import Strength
from rowcol.domain.cash_matching.cash_match import CashMatch, MatchState
from rowcol.service.cash_matches.decide_match import reject
from tests.support.cash_desk import FRIDAY, CashDesk
from tests.support.sent_payments import of_ramp

DATES = {"issued_on": date(2026, 11, 1), "due_on": date(2026, 11, 25)}


@pytest.fixture
def desk() -> CashDesk:
    """Bluebird's books."""
    return CashDesk()


def invoiced(desk: CashDesk, name: str, amount: str, customer: str, **fields: Any) -> str:
    """An open invoice; gives our id of it."""
    told = {"customer_name": customer, "customer_id": customer.partition(" ")[0].lower()} | DATES
    return desk.invoice(name, amount, **(told | fields)).id


def proposed(desk: CashDesk) -> dict[tuple[str, ...], CashMatch]:
    """What waits for a person, by its lines."""
    desk.looked()
    return {match.line_ids: match for match in desk.matches(MatchState.TENTATIVE)}


def strength(desk: CashDesk, *lines: str) -> Strength | None:
    """Of the proposal of these lines; None without one."""
    match = proposed(desk).get(lines)
    return match.strength if match is not None else None


def test_an_exact_deposit_of_one_open_invoice_is_matched(desk: CashDesk) -> None:
    invoiced(desk, "1", "912.40", "Harbor Lights LLC")
    desk.line("in-1", "-912.40", "REMOTE DEPOSIT")
    assert strength(desk, "in-1") is Strength.MATCHED


@pytest.mark.parametrize(
    ("amount", "text", "another"),
    [
        ("900.00", "REMOTE DEPOSIT", ""),  # a round sum is anybody's
        ("912.40", "REMOTE DEPOSIT", "912.40"),  # two invoices of that amount
        ("912.40", "CEDAR FREIGHT CREDIT", "77.15"),  # the text names another customer
        ("912.40", "RETURN OF POSTED ITEM R01", ""),
    ],
)
def test_it_is_only_suggested_where_something_speaks_against_it(
    desk: CashDesk, amount: str, text: str, another: str
) -> None:
    invoiced(desk, "1", amount, "Harbor Lights LLC")
    if another:
        invoiced(desk, "2", another, "Cedar Freight")
    desk.line("in-1", f"-{amount}", text)
    assert strength(desk, "in-1") in (Strength.SUGGESTED, None)
    assert desk.matches(MatchState.CONFIRMED) == []


def test_a_customers_invoices_in_one_line_and_ramps_total_of_a_day_are_matched(
    desk: CashDesk,
) -> None:
    for name, amount in (("1", "400.10"), ("2", "512.30"), ("3", "88.05")):
        invoiced(desk, name, amount, "Harbor Lights LLC")
    desk.line("in-1", "-912.40", "HARBOR LIGHTS DES:PAYMENT")
    of_ramp(desk, "p1", "41.10")
    of_ramp(desk, "p2", "60.07")
    desk.line("out-1", "101.17", "RAMP BILLPAY", posted_on=FRIDAY)
    found = proposed(desk)
    assert {name: match.strength for name, match in found.items()} == {
        ("in-1",): Strength.MATCHED,
        ("out-1",): Strength.MATCHED,
    }
    assert [len(match.parts) for match in found.values()] == [2, 2]
    assert desk.matches(MatchState.CONFIRMED) == []


def test_a_wires_fee_is_no_doubt_but_another_difference_is(desk: CashDesk) -> None:
    invoiced(desk, "1", "5912.40", "Harbor Lights LLC")
    invoiced(desk, "2", "7000.12", "Cedar Freight")
    desk.line("in-1", "-5897.40", "WIRE IN ORIG:HARBOR LIGHTS")
    desk.line("in-2", "-6988.01", "WIRE IN ORIG:CEDAR FREIGHT")
    assert strength(desk, "in-1") is Strength.MATCHED
    assert strength(desk, "in-2") is Strength.SUGGESTED


def test_a_text_that_came_twice_with_one_customers_sums_is_that_customers(desk: CashDesk) -> None:
    for name, amount in (("1", "912.41"), ("2", "377.83"), ("3", "500.00")):
        invoiced(desk, name, amount, "Harbor Lights LLC")
    invoiced(desk, "4", "500.00", "Cedar Freight")
    for name, amount in (("in-1", "912.41"), ("in-2", "377.83"), ("in-3", "500.00")):
        desk.line(name, f"-{amount}", "HLX HOLDCO CREDIT")
    found = proposed(desk)
    assert {match.strength for match in found.values()} == {Strength.MATCHED}
    assert {part.party_name for match in found.values() for part in match.parts} == {
        "Harbor Lights LLC"
    }
    assert len(found) == 3


def test_equal_invoices_of_a_customer_get_their_lines_in_order_where_that_is_clear(
    desk: CashDesk,
) -> None:
    for place in range(3):
        month = timedelta(days=30 * place)
        invoiced(
            desk, str(place), "450.10", "Harbor Lights LLC",
            issued_on=date(2026, 8, 25), due_on=date(2026, 9, 20) + month,
        )  # fmt: skip
    desk.line("in-1", "-450.10", "HARBOR LIGHTS", posted_on=date(2026, 9, 21))
    desk.line("in-2", "-450.10", "HARBOR LIGHTS", posted_on=date(2026, 10, 22))
    found = proposed(desk)
    due = {match.line_ids: match.parts[0].number for match in found.values()}
    assert {match.strength for match in found.values()} == {Strength.MATCHED}
    assert due == {("in-1",): "INV-200", ("in-2",): "INV-201"}


def test_in_place_of_what_was_refused_comes_the_next_best(desk: CashDesk) -> None:
    first = invoiced(desk, "1", "912.40", "Harbor Lights LLC")
    second = invoiced(desk, "2", "912.40", "Cedar Freight", due_on=date(2026, 11, 27))
    desk.line("in-1", "-912.40", "REMOTE DEPOSIT")
    match = proposed(desk)["in-1",]
    assert match.strength is Strength.SUGGESTED
    assert isinstance(desk.act(lambda change: reject(change, match.id, "no")), CashMatch)
    other = proposed(desk)["in-1",]
    assert {match.targets[0].id, other.targets[0].id} == {first, second}
    assert isinstance(desk.act(lambda change: reject(change, other.id, "no")), CashMatch)
    assert proposed(desk) == {}


def test_matches_are_listed_by_strength(desk: CashDesk) -> None:
    invoiced(desk, "1", "912.40", "Harbor Lights LLC")
    invoiced(desk, "2", "300.00", "Cedar Freight")
    desk.line("in-1", "-300.00", "REMOTE DEPOSIT")
    desk.line("in-2", "-912.40", "REMOTE DEPOSIT")
    desk.looked()

    def listed(**query: str) -> list[tuple[str, str]]:
        answer = desk.ask("GET", "/matches", query=query, person="vera")
        assert answer.status == 200
        return [(one["lines"][0]["line_id"], one["strength"]) for one in answer.body["items"]]

    assert listed() == [("in-2", "matched"), ("in-1", "suggested")]
    assert listed(strength="matched") == [("in-2", "matched")]
    assert listed(strength="suggested") == [("in-1", "suggested")]
    assert listed(strength="matched", state="confirmed") == []
