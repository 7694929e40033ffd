"""Statistics of payments: equal to a plain sum, in every currency and bucket of age."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings

from rowcol.domain.lifecycle import FINAL, Status
from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal
from rowcol.service import payment_statistics
from rowcol.service.payment_list import every_payment
from rowcol.service.payment_statistics import CounterpartyTally, Statistics, Tally, statistics
from rowcol.service.view_ports import FacetRow, Facets
from tests.support.domain.builders import FRIDAY
from tests.support.payment_rows import SCOPE, any_rows, facets, stored


def told(rows: list[Facets]) -> Statistics:
    found = statistics([FacetRow(f"p{n}", row) for n, row in enumerate(rows)], None, None, FRIDAY)
    assert isinstance(found, Statistics)
    return found


def naive(rows: list[Facets], name_of: Callable[[Facets], str]) -> dict[str, Tally]:
    """By hand: filter, count, add, for each name and currency."""
    tallies = {}
    for name in {name_of(row) for row in rows}:
        own = [row for row in rows if name_of(row) == name]
        sums = tuple(
            Money(sum(row.amount for row in own if row.currency == currency), currency)
            for currency in sorted({row.currency for row in own})
        )
        tallies[name] = Tally(name, len(own), sums)
    return tallies


def named(tallies: tuple[Tally, ...]) -> dict[str, Tally]:
    found = {tally.name: tally for tally in tallies}
    assert len(found) == len(tallies)
    return found


def party(row: Facets) -> str:
    return row.counterparty_id or f"named {row.counterparty_name}"


def age(row: Facets) -> str:
    days = (FRIDAY - row.day).days
    if days < 0:
        return "not_yet"
    if days <= 7:
        return "0_7"
    if days <= 30:
        return "8_30"
    if days <= 60:
        return "31_60"
    return "61_90" if days <= 90 else "over_90"


@settings(max_examples=200, deadline=None)
@given(any_rows)
def test_they_are_a_plain_sum(rows: list[Facets]) -> None:
    views, _ = stored(rows)
    found = statistics(every_payment(views, SCOPE, None, None), None, None, FRIDAY)
    assert isinstance(found, Statistics)
    there = [row for row in rows if not row.deleted]
    assert named(found.by_status) == naive(there, lambda row: row.status)
    assert named(found.by_type) == naive(there, lambda row: row.type)
    assert named(found.by_month) == naive(there, lambda row: f"{row.day:%Y-%m}")
    by_party = naive(there, party)
    assert len(found.by_counterparty) == len(by_party)
    assert found.counterparties_left_out == 0
    for one in found.by_counterparty:
        same = by_party[one.id or f"named {one.name}"]
        assert (one.count, one.sums) == (same.count, same.sums)
    assert found.total.count == len(there)
    assert found.total.sums == naive(there, lambda _: "total").get("total", found.total).sums
    final = {status.value for status in FINAL}
    waiting = [row for row in there if row.status not in final and row.verification != "verified"]
    assert named(found.ageing) == naive(waiting, age)
    for part in (found.by_status, found.by_type, found.by_month):
        assert sum(tally.count for tally in part) == found.total.count
    assert sum(one.count for one in found.by_counterparty) == found.total.count


@pytest.mark.parametrize(
    ("days", "bucket"),
    [
        (-1, "not_yet"),
        (0, "0_7"),
        (7, "0_7"),
        (8, "8_30"),
        (30, "8_30"),
        (31, "31_60"),
        (60, "31_60"),
        (61, "61_90"),
        (90, "61_90"),
        (91, "over_90"),
        (4_000, "over_90"),
    ],
)
def test_ages_at_the_edges(days: int, bucket: str) -> None:
    found = told([facets(day=FRIDAY - timedelta(days=days))])
    assert [tally.name for tally in found.ageing] == [bucket]


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("verification", ["awaiting", "verified", "mismatch"])
def test_what_ages_is_neither_over_nor_proved(status: Status, verification: str) -> None:
    found = told([facets(status=status.value, verification=verification)])
    is_open = status not in FINAL and verification != "verified"
    assert bool(found.ageing) is is_open


def test_nothing_is_nothing() -> None:
    assert told([]) == Statistics(None, None, Tally("total", 0, ()), (), (), (), (), 0, ())


def test_the_most_frequent_counterparties_come_first_and_no_more_than_a_hundred() -> None:
    numbers = (*range(150), 149, 149, 148)
    rows = [facets(counterparty_id=None, counterparty_name=f"Vendor {one:03d}") for one in numbers]
    found = told(rows)
    names = [tally.name for tally in found.by_counterparty]
    assert names[:3] == ["Vendor 149", "Vendor 148", "Vendor 000"]
    assert (len(names), found.counterparties_left_out) == (100, 50)


def test_counterparties_of_one_name_are_two_and_one_that_was_renamed_is_one() -> None:
    rows = [
        facets(counterparty_id="vendor-1", counterparty_name="Acme"),
        facets(counterparty_id="vendor-2", counterparty_name="Acme"),
        facets(counterparty_id="vendor-1", counterparty_name="Acme Supplies"),
        facets(counterparty_id=None, counterparty_name="Acme"),
    ]
    one, two = (Money(minor, "USD") for minor in (125_000, 250_000))
    assert told(rows).by_counterparty == (
        CounterpartyTally("vendor-1", "Acme Supplies", 2, (two,)),
        CounterpartyTally(None, "Acme", 1, (one,)),
        CounterpartyTally("vendor-2", "Acme", 1, (one,)),
    )


def test_too_many_are_refused_and_not_half_added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(payment_statistics, "ROWS_MAX", 3)
    assert told([facets()] * 3).total.count == 3
    rows = [FacetRow(f"p{number}", facets()) for number in range(4)]
    refused = statistics(rows, None, None, FRIDAY)
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.numbers) == (Code.TOO_MANY_ITEMS, {"most": 3})
    assert refused.remedy
