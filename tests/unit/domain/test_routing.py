"""Which way is taken, and what is said of the others."""

from __future__ import annotations

from datetime import date

import pytest

from rowcol.domain.money import Money
from rowcol.domain.refusal import Code
from rowcol.domain.routing.ask import Preference
from rowcol.domain.routing.cutoff import Cutoff
from rowcol.domain.routing.networks import Network, Payee, SecCode, Way
from rowcol.domain.routing.rail import RAMP, Offer, Offered, Rail
from rowcol.domain.routing.reasons import Reason
from rowcol.domain.routing.terms import Collect, Settle, terms_of
from tests.support.domain.routes import (
    CHECK,
    CUTOFF,
    NEXT_DAY,
    OPEN,
    SAME_DAY,
    STANDARD,
    WAYS,
    WIRE,
    ask,
    own,
    reasons,
    refusal,
    settings_of,
    taken,
    terms,
    usd,
    way_of,
)

# Friday the 20th of November 2026, ten in New York.
NOW = "2026-11-20T15:00:00+00:00"
FREE = [own(way, fee_minor=0) for way in (STANDARD, CHECK, WIRE)]


def test_the_slowest_that_fits_is_taken_when_nothing_else_differs() -> None:
    found = taken(ask("2026-11-20", NOW), terms())
    assert way_of(found) == STANDARD
    assert (found.biller, found.paper, found.sec_code) == ("ramp", False, SecCode.CCD)
    assert (found.send_on, found.collect_on) == (date(2026, 11, 20), date(2026, 11, 23))
    assert found.promised_on == date(2026, 11, 30)  # five bank days, over Thanksgiving
    assert found.meets_date
    assert found.fee is None
    told = reasons(found)
    assert told[WIRE].code is Reason.FASTER
    assert told[CHECK].code is Reason.PAPER


def test_the_lowest_fee_goes_first_and_an_unknown_one_last() -> None:
    found = taken(
        ask("2026-11-20", NOW),
        terms(settings_of(own(STANDARD, fee_minor=150), own(CHECK, fee_minor=100))),
    )
    assert way_of(found) == CHECK
    assert found.fee == usd(100)
    told = reasons(found)
    assert told[STANDARD].code is Reason.COSTS_MORE
    assert told[STANDARD].numbers["fee"] == usd(150)
    assert told[WIRE].code is Reason.FEE_UNKNOWN


def test_electronic_goes_before_paper_though_paper_is_slower() -> None:
    found = taken(ask("2026-11-20", NOW), terms(settings_of(*FREE)))
    assert way_of(found) == STANDARD
    assert reasons(found)[CHECK].code is Reason.PAPER


def test_what_starts_on_the_day_goes_before_what_is_cheaper_but_late() -> None:
    late = "2026-11-20T22:30:00+00:00"  # half past five in New York
    settings = settings_of(
        own(STANDARD, fee_minor=0),
        own(WIRE, fee_minor=2000, cutoff=Cutoff(18, 0, "America/New_York")),
    )
    found = taken(ask("2026-11-20", late), terms(settings))
    assert way_of(found) == WIRE
    assert found.meets_date
    assert reasons(found)[STANDARD].code is Reason.STARTS_LATER


def test_a_dearer_way_is_taken_when_only_it_is_there_in_time() -> None:
    settings = settings_of(own(STANDARD, fee_minor=0), own(WIRE, fee_minor=2000))
    found = taken(ask("2026-11-24", NOW, Preference.DELIVER_BY), terms(settings))
    assert way_of(found) == WIRE
    assert (found.send_on, found.promised_on) == (date(2026, 11, 23), date(2026, 11, 24))
    late = reasons(found)[STANDARD]
    assert late.code is Reason.TOO_LATE
    assert late.numbers == {
        "wanted": date(2026, 11, 24),
        "latest_send": date(2026, 11, 17),
        "earliest_send": date(2026, 11, 20),
        "earliest_promise": date(2026, 11, 30),
        "bank_days": 5,
    }


def test_deliver_by_starts_as_late_as_it_may() -> None:
    found = taken(ask("2026-12-18", NOW, Preference.DELIVER_BY), terms())
    assert (found.send_on, found.promised_on) == (date(2026, 12, 11), date(2026, 12, 18))


