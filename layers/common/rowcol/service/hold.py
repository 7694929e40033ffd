"""Put a payment on hold and let it go on, stop or start its custody: what every step shares."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rowcol.domain.calendar import BANK_ZONE, local_date, release_at
from rowcol.domain.holds import DATE_CLEARING, Lifter, rule_of
from rowcol.domain.lifecycle import By, Status, Trigger
from rowcol.domain.payment import Custody, Hold, Moved, Payment, Step, moved
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.tray import Severity
from rowcol.service.change import Change
from rowcol.service.route_request import routed, routed_as_decided
from rowcol.service.tray import close_item, open_item

# An execution that did not report within this time is started again under the next attempt.
REDRIVE_AFTER = timedelta(minutes=10)
START_WITHIN = timedelta(minutes=2)
LOOKED_AT_AGAIN = timedelta(hours=1)
UNKNOWN_ASKED_AGAIN = (timedelta(minutes=5), timedelta(hours=1), timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Told:
    """Both values for the tray: what was expected, and what was found."""

    expected: str
    found: str


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
    told: Told | None = None,
) -> Payment:
    """Move to a hold, stop the custody, open the tray item `held`. The reserve stays.

    `told`: both values, where the kind alone does not say them.
    One that only waits for Ramp's date to be off concerns nobody: it has no item.
    """
    person = change.actor.id if by is By.ADMIN else None
    held = must_move(payment, trigger, by, Hold(kind, detail, change.now, by=person))
    if due is None and looked_at_again(held):
        due = change.now + LOOKED_AT_AGAIN
    elif due is None and payment.verdict is not None:
        # What was seen of it is judged at its deadline all the same.
        until = payment.verdict.until
        due = max(until, change.now + START_WITHIN) if until is not None else None
    held = replace(held, custody=stopped(payment.custody), due=due)
    change.put(held)
    change.state("payment.held", payment=held, reason=kind, detail=detail)
    if kind == DATE_CLEARING:
        return held
    open_item(
        change,
        f"payment-{payment.id}",
        "held",
        f"Payment to {payment.counterparty_name} is on hold: {detail}",
        expected=told.expected if told is not None else "released",
        found=told.found if told is not None else kind,
        severity=Severity.HIGH,
        link=link,
    )
    return held


def looked_at_again(payment: Payment) -> bool:
    """Whether RowCol looks at its hold again by itself: it only waits for cash, or for a rail."""
    return payment.hold is not None and rule_of(payment.hold.kind).lifter is Lifter.SYSTEM


def go_on(change: Change, payment: Payment, because: str) -> Payment:
    """Out of a hold, by the date: Pending and checked at once, or Scheduled until then.

    Never a mere change of the status: an earlier command is over, and a new one follows the checks.
    The way that Ramp is set to now is taken only where the hold told of it.
    """
    admin = payment.status is Status.ADMIN_HOLD
    today = payment.pay_on <= local_date(change.now, BANK_ZONE)
    if today:
        trigger = Trigger.ADMIN_LIFT_TODAY if admin else Trigger.SYSTEM_LIFT_TODAY
    else:
        trigger = Trigger.ADMIN_LIFT_LATER if admin else Trigger.SYSTEM_LIFT_LATER
    lifted = must_move(payment, trigger, By.ADMIN if admin else By.SYSTEM)
    lifted = replace(
        lifted,
        command=None,
        custody=restarted(payment.custody, Step.REFRESH_BALANCE)
        if today
        else stopped(payment.custody),
        due=change.now + START_WITHIN if today else release_at(payment.pay_on),
    )
    other_way_meant = payment.hold is not None and payment.hold.kind == Code.ROUTE_INVALID
    route = routed if other_way_meant else routed_as_decided
    lifted = route(change.client, lifted, change.now)
    change.put(lifted)
    change.state("payment.lifted", payment=lifted, source=payment.status, target=lifted.status)
    close_item(change, f"payment-{payment.id}", "held", because)
    return lifted


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
