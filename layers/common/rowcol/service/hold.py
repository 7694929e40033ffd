"""Put a payment on hold, and stop or start its custody: the few moves every custody step shares."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from rowcol.domain.lifecycle import By, Trigger
from rowcol.domain.payment import Custody, Hold, Moved, Payment, Step, moved
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.tray import Severity
from rowcol.service.change import Change
from rowcol.service.tray import open_item

# An execution that did not report within this time is started again under the next attempt.
REDRIVE_AFTER = timedelta(minutes=10)
START_WITHIN = timedelta(minutes=2)
STEP_FAILED = "step_failed"
# Holds that only wait for cash, or for a rail to answer: the system looks again by itself.
LIFTABLE = frozenset(
    {
        Code.GUARDRAIL_INSUFFICIENT,
        Code.GUARDRAIL_ACCOUNT,
        Code.RESERVE_UNCOVERED,
        Code.BALANCE_UNKNOWN,
        Code.BALANCE_STALE,
        Code.BUFFER_UNKNOWN,
        STEP_FAILED,
    }
)
LOOKED_AT_AGAIN = timedelta(hours=1)
UNKNOWN_ASKED_AGAIN = (timedelta(minutes=5), timedelta(hours=1), timedelta(days=1))


class LifecycleDefect(Exception):
    """System code pulled a trigger that the table does not allow: nothing was written."""


def must_move(payment: Payment, trigger: Trigger, by: By, hold: Hold | None = None) -> Payment:
    """Apply a trigger that the caller has made sure of. Raises LifecycleDefect otherwise."""
    result = moved(payment, trigger, by, hold)
    if isinstance(result, Refusal):
        raise LifecycleDefect(result.detail)
    return result.payment


def try_move(
    payment: Payment, trigger: Trigger, by: By, hold: Hold | None = None
) -> Payment | None:
    """Apply a trigger if the table allows it."""
    result = moved(payment, trigger, by, hold)
    return result.payment if isinstance(result, Moved) else None


def hold(
    change: Change,
    payment: Payment,
    kind: str,
    detail: str,
    trigger: Trigger = Trigger.SYSTEM_HOLD,
    by: By = By.SYSTEM,
    *,
    link: str | None = None,
    due: datetime | None = None,
) -> Payment:
    """Move to a hold, stop the custody, open the tray item `held`. The reserve stays."""
    held = must_move(payment, trigger, by, Hold(kind, detail, change.now))
    if due is None and kind in LIFTABLE:
        due = change.now + LOOKED_AT_AGAIN
    elif due is None and payment.verdict is not None:
        due = payment.verdict.until  # what was seen of it is judged at its deadline all the same
    held = replace(held, custody=stopped(payment.custody), due=due)
    change.put(held)
    change.state("payment.held", payment=held, reason=kind, detail=detail)
    open_item(
        change,
        f"payment-{payment.id}",
        "held",
        f"Payment to {payment.counterparty_name} is on hold: {detail}",
        expected="released",
        found=kind,
        severity=Severity.HIGH,
        link=link,
    )
    return held


def stopped(custody: Custody) -> Custody:
    """No execution is wanted. A waiting one keeps its token, so that it is resumed and ends."""
    return replace(custody, step=Step.STOPPED)


def restarted(custody: Custody, step: Step) -> Custody:
    """A new execution is wanted at `step`; its attempt fences off writes of older ones."""
    return Custody(step, custody.attempt + 1)


def woken(payment: Payment, now: datetime) -> Payment:
    """A fact arrived: a waiting execution is to be resumed, a finished one starts again at Verify.

    One that runs just now judges again before it waits, because its facts are marked fresh.
    """
    custody = (
        restarted(payment.custody, Step.VERIFY) if payment.custody.is_idle else payment.custody
    )
    return replace(payment, custody=replace(custody, fresh_facts=True), due=now + START_WITHIN)
