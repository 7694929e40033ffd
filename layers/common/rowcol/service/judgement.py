"""The second half of the chain of custody: wait for facts, judge them, record the verdict."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from rowcol.domain.holds import STEP_FAILED
from rowcol.domain.lifecycle import By, Status, Trigger
from rowcol.domain.payment import Payment, Step, Verification
from rowcol.domain.scope import Scope
from rowcol.domain.tray import Severity
from rowcol.domain.verdict import (
    RETURN_WATCH_DAYS,
    Finding,
    Mismatch,
    Outcome,
    Proved,
    Verdict,
    booked_now,
    judge,
)
from rowcol.service.change import Change
from rowcol.service.custody import STOPPED, answer
from rowcol.service.environment import Environment
from rowcol.service.hold import START_WITHIN, hold
from rowcol.service.ledger_notes import ask_note
from rowcol.service.reversal import (
    begin_reversal,
    error_deadline,
    money_back,
    no_money_moved,
    proves_no_money,
)
from rowcol.service.stale_checks import follow_check
from rowcol.service.stopping import TOO_LATE
from rowcol.service.tray import close_item, open_item

AWAITED_TRIES_MAX = 8
LOOKED_AT_AGAIN_AFTER = timedelta(days=1)
# A waiting task may not outlive a year (Step Functions), and is never shorter than a minute.
WAIT_SECONDS_MAX = 300 * 24 * 3600
_SEVERE = frozenset(
    {
        Mismatch.RETURNED,
        Mismatch.DUPLICATE,
        Mismatch.RAIL_FAILED,
        Mismatch.AMOUNT,
        Mismatch.PAID_OUTSIDE,
    }
)


def await_fact(
    environment: Environment, scope: Scope, payment_id: str, attempt: int, token: str, step: Step
) -> str:
    """Store the task token of a waiting execution, unless what it waits for is already there.

    Then, and for an old attempt, the task is completed at once: nothing is waited for in vain.
    Returns "waiting" or the outcome it was resumed with.
    """
    books = environment.store.books(scope)
    for _ in range(AWAITED_TRIES_MAX):
        payment = books.get(Payment, payment_id)
        if payment is None or payment.custody.attempt != attempt or not waits(payment, step):
            outcome = resume_outcome(payment, attempt)
            environment.executions.resume(token, {"outcome": outcome})
            return outcome
        custody = replace(payment.custody, token=token, token_step=step)
        # Beside the log: a token is the workflow's, no state of the payment. The version guards it.
        if books.save(replace(payment, custody=custody)):
            return "waiting"
    raise AwaitContention(payment_id)


class AwaitContention(Exception):
    """The payment kept changing while its token was to be stored; the task's retry asks again."""


def waits(payment: Payment, step: Step) -> bool:
    """Whether an execution at `step` has nothing to go on with yet."""
    return payment.custody.step is step and not payment.custody.fresh_facts


def resume_outcome(payment: Payment | None, attempt: int) -> str:
    """With what a waiting execution goes on: "verify", or "stopped"."""
    if (
        payment is None
        or payment.custody.attempt != attempt
        or payment.custody.step is Step.STOPPED
    ):
        return STOPPED
    return "verify"


def judge_payment(
    environment: Environment, scope: Scope, payment_id: str, attempt: int
) -> Verdict | None:
    """Judge the three facts and write what changed: verdict, verification, tray, reversal.

    None for an old attempt.

    A verdict equal to the last one (but for its time) writes only what the workflow needs.
    """

    def plan(change: Change) -> str:
        payment = change.get(Payment, payment_id)
        if (
            payment is None
            or payment.custody.attempt != attempt
            or payment.custody.step is Step.STOPPED
        ):
            return STOPPED
        verdict = verdict_on(payment, change.now)
        record_verdict(change, payment, verdict)
        return "judged"

    if answer(environment, scope, plan) == STOPPED:
        return None
    payment = environment.store.books(scope).get(Payment, payment_id)
    return payment.verdict if payment else None


def verdict_on(payment: Payment, now: datetime) -> Verdict:
    """What its three sides come to now, compared with what was proved before."""
    return judge(
        payment.expectation, payment.rail, payment.ledger, payment.cash, now, payment.proved
    )


def record_verdict(change: Change, payment: Payment, verdict: Verdict) -> None:
    """Put a verdict and its consequences into a change."""
    known = payment.verdict
    news = known is None or replace(known, at=verdict.at) != verdict
    waiting = verdict.outcome is Outcome.WAITING
    custody = replace(
        payment.custody,
        step=Step.AWAIT_PROOF if waiting else Step.DONE,
        fresh_facts=False,
        token=None,
        token_step=None,
    )
    verification = {
        Outcome.VERIFIED: Verification.VERIFIED,
        Outcome.WAITING: Verification.AWAITING,
        Outcome.MISMATCH: Verification.MISMATCH,
    }[verdict.outcome]
    judged = replace(
        payment, custody=custody, verdict=verdict if news else known, verification=verification
    )
    if verdict.outcome is Outcome.VERIFIED:
        judged = replace(judged, proved=_proved(payment, verdict.at))
    if verdict.outcome is Outcome.MISMATCH:
        judged = replace(judged, mismatched_at=payment.mismatched_at or verdict.at)
    judged = replace(judged, due=verdict.until, watch_until=_watch_until(judged, verdict))
    if judged.watch_until is not None and judged.due is None:
        judged = replace(judged, due=change.now + timedelta(days=RETURN_WATCH_DAYS))
    judged = follow_check(change, _look_again_after_error(change, judged))
    judged = _follow(change, judged, verdict)
    change.put(judged)
    if judged.status is not Status.REJECTED:
        _tray(change, judged, verdict)
    if news:
        change.state("payment.judged", payment=judged, verdict=verdict)