def test_a_weekend_to_deliver_by_means_the_bank_day_before() -> None:
    found = taken(ask("2026-12-20", NOW, Preference.DELIVER_BY), terms())
    assert found.promised_on == date(2026, 12, 18)


def test_a_day_nobody_can_meet_is_refused_with_the_first_possible_one() -> None:
    asked = ask("2026-11-20", NOW, Preference.DELIVER_BY)
    no = refusal(asked, terms())
    assert no.code is Code.NO_ROUTE
    assert no.numbers["earliest"] == date(2026, 11, 23)  # by wire
    assert no.remedy == "take 2026-11-23"
    assert set(reasons(no)) == set(WAYS)


NEVER = [
    (Way(Network.RTP), Reason.OBSERVED_ONLY),
    (Way(Network.FED_NOW), Reason.OBSERVED_ONLY),
    (Way(Network.DIRECT_DEBIT), Reason.OBSERVED_ONLY),
    (Way(Network.AUTOMATIC_CARD_PAYMENT), Reason.OBSERVED_ONLY),
    (Way(Network.VENDOR_CREDIT), Reason.OBSERVED_ONLY),
    (Way(Network.CARD), Reason.DATE_NOT_SETTABLE),
    (Way(Network.ONE_TIME_CARD), Reason.DATE_NOT_SETTABLE),
    (Way(Network.ONE_TIME_CARD_DELIVERY), Reason.DATE_NOT_SETTABLE),
    (Way(Network.PAID_MANUALLY), Reason.MOVES_NO_MONEY),
    (NEXT_DAY, Reason.NOT_OFFERED),
    (SAME_DAY, Reason.NOT_ENABLED),
    (Way(Network.SWIFT), Reason.DELIVERY_UNKNOWN),
    (Way(Network.INTERNATIONAL), Reason.DELIVERY_UNKNOWN),
    (Way(Network.LOCAL_BANK_TRANSFER), Reason.DELIVERY_UNKNOWN),
    (Way(Network.CRYPTO_WALLET_TRANSFER), Reason.DELIVERY_UNKNOWN),
]


@pytest.mark.parametrize(("way", "code"), NEVER, ids=lambda value: getattr(value, "name", value))
def test_what_ramp_cannot_be_asked_for_says_why(way: Way, code: Reason) -> None:
    assert reasons(taken(ask("2026-11-20", NOW), terms()))[way].code is code
    alone = ask("2026-11-20", NOW, networks=frozenset({way.network}), amount=usd(100))
    if way.network is not Network.ACH:
        assert reasons(refusal(alone, terms()))[way].code is code


@pytest.mark.parametrize("network", [Network.RTP, Network.FED_NOW])
def test_no_setting_makes_ramp_choose_what_it_only_reports(network: Network) -> None:
    settings = settings_of(own(Way(network), enabled=True, fee_minor=0, days=0))
    question = ask("2026-11-20", NOW, networks=frozenset({network}), accepted=frozenset({network}))
    no = refusal(question, terms(settings))
    assert reasons(no)[Way(network)].code is Reason.OBSERVED_ONLY


def test_the_routers_table_is_ramps() -> None:
    assert {way for way, offered in RAMP.ways.items() if offered.offer is Offer.YES} >= {
        STANDARD,
        CHECK,
        WIRE,
    }
    assert set(RAMP.ways) | {NEXT_DAY} == set(WAYS)


def test_same_day_ach_needs_the_rail_to_enable_it() -> None:
    settings = settings_of(own(SAME_DAY, enabled=True))
    found = taken(ask("2026-11-20", NOW, Preference.DELIVER_BY), terms(settings))
    assert way_of(found) == SAME_DAY
    assert found.send_on == found.collect_on == found.promised_on == date(2026, 11, 20)


def test_a_way_can_be_switched_off() -> None:
    settings = settings_of(own(STANDARD, enabled=False))
    found = taken(ask("2026-11-20", NOW), terms(settings))
    assert way_of(found) == WIRE
    assert reasons(found)[STANDARD].code is Reason.SWITCHED_OFF


