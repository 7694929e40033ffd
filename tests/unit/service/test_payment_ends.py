"""How payments end once the rail has taken them: returns and failures."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.bill import DecisionState
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment, Verification
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.shown import EvidenceKind, Given
from rowcol.service.change import Change
from rowcol.service.judgement import judge_payment
from rowcol.service.payment_commands.reject import Reject, reject
from rowcol.service.payment_commands.reverse import Reverse, Why, reverse
from tests.support.desk import SCOPE
from tests.support.domain.builders import bank_line, ledger, usd
from tests.support.payment_desk import PaymentDesk

NOTICE = Given(EvidenceKind.BANK_NOTICE, "notice 17", "R01")
STOP = Given(EvidenceKind.STOP_PAYMENT, "stop order 55")


def code(answer: Payment | Refusal) -> Code:
    assert isinstance(answer, Refusal), answer
    return answer.code


def seen(desk: PaymentDesk, name: str, why: Why, given: Given | None = NOTICE) -> Any:
    return desk.do(lambda env, change: reverse(env, change, name, Reverse(why, given)), "rita")


# ---- money that comes back


@pytest.mark.parametrize("why", [Why.RETURNED, Why.CANCELLED_AFTER_COLLECTION])
@pytest.mark.parametrize("state", [RailState.PROCESSING, RailState.PAID])
def test_a_return_shown_with_evidence_then_the_money_back(why: Why, state: RailState) -> None:
    desk = PaymentDesk()
    name = desk.taken(state)
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
    name = desk.taken()
    refused = seen(desk, name, Why.RETURNED, given)
    assert code(refused) is Code.EVIDENCE_REQUIRED
    assert "bank_notice" in refused.numbers["accepted"]
    assert desk.payment(name).evidence == ()


def test_the_bank_ends_what_a_person_saw_begin() -> None:
    desk = PaymentDesk()
    name = desk.taken(RailState.PAID)
    seen(desk, name, Why.RETURNED)
    day = desk.payment(name).pay_on + timedelta(days=3)
    desk.plaid.lines += [
        bank_line(),
        bank_line(line_id="line-2", amount=usd("-1250.00"), posted_on=day, text="ACH RETURN R01"),
    ]
    desk.clock.pause(4 * 86_400)
    assert desk.judged(name).status is Status.REVERSED
    assert desk.bill().live_payment_id is None


@pytest.mark.parametrize("days", [70, 99, 104])
def test_what_was_proved_late_is_watched_for_its_return_as_long(days: int) -> None:
    """Booked forty days after its debit, it may come back until sixty days after that."""
    desk = PaymentDesk()
    name = desk.taken(RailState.PAID)
    debit = bank_line()
    desk.plaid.lines.append(debit)
    desk.clock.pause(40 * 86_400)
    assert desk.judged(name).verification is Verification.MISMATCH  # it is not in the ledger

    def book(change: Change) -> bool:
        payment = change.get(Payment, name)
        assert payment is not None
        change.put(replace(payment, ledger=ledger()))
        change.state("payment.ledger_observed")
        return True

    desk.work(book)
    assert desk.judged(name).verification is Verification.VERIFIED
    assert desk.items() == set()
    day = debit.posted_on + timedelta(days=days)
    back = {"line_id": "line-2", "amount": usd("-1250.00"), "posted_on": day}
    desk.plaid.lines.append(bank_line(text="ACH RETURN R29", **back))
    desk.clock.pause(59 * 86_400)
    found = desk.judged(name)
    was_watched = found.watch_until is not None and day <= found.watch_until
    assert was_watched is (days < 104)
    assert (found.verification is Verification.MISMATCH) is was_watched
    assert (found.status is Status.REVERSED) is was_watched


def test_a_bounced_check_of_a_record() -> None:
    desk = PaymentDesk()
    desk.recorded("CHECK")
    seen(desk, "rec_1", Why.RETURNED)
    assert desk.payment("rec_1").status is Status.REVERSING
    seen(desk, "rec_1", Why.MONEY_BACK)
    assert desk.payment("rec_1").status is Status.REVERSED
    assert desk.usage() == {}


# ---- failures


def test_a_failure_with_debit_and_credit_is_reversed() -> None:
    desk = PaymentDesk()
    name = desk.taken(RailState.ERROR)
    day = desk.payment(name).pay_on + timedelta(days=3)
    desk.plaid.lines += [
        bank_line(),
        bank_line(line_id="line-2", amount=usd("-1250.00"), posted_on=day, text="ACH RETURN R01"),
    ]
    desk.clock.pause(4 * 86_400)
    assert desk.judged(name).status is Status.REVERSED
    assert "payment.debit_and_credit_seen" in desk.types()


def test_a_failure_that_never_left_the_bank_is_rejected_at_its_deadline() -> None:
    desk = PaymentDesk()
    name = desk.taken(RailState.ERROR)
    days = 0
    while desk.judged(name).status is Status.PROCESSING:
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
    name = desk.taken(RailState.ERROR)
    desk.clock.pause(40 * 86_400)
    desk.sweep()
    judge_payment(desk.environment, SCOPE, name, desk.payment(name).custody.attempt)
    payment = desk.payment(name)
    assert payment.status is Status.PROCESSING
    assert payment.due is not None
    assert payment.due > desk.clock.now()
    assert desk.judged(name).status is Status.REJECTED


def test_a_debit_leaves_a_failed_payment_to_its_return() -> None:
    desk = PaymentDesk()
    name = desk.taken(RailState.ERROR)
    desk.plaid.lines.append(bank_line())
    for _ in range(12):
        desk.clock.pause(3 * 86_400)
        assert desk.judged(name).status is Status.PROCESSING
    answer = desk.do(lambda env, change: reject(env, change, name, Reject("failed", NOTICE)))
    assert code(answer) is Code.WRONG_STATE


def test_an_admin_rejects_a_failure_with_evidence() -> None:
    desk = PaymentDesk()
    name = desk.taken(RailState.ERROR)
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