def _proved(payment: Payment, at: datetime) -> Proved:
    """What stands in the ledger as all sides agree; the same as before keeps its time."""
    booked = booked_now(payment.ledger)
    known = payment.proved
    return known if known is not None and known.ledger == booked else Proved(at, booked)


def _look_again_after_error(change: Change, payment: Payment) -> Payment:
    """A payment that failed on the rail is judged once more when its last deadline has passed."""
    deadline = error_deadline(payment)
    if deadline is None:
        return payment
    again = max(deadline, change.now + LOOKED_AT_AGAIN_AFTER)
    return replace(payment, due=min(payment.due, again) if payment.due is not None else again)


def _watch_until(payment: Payment, verdict: Verdict) -> date | None:
    if verdict.outcome is not Outcome.VERIFIED:
        return payment.watch_until
    return payment.watch_until or verdict.at.date() + timedelta(days=RETURN_WATCH_DAYS)


def _follow(change: Change, payment: Payment, verdict: Verdict) -> Payment:
    """What a verdict moves: a return at the bank is money back, none at all was never collected."""
    returned = any(finding.kind is Mismatch.RETURNED for finding in verdict.findings)
    if returned and payment.status in (Status.PROCESSING, Status.DONE):
        failed = payment.status is Status.PROCESSING and payment.rail_error_at is not None
        trigger = Trigger.DEBIT_AND_CREDIT_SEEN if failed else Trigger.RETURN_SEEN
        payment = begin_reversal(change, payment, trigger, By.RAIL)
    if returned and payment.status is Status.REVERSING:
        return money_back(change, payment, By.RAIL)
    if not returned and proves_no_money(change, payment):
        return no_money_moved(change, payment, By.SYSTEM)
    return payment


def _tray(change: Change, payment: Payment, verdict: Verdict) -> None:
    """A lasting mismatch has exactly one open item of its kind; agreement has none."""
    subject = f"payment-{payment.id}"
    found = {finding.kind: finding for finding in verdict.findings}
    for kind in Mismatch:
        if kind in found:
            _open(change, subject, payment, found[kind])
        elif kind is not Mismatch.UNEXPECTED_RAIL_STATE or verdict.outcome is Outcome.VERIFIED:
            close_item(change, subject, kind.value, "the facts agree")
    if payment.cancel_asked is not None and verdict.outcome is Outcome.VERIFIED:
        close_item(change, subject, TOO_LATE, "it was paid, and all sides agree on that")


def _open(change: Change, subject: str, payment: Payment, finding: Finding) -> None:
    side = {"rail": "Ramp", "ledger": "QuickBooks", "cash": "the bank"}[finding.side.value]
    open_item(
        change,
        subject,
        finding.kind.value,
        f"{side} does not agree on the payment to {payment.counterparty_name}:"
        f" {finding.kind.value}",
        expected=finding.expected,
        found=finding.found,
        severity=Severity.HIGH if finding.kind in _SEVERE else Severity.MEDIUM,
    )


def record_custody(environment: Environment, scope: Scope, payment_id: str, attempt: int) -> str:
    """The last step: state what was proved, with the ids of the evidence. Once per attempt."""

    def plan(change: Change) -> str:
        payment = change.get(Payment, payment_id)
        if (
            payment is None
            or payment.custody.attempt != attempt
            or payment.custody.step is not Step.DONE
        ):
            return STOPPED
        if payment.recorded_attempt == attempt or payment.verdict is None:
            return "recorded"
        verdict = payment.verdict
        payment = replace(payment, recorded_attempt=attempt)
        change.put(payment)
        change.state(
            "custody.recorded", payment=payment, outcome=verdict.outcome, evidence=verdict.evidence
        )
        ask_note(change, payment)
        return "recorded"

    return answer(environment, scope, plan)


def compensate(
    environment: Environment, scope: Scope, payment_id: str, attempt: int, error: str
) -> str:
    """A step failed for good: hold what has not moved money; what moved goes on to be proved.

    A payment that Ramp may have keeps its status; the sweep starts its custody again.
    """

    def plan(change: Change) -> str:
        payment = change.get(Payment, payment_id)
        if payment is None or payment.custody.attempt != attempt or payment.custody.is_idle:
            return STOPPED
        if payment.status in (Status.SCHEDULED, Status.PENDING) and payment.command is None:
            trigger = (
                Trigger.DATE_CHECKS_FAILED
                if payment.status is Status.SCHEDULED
                else Trigger.SYSTEM_HOLD
            )
            hold(change, payment, STEP_FAILED, f"a custody step failed: {error[:200]}", trigger)
            return STOPPED
        title = (
            f"Custody of the payment to {payment.counterparty_name} could not go on: {error[:80]}"
        )
        open_item(
            change,
            f"payment-{payment.id}",
            "custody_failed",
            title,
            found=error[:200],
            severity=Severity.HIGH,
        )
        custody = replace(payment.custody, step=Step.STOPPED)
        change.put(replace(payment, custody=custody, due=change.now + 5 * START_WITHIN))
        change.state("custody.failed", payment=change.get(Payment, payment_id), error=error[:200])
        return STOPPED

    return answer(environment, scope, plan)
