"""How payments end once the rail has taken them: returns, failures, stopped checks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rowcol.domain.bill import Bill, DecisionState
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import Status
from rowcol.domain.money import Money
from rowcol.domain.payment import Custody, Origin, Payment, PaymentType, Step
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.shown import EvidenceKind, Given
from rowcol.service.feeds import sync_bank
from rowcol.service.judgement import judge_payment
from rowcol.service.payment_commands.reissue import Reissue, reissue
from rowcol.service.payment_commands.reject import Reject, reject
from rowcol.service.payment_commands.reverse import Reverse, Why, reverse
from rowcol.service.proof import observe_cash
from tests.support.desk import SCOPE
from tests.support.domain import builders
from tests.support.domain.builders import bank_line, usd
from tests.support.payment_desk import PaymentDesk

NOTICE = Given(EvidenceKind.BANK_NOTICE, "notice 17", "R01")
STOP = Given(EvidenceKind.STOP_PAYMENT, "stop order 55")
# 180 days after Friday 20 November 2026, at the end of New York's day.
STALE = datetime(2027, 5, 20, 4, 0, tzinfo=UTC)


def code(answer: Payment | Refusal) -> Code:
    assert isinstance(answer, Refusal), answer
    return answer.code


def seen(desk: PaymentDesk, name: str, why: Why, given: Given | None = NOTICE) -> Any:
    return desk.do(lambda env, change: reverse(env, change, name, Reverse(why, given)), "rita")


def taken(desk: PaymentDesk, state: RailState = RailState.PROCESSING) -> str:
    name = desk.asked()
    desk.shows(RailState.PROCESSING)
    desk.shows(state)
    return name


def judged(desk: PaymentDesk, name: str) -> Payment:
    """What the sweep would start: the bank is read, then the payment judged."""
    desk.sweep()
    sync_bank(desk.environment, SCOPE)
    observe_cash(desk.environment, SCOPE, name, None, wake=True)
    desk.sweep()
    judge_payment(desk.environment, SCOPE, name, desk.payment(name).custody.attempt)
    return desk.payment(name)


# ---- money that comes back


@pytest.mark.parametrize("why", [Why.RETURNED, Why.CANCELLED_AFTER_COLLECTION])
@pytest.mark.parametrize("state", [RailState.PROCESSING, RailState.PAID])
def test_a_return_shown_with_evidence_then_the_money_back(why: Why, state: RailState) -> None:
    desk = PaymentDesk()
    name = taken(desk, state)
    seen(desk, name, why)
    payment = desk.payment(name)
    assert payment.status is Status.REVERSING
    assert [one.reference for one in payment.evidence] == ["notice 17"]
    assert desk.bill().live_payment_id == name
    assert desk.bill().open_reserve is not None
    seen(desk, name, Why.MONEY_BACK)
    payment, bill = desk.payment(name), desk.bill()
    assert (payment.status, len(payment.evidence)) == (Status.REVERSED, 2)
    assert (bill.live_payment_id, bill.open_reserve) == (None, None)
    assert {pair[1] for pair in desk.usage().values()} == {125_000}  # used is used
    assert desk.types()[-1] in ("bill.reopened", "payment.unposted")


@pytest.mark.parametrize("given", [None, STOP, replace(NOTICE, reference="  ")])
def test_without_fitting_evidence_nothing_is_reversed(given: Given | None) -> None:
    desk = PaymentDesk()
    name = taken(desk)
    refused = seen(desk, name, Why.RETURNED, given)
    assert code(refused) is Code.EVIDENCE_REQUIRED
    assert "bank_notice" in refused.numbers["accepted"]
    assert desk.payment(name).evidence == ()


def test_the_bank_ends_what_a_person_saw_begin() -> None:
    desk = PaymentDesk()
    name = taken(desk, RailState.PAID)
    seen(desk, name, Why.RETURNED)
    day = desk.payment(name).pay_on + timedelta(days=3)
    desk.plaid.lines += [
        bank_line(),
        bank_line(line_id="line-2", amount=usd("-1250.00"), posted_on=day, text="ACH RETURN R01"),
    ]
    desk.clock.pause(4 * 86_400)
    assert judged(desk, name).status is Status.REVERSED
    assert desk.bill().live_payment_id is None


def test_a_bounced_check_of_a_record() -> None:
    desk = PaymentDesk()
    record(desk, "CHECK")
    seen(desk, "rec_1", Why.RETURNED)
    assert desk.payment("rec_1").status is Status.REVERSING
    seen(desk, "rec_1", Why.MONEY_BACK)
    assert desk.payment("rec_1").status is Status.REVERSED
    assert desk.usage() == {}


# ---- failures


def test_a_failure_with_debit_and_credit_is_reversed() -> None:
    desk = PaymentDesk()
    name = taken(desk, RailState.ERROR)
    day = desk.payment(name).pay_on + timedelta(days=3)
    desk.plaid.lines += [
        bank_line(),
        bank_line(line_id="line-2", amount=usd("-1250.00"), posted_on=day, text="ACH RETURN R01"),
    ]
    desk.clock.pause(4 * 86_400)
    assert judged(desk, name).status is Status.REVERSED
    assert "payment.debit_and_credit_seen" in desk.types()


def test_a_failure_that_never_left_the_bank_is_rejected_at_its_deadline() -> None:
    desk = PaymentDesk()
    name = taken(desk, RailState.ERROR)
    days = 0
    while judged(desk, name).status is Status.PROCESSING:
        assert desk.bill().open_reserve is not None
        desk.clock.pause(86_400)
        days += 1
    assert desk.payment(name).status is Status.REJECTED
    assert 14 <= days <= 24
    assert (desk.bill().live_payment_id, desk.bill().open_reserve) == (None, None)
    assert (desk.items(), desk.usage()) == (set(), {})
    # The bill can be decided again.
    desk.stage()
    assert desk.decide() != name


def test_a_bank_that_cannot_be_read_proves_nothing() -> None:
    desk = PaymentDesk()
    name = taken(desk, RailState.ERROR)
    desk.clock.pause(40 * 86_400)
    desk.sweep()
    judge_payment(desk.environment, SCOPE, name, desk.payment(name).custody.attempt)
    payment = desk.payment(name)
    assert payment.status is Status.PROCESSING
    assert payment.due is not None
    assert payment.due > desk.clock.now()
    assert judged(desk, name).status is Status.REJECTED


def test_a_debit_leaves_a_failed_payment_to_its_return() -> None:
    desk = PaymentDesk()
    name = taken(desk, RailState.ERROR)
    desk.plaid.lines.append(bank_line())
    for _ in range(12):
        desk.clock.pause(3 * 86_400)
        assert judged(desk, name).status is Status.PROCESSING
    answer = desk.do(lambda env, change: reject(env, change, name, Reject("failed", NOTICE)))
    assert code(answer) is Code.WRONG_STATE


def test_an_admin_rejects_a_failure_with_evidence() -> None:
    desk = PaymentDesk()
    name = taken(desk, RailState.ERROR)
    assert "rail_failed" in desk.items()
    answer = desk.do(lambda env, change: reject(env, change, name, Reject("failed")))
    assert code(answer) is Code.EVIDENCE_REQUIRED
    desk.do(lambda env, change: reject(env, change, name, Reject("failed", NOTICE)), "rita")
    payment, bill = desk.payment(name), desk.bill()
    assert payment.status is Status.REJECTED
    assert [one.by for one in payment.evidence] == ["rita"]
    assert (bill.live_payment_id, bill.open_reserve) == (None, None)
    assert (desk.items(), desk.usage()) == (set(), {})


def test_a_bill_that_is_gone_is_refused_for_good() -> None:
    desk = PaymentDesk()
    name = desk.scheduled()
    desk.shows(RailState.ARCHIVED)
    desk.do(lambda env, change: reject(env, change, name, Reject("archived in Ramp")))
    bill = desk.bill()
    assert desk.payment(name).status is Status.REJECTED
    assert bill.decision is not None
    assert bill.decision.state is DecisionState.REFUSED
    assert desk.items() == set()


# ---- checks


def record(desk: PaymentDesk, method: str) -> None:
    made = builders.payment(
        Status.DONE,
        id="rec_1",
        version=0,
        bill_id=None,
        decision_id=None,
        origin=Origin.RECORD,
        type=PaymentType.VENDOR_PAYMENT,
        custody=Custody(Step.DONE, 0),
        method=method,
        reference="1041",
    )

    def plan(change: Any) -> bool:
        change.put(made)
        change.state("payment.recorded", payment=made)
        return True

    desk.work(plan)


def check_out(desk: PaymentDesk) -> str:
    assert desk.ramp.bill.payment is not None
    by_check = replace(desk.ramp.bill.payment, method="CHECK")
    desk.ramp.bill = replace(desk.ramp.bill, payment=by_check)
    desk.refresh()
    return taken(desk)


def test_a_check_that_nobody_cashes_is_told_of_after_180_days() -> None:
    desk = PaymentDesk()
    name = check_out(desk)
    judged(desk, name)
    for _ in range(5):
        desk.clock.pause(30 * 86_400)
        judged(desk, name)
        assert "stale_check" not in desk.items()
    assert desk.payment(name).due == STALE
    desk.clock.pause(31 * 86_400)
    judged(desk, name)
    assert "stale_check" in desk.items()
    desk.shows(RailState.READY)
    replaced(desk, name)
    assert "stale_check" not in desk.items()


def replaced(desk: PaymentDesk, name: str, given: Given | None = STOP, person: str = "rita") -> Any:
    wish = Reissue(given, "1042")
    return desk.do(lambda env, change: reissue(env, change, name, wish), person)


def test_a_stopped_check_is_paid_again_when_ramp_and_ledger_show_it_open() -> None:
    desk = PaymentDesk(dual_control_from=usd("1000.00"))
    name = check_out(desk)
    refused = replaced(desk, name)
    assert code(refused) is Code.BILL_NOT_OPEN
    assert refused.remedy.startswith("have the check voided in Ramp")
    desk.shows(RailState.READY)
    assert code(replaced(desk, name, None)) is Code.EVIDENCE_REQUIRED
    assert code(replaced(desk, name, NOTICE)) is Code.EVIDENCE_REQUIRED
    assert code(replaced(desk, name, person="anna")) is Code.SECOND_PERSON_REQUIRED
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
    name = taken(desk)
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
    record(desk, "CHECK")
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
