"""Apply one reading of a Ramp bill: to the bill, its payment, its reserve, the tray. The only way rail facts enter.

Ramp's bills have no version, so readings are ordered by when they were read: one that began before the last applied
reading ended is superseded (read again), and a regress (paid turning open) counts only when a second reading at
least REGRESS_CONFIRM later says the same (design section 3, Facts).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum

from rowcol.domain.bill import Bill, Decision, DecisionState, WishState
from rowcol.domain.facts import RailBill, RailState
from rowcol.domain.lifecycle import NOT_LIVE, By, Status, Trigger, move
from rowcol.domain.link import Link
from rowcol.domain.payment import Change as DateChange
from rowcol.domain.payment import Hold, Payment, Step, rail_triggers
from rowcol.domain.reserve import ReserveState
from rowcol.domain.scope import Actor, ActorKind, Scope, key_of
from rowcol.domain.tray import Severity
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.hold import START_WITHIN, hold, must_move, restarted, stopped, woken
from rowcol.service.reserves import end_reserve, open_reserve, resize
from rowcol.service.tray import close_item, open_item

RAMP = Actor(ActorKind.RAIL, "ramp")
REGRESS_CONFIRM = timedelta(seconds=60)
READS_MAX = 3
GOING_TO_PAY = frozenset({RailState.SCHEDULED, RailState.AWAITING_RELEASE, RailState.PROCESSING})
# Rail states after which a waiting custody has something to do.
_TELLING = frozenset({RailState.PAID, RailState.ERROR})


class Applied(StrEnum):
    """What became of a reading."""

    APPLIED = "applied"
    UNCHANGED = "unchanged"
    SUPERSEDED = "superseded"
    UNCONFIRMED = "unconfirmed_regress"
    UNKNOWN = "unknown_to_rail"


def refresh_bill(environment: Environment, scope: Scope, bill_id: str) -> Applied:
    """Read a bill from Ramp and apply what it says, again when another reading came in between.

    Raises RailError when Ramp gives no usable answer.
    """
    outcome = Applied.UNKNOWN
    for _ in range(READS_MAX):
        reading = environment.rails.execution(scope.firm, scope.client).read_bill(bill_id)
        if reading is None:
            return Applied.UNKNOWN
        outcome = apply_rail_bill(environment, scope, reading)
        if outcome is not Applied.SUPERSEDED:
            return outcome
    return outcome


def apply_rail_bill(environment: Environment, scope: Scope, reading: RailBill) -> Applied:
    """Apply a reading in one atomic write; nothing is written when it says nothing new."""

    def plan(change: Change) -> Applied:
        return record_reading(change, reading)

    result = transact(environment.store, environment.surroundings, scope, RAMP, plan)
    assert isinstance(result, Applied)  # this plan never refuses and has no command
    return result


def record_reading(change: Change, reading: RailBill) -> Applied:
    """Put a reading into a change that may hold more."""
    bill = change.get(Bill, reading.bill_id)
    if bill is not None:
        reading = _with_known_trace(bill.rail, reading)
        if _same(bill.rail, reading):
            return _confirm_unchanged(change, bill)
        if reading.read.began_at < bill.rail.read.ended_at:
            return Applied.SUPERSEDED
        if _regresses(bill.rail, reading):
            unconfirmed = _suspect(change, bill, reading)
            if unconfirmed:
                return Applied.UNCONFIRMED
    _follow(change, bill, reading)
    return Applied.APPLIED


def _with_known_trace(known: RailBill, reading: RailBill) -> RailBill:
    """Only the single read shows the vendor's trace id: a list that lacks it takes nothing back."""
    before, now = known.payment, reading.payment
    if before is None or now is None or before.payment_id != now.payment_id or now.vendor_trace_id:
        return reading
    return replace(reading, payment=replace(now, vendor_trace_id=before.vendor_trace_id))


def _same(known: RailBill, reading: RailBill) -> bool:
    return replace(reading, read=known.read, trace_id=known.trace_id) == known


