"""A payment that shows a sign of fraud waits for a call-back, and nothing is sent before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.bill import Bill
from rowcol.domain.facts import RailState
from rowcol.domain.fraud import Effect, SignalKind
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Step
from rowcol.domain.refusal import Code
from rowcol.domain.requirements import Requirements
from rowcol.domain.tray import TrayItem, tray_id
from rowcol.domain.vendor import Vendor, VendorAccount
from rowcol.service.call_backs import CallBackKept
from rowcol.service.change import Change
from rowcol.service.fraud import warnings_of
from tests.support.desk import Desk
from tests.support.domain.builders import NOW, usd
from tests.support.fraud import OLD, paid
from tests.support.fraud_desk import (
    ACCOUNT,
    OTHER,
    called,
    desk_with,
    of_vendor,
    old,
)
from tests.support.payment_desk import BILL, PaymentDesk


def demand_a_call(desk: PaymentDesk) -> None:
    def plan(change: Change) -> bool:
        bill = change.get(Bill, BILL)
        assert bill is not None
        assert bill.decision is not None
        rules = Requirements(call_back=True, because=("rule-7",))
        bill = replace(bill, decision=replace(bill.decision, requirements=rules))
        change.put(bill)
        change.state("bill.staged", bill=bill)
        return True

    desk.work(plan)


def shown(desk: PaymentDesk, name: str) -> list[dict[str, Any]]:
    """The signs in the log's evidence of one hold."""
    entries = desk.books.entries_of_payment(name)
    evidence = [entry for entry in entries if entry.type == "fraud.signalled"]
    assert len(evidence) == 1
    signals: Any = evidence[0].data["signals"]
    return list(signals)


def item_of(desk: Desk, subject: str, kind: str) -> TrayItem:
    found = desk.books.get(TrayItem, tray_id(subject, kind))
    assert found is not None
    return found


SIGNS: dict[str, tuple[Vendor | None, dict[str, Any]]] = {
    "new_payee": (None, {}),
    "account_changed": (
        old(
            account=VendorAccount(ACCOUNT, NOW - timedelta(days=3)),
            earlier_accounts=(VendorAccount(OTHER, OLD),),
        ),
        {},
    ),
    "amount_outlier": (old(*(paid(40 + at, "100") for at in range(5))), {}),
    "first_amount": (old(), {"first_amount_from": usd("1250")}),
    "pace": (
        old(
            *(paid(7 * at, "1300") for at in range(1, 7)),
            *(paid(2, "1300", bill_id=f"w-{at}") for at in range(4)),
        ),
        {},
    ),
    "splitting": (old(paid(3, "1240", paid=False)), {"dual_control_from": usd("1300")}),
    "duplicate": (old(paid(80, "900", number="inv 7")), {}),
    "rule": (old(), {}),
}


@pytest.mark.parametrize("kind", SIGNS)
def test_each_sign_is_one_hold_one_item_and_its_evidence_and_nothing_is_sent(kind: str) -> None:
    known, settings = SIGNS[kind]
    desk = desk_with(known, **settings)
    desk.stage()
    if kind == "rule":
        demand_a_call(desk)
    name = desk.decide()
    desk.run(name)
    payment = desk.payment(name)
    assert payment.status is Status.HOLD
    assert payment.hold is not None
    assert payment.hold.kind == Code.CALL_BACK_REQUIRED
    assert payment.custody.step is Step.STOPPED
    assert desk.types().count("payment.held") == 1
    assert desk.items() == {"held"}
    item = item_of(desk, f"payment-{name}", "held")
    [signal] = shown(desk, name)
    assert signal["kind"] == kind
    assert signal["numbers"]
    assert (item.expected, item.found) == (signal["expected"], signal["found"])
    assert of_vendor(desk).waiting_ids == (name,)
    assert desk.bill().open_reserve is not None
    assert desk.ramp.asked == []
    desk.until(72)
    desk.run(name)
    assert desk.ramp.asked == [], "time lifts nothing"

    answer = called(desk)
    assert isinstance(answer, CallBackKept), answer
    assert answer.lifted == (name,)
    assert of_vendor(desk).waiting_ids == ()
    assert desk.items() == set()
    desk.run(name)
    assert desk.ramp.asked == ["set 2026-11-23"], "on the next bank day, checked again"
    assert desk.payment(name).status is Status.PENDING
    [passed] = [entry for entry in desk.books.entries() if entry.type == "guardrail.passed"]
    signals: Any = passed.data["signals"]
    assert [one["answered_by"] for one in signals] == [answer.call_back.id]


def test_a_scheduled_payment_is_held_on_its_day() -> None:
    desk = desk_with()
    name = desk.scheduled()
    assert desk.payment(name).status is Status.SCHEDULED
    desk.on_its_day(name)
    assert desk.payment(name).status is Status.HOLD
    assert isinstance(called(desk), CallBackKept)
    desk.run(name)
    assert len(desk.ramp.asked) == 1


def test_a_date_that_ramp_carries_is_taken_off_what_waits_for_a_call() -> None:
    desk = desk_with()
    day = desk.today() + timedelta(days=10)
    desk.stage()
    desk.shows(RailState.SCHEDULED, day)
    name = desk.decide()
    desk.run(name)
    assert desk.payment(name).status is Status.HOLD
    assert desk.clear() == "cleared"
    assert desk.ramp.asked == ["clear"]
    called(desk)
    desk.run(name)
    assert desk.ramp.asked == ["clear", "set 2026-11-20"]


def test_a_small_payment_to_a_new_payee_only_warns() -> None:
    desk = desk_with(amount="1250.01")
    name = desk.asked()
    assert desk.ramp.asked == ["set 2026-11-20"]
    [passed] = [entry for entry in desk.books.entries() if entry.type == "guardrail.passed"]
    signals: Any = passed.data["signals"]
    assert [(one["kind"], one["effect"]) for one in signals] == [("new_payee", "warn")]
    assert desk.payment(name).status is Status.PENDING
    [release] = of_vendor(desk).payments
    assert (release.bill_id, release.paid, release.on) == (BILL, False, desk.today())


def test_who_decides_is_told_what_will_be_noticed() -> None:
    desk = desk_with(amount="1250.01")
    told = desk.work(lambda change: warnings_of(change, desk.bill()))
    assert isinstance(told, tuple)
    assert [(one.kind, one.effect) for one in told] == [(SignalKind.NEW_PAYEE, Effect.WARN)]
    desk.ramp.bill = replace(desk.ramp.bill, vendor_id=None)
    desk.refresh()
    told = desk.work(lambda change: warnings_of(change, desk.bill()))
    assert told == (), "nobody is paid: nothing to look for"
