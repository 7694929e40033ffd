"""Apply one reading of a Ramp bill: to the bill, its payment, its reserve, the tray.

The only way rail facts enter.

Ramp's bills have no version, so readings are ordered by when they were read: one that began before
the last applied one ended is superseded (read again), and a regress (`domain/regress.py`: paid
turning open, ...) counts only when a second reading at least REGRESS_CONFIRM later says the same
(design section 3, Facts).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

from rowcol.domain.allocation import AllocationTarget
from rowcol.domain.bill import Bill, Decision, DecisionState, WishState
from rowcol.domain.facts import RailBill, RailState
from rowcol.domain.lifecycle import NOT_LIVE, By, Status, Trigger
from rowcol.domain.link import Link
from rowcol.domain.payment import Payment, Step
from rowcol.domain.regress import regresses
from rowcol.domain.reserve import ReserveState
from rowcol.domain.scope import Actor, ActorKind, Scope, key_of
from rowcol.service.allocations import allocated_to
from rowcol.service.auto_stage import auto_stage
from rowcol.service.bill_reads import read_for
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.hold import START_WITHIN, must_move, restarted
from rowcol.service.hygiene.bills import follow_bill
from rowcol.service.over_allocated import compare_allocated
from rowcol.service.payment_facts import follow_ended, follow_payment
from rowcol.service.rail_agreement import compare_dates, going_to_pay, same_reading, unknown_state
from rowcol.service.recurrences.attach import attach
from rowcol.service.reserves import end_reserve, open_reserve, resize
from rowcol.service.stopping import carries_date, progress, stop_rail
from rowcol.service.tray import close_item
from rowcol.service.vendors import note_waiting, observe_vendor
from rowcol.service.wake_up import wake_at

RAMP = Actor(ActorKind.RAIL, "ramp")
REGRESS_CONFIRM = timedelta(seconds=60)
READS_MAX = 3


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
        applied = record_reading(change, reading)
        if applied is Applied.APPLIED:
            auto_stage(environment, change, reading.bill_id)
        return applied

    result = transact(
        environment.store,
        environment.surroundings,
        scope,
        RAMP,
        plan,
        reads={Bill: (reading.bill_id,)},
    )
    assert isinstance(result, Applied)  # this plan never refuses and has no command
    return result


def record_reading(change: Change, reading: RailBill) -> Applied:
    """Put a reading into a change that may hold more."""
    bill = change.get(Bill, reading.bill_id)
    if bill is not None:
        reading = _with_known_trace(bill.rail, reading)
        if same_reading(bill.rail, reading):
            return _confirm_unchanged(change, bill, reading)
        if reading.read.began_at < bill.rail.read.ended_at:
            return Applied.SUPERSEDED
        if regresses(bill.rail.state, reading.state):
            unconfirmed = _suspect(change, bill, reading)
            if unconfirmed:
                return Applied.UNCONFIRMED
    _follow(change, bill, reading)
    return Applied.APPLIED


def says_nothing_new(bill: Bill, reading: RailBill) -> bool:
    """Whether a reading says of a bill what is known, so that applying it would write nothing."""
    return bill.regress_seen_at is None and same_reading(
        bill.rail, _with_known_trace(bill.rail, reading)
    )


def record_answer(change: Change, reading: RailBill) -> None:
    """Record the reading of a command's answer: its payment follows what the bill knows by now.

    The bill may have been read before the payment could follow it, or again since.
    """
    if record_reading(change, reading) in (Applied.UNCHANGED, Applied.SUPERSEDED):
        bill = change.get(Bill, reading.bill_id)
        assert bill is not None  # only a bill that is known is unchanged or superseded
        _follow(change, bill, bill.rail)


def follow_as_asked(change: Change, payment: Payment, bill: Bill) -> None:
    """A held payment that Ramp has begun to pay as asked follows it; nothing is sent anew."""
    admin = payment.status is Status.ADMIN_HOLD
    trigger = Trigger.ADMIN_LIFT_TODAY if admin else Trigger.SYSTEM_LIFT_TODAY
    lifted = must_move(payment, trigger, By.ADMIN if admin else By.SYSTEM)
    custody = restarted(payment.custody, Step.AWAIT_RAIL)
    lifted = replace(lifted, custody=custody, due=change.now + START_WITHIN)
    change.put(lifted)
    change.state("payment.lifted", payment=lifted, source=payment.status, target=lifted.status)
    close_item(change, f"payment-{payment.id}", "held", "Ramp pays it as it was asked")
    _follow(change, bill, bill.rail)


def _with_known_trace(known: RailBill, reading: RailBill) -> RailBill:
    """Only the single read shows the vendor's trace id: a list that lacks it takes nothing back."""
    before, now = known.payment, reading.payment
    if before is None or now is None or before.payment_id != now.payment_id or now.vendor_trace_id:
        return reading
    if before.vendor_trace_id == now.vendor_trace_id:
        return reading
    return replace(reading, payment=replace(now, vendor_trace_id=before.vendor_trace_id))


