"""Each sign of fraud at its borders, and what it does by amount."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.fraud import Effect, FraudSettings, SignalKind
from rowcol.domain.fraud_signals import median
from rowcol.domain.plain import to_plain
from rowcol.domain.vendor import VendorAccount
from tests.support.domain.builders import NOW, usd
from tests.support.fraud import OLD, asked, call, day, effects, found, paid, vendor

HOLD, WARN = Effect.HOLD, Effect.WARN
USUAL = tuple(paid(days, "6000") for days in (40, 70, 100, 130, 160))


def test_an_old_payee_with_a_usual_amount_shows_nothing() -> None:
    assert effects(vendor(*USUAL), asked("6000")) == {}


# ---- new payee


@pytest.mark.parametrize(
    ("first", "expected"),
    [(None, HOLD), (0, HOLD), (29, HOLD), (30, None), (31, None), (-1, HOLD)],
)
def test_a_payee_is_new_until_thirty_days_after_its_first_payment(
    first: int | None, expected: Effect | None
) -> None:
    known = vendor(first_paid_on=None if first is None else day(first))
    assert effects(known, asked()).get("new_payee") is expected


@pytest.mark.parametrize(
    ("amount", "effect"), [("4999.99", WARN), ("5000", HOLD), ("5000.01", HOLD)]
)
def test_below_the_floor_a_sign_only_warns(amount: str, effect: Effect) -> None:
    assert effects(vendor(first_paid_on=None), asked(amount)) == {"new_payee": effect}


def test_a_sign_can_be_switched_to_warn_or_off() -> None:
    new = vendor(first_paid_on=None)
    assert effects(new, asked(), new_payee=Effect.WARN) == {"new_payee": WARN}
    assert effects(new, asked(), new_payee=Effect.OFF) == {}


# ---- the account


@pytest.mark.parametrize(("age", "expected"), [(0, HOLD), (29, HOLD), (30, None)])
def test_another_account_than_before_stops_any_amount_for_thirty_days(
    age: int, expected: Effect | None
) -> None:
    known = vendor(
        account=VendorAccount("account-2", NOW - timedelta(days=age)),
        earlier_accounts=(VendorAccount("account-1", OLD),),
    )
    to_new = asked("1.00", account_id="account-2", approved_account_id="account-2")
    assert effects(known, to_new).get("account_changed") is expected
    assert effects(known, asked("1.00")) == {}, "the old account is as good as ever"


def test_the_first_account_is_no_change_unless_the_vendor_was_paid_without_it() -> None:
    young = VendorAccount("account-1", NOW - timedelta(days=3))
    assert "account_changed" not in effects(vendor(account=young, first_paid_on=None), asked())
    assert "account_changed" not in effects(vendor(account=young, first_paid_on=day(3)), asked())
    assert effects(vendor(account=young), asked()) == {"account_changed": HOLD}


def test_an_account_that_was_not_approved_with_the_bill_is_a_change_however_old() -> None:
    signal = found(vendor(), asked(approved_account_id="account-9"))[SignalKind.ACCOUNT_CHANGED]
    assert (signal.expected, signal.found) == ("account account-9", "account account-1")
    assert "account_changed" not in effects(vendor(), asked(approved_account_id=None))


def test_a_payment_without_an_account_cannot_have_another_one() -> None:
    assert effects(vendor(account=None), asked(account_id=None, approved_account_id=None)) == {}


# ---- amounts


@pytest.mark.parametrize(
    ("amounts", "amount", "expected"),
    [
        # Never another amount: a tenth of it counts as the deviation, so 5 x 600 above 6,000.
        (("6000",) * 5, "9000", None),
        (("6000",) * 5, "9000.01", HOLD),
        # Median 6,000, median deviation 1,000.
        (("4000", "5000", "6000", "7000", "8000"), "11000", None),
        (("4000", "5000", "6000", "7000", "8000"), "11000.01", HOLD),
        # One bill was as large before: nothing new.
        (("100", "100", "100", "100", "100", "9000"), "9000", None),
        (("100", "100", "100", "100", "100", "9000"), "9000.01", HOLD),
        # Small amounts are outliers too, and only warn.
        (("100",) * 5, "151", WARN),
        # Lower is no sign.
        (("6000",) * 5, "1", None),
        # Four are not enough to know what is usual.
        (("6000",) * 4, "9500", None),
    ],
)
def test_an_amount_is_an_outlier_above_everything_known_and_the_usual_deviation(
    amounts: tuple[str, ...], amount: str, expected: Effect | None
) -> None:
    known = vendor(*(paid(40 + 10 * at, one) for at, one in enumerate(amounts)))
    assert effects(known, asked(amount)).get("amount_outlier") is expected


def test_only_what_was_paid_for_other_bills_in_this_currency_is_usual() -> None:
    own = paid(50, "90000", bill_id="bill-1")
    open_one = paid(45, "90000", paid=False)
    assert "amount_outlier" in effects(vendor(*USUAL, own, open_one), asked("20000"))


@pytest.mark.parametrize(
    ("count", "amount", "expected"),
    [
        (0, "9999.99", None),
        (0, "10000", HOLD),
        (4, "10000", HOLD),
        (5, "10000", None),
        (4, "6000", None),
    ],
)
def test_a_large_amount_is_a_sign_while_few_are_known(
    count: int, amount: str, expected: Effect | None
) -> None:
    known = vendor(*USUAL[:count])
    assert effects(known, asked(amount)).get("first_amount") is expected


def test_a_large_amount_that_was_paid_before_is_no_first_one() -> None:
    assert "first_amount" not in effects(vendor(paid(60, "12000")), asked("12000"))


@pytest.mark.parametrize(
    ("values", "middle"), [([3], 3), ([1, 9], 5), ([1, 2], 1), ([9, 1, 5], 5), ([1, 2, 3, 8], 2)]
)
def test_the_median_is_a_whole_number(values: list[int], middle: int) -> None:
    assert median(values) == middle


# ---- pace


def weekly(weeks: int) -> tuple[Any, ...]:
    return tuple(paid(7 * at, "1000") for at in range(1, weeks + 1))


def in_this_week(count: int, amount: str = "1000") -> tuple[Any, ...]:
    return tuple(paid(1, amount, bill_id=f"new-{at}") for at in range(count))


@pytest.mark.parametrize(("more", "expected"), [(0, None), (1, None), (2, None), (3, WARN)])
def test_the_pace_is_several_times_the_busiest_week_before(
    more: int, expected: Effect | None
) -> None:
    shown = effects(vendor(*weekly(6), *in_this_week(more)), asked("1000"), duplicate=Effect.OFF)
    assert shown.get("pace") is expected


def test_the_money_of_a_week_counts_like_its_payments() -> None:
    known = vendor(*weekly(6), *in_this_week(1, "2900"))
    off = {"duplicate": Effect.OFF, "amount_outlier": Effect.OFF}
    assert "pace" not in effects(known, asked("100"), **off)
    assert effects(known, asked("100.01"), **off)["pace"] is WARN
    assert effects(known, asked("2100"), **off)["pace"] is HOLD, "5,000 together"
    alone = effects(vendor(*weekly(6)), asked("9000"), **off)
    assert "pace" not in alone, "one payment is no pace"


def test_a_short_past_says_nothing_of_the_pace() -> None:
    busy = in_this_week(9)
    assert "pace" not in effects(vendor(*weekly(4), *busy), asked("1000"))
    crowded = tuple(paid(8 + at, "1000") for at in range(6))
    assert "pace" not in effects(vendor(*crowded, *busy), asked("1000"))


def test_a_week_is_seven_days() -> None:
    known = (*weekly(6)[1:], *(paid(7, "1000", bill_id=f"edge-{at}") for at in range(3)))
    assert "pace" not in effects(vendor(*known), asked("1000")), "a week ago is not this week"
    six = (*weekly(6), *(paid(6, "1000", bill_id=f"edge-{at}") for at in range(3)))
    assert "pace" in effects(vendor(*six), asked("1000"))


# ---- splitting, duplicates, rules


@pytest.mark.parametrize(
    ("other", "days_ago", "amount", "expected"),
    [
        ("4900", 3, "4900", HOLD),
        ("4500", 6, "4999.99", HOLD),
        ("4499.99", 3, "4900", None),
        ("4900", 7, "4900", None),
        ("4900", 3, "5000", None),
        ("5000", 3, "4900", None),
    ],
)
def test_bills_just_below_the_threshold_within_a_week_look_split(
    other: str, days_ago: int, amount: str, expected: Effect | None
) -> None:
    known = vendor(*USUAL, paid(days_ago, other, paid=False))
    examined = asked(amount, threshold=usd("5000"))
    assert effects(known, examined).get("splitting") is expected
    assert "splitting" not in effects(known, replace(examined, threshold=None))


def test_how_many_bills_look_split_is_a_setting() -> None:
    known = vendor(*USUAL, paid(3, "4900"))
    examined = asked("4900", threshold=usd("5000"))
    assert "splitting" not in effects(known, examined, splitting_count=3)
    assert "splitting" in effects(vendor(*USUAL, paid(3, "4900"), paid(2, "4950")), examined)


@pytest.mark.parametrize("number", ["INV-7", "inv 7", "#inv/7"])
def test_the_same_invoice_number_on_another_bill_looks_like_a_duplicate(number: str) -> None:
    known = vendor(*USUAL, paid(200, "3000", number=number))
    signal = found(known, asked())[SignalKind.DUPLICATE]
    assert (signal.effect, signal.numbers["match"]) == (HOLD, "invoice_number")


def test_no_number_is_not_the_same_number() -> None:
    known = vendor(*USUAL, paid(200, "3000", number=None), paid(201, "3000", number="--"))
    assert effects(known, asked(number=None)) == {}
    assert effects(known, asked(number="/")) == {}


@pytest.mark.parametrize(("days_ago", "expected"), [(0, WARN), (6, WARN), (7, None)])
def test_the_same_amount_within_a_week_only_warns(days_ago: int, expected: Effect | None) -> None:
    known = vendor(*USUAL, paid(days_ago, "6000", bill_id="twin"))
    assert effects(known, asked()).get("duplicate") is expected
    assert "duplicate" not in effects(known, asked(), duplicate=Effect.OFF)


def test_the_bill_itself_is_no_duplicate_of_itself() -> None:
    again = paid(1, "6000", bill_id="bill-1", number="INV-7", paid=False)
    assert effects(vendor(*USUAL, again), asked()) == {}


def test_a_rule_that_demands_a_call_holds_any_amount() -> None:
    assert effects(vendor(*USUAL), asked("1.00", rules=("rule-1",))) == {"rule": HOLD}
    assert effects(vendor(*USUAL), asked("1.00", rules=())) == {"rule": HOLD}


def test_every_sign_can_be_written_with_its_numbers() -> None:
    known = vendor(
        *weekly(6),
        *in_this_week(4),
        paid(2, "4900", number="INV-7"),
        account=VendorAccount("account-2", NOW),
        earlier_accounts=(VendorAccount("account-1", OLD),),
        call_backs=(call(account_id="account-2", confirmed=False),),
        first_paid_on=day(5),
    )
    examined = asked("4950", account_id="account-2", threshold=usd("5000"), rules=("rule-1",))
    signals = found(known, examined)
    assert set(signals) == set(SignalKind) - {SignalKind.FIRST_AMOUNT}
    for signal in signals.values():
        assert signal.expected, signal
        assert signal.found, signal
        assert to_plain(signal)["numbers"], signal


@pytest.mark.parametrize("currency", ["USD", "JPY", "KWD"])
def test_the_usual_floors_are_five_and_ten_thousand_in_any_currency(currency: str) -> None:
    settings = FraudSettings.usual(currency)
    assert str(settings.hold_from).startswith("5,000")
    assert str(settings.first_amount_from).startswith("10,000")
