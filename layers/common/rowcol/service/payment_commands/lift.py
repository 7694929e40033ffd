"""A person lifts a hold, as far as the table of holds lets them: checked again, never flipped."""

from __future__ import annotations

from dataclasses import dataclass, replace

from rowcol.domain.bill import Bill
from rowcol.domain.calendar import BANK_ZONE, local_date
from rowcol.domain.facts import RailState
from rowcol.domain.holds import CALLED_BACK, HoldRule, Lifter, rule_of
from rowcol.domain.lifecycle import By
from rowcol.domain.payment import Hold, Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import ActorKind
from rowcol.domain.shown import ABOUT_MONEY, EvidenceKind, Given, shown
from rowcol.domain.vendor_learning import account_shown
from rowcol.service.call_back_kept import keep_call_back
from rowcol.service.change import Change
from rowcol.service.decision_rules import no_date_lever
from rowcol.service.environment import Environment
from rowcol.service.fraud import call_back_refusal, hands_on
from rowcol.service.limits import beyond_limits
from rowcol.service.payment_commands.asking import (
    Found,
    cancel_pending,
    find_on_rail,
    now_of,
    unanswered,
    with_evidence,
    wrong_state,
)
from rowcol.service.payment_facts import changed_details
from rowcol.service.rail_facts import follow_as_asked
from rowcol.service.second_hand import alone
from rowcol.service.stopping import TAKEN, let_go
from rowcol.service.wishes import RAMP_LINK

_HELD_THERE = frozenset({RailState.ON_HOLD, RailState.BLOCKED, RailState.HELD_BY_PROVIDER})
_LIMITS = frozenset({Code.LIMIT_TRANSACTION, Code.LIMIT_DAILY})
# Somebody, or the rail, said stop: where two people decide, one does not undo it alone.
_GUARDS = frozenset({Code.PAID_OUTSIDE, Code.ROUTE_INVALID})
_BY_PEOPLE = frozenset({Lifter.SYSTEM, Lifter.APPROVER, Lifter.SECOND_PERSON, Lifter.ADMIN})


@dataclass(frozen=True, slots=True)
class Lift:
    """Who lifts (ADMIN, or PERSON for whoever may only decide), and what they show.

    `account_id`: the vendor's account that the call was about, as Ramp names it.
    """

    by: By
    evidence: Given | None = None
    account_id: str | None = None


def lift(
    environment: Environment, change: Change, payment_id: str, wish: Lift
) -> Payment | Refusal:
    """Out of the hold: Pending and checked at once when its day has come, else Scheduled.

    While Ramp carries a date it stays held (`date_clearing`) until that is off. When Ramp has taken
    the money by our own date meanwhile, the payment follows it instead.
    Refused: `not_found`, `wrong_state`, `forbidden`, `same_person`, `second_person_required`,
    `already_asked`,
    `outcome_unknown`, `evidence_required`, `bill_not_open`, `rail_refused`, `bill_changed`,
    `bank_details_changed`, `no_bill`, `capability_missing`; of a hold for limits also these.
    """
    found = find_on_rail(change, payment_id, "lifted")
    if isinstance(found, Refusal):
        return found
    payment, bill, held = found.payment, found.bill, found.payment.hold
    if held is None:
        return wrong_state(payment, "lifted")
    rule = rule_of(held.kind)
    refused = _not_theirs(change, found, held, rule, wish.by)
    refused = refused or cancel_pending(payment) or unanswered(found, clears_too=True)
    if refused is not None:
        return refused
    if rule.needs_evidence:
        kinds = {EvidenceKind.CALL_BACK} if rule.lifter is Lifter.SECOND_PERSON else ABOUT_MONEY
        evidence = shown(wish.evidence, kinds, change.actor.id, change.now)
        if isinstance(evidence, Refusal):
            return evidence
        payment = with_evidence(payment, evidence)
    if bill is not None and payment.command is not None and bill.rail.state in TAKEN:
        follow_as_asked(change, payment, bill)
        return now_of(change, payment_id)
    refused = _another_account(bill, wish)
    if refused is not None:
        return refused
    if bill is not None and rule.kind == Code.BANK_DETAILS_CHANGED:
        bill = _account_approved(change, bill)
    if bill is not None and rule.kind in CALLED_BACK and wish.evidence is not None:
        keep_call_back(environment, change, payment, bill, wish.evidence)
    refused = _still_there(change, payment, bill)
    if refused is None and bill is not None and rule.kind in CALLED_BACK:
        refused = call_back_refusal(change, bill, payment)
    if refused is not None:
        return refused
    let_go(change, payment, bill, f"lifted by {change.actor.id}")
    return now_of(change, payment_id)


