"""Join the vendor's next approved bill to the occurrence that waits for it.

Who made the recurrence has decided it in advance; what a decision checks is checked here, and what
fails becomes a hold with its reason, never a silent payment. A bill that more people must agree to
than agreed to the recurrence is left to people.
"""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.bill import Bill, Decision, DecisionAction, DecisionState, RailCommand
from rowcol.domain.calendar import BANK_ZONE, local_date
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import By, Status, Trigger
from rowcol.domain.link import Link
from rowcol.domain.payable import payable_of
from rowcol.domain.payment import Payment, Step
from rowcol.domain.permission import Permission
from rowcol.domain.recurrence import Recurrence, RecurrenceState, VendorRecurrences
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.requirements import Requirements
from rowcol.domain.scope import Member, key_of
from rowcol.domain.verdict import Expectation
from rowcol.service.change import Change
from rowcol.service.hold import START_WITHIN, hold, must_move, restarted
from rowcol.service.limits import beyond_limits
from rowcol.service.rail_agreement import going_to_pay
from rowcol.service.recurrences.occurrences import release_at
from rowcol.service.reserves import cover, open_reserve
from rowcol.service.rights import rights_as
from rowcol.service.route_request import routed
from rowcol.service.staging_rules import requirements_at_staging
from rowcol.service.tray import close_item
from rowcol.service.wishes import CLEAR_DATE


def attach(change: Change, bill: Bill) -> tuple[Bill, Payment] | None:
    """The bill and the occurrence it now belongs to, both put; None when none waits for it.

    One more read for bills that nobody has decided, more only for vendors with recurrences.
    """
    if not attachable(bill):
        return None
    found = _waiting(change, bill)
    if found is None:
        return None
    recurrence, payment = found
    if not _stand_behind(change, recurrence):
        return None
    demanded = standing(change, bill, recurrence)
    return attach_to(change, bill, payment, recurrence, demanded) if demanded is not None else None


def standing(change: Change, bill: Bill, recurrence: Recurrence) -> Requirements | None:
    """What the client's rules demand of the bill; None where the recurrence is no answer to it.

    Rules and threshold are those of now. Nobody is there to show a second factor; a call-back is
    looked for at release.
    """
    demanded = requirements_at_staging(change, bill)
    if isinstance(demanded, Refusal) or demanded.step_up:
        return None
    threshold = change.client.dual_control_from
    two = demanded.second_person or (threshold is not None and not bill.amount < threshold)
    return None if two and not recurrence.has_two else demanded


def _stand_behind(change: Change, recurrence: Recurrence) -> bool:
    """Whether those who agreed to it may still decide: else their word pays nothing new.

    Two reads in the firm's books for a person, some more for one with sets or a machine.
    """
    assert change.limits is not None  # every change that is to be written has it
    firm, client = change.limits.firm, change.scope.client
    for name in (recurrence.created_by, recurrence.approved_by):
        member = firm.get(Member, name) if name is not None else None
        if member is not None and not rights_as(firm, member).may(Permission.DECIDE, client):
            return False
    return True


def attachable(bill: Bill) -> bool:
    """Whether an occurrence may take the bill: open, and nobody has decided it."""
    undecided = bill.decision is None and bill.live_payment_id is None
    return undecided and bill.is_open and bill.rail.state is not RailState.PROCESSING


def vendor_key(vendor_id: str) -> str:
    """The id under which a vendor's recurrences are found."""
    return key_of("vendor", vendor_id)


def _waiting(change: Change, bill: Bill) -> tuple[Recurrence, Payment] | None:
    """The earliest occurrence without a bill whose amount fits; ties by payment id."""
    if not bill.rail.vendor_id:
        return None
    known = change.get(VendorRecurrences, vendor_key(bill.rail.vendor_id))
    found: list[tuple[Recurrence, Payment]] = []
    for recurrence_id in known.recurrence_ids if known else ():
        recurrence = change.get(Recurrence, recurrence_id)
        if recurrence is None or recurrence.state is not RecurrenceState.ACTIVE:
            continue
        if recurrence.terms.tolerance.allows(recurrence.terms.amount, bill.amount):
            for name in recurrence.payment_ids:
                payment = change.get(Payment, name)
                if payment is not None and _waits(payment):
                    found.append((recurrence, payment))
    return min(found, key=lambda pair: (pair[1].pay_on, pair[1].id), default=None)


