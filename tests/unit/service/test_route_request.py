"""The route of a client's payment, and of a bill as Ramp shows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rowcol.domain.bill import Bill
from rowcol.domain.client import Client
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.routing.ask import Ask, Preference
from rowcol.domain.routing.chosen import ChosenRoute
from rowcol.domain.routing.cutoff import Cutoff
from rowcol.domain.routing.networks import Network, Pattern, Way
from rowcol.domain.routing.reasons import NotTaken, Reason
from rowcol.domain.routing.router import Route
from rowcol.domain.routing.settings import RoutingSettings, WaySettings
from rowcol.service.dry_route import dry_route
from rowcol.service.route_request import (
    route_of_bill,
    route_problem,
    routed,
    terms_for,
    way_of,
)
from tests.support.domain.builders import client, rail_bill, rail_payment, usd
from tests.support.domain.builders import payment as payment_of

NOW = datetime(2026, 11, 20, 15, tzinfo=UTC)
TODAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)
METHODS = [
    ("ACH", False, Way(Network.ACH, Pattern.STANDARD)),
    ("ACH", True, Way(Network.ACH, Pattern.SAME_DAY)),
    ("CHECK", False, Way(Network.CHECK)),
    ("CHECK", True, Way(Network.CHECK)),
    ("RTP", False, Way(Network.RTP)),
    ("UNSPECIFIED", False, None),
    ("CARRIER_PIGEON", False, None),
]


def bill(method: str = "ACH", amount: str = "1250.00", *, same_day: bool = False) -> Bill:
    payment = rail_payment(method=method, same_day=same_day)
    reading = rail_bill(RailState.READY, amount=usd(amount), payment=payment)
    return Bill("bill-1", 1, reading)


def with_ways(*ways: WaySettings) -> Client:
    return client(routing=RoutingSettings(ways))


def chosen(known: Client, of: Bill, day: date = MONDAY) -> ChosenRoute:
    found = route_of_bill(known, of.rail, of.amount, day, NOW)
    assert isinstance(found, ChosenRoute)
    return found


def told(found: Route | Refusal) -> dict[Way, NotTaken]:
    others = found.not_taken if isinstance(found, Route) else found.numbers["not_taken"]
    assert isinstance(others, tuple)
    return {Way(one.network, one.pattern): one for one in others}


@pytest.mark.parametrize(("method", "same_day", "way"), METHODS)
def test_a_bill_is_set_to_what_the_rail_says(method: str, same_day: bool, way: Way | None) -> None:
    assert way_of(bill(method, same_day=same_day).rail) == way
    assert way_of(replace(bill().rail, payment=None)) is None


def test_a_bills_payment_takes_the_bills_own_method() -> None:
    assert chosen(client(), bill("CHECK")) == ChosenRoute(
        "CHECK", None, None, True, None, MONDAY, date(2026, 12, 8), "ramp"
    )
    assert chosen(client(), bill("ACH")).pattern == "standard"


def test_same_day_needs_no_setting_once_the_bill_shows_it() -> None:
    found = chosen(client(), bill("ACH", same_day=True))
    assert (found.pattern, found.sec_code, found.promised_on) == ("same_day", "CCD", MONDAY)
    off = with_ways(WaySettings(Network.ACH, Pattern.SAME_DAY, enabled=False))
    no = route_of_bill(off, bill("ACH", same_day=True).rail, usd("1"), MONDAY, NOW)
    assert isinstance(no, Refusal)


@pytest.mark.parametrize("method", ["RTP", "FED_NOW", "CARD", "SWIFT", "UNSPECIFIED", "PIGEON"])
def test_what_no_day_can_be_promised_for_has_no_route_and_is_no_refusal(method: str) -> None:
    assert route_of_bill(client(), bill(method).rail, usd("1250.00"), MONDAY, NOW) is None


def test_an_amount_over_the_methods_ceiling_is_refused() -> None:
    known = with_ways(WaySettings(Network.CHECK, ceiling_minor=125_000))
    assert chosen(known, bill("CHECK", "1250.00")).network == "CHECK"
    no = route_of_bill(known, bill("CHECK").rail, usd("1250.01"), MONDAY, NOW)
    assert isinstance(no, Refusal)
    assert no.code is Code.NO_ROUTE
    assert told(no)[Way(Network.CHECK)].code is Reason.OVER_CEILING


def test_pay_now_on_a_closed_day_starts_on_the_next_open_one() -> None:
    saturday = datetime(2026, 11, 21, 15, tzinfo=UTC)
    found = route_of_bill(client(), bill().rail, usd("1"), date(2026, 11, 21), saturday)
    assert isinstance(found, ChosenRoute)
    assert found.send_on == MONDAY


@pytest.mark.parametrize("zone", ["Pacific/Auckland", "Pacific/Honolulu", "America/New_York"])
def test_the_clients_own_today_never_makes_a_release_day_past_or_too_far(zone: str) -> None:
    known = client(zone=zone)
    evening = datetime(2026, 11, 21, 1, tzinfo=UTC)  # the 20th in New York, the 21st in Auckland
    for day in (TODAY, date(2027, 5, 20)):
        found = route_of_bill(known, bill().rail, usd("1"), day, evening)
        assert isinstance(found, ChosenRoute)


def test_the_clients_cutoff_hour_is_that_of_every_way_without_its_own() -> None:
    terms = terms_for(client(cutoff_hour=14))
    assert all(way.cutoffs[0] == Cutoff(14, 0, "America/New_York") for way in terms.ways)


def test_the_dry_run_keeps_a_bills_method_and_tells_of_the_others() -> None:
    ask = Ask(usd("1250.00"), date(2026, 12, 18), Preference.DELIVER_BY, NOW)
    found = dry_route(client(), ask, bill("CHECK"))
    assert isinstance(found, Route)
    assert found.network is Network.CHECK
    assert told(found)[Way(Network.DOMESTIC_WIRE)].code is Reason.METHOD_SET_IN_RAIL
    without = dry_route(client(), ask, None)
    assert isinstance(without, Route)
    assert without.network is Network.ACH


def test_the_dry_run_of_a_bill_never_hopes_for_a_faster_pattern_than_it_is_set_to() -> None:
    known = with_ways(WaySettings(Network.ACH, Pattern.SAME_DAY, enabled=True))
    no = dry_route(known, Ask(usd("1250.00"), TODAY, Preference.DELIVER_BY, NOW), bill())
    assert isinstance(no, Refusal)
    assert no.numbers["earliest"] == date(2026, 11, 30)
    faster = told(no)[Way(Network.ACH, Pattern.SAME_DAY)]
    assert faster.code is Reason.METHOD_SET_IN_RAIL
    assert faster.numbers["promised_on"] == TODAY


def test_without_the_lever_nothing_can_be_routed() -> None:
    known = client(missing_capabilities=("payment_date",))
    no = dry_route(known, Ask(usd("1"), TODAY, Preference.SEND_ON, NOW), None)
    assert isinstance(no, Refusal)
    assert (no.code, no.link) == (Code.CAPABILITY_MISSING, "https://app.ramp.com/bills")


def test_a_closed_bill_has_no_route() -> None:
    paid = replace(bill(), rail=rail_bill(RailState.PAID))
    no = dry_route(client(), Ask(usd("1"), TODAY, Preference.SEND_ON, NOW), paid)
    assert isinstance(no, Refusal)
    assert no.code is Code.BILL_NOT_OPEN


def payment(known: Client, of: Bill, **changes: Any) -> Payment:
    fields: dict[str, Any] = {"amount": of.amount, "pay_on": MONDAY, "rail": of.rail}
    made = payment_of(Status.PENDING, **(fields | changes))
    return replace(made, route=chosen(known, of))


def problem(known: Client, of: Payment, shown: Bill, now: datetime = NOW) -> tuple[str, str] | None:
    return route_problem(known, of, shown.rail, now)


def test_on_its_day_a_route_is_held_against_the_bill_and_the_settings() -> None:
    made = payment(client(), bill("CHECK"))
    assert problem(client(), made, bill("CHECK")) is None
    assert problem(client(), made, bill("ACH")) == (
        Code.ROUTE_INVALID,
        "decided for CHECK, but the bill is set to ACH/standard in Ramp",
    )
    lowered = with_ways(WaySettings(Network.CHECK, ceiling_minor=1))
    assert problem(lowered, made, bill("CHECK")) == (
        Code.ROUTE_INVALID,
        "CHECK carries at most 0.01 USD",
    )
    off = with_ways(WaySettings(Network.CHECK, enabled=False))
    assert problem(off, made, bill("CHECK")) is not None
    assert problem(client(), made, replace(bill(), rail=replace(bill().rail, payment=None))) is None


def test_a_payment_without_a_route_is_held_when_its_method_is_forbidden() -> None:
    made = replace(payment(client(), bill("CHECK")), route=None)
    assert problem(client(), made, bill("CHECK")) is None
    lowered = with_ways(WaySettings(Network.CHECK, ceiling_minor=1))
    found = problem(lowered, made, bill("CHECK"))
    assert found is not None
    assert found[0] == Code.ROUTE_INVALID
    assert problem(lowered, made, bill("RTP")) is None


def test_the_hour_alone_stops_only_what_was_scheduled() -> None:
    known = with_ways(WaySettings(Network.CHECK, cutoff=Cutoff(12, 0, "America/New_York")))
    now_paid = payment(known, bill("CHECK"))
    noon = datetime(2026, 11, 23, 17, tzinfo=UTC)
    for late in (noon, datetime(2026, 11, 28, 15, tzinfo=UTC)):
        assert problem(known, now_paid, bill("CHECK"), late) is None
    later_paid = replace(now_paid, status=Status.SCHEDULED)
    assert problem(known, later_paid, bill("CHECK"), noon - timedelta(seconds=1)) is None
    found = problem(known, later_paid, bill("CHECK"), noon)
    assert found is not None
    assert found[0] == Code.MISSED_CUTOFF


def test_another_day_or_method_gives_another_route() -> None:
    made = payment(client(), bill("CHECK"))
    friday = routed(client(), replace(made, pay_on=date(2026, 11, 27)), NOW)
    assert friday.route is not None
    assert friday.route.send_on == date(2026, 11, 27)
    by_ach = routed(client(), replace(made, rail=bill("ACH").rail), NOW)
    assert by_ach.route is not None
    assert by_ach.route.network == "ACH"
    assert problem(client(), by_ach, bill("ACH")) is None
    assert routed(client(), replace(made, rail=bill("RTP").rail), NOW).route is None
    record = replace(made, rail=None, route=None)
    assert routed(client(), record, NOW) == record
