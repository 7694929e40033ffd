"""A route that was chosen is held against the amount, the day and the hour it is used at."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.routing.networks import Network
from rowcol.domain.routing.recheck import check
from rowcol.domain.routing.settings import RoutingSettings
from tests.support.domain.routes import STANDARD, WIRE, ask, at, own, settings_of, taken, terms, usd

NOW = at("2026-11-20T15:00:00+00:00")
DAY = date(2026, 11, 24)
TERMS = terms(settings_of(own(WIRE, ceiling_minor=200_000, fee_minor=0)))
CHOSEN = taken(ask(DAY, NOW), TERMS).chosen


def reason(found: Refusal | None) -> object:
    assert isinstance(found, Refusal)
    assert found.code is Code.ROUTE_INVALID
    return found.numbers["reason"]


def test_what_was_chosen_is_valid_as_it_was_asked() -> None:
    assert CHOSEN.network == "DOMESTIC_WIRE"
    assert check(CHOSEN, usd(100_000), DAY, NOW, TERMS) is None


def test_another_day_is_fine_when_the_way_works_on_it() -> None:
    assert check(CHOSEN, usd(100_000), date(2026, 11, 27), NOW, TERMS) is None


def test_the_ceiling_holds_for_another_amount_to_the_cent() -> None:
    assert check(CHOSEN, usd(200_000), DAY, NOW, TERMS) is None
    found = check(CHOSEN, usd(200_001), DAY, NOW, TERMS)
    assert reason(found) == "over_ceiling"
    assert found is not None
    assert found.numbers["ceiling"] == usd(200_000)


def test_the_cutoff_holds_to_the_second() -> None:
    end = at("2026-11-24T22:00:00+00:00")
    assert check(CHOSEN, usd(1), DAY, at("2026-11-24T21:59:59+00:00"), TERMS) is None
    found = check(CHOSEN, usd(1), DAY, end, TERMS)
    assert reason(found) == "missed_cutoff"
    assert found is not None
    assert found.numbers["next"] == date(2026, 11, 25)


@pytest.mark.parametrize("closed", ["2026-11-26", "2026-11-28"])
def test_a_closed_day_is_none_to_start(closed: str) -> None:
    found = check(CHOSEN, usd(1), date.fromisoformat(closed), NOW, TERMS)
    assert reason(found) == "not_bank_day"


CHANGED = [
    (settings_of(own(WIRE, enabled=False)), "switched_off"),
    (settings_of(own(WIRE, days=2)), "promise_moved"),
    (settings_of(closures=(date(2026, 11, 25),)), "promise_moved"),
    (settings_of(closures=(DAY,)), "not_bank_day"),
]


@pytest.mark.parametrize(("settings", "code"), CHANGED)
def test_changed_settings_are_found_out(settings: RoutingSettings, code: str) -> None:
    assert reason(check(CHOSEN, usd(1), DAY, NOW, terms(settings))) == code


def test_a_vendor_that_no_longer_takes_it_is_found_out() -> None:
    accepted = frozenset({Network.CHECK})
    assert reason(check(CHOSEN, usd(1), DAY, NOW, TERMS, accepted)) == "not_accepted"
    assert check(CHOSEN, usd(1), DAY, NOW, TERMS, frozenset({Network.DOMESTIC_WIRE})) is None


@pytest.mark.parametrize(
    ("network", "pattern", "code"),
    [
        ("PIGEON", None, "unknown_way"),
        ("ACH", None, "unknown_way"),
        ("ACH", "next_day", "not_offered"),
        ("RTP", None, "observed_only"),
        ("FED_NOW", None, "observed_only"),
    ],
)
def test_what_cannot_be_chosen_is_never_valid(network: str, pattern: str | None, code: str) -> None:
    other = replace(CHOSEN, network=network, pattern=pattern)
    assert reason(check(other, usd(1), DAY, NOW, TERMS)) == code


@pytest.mark.parametrize(
    ("amount", "on", "code"),
    [
        (usd(0), DAY, Code.AMOUNT_NOT_POSITIVE),
        (Money(1, "EUR"), DAY, Code.CURRENCY_MISMATCH),
        (usd(1), date(2026, 11, 19), Code.DATE_PAST),
        (usd(1), date(2028, 11, 19), Code.DATE_TOO_FAR),
    ],
)
def test_what_no_way_can_take_keeps_its_own_code(amount: Money, on: date, code: Code) -> None:
    found = check(CHOSEN, amount, on, NOW, TERMS)
    assert isinstance(found, Refusal)
    assert found.code is code


def test_an_earlier_promise_than_made_is_no_reason() -> None:
    slow = taken(ask(DAY, NOW), terms(settings_of(own(STANDARD, days=9)))).chosen
    assert check(slow, usd(1), DAY, NOW, terms()) is None