def _confirm_unchanged(change: Change, bill: Bill) -> Applied:
    """The same as before: a suspected regress is over, and nothing else happened."""
    if bill.regress_seen_at is not None:
        kept = replace(bill, regress_seen_at=None, due=None)
        change.put(kept)
        change.state("bill.regress_withdrawn", bill=kept)
    return Applied.UNCHANGED


def _regresses(known: RailBill, reading: RailBill) -> bool:
    return known.state is RailState.PAID and reading.state is not RailState.PAID


def _suspect(change: Change, bill: Bill, reading: RailBill) -> bool:
    """Whether the regress still waits for its confirmation by a later reading."""
    seen = bill.regress_seen_at
    if seen is not None and reading.read.began_at - seen >= REGRESS_CONFIRM:
        return False
    if seen is None:
        suspected = replace(
            bill, regress_seen_at=reading.read.began_at, due=change.now + REGRESS_CONFIRM
        )
        change.put(suspected)
        change.state("bill.regress_suspected", bill=suspected, found=reading.raw_state)
    return True


def _follow(change: Change, known: Bill | None, reading: RailBill) -> None:
    fresh = known or Bill(reading.bill_id, 0, reading)
    details = reading.payment.vendor_account_id if reading.payment and reading.approved else None
    bill = replace(
        fresh,
        rail=reading,
        vendor_account_id_approved=fresh.vendor_account_id_approved or details,
        regress_seen_at=None,
        due=None if fresh.regress_seen_at else fresh.due,
    )
    _link(change, bill)
    payment = change.get(Payment, bill.live_payment_id) if bill.live_payment_id else None
    if payment is not None:
        if (
            known is not None
            and known.amount != reading.amount
            and payment.status in (Status.SCHEDULED, Status.PENDING)
        ):
            bill = resize(change, bill, reading.amount)
        payment = _follow_payment(change, payment, bill)
        if payment.status in NOT_LIVE:
            bill = end_reserve(
                change,
                replace(bill, live_payment_id=None),
                ReserveState.RELEASED,
                payment.status.value,
            )
    else:
        bill = _follow_undecided(change, bill)
    bill = _confirm_delay(change, bill)
    change.put(bill)
    change.state("bill.reported", bill=bill)
    _compare_dates(change, bill, payment)
    _unknown_state(change, bill)


def _link(change: Change, bill: Bill) -> None:
    if bill.rail.ledger_bill_id is None:
        return
    link_id = key_of("qbo-bill", bill.rail.ledger_bill_id)
    if change.get(Link, link_id) is None:
        change.put(Link(link_id, 0, bill.id))


def going_to_pay(reading: RailBill) -> bool:
    """Whether Ramp is going to pay this bill by itself: it carries a date there."""
    return (
        reading.approved
        and not reading.archived
        and reading.state in GOING_TO_PAY
        and reading.payment is not None
        and reading.payment.planned_on is not None
    )


def _follow_undecided(change: Change, bill: Bill) -> Bill:
    """Reserve what Ramp is going to pay though nobody decided it here; give back what it no longer will."""
    reading = bill.rail
    if going_to_pay(reading):
        assert reading.payment is not None and reading.payment.planned_on is not None
        return open_reserve(change, bill, reading.payment.planned_on, observed=True)
    held = bill.open_reserve
    if held is None:
        return bill
    gone = reading.archived or reading.state is RailState.REJECTED
    if gone or (
        held.observed and reading.state not in (RailState.PAID, RailState.ERROR, RailState.UNKNOWN)
    ):
        bill = end_reserve(change, bill, ReserveState.RELEASED, f"rail_{reading.state.value}")
    elif held.amount != reading.amount:
        bill = resize(change, bill, reading.amount)
    if gone and bill.decision is not None and bill.decision.state is DecisionState.STAGED:
        bill = replace(
            bill,
            decision=replace(
                bill.decision, state=DecisionState.WITHDRAWN, code=f"rail_{reading.state.value}"
            ),
        )
    return bill