def _waits(payment: Payment) -> bool:
    if payment.bill_id is not None:
        return False
    held = payment.hold is not None and payment.hold.kind == Code.NO_BILL
    return payment.status is Status.SCHEDULED or held


def attach_to(
    change: Change,
    bill: Bill,
    payment: Payment,
    recurrence: Recurrence,
    demanded: Requirements,
) -> tuple[Bill, Payment]:
    """Give an occurrence its bill: a decision in its approver's name, and a reserve."""
    today = local_date(change.now, BANK_ZONE)
    late = payment.pay_on <= today
    source = bill.rail.payment.source_account_id if bill.rail.payment else None
    client = change.client
    decision = Decision(
        f"dec_{payment.id.removeprefix('pay_')}",
        DecisionState.CHECKING if late else DecisionState.QUEUED,
        recurrence.created_by,
        change.now,
        DecisionAction.SCHEDULE,
        payment.pay_on,
        decided_by=recurrence.approved_by or recurrence.created_by,
        decided_at=change.now,
        payment_id=payment.id,
        requirements=demanded,
        staged_hands=recurrence.proposer,
        decided_hands=recurrence.approved_hands or recurrence.approved_by or recurrence.proposer,
        amount=bill.amount,
        # What the recurrence agreed to: the bill as another needs everybody's yes anew.
        staged_for=payable_of(bill.rail),
        decided_for=payable_of(bill.rail),
    )
    payment = replace(
        payment,
        bill_id=bill.id,
        decision_id=decision.id,
        counterparty_name=bill.rail.vendor_name,
        invoice_number=bill.rail.invoice_number,
        amount=bill.amount,
        expectation=Expectation(
            bill.amount,
            bill.rail.vendor_ledger_id,
            client.bank_account_of(source),
            client.ledger_bank_account_id,
            payment.pay_on,
        ),
        rail=bill.rail,
    )
    payment = routed(client, payment, change.now)
    bill = replace(
        bill,
        decision=decision,
        live_payment_id=payment.id,
        payment_ids=(*bill.payment_ids, payment.id),
    )
    bill = cover(change, open_reserve(change, bill, max(payment.pay_on, today), observed=False))
    payment = _released(change, payment, late=late)
    bill = _without_rail_date(change, bill, payment)
    change.put(Link(decision.id, 0, bill.id))
    change.put(bill)
    change.put(payment)
    change.state("payment.attached", payment=payment, bill=bill, recurrence_id=recurrence.id)
    if "payment_date" in client.missing_capabilities:
        payment = hold(
            change,
            payment,
            Code.CAPABILITY_MISSING,
            "this Ramp account does not let RowCol set payment dates",
            Trigger.SYSTEM_HOLD,
        )
    elif (refused := beyond_limits(change, payment)) is not None:
        daily = refused.code is Code.LIMIT_DAILY
        kind = Code.LIMIT_DAILY if daily else Code.LIMIT_TRANSACTION
        payment = hold(change, payment, kind, refused.detail, Trigger.SYSTEM_HOLD)
    return bill, payment


def _released(change: Change, payment: Payment, *, late: bool) -> Payment:
    """One that was held for want of a bill goes on; one whose day has come is checked at once."""
    if payment.hold is None:
        return replace(payment, due=release_at(payment.pay_on))
    close_item(change, f"payment-{payment.id}", "held", "the vendor's bill is there")
    if not late:
        lifted = must_move(payment, Trigger.SYSTEM_LIFT_LATER, By.SYSTEM)
        return replace(lifted, due=release_at(payment.pay_on))
    lifted = must_move(payment, Trigger.SYSTEM_LIFT_TODAY, By.SYSTEM)
    custody = restarted(lifted.custody, Step.REFRESH_BALANCE)
    return replace(lifted, custody=custody, due=change.now + START_WITHIN)


def _without_rail_date(change: Change, bill: Bill, payment: Payment) -> Bill:
    """A date that the bill carries at Ramp is not the occurrence's: asked to be cleared."""
    if not going_to_pay(bill.rail):
        return bill
    command = RailCommand(f"cmd_{payment.id}_attached", CLEAR_DATE, change.now)
    return replace(bill, command=command, due=change.now + START_WITHIN)