def _not_theirs(change: Change, found: Found, held: Hold, rule: HoldRule, by: By) -> Refusal | None:
    """Who may lift this kind, by the table."""
    if rule.lifter not in _BY_PEOPLE:
        unknown = held.kind == Code.OUTCOME_UNKNOWN
        return Refusal(
            Code.OUTCOME_UNKNOWN if unknown else Code.WRONG_STATE,
            f"nobody lifts a hold for {held.kind}: {rule.lifting or rule.remedy}",
            {"hold": held.kind, "lifter": rule.lifter.value},
            remedy=rule.remedy,
        )
    if rule.lifter is Lifter.ADMIN and by is not By.ADMIN:
        return Refusal(
            Code.FORBIDDEN,
            f"a hold for {held.kind} is lifted by a releaser, client owner or firm admin",
            {"hold": held.kind, "lifter": rule.lifter.value},
        )
    if rule.lifter is Lifter.ADMIN or rule.kind in _GUARDS:
        return alone(change, found.bill, found.payment)
    if rule.lifter is not Lifter.SECOND_PERSON:
        return None
    if change.actor.kind is not ActorKind.PERSON:
        return Refusal(
            Code.SECOND_PERSON_REQUIRED,
            "a machine calls nobody back",
            {"hold": held.kind},
            remedy=f"a person: {rule.remedy}",
        )
    if change.actor.hands in hands_on(found.bill, found.payment):
        return Refusal(
            Code.SAME_PERSON,
            "who had a hand in staging or deciding it cannot be the one to lift this hold",
            {"hold": held.kind},
            remedy=f"another person: {rule.remedy}",
        )
    return None


def _another_account(bill: Bill | None, wish: Lift) -> Refusal | None:
    """Refuse a call about an account that is no longer the one to be paid."""
    shown_now = account_shown(bill.rail) if bill is not None else None
    if wish.account_id is None or wish.account_id == shown_now:
        return None
    return Refusal(
        Code.BANK_DETAILS_CHANGED,
        "this is not the account that is to be paid: it changed, or was another",
        {"asked_about": wish.account_id, "account": shown_now},
        remedy="call the vendor about the account shown now",
    )


def _account_approved(change: Change, bill: Bill) -> Bill:
    """The vendor was called back: the account that the bill shows is the approved one."""
    account = bill.rail.payment.vendor_account_id if bill.rail.payment else None
    bill = replace(bill, vendor_account_id_approved=account or bill.vendor_account_id_approved)
    change.put(bill)
    change.state("bill.account_approved", bill=bill)
    return bill


def _still_there(change: Change, payment: Payment, bill: Bill | None) -> Refusal | None:
    """What would put it on hold again at once is told instead."""
    if bill is None:
        if payment.pay_on > local_date(change.now, BANK_ZONE):
            return None
        return Refusal(Code.NO_BILL, "its day has come and no bill of the vendor is there for it")
    rail = bill.rail
    if not bill.is_open or rail.state is RailState.PROCESSING:
        return Refusal(
            Code.BILL_NOT_OPEN,
            f"the bill is {rail.raw_state} in Ramp",
            {"state": rail.raw_state},
            remedy="cancel the payment",
            link=RAMP_LINK,
        )
    if rail.state in _HELD_THERE:
        return Refusal(
            Code.RAIL_REFUSED,
            f"Ramp holds it: {rail.raw_state}",
            {"state": rail.raw_state},
            remedy="lift the hold in Ramp first",
            link=RAMP_LINK,
        )
    changed = changed_details(payment, bill)
    if changed is not None:
        kind, words = changed
        return Refusal(Code(kind), words, remedy=rule_of(kind).remedy)
    refused = no_date_lever(change)
    held_for_limits = payment.hold is not None and payment.hold.kind in _LIMITS
    return refused or (beyond_limits(change, payment) if held_for_limits else None)