def _confirm_delay(change: Change, bill: Bill) -> Bill:
    """A delay that was asked is confirmed once Ramp shows no date; its reserve ends then."""
    decision = bill.decision
    if decision is None or decision.delay is None or decision.delay.rail is not WishState.ASKED:
        return bill
    if bill.rail.state is RailState.PAID or going_to_pay(bill.rail):
        return bill
    confirmed: Decision = replace(decision, delay=replace(decision.delay, rail=WishState.CONFIRMED))
    bill = replace(end_reserve(change, bill, ReserveState.RELEASED, "delayed"), decision=confirmed)
    change.state("decision.delay_confirmed", bill=bill)
    return bill


def _follow_payment(change: Change, payment: Payment, bill: Bill) -> Payment:
    reading = bill.rail
    before = payment
    payment = replace(_date_change(change, payment, reading), rail=reading)
    triggers = rail_triggers(payment, reading)
    if triggers is None:
        _unexpected(change, payment, reading)
        triggers = ()
    elif before.rail is not None:
        close_item(
            change, f"payment-{payment.id}", "unexpected_rail_state", "the rail's state fits again"
        )
    for trigger in triggers:
        payment = _pull(change, payment, trigger, reading)
    if not triggers:
        payment = _hold_when_bill_changed(change, payment, bill)
    stated = payment if triggers else before
    payment = _wake(change, payment, before)
    change.put(payment)
    if payment != stated:
        change.state("payment.rail_reported", payment=payment)
    return payment


def _pull(change: Change, payment: Payment, trigger: Trigger, reading: RailBill) -> Payment:
    if trigger is Trigger.SYSTEM_HOLD:
        kind, detail = _hold_reason(reading)
        return hold(change, payment, kind, detail)
    source = payment.status
    reason = (
        Hold("held_by_provider", "Ramp's provider holds it", change.now)
        if trigger is Trigger.BANK_HOLD
        else None
    )
    row = move(payment.status, trigger)
    payment = must_move(payment, trigger, row.by if row else By.RAIL, reason)
    if trigger is Trigger.BANK_HOLD:
        payment = replace(payment, custody=stopped(payment.custody), due=None)
    if trigger in (Trigger.BANK_ALLOWS, Trigger.OUTCOME_HAPPENED, Trigger.BANK_ALLOWS_AND_TAKEN):
        payment = replace(
            payment,
            custody=restarted(payment.custody, Step.AWAIT_RAIL),
            due=change.now + START_WITHIN,
        )
        close_item(change, f"payment-{payment.id}", "held", trigger.value)
    if trigger is Trigger.RAIL_ERROR:
        payment = replace(payment, rail_error_at=change.now)
    change.put(payment)
    change.state(f"payment.{trigger.value}", payment=payment, source=source, target=payment.status)
    if trigger in (Trigger.BANK_HOLD, Trigger.RAIL_ERROR):
        _tell(change, payment, trigger, reading)
    return payment


def _tell(change: Change, payment: Payment, trigger: Trigger, reading: RailBill) -> None:
    item = "held" if trigger is Trigger.BANK_HOLD else "rail_failed"
    title = f"Ramp reports {reading.raw_state} for the payment to {payment.vendor_name}"
    open_item(
        change,
        f"payment-{payment.id}",
        item,
        title,
        expected="paid",
        found=reading.raw_state,
        severity=Severity.HIGH,
    )


def _hold_reason(reading: RailBill) -> tuple[str, str]:
    match reading.state:
        case RailState.PAID | RailState.PROCESSING:
            return "paid_outside", "Ramp is paying or has paid it without this decision"
        case RailState.REJECTED | RailState.ARCHIVED:
            return "bill_withdrawn", f"the bill is {reading.state.value} in Ramp"
    return "rail_hold", f"Ramp shows {reading.raw_state}"