def test_only_what_the_vendor_takes_is_chosen() -> None:
    found = taken(ask("2026-11-20", NOW, accepted=frozenset({Network.CHECK})), terms())
    assert way_of(found) == CHECK
    late = reasons(found)[WIRE]
    assert (late.code, late.numbers) == (Reason.NOT_ACCEPTED, {"accepted": ["CHECK"]})
    assert refusal(ask("2026-11-20", NOW, accepted=frozenset()), terms()).code is Code.NO_ROUTE


def test_only_what_was_wished_is_chosen() -> None:
    found = taken(ask("2026-11-20", NOW, networks=frozenset({Network.CHECK})), terms())
    assert way_of(found) == CHECK
    other = reasons(found)[STANDARD]
    assert other.code is Reason.NOT_WISHED
    assert other.numbers["promised_on"] == date(2026, 11, 30)


def test_the_first_possible_day_is_that_of_a_wished_network() -> None:
    wished = frozenset({Network.CHECK})
    no = refusal(ask("2026-11-20", NOW, Preference.DELIVER_BY, networks=wished), terms())
    assert no.numbers["earliest"] == date(2026, 12, 7)  # ten bank days


def test_a_bill_travels_as_it_is_set_on_the_rail() -> None:
    found = taken(ask("2026-11-20", NOW, set_to=CHECK), terms())
    assert way_of(found) == CHECK
    other = reasons(found)[WIRE]
    assert other.code is Reason.METHOD_SET_IN_RAIL
    assert other.numbers["set_to"] == "CHECK"
    assert other.numbers["promised_on"] == date(2026, 11, 23)
    assert other.numbers["link"] == "https://app.ramp.com/bills"


def test_the_first_possible_day_of_a_bill_is_that_of_its_own_method() -> None:
    no = refusal(ask("2026-11-20", NOW, Preference.DELIVER_BY, set_to=STANDARD), terms())
    assert no.numbers["earliest"] == date(2026, 11, 30)


CEILINGS = [
    # way, largest amount in cents by the network's own rule
    (SAME_DAY, 100_000_000),
    (NEXT_DAY, 9_999_999_999),
    (STANDARD, 9_999_999_999),
    (CHECK, 9_999_999_999),
    (WIRE, 999_999_999_999),
]


@pytest.mark.parametrize(("way", "most"), CEILINGS, ids=lambda value: getattr(value, "name", ""))
@pytest.mark.parametrize("lowered", [None, 5_000_000])
def test_a_ceiling_is_the_largest_amount_and_one_cent_more_is_not(
    way: Way, most: int, lowered: int | None
) -> None:
    table = terms(settings_of(own(way, ceiling_minor=lowered)), OPEN)
    most = lowered or most
    for amount, works in ((most - 1, True), (most, True), (most + 1, False)):
        found = taken(ask("2026-11-20", NOW, amount=usd(amount)), table)
        told = reasons(found).get(way)
        over = told is not None and told.code is Reason.OVER_CEILING
        assert over is not works, (way, amount)


def test_over_every_ceiling_no_day_helps() -> None:
    no = refusal(ask("2026-11-20", NOW, amount=usd(10**12)), terms())
    assert (no.code, no.numbers["earliest"], no.remedy) == (Code.NO_ROUTE, None, None)


PEOPLE = [(Payee.BUSINESS, SecCode.CCD), (Payee.INDIVIDUAL, SecCode.PPD)]


@pytest.mark.parametrize(("payee", "code"), PEOPLE)
def test_the_entry_class_follows_the_payee(payee: Payee, code: SecCode) -> None:
    assert taken(ask("2026-11-20", NOW, payee=payee), terms()).sec_code is code
    wire = ask("2026-11-20", NOW, payee=payee, networks=frozenset({Network.DOMESTIC_WIRE}))
    assert taken(wire, terms()).sec_code is None


FUNDING = [
    # advances, from balance, way -> collect, settle; days of November: collected, let go, promised
    ((False, False), WIRE, (Collect.ACH_DEBIT, Settle.AFTER_COLLECTION), (23, 23, 23)),
    ((True, False), WIRE, (Collect.ACH_DEBIT, Settle.ADVANCED), (23, 20, 20)),
    ((False, True), WIRE, (Collect.BALANCE, Settle.FUNDED), (20, 20, 20)),
    ((False, False), CHECK, (Collect.WHEN_CASHED, Settle.WHEN_CASHED), (None, None, 23)),
    ((False, True), CHECK, (Collect.BALANCE, Settle.FUNDED), (20, 20, 23)),
    ((False, False), NEXT_DAY, (Collect.ACH_DEBIT, Settle.AFTER_COLLECTION), (23, 23, 24)),
    ((False, False), STANDARD, (Collect.ACH_DEBIT, Settle.AFTER_COLLECTION), (23, 23, 25)),
    ((True, False), STANDARD, (Collect.ACH_DEBIT, Settle.ADVANCED), (23, 20, 24)),
]


