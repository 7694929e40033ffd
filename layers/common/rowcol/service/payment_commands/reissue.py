"""A check that is lost or stale is stopped, and another payment takes its place."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rowcol.domain.bill import Bill, DecisionState
from rowcol.domain.calendar import BANK_ZONE, local_date
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import By, Trigger, move
from rowcol.domain.payment import (
    Custody,
    Payment,
    Posting,
    Step,
    Verification,
    moved,
)
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.shown import EvidenceKind, Given, shown
from rowcol.domain.verdict import Expectation
from rowcol.service.change import Change
from rowcol.service.decision_rules import no_date_lever
from rowcol.service.ending import close_items_of, without_custody
from rowcol.service.environment import Environment
from rowcol.service.hold import START_WITHIN
from rowcol.service.limits import counted_days
from rowcol.service.payment_commands.asking import (
    Found,
    find,
    now_of,
    unanswered,
    with_evidence,
)
from rowcol.service.reserves import cover, open_reserve
from rowcol.service.route_request import routed
from rowcol.service.second_hand import alone
from rowcol.service.stopping import carries_date
from rowcol.service.wishes import RAMP_LINK

REFERENCE_LENGTH_MAX = 64


@dataclass(frozen=True, slots=True)
class Reissue:
    """The stop payment as evidence; `reference`: the number of the new check, for records."""

    evidence: Given | None = None
    reference: str | None = None


def reissue(
    environment: Environment, change: Change, payment_id: str, wish: Reissue
) -> Payment | Refusal:
    """ReIssued. Gives the new payment: `replaces` and `replaced_by` point at each other.

    On the rail only when bill and ledger show that it can be paid again; the new payment is Pending
    and checked like any other. A record gets a record of the new check, of today.
    Refused: `not_found`, `wrong_state`, `evidence_required`, `invalid_input`, `bill_not_open`,
    `live_payment_exists`, `bill_changed`, `outcome_unknown`, `capability_missing`,
    `second_person_required`, `same_person`.
    """
    found = find(change, payment_id)
    if isinstance(found, Refusal):
        return found
    allowed = moved(found.payment, Trigger.STOPPED_CHECK_REPLACED, By.ADMIN)
    if isinstance(allowed, Refusal):
        return allowed
    evidence = shown(wish.evidence, {EvidenceKind.STOP_PAYMENT}, change.actor.id, change.now)
    if isinstance(evidence, Refusal):
        return evidence
    if wish.reference is not None and len(wish.reference) > REFERENCE_LENGTH_MAX:
        return Refusal(
            Code.INVALID_INPUT,
            f"a reference has at most {REFERENCE_LENGTH_MAX} characters",
            {"field": "reference", "characters_max": REFERENCE_LENGTH_MAX},
        )
    refused = _not_payable(change, found) if found.payment.commands_rail else None
    if refused is not None:
        return refused
    fresh = _replacement(environment, change, found, wish)
    ended = replace(with_evidence(allowed.payment, evidence), replaced_by=fresh.id)
    ended = without_custody(ended)
    change.put(ended)
    change.state("payment.stopped_check_replaced", payment=ended)
    close_items_of(change, ended, "another payment takes its place")
    if found.bill is None:
        change.put(fresh)
        change.state("payment.replaces", payment=fresh)
    else:
        _take_place(change, found.bill, fresh)
    return now_of(change, fresh.id)


def _not_payable(change: Change, found: Found) -> Refusal | None:
    """Whether Ramp and the ledger show that the bill can be paid again; else what to do."""
    bill, payment = found.bill, found.payment
    if bill is None:
        return Refusal(Code.NO_BILL, "the payment has no bill that could be paid again")
    if bill.live_payment_id not in (None, payment.id):
        return Refusal(
            Code.LIVE_PAYMENT_EXISTS,
            "the bill has another live payment",
            {"payment": bill.live_payment_id},
        )
    rail = bill.rail
    if not bill.is_open or rail.state is RailState.PROCESSING or carries_date(rail):
        return Refusal(
            Code.BILL_NOT_OPEN,
            f"the bill is {rail.raw_state} in Ramp: it cannot be paid again yet",
            {"state": rail.raw_state},
            remedy="have the check voided in Ramp, with no new date; then ask again",
            link=RAMP_LINK,
        )
    if (bill.amount, rail.vendor_id) != (payment.amount, payment.counterparty_id):
        return Refusal(
            Code.BILL_CHANGED,
            f"{payment.amount} to {payment.counterparty_name} was decided; the bill is now"
            f" {bill.amount} to {rail.vendor_name}",
            {"decided": payment.amount, "amount": bill.amount},
            remedy="reverse the payment with evidence; then decide the bill as it is now",
        )
    booked = payment.ledger.bill if payment.ledger is not None else None
    if booked is not None and booked.balance < payment.amount:
        return Refusal(
            Code.BILL_NOT_OPEN,
            f"the ledger shows only {booked.balance} of {payment.amount} open",
            {"balance": booked.balance, "amount": payment.amount},
            remedy="void the check's BillPayment in QuickBooks; then ask again",
        )
    refused = unanswered(found, clears_too=True) or no_date_lever(change)
    return refused or alone(change, bill, payment)


def _replacement(environment: Environment, change: Change, found: Found, wish: Reissue) -> Payment:
    """The new payment: the same in all that was decided, nothing of what happened since."""
    old, bill = found.payment, found.bill
    on_rail = old.commands_rail
    created = move(None, Trigger.REPLACEMENT_NOW if on_rail else Trigger.RECORDED)
    assert created is not None  # the table creates both
    day = local_date(change.now, BANK_ZONE if on_rail else change.client.zone)
    reference = (wish.reference or "").strip() or None
    fresh = Payment(
        environment.surroundings.ids.new("pay"),
        0,
        old.bill_id,
        old.counterparty_id,
        old.counterparty_name,
        old.invoice_number,
        old.amount,
        created.target,
        Custody(Step.REFRESH_BALANCE, 1) if on_rail else Custody(Step.DONE, 0),
        replace(old.expectation, released_on=day),
        change.now,
        change.actor.id,
        old.decision_id,
        day,
        type=old.type,
        origin=old.origin,
        posting=Posting.DRAFT,
        verification=Verification.AWAITING,
        allocations=old.allocations,
        method=old.method if not on_rail else None,
        reference=reference if not on_rail else None,
        memo=old.memo,
        to_account_id=old.to_account_id,
        replaces=old.id,
        recurrence_id=old.recurrence_id,
        occurrence_on=old.occurrence_on,
        created_hands=change.actor.responsible_id,
    )
    if not on_rail or bill is None:
        return fresh
    source = bill.rail.payment.source_account_id if bill.rail.payment else None
    expectation = Expectation(
        bill.amount,
        bill.rail.vendor_ledger_id,
        change.client.bank_account_of(source),
        change.client.ledger_bank_account_id,
        day,
    )
    fresh = replace(
        fresh,
        amount=bill.amount,
        expectation=expectation,
        rail=bill.rail,
        due=change.now + START_WITHIN,
        counted=counted_days(change, day),
    )
    return routed(change.client, fresh, change.now)


def _take_place(change: Change, bill: Bill, fresh: Payment) -> None:
    """The bill's live payment is the new one: decision, reserve and history follow."""
    decision = bill.decision
    if decision is not None and decision.id == fresh.decision_id:
        checking = replace(
            decision, state=DecisionState.CHECKING, payment_id=fresh.id, pay_on=fresh.pay_on
        )
        bill = replace(bill, decision=checking)
    bill = replace(bill, live_payment_id=fresh.id, payment_ids=(*bill.payment_ids, fresh.id))
    bill = cover(change, open_reserve(change, bill, fresh.pay_on, observed=False))
    change.put(bill)
    change.put(fresh)
    change.state("payment.replaces", payment=fresh, bill=bill)