def changed_details(payment: Payment, bill: Bill) -> tuple[str, str] | None:
    """What of the bill differs from what was decided: hold kind and words, or None."""
    if bill.amount != payment.amount:
        return "bill_changed", f"decided at {payment.amount}, the bill is now {bill.amount}"
    paid_to = bill.rail.payment.vendor_account_id if bill.rail.payment else None
    if paid_to and bill.vendor_account_id_approved and paid_to != bill.vendor_account_id_approved:
        return (
            "bank_details_changed",
            "the vendor's bank account changed since the bill was approved",
        )
    return None


def _hold_when_bill_changed(change: Change, payment: Payment, bill: Bill) -> Payment:
    before_command = (
        payment.status in (Status.SCHEDULED, Status.PENDING) and payment.command is None
    )
    problem = changed_details(payment, bill) if before_command else None
    return hold(change, payment, *problem) if problem else payment


def _date_change(change: Change, payment: Payment, reading: RailBill) -> Payment:
    """A date that Ramp moved is an event on the same payment, shown as asked and confirmed."""
    before = payment.rail.payment.planned_on if payment.rail and payment.rail.payment else None
    now = reading.payment.planned_on if reading.payment else None
    if now == before or payment.command is None or payment.command.is_open:
        return payment
    moved = DateChange(change.now, "ramp", payment.pay_on, now, WishState.CONFIRMED)
    return replace(payment, changes=(*payment.changes, moved))


def _wake(change: Change, payment: Payment, before: Payment) -> Payment:
    """After a telling rail fact: a waiting execution goes on to Verify, a finished one starts again."""
    reading = payment.rail
    if (
        reading is None
        or reading.state not in _TELLING
        or (before.rail is not None and _same(before.rail, reading))
    ):
        return payment
    if payment.status not in (Status.PROCESSING, Status.DONE):
        return payment
    if payment.custody.step is Step.AWAIT_RAIL:
        payment = replace(payment, custody=replace(payment.custody, step=Step.VERIFY))
    return woken(payment, change.now)


def _unexpected(change: Change, payment: Payment, reading: RailBill) -> None:
    open_item(
        change,
        f"payment-{payment.id}",
        "unexpected_rail_state",
        f"Ramp shows {reading.raw_state} for a payment that is {payment.status.value} here",
        expected=payment.status.value,
        found=reading.raw_state,
        severity=Severity.HIGH,
    )


def _unknown_state(change: Change, bill: Bill) -> None:
    subject = f"bill-{bill.id}"
    if bill.rail.state is RailState.UNKNOWN:
        title = f"Ramp reports a state that RowCol does not know: {bill.rail.raw_state[:60]}"
        open_item(change, subject, "unknown_rail_state", title, found=bill.rail.raw_state[:60])
    else:
        close_item(change, subject, "unknown_rail_state", "the state is known again")


def _compare_dates(change: Change, bill: Bill, payment: Payment | None) -> None:
    """What Ramp is going to pay is what we asked, or the tray says otherwise."""
    subject = f"bill-{bill.id}"
    wish = _forbidding_wish(bill, payment)
    if wish is not None and going_to_pay(bill.rail):
        assert bill.rail.payment is not None
        planned = str(bill.rail.payment.planned_on)
        title = (
            f"Ramp is going to pay {bill.rail.vendor_name} on {planned}, though it is {wish} here"
        )
        open_item(
            change,
            subject,
            "rail_date",
            title,
            expected=wish,
            found=planned,
            severity=Severity.HIGH,
        )
    else:
        close_item(change, subject, "rail_date", "Ramp's date agrees with what was asked")


def _forbidding_wish(bill: Bill, payment: Payment | None) -> str | None:
    if payment is not None:
        asked = payment.command is not None and payment.status is not Status.CANCELLED
        if payment.status in (Status.SCHEDULED, Status.HOLD, Status.ADMIN_HOLD) and not asked:
            return payment.status.value
        return None
    delay = bill.decision.delay if bill.decision else None
    if delay is not None and delay.rail is WishState.CONFIRMED:
        return f"delayed until {delay.until}"
    return None