def _confirm_unchanged(change: Change, bill: Bill, reading: RailBill) -> Applied:
    """The same as before: a regress suspected before it was read is over, nothing else is new."""
    seen = bill.regress_seen_at
    if seen is not None and reading.read.began_at > seen:
        kept = replace(bill, regress_seen_at=None, due=None)
        change.put(kept)
        change.state("bill.regress_withdrawn", bill=kept)
    return Applied.UNCHANGED


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
        approved_seen_at=_approved_seen_at(change, known, reading),
        regress_seen_at=None,
        due=wake_at(fresh, change.client.zone) if fresh.regress_seen_at else fresh.due,
    )
    _link(change, bill)
    read_for(change, known, bill)
    observe_vendor(change, known, bill)
    payment = change.get(Payment, bill.live_payment_id) if bill.live_payment_id else None
    if payment is not None:
        if (
            known is not None
            and known.amount != reading.amount
            and payment.status in (Status.SCHEDULED, Status.PENDING)
        ):
            bill = resize(change, bill, reading.amount)
        payment = follow_payment(change, payment, bill)
        note_waiting(change, payment, bill)
        bill = stop_rail(change, bill, payment)
        if payment.status in NOT_LIVE:
            bill = _freed(change, bill, payment)
    elif (attached := attach(change, bill)) is not None:
        bill, payment = attached
    else:
        bill = _follow_undecided(change, bill)
        _tell_ended(change, known, bill)
    bill = _confirm_delay(change, bill)
    change.put(bill)
    change.state("bill.reported", bill=bill)
    if known is not None and known.amount != reading.amount:
        compare_allocated(change, bill, allocated_to(change, AllocationTarget.BILL, bill.id))
    if bill.command is not None and not carries_date(reading):
        close_item(change, f"bill-{bill.id}", "clear_refused", "Ramp shows no date any more")
    progress(change, bill.live_payment_id)
    bill = change.get(Bill, bill.id) or bill
    payment = change.get(Payment, bill.live_payment_id) if bill.live_payment_id else None
    compare_dates(change, bill, payment)
    unknown_state(change, bill)
    follow_bill(change, known, bill)


def _approved_seen_at(change: Change, known: Bill | None, reading: RailBill) -> datetime | None:
    """Since when it is seen approved; of a bill that was so before this was kept nobody knows."""
    if not reading.approved:
        return None
    return known.approved_seen_at if known is not None and known.rail.approved else change.now


def _tell_ended(change: Change, known: Bill | None, bill: Bill) -> None:
    """Another state of the bill is told to its last payment, until somebody decides it anew."""
    if known is None or known.rail.state is bill.rail.state or not bill.payment_ids:
        return
    last = change.get(Payment, bill.payment_ids[-1])
    if last is not None and (bill.decision is None or bill.decision.id == last.decision_id):
        follow_ended(change, last, bill.rail)


def _freed(change: Change, bill: Bill, payment: Payment) -> Bill:
    """The rail refused its payment for good: its decision is over, the bill free again."""
    decision = bill.decision
    if decision is not None and decision.id == payment.decision_id:
        bill = replace(bill, decision=replace(decision, state=DecisionState.REFUSED))
    bill = replace(bill, live_payment_id=None)
    return end_reserve(change, bill, ReserveState.RELEASED, payment.status.value)


def _link(change: Change, bill: Bill) -> None:
    if bill.rail.ledger_bill_id is None:
        return
    link_id = key_of("qbo-bill", bill.rail.ledger_bill_id)
    if change.get(Link, link_id) is None:
        change.put(Link(link_id, 0, bill.id))


def _follow_undecided(change: Change, bill: Bill) -> Bill:
    """Reserve what Ramp is going to pay undecided; give back what it no longer will."""
    reading = bill.rail
    if going_to_pay(reading):
        assert reading.payment is not None  # going_to_pay says so
        assert reading.payment.planned_on is not None  # and this
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
