"""Which call answers which sign of fraud."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.fraud import Effect, SignalKind
from rowcol.domain.fraud_signals import signals_about
from tests.support.domain.builders import NOW
from tests.support.fraud import OLD, SETTINGS, asked, call, effects, found, paid, vendor

HOLD, WARN = Effect.HOLD, Effect.WARN
USUAL = tuple(paid(days, "6000") for days in (40, 70, 100, 130, 160))


NEW = {"first_paid_on": None}


@pytest.mark.parametrize(
    ("calls", "answered"),
    [
        ((), False),
        ((call(),), True),
        ((call(payment_ids=()),), True),
        ((call(at=OLD),), True),
        ((call(at=OLD - timedelta(seconds=1)),), False),
        ((call(account_id="account-2"),), False),
        ((call(account_id=None),), False),
        ((call(hands="anna"),), False),
        ((call(), call(id="call_2", hands="anna")), True),
        ((call(), call(id="call_2", confirmed=False)), False),
        ((call(confirmed=False), call(id="call_2")), True),
        ((call(confirmed=False), call(id="call_2", hands="boris")), False),
    ],
)
def test_a_call_by_other_hands_about_this_very_account_answers_for_it(
    calls: tuple[Any, ...], *, answered: bool
) -> None:
    signal = found(vendor(call_backs=calls, **NEW), asked())[SignalKind.NEW_PAYEE]
    assert (signal.answered_by is not None) is answered
    assert signal.stops is not answered


@pytest.mark.parametrize(
    ("made", "answered"),
    [
        (call(), True),
        (call(payment_ids=("pay_2",)), False),
        (call(payment_ids=()), False),
        (call(at=NOW - timedelta(days=30)), True),
        (call(at=NOW - timedelta(days=30, seconds=1)), False),
    ],
)
def test_an_amount_is_answered_by_a_call_that_named_the_payment(
    made: Any, *, answered: bool
) -> None:
    signal = found(vendor(*USUAL, call_backs=(made,)), asked("20000"))[SignalKind.AMOUNT_OUTLIER]
    assert (signal.answered_by is not None) is answered


def test_a_vendor_paid_without_an_account_is_answered_without_one() -> None:
    by_check = asked(account_id=None, approved_account_id=None)
    known = vendor(account=None, call_backs=(call(account_id=None),), **NEW)
    assert found(known, by_check)[SignalKind.NEW_PAYEE].answered_by == "call_1"


def test_a_denied_account_stops_everything_until_other_hands_hear_otherwise() -> None:
    denied = call(confirmed=False)
    assert effects(vendor(*USUAL, call_backs=(denied,)), asked("1.00")) == {"account_denied": HOLD}
    own = vendor(*USUAL, call_backs=(denied, call(id="call_2", hands="anna")))
    assert effects(own, asked("1.00")) == {"account_denied": HOLD}
    other = vendor(*USUAL, call_backs=(denied, call(id="call_2")))
    assert effects(other, asked("1.00")) == {}


def test_a_list_shows_what_any_payment_to_the_vendor_would() -> None:
    signals = signals_about(vendor(call_backs=(call(),), **NEW), SETTINGS, NOW)
    assert [(one.kind, one.effect, one.answered_by) for one in signals] == [
        (SignalKind.NEW_PAYEE, HOLD, "call_1")
    ]