@pytest.mark.parametrize(("account", "way", "how", "days"), FUNDING)
def test_the_money_is_sent_once_it_is_there_unless_the_rail_advances_it(
    account: tuple[bool, bool],
    way: Way,
    how: tuple[Collect, Settle],
    days: tuple[int | None, int | None, int],
) -> None:
    advances, balance = account
    rail = Rail("quick", {way: Offered(Offer.YES)}, "https://rail.example/")
    settings = settings_of(advances=advances, from_balance=balance)
    found = taken(ask("2026-11-20", NOW), terms(settings, rail))
    assert (found.collect, found.settle) == how
    told = (found.collect_on, found.settle_on, found.promised_on)
    assert told == tuple(day and date(2026, 11, day) for day in days)


def test_a_client_says_better_than_the_rail_but_never_faster_than_the_network() -> None:
    quick = taken(ask("2026-11-20", NOW), terms(settings_of(own(STANDARD, days=0))))
    assert quick.promised_on == date(2026, 11, 25)  # one day to collect, two on the network
    hasty = taken(ask("2026-11-20", NOW), terms(settings_of(own(STANDARD, days=2))))
    assert hasty.promised_on == date(2026, 11, 25)
    slow = taken(ask("2026-11-20", NOW), terms(settings_of(own(STANDARD, days=9))))
    assert slow.promised_on == date(2026, 12, 4)


def test_a_network_with_days_told_by_the_client_can_be_taken() -> None:
    settings = settings_of(own(Way(Network.SWIFT), days=3))
    swift = frozenset({Network.SWIFT})
    assert taken(ask("2026-11-20", NOW, networks=swift), terms(settings)).promised_on == date(
        2026, 11, 25
    )


def test_other_money_than_dollars_finds_only_what_carries_it() -> None:
    table = terms_of(RAMP, settings_of(), "EUR", "Europe/Paris", CUTOFF, 180)
    no = refusal(ask("2026-11-20", NOW, amount=Money(100, "EUR")), table)
    told = reasons(no)
    assert told[STANDARD].code is Reason.CURRENCY
    assert told[Way(Network.SWIFT)].code is Reason.DELIVERY_UNKNOWN


REFUSED = [
    ({"amount": usd(0)}, Code.AMOUNT_NOT_POSITIVE),
    ({"amount": usd(-1)}, Code.AMOUNT_NOT_POSITIVE),
    ({"amount": Money(100, "EUR")}, Code.CURRENCY_MISMATCH),
    ({"networks": frozenset()}, Code.INVALID_INPUT),
    ({"on": date(2026, 11, 19)}, Code.DATE_PAST),
    ({"on": date(2027, 5, 20)}, Code.DATE_TOO_FAR),
    ({"on": date.max}, Code.DATE_TOO_FAR),
    ({"on": date.min}, Code.DATE_PAST),
]


@pytest.mark.parametrize(("given", "code"), REFUSED)
@pytest.mark.parametrize("preference", Preference)
def test_what_no_way_can_carry_has_a_code_of_its_own(
    given: dict[str, object], code: Code, preference: Preference
) -> None:
    on = given.get("on", date(2026, 11, 20))
    assert isinstance(on, date)
    more = {key: value for key, value in given.items() if key != "on"}
    assert refusal(ask(on, NOW, preference, **more), terms()).code is code


def test_the_last_day_ahead_is_allowed() -> None:
    assert taken(ask("2027-05-19", NOW), terms()).send_on == date(2027, 5, 19)


def test_an_instant_without_a_zone_is_a_defect() -> None:
    with pytest.raises(ValueError, match="zone"):
        taken(ask("2030-11-20", "2030-11-20T15:00:00"), terms(zone="UTC"))
