"""Checks that are lost or stale: told of, stopped, and paid again by another payment."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from rowcol.domain.bill import Bill
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import Status
from rowcol.domain.money import Money
from rowcol.domain.payment import Custody, Origin, Payment, Step
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.shown import EvidenceKind, Given
from rowcol.service.payment_commands.reissue import Reissue, reissue
from tests.support.domain import builders
from tests.support.domain.builders import usd
from tests.support.payment_desk import PaymentDesk

NOTICE = Given(EvidenceKind.BANK_NOTICE, "notice 17", "R01")
STOP = Given(EvidenceKind.STOP_PAYMENT, "stop order 55")
# 180 days after Friday 20 November 2026, at the end of New York's day.
STALE = datetime(2027, 5, 20, 4, 0, tzinfo=UTC)


def code(answer: Payment | Refusal) -> Code:
    assert isinstance(answer, Refusal), answer
    return answer.code


def check_out(desk: PaymentDesk) -> str:
    assert desk.ramp.bill.payment is not None
    by_check = replace(desk.ramp.bill.payment, method="CHECK")
    desk.ramp.bill = replace(desk.ramp.bill, payment=by_check)
    desk.refresh()
    return desk.taken()


def test_a_check_that_nobody_cashes_is_told_of_after_180_days() -> None:
    desk = PaymentDesk()
    name = check_out(desk)
    desk.judged(name)
    for _ in range(5):
        desk.clock.pause(30 * 86_400)
        desk.judged(name)
        assert "stale_check" not in desk.items()
    assert desk.payment(name).due == STALE
    desk.clock.pause(31 * 86_400)
    desk.judged(name)
    assert "stale_check" in desk.items()
    desk.shows(RailState.READY)
    replaced(desk, name)
    assert "stale_check" not in desk.items()


def replaced(desk: PaymentDesk, name: str, given: Given | None = STOP, person: str = "rita") -> Any:
    wish = Reissue(given, "1042")
    return desk.do(lambda env, change: reissue(env, change, name, wish), person)


def test_a_stopped_check_is_paid_again_when_ramp_and_ledger_show_it_open() -> None:
    desk = PaymentDesk(dual_control_from=usd("1000.00"))
    desk.join("anna")
    name = check_out(desk)
    refused = replaced(desk, name)
    assert code(refused) is Code.BILL_NOT_OPEN
    assert refused.remedy.startswith("have the check voided in Ramp")
    desk.shows(RailState.READY)
    assert code(replaced(desk, name, None)) is Code.EVIDENCE_REQUIRED
    assert code(replaced(desk, name, NOTICE)) is Code.EVIDENCE_REQUIRED
    assert code(replaced(desk, name, person="anna")) is Code.SAME_PERSON
    fresh = replaced(desk, name)
    old, new, bill = desk.payment(name), desk.payment(fresh.id), desk.bill()
    assert (old.status, old.replaced_by, new.replaces) == (Status.REISSUED, new.id, name)
    assert (new.status, new.custody, new.pay_on) == (
        Status.PENDING,
        Custody(Step.REFRESH_BALANCE, 1),
        desk.today(),
    )
    assert (bill.live_payment_id, bill.payment_ids) == (new.id, (name, new.id))
    assert bill.decision is not None
    assert bill.decision.payment_id == new.id
    assert bill.open_reserve is not None
    assert desk.days_in_use() == {new.pay_on}
    assert [one.kind for one in old.evidence] == ["stop_payment"]
    desk.run(new.id)
    assert desk.payment(new.id).date_accepted


@pytest.mark.parametrize("other", [{"amount": usd("9000")}, {"vendor_id": "vendor-2"}])
def test_only_what_was_decided_is_paid_again(other: dict[str, Any]) -> None:
    desk = PaymentDesk(dual_control_from=usd("5000"))
    name = check_out(desk)
    desk.shows(RailState.READY, **other)
    assert code(replaced(desk, name)) is Code.BILL_CHANGED
    desk.shows(RailState.READY, amount=usd("1250"), vendor_id="vendor-1")
    assert isinstance(replaced(desk, name), Payment)


@pytest.mark.parametrize("before", [True, False])
def test_what_is_paid_again_stops_when_the_bank_account_is_another(before: bool) -> None:
    desk = PaymentDesk()
    name = check_out(desk)
    assert desk.ramp.bill.payment is not None
    details = replace(desk.ramp.bill.payment, planned_on=None, effective_on=None)
    other = replace(details, vendor_account_id="account-of-a-thief")
    desk.shows(RailState.READY, payment=other if before else details)
    fresh = replaced(desk, name)
    assert isinstance(fresh, Payment), fresh
    desk.shows(RailState.READY, payment=other)
    desk.run(fresh.id)
    held = desk.payment(fresh.id)
    assert (held.status, held.command) == (Status.HOLD, None)


def test_the_ledger_must_show_it_open_as_well() -> None:
    desk = PaymentDesk()
    name = check_out(desk)
    desk.shows(RailState.READY)
    booked = builders.ledger()

    def plan(change: Any) -> bool:
        known = change.get(Payment, name)
        change.put(replace(known, ledger=booked))
        change.state("payment.ledger_observed", payment=change.get(Payment, name))
        return True

    desk.work(plan)
    refused = replaced(desk, name)
    assert code(refused) is Code.BILL_NOT_OPEN
    assert "QuickBooks" in refused.remedy
    assert refused.numbers["balance"] == Money(0, "USD")


def test_only_checks_are_replaced() -> None:
    desk = PaymentDesk()
    name = desk.taken()
    assert code(replaced(desk, name)) is Code.WRONG_STATE


def test_a_bill_that_was_decided_again_has_its_payment() -> None:
    desk = PaymentDesk()
    name = check_out(desk)
    desk.shows(RailState.READY)

    def plan(change: Any) -> bool:
        bill = change.get(Bill, "bill-1")
        change.put(replace(bill, live_payment_id="pay_other"))
        change.state("bill.reported", bill=change.get(Bill, "bill-1"))
        return True

    desk.work(plan)
    assert code(replaced(desk, name)) is Code.LIVE_PAYMENT_EXISTS


def test_a_records_check_is_replaced_by_a_record() -> None:
    desk = PaymentDesk()
    desk.recorded("CHECK")
    fresh = replaced(desk, "rec_1")
    old, new = desk.payment("rec_1"), desk.payment(fresh.id)
    assert (old.status, old.replaced_by, new.replaces) == (Status.REISSUED, new.id, "rec_1")
    assert (new.status, new.reference, new.method, new.origin) == (
        Status.DONE,
        "1042",
        "CHECK",
        Origin.RECORD,
    )
    assert (new.pay_on, new.custody.step) == (desk.today(), Step.DONE)
    assert new.pay_on > date(2026, 11, 1)
    too_long = desk.do(
        lambda env, change: reissue(env, change, new.id, Reissue(STOP, "9" * 65)), "rita"
    )
    assert code(too_long) is Code.INVALID_INPUT
