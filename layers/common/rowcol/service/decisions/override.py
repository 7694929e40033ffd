"""Override the guardrail for one bill: one person asks with a reason, another one approves.

An approved override covers the bill's reserve, names itself in it, and ends with its bank day; the
payment's release cites it. Everything else is checked as ever.
"""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.bill import Bill, DecisionState
from rowcol.domain.calendar import BANK_ZONE, end_of_day, local_date, next_bank_day
from rowcol.domain.guardrail import Allowed, covers
from rowcol.domain.override import Override
from rowcol.domain.payment import Payment
from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import ActorKind
from rowcol.service.change import Change
from rowcol.service.decide import REASON_LENGTH_MAX
from rowcol.service.decisions.second_person import first_stands
from rowcol.service.environment import Environment
from rowcol.service.hold import go_on, looked_at_again
from rowcol.service.reserves import cover_by_override
from rowcol.service.second_factor import second_factor_refusal
from rowcol.service.tray import close_item
from rowcol.service.wishes import Outcome

_OVER = frozenset({DecisionState.REFUSED, DecisionState.WITHDRAWN})


def ask_override(
    environment: Environment, change: Change, bill_id: str, reason: str
) -> Outcome | Refusal:
    """Ask that this bill be paid though cash does not cover it; an earlier question is replaced.

    Refused: `not_found`, `not_staged`, `invalid_input` without a reason, `wrong_state` when the
    guardrail has nothing against it.
    """
    bill = change.get(Bill, bill_id)
    if bill is None:
        return Refusal(Code.NOT_FOUND, "no such bill")
    held = bill.open_reserve
    if held is None or held.observed or bill.decision is None or bill.decision.state in _OVER:
        return Refusal(
            Code.NOT_STAGED, "nothing is earmarked for this bill", remedy="stage it first"
        )
    if not reason.strip():
        return Refusal(Code.INVALID_INPUT, "an override needs a reason", {"field": "reason"})
    if held.covered or not change.client.guardrail.enabled:
        return Refusal(Code.WRONG_STATE, "cash covers this bill: nothing is to be overridden")
    against = covers(change.client, change.head, held.amount, change.now)
    if isinstance(against, Allowed):
        return Refusal(
            Code.WRONG_STATE,
            "cash covers this bill now: nothing is to be overridden",
            against.numbers,
            remedy="decide it, or lift its payment's hold",
        )
    day = next_bank_day(local_date(change.now, BANK_ZONE))
    asked = Override(
        environment.surroundings.ids.new("ovr"),
        bill.amount,
        reason.strip()[:REASON_LENGTH_MAX],
        change.actor.id,
        change.actor.hands,
        change.now,
        end_of_day(day, BANK_ZONE),
        {**against.numbers, "code": against.code},
    )
    bill = replace(bill, override=asked)
    change.put(bill)
    change.state("override.asked", bill=bill)
    return Outcome(bill)


def approve_override(
    environment: Environment, change: Change, bill_id: str, override_id: str
) -> Outcome | Refusal:
    """Another person's yes, with a second factor shown just now. A held payment goes on.

    Refused: `not_found`, `no_pending_change`, `second_person_required` for a machine,
    `same_person`, `step_up_required`, `bill_changed`, `not_staged`, `forbidden` when who asked has
    lost the right to.
    """
    found = _waiting(change, bill_id, override_id)
    if isinstance(found, Refusal):
        return found
    bill, asked = found
    refused = (
        _not_another(change, asked)
        or second_factor_refusal(change.actor, change.now, "an override of the guardrail")
        or first_stands(environment, change, asked.asked_by, Permission.DECIDE)
    )
    if refused is not None:
        return refused
    if asked.amount != bill.amount:
        return Refusal(
            Code.BILL_CHANGED,
            f"the bill is {bill.amount} now, the override was asked for {asked.amount}",
            {"asked": asked.amount, "amount": bill.amount},
            remedy="ask again",
        )
    if bill.open_reserve is None:
        return Refusal(Code.NOT_STAGED, "nothing is earmarked for this bill any more")
    approved = replace(
        asked,
        approved_by=change.actor.id,
        approved_hands=change.actor.hands,
        approved_at=change.now,
        authenticated_at=change.actor.authenticated_at,
    )
    bill = cover_by_override(change, replace(bill, override=approved))
    change.put(bill)
    change.state("override.approved", bill=bill)
    close_item(change, f"bill-{bill.id}", "reserve_uncovered", "the guardrail was overridden")
    payment = change.get(Payment, bill.live_payment_id) if bill.live_payment_id else None
    if payment is not None and looked_at_again(payment) and not payment.wants_cancelling:
        payment = go_on(change, payment, "the guardrail was overridden")
    return Outcome(change.get(Bill, bill.id) or bill, payment)


def withdraw_override(change: Change, bill_id: str, override_id: str) -> Outcome | Refusal:
    """Take an override back that nobody approved yet; or say no to it. Refused: as it waits."""
    found = _waiting(change, bill_id, override_id)
    if isinstance(found, Refusal):
        return found
    bill = replace(found[0], override=None)
    change.put(bill)
    change.state("override.withdrawn", bill=bill, override=found[1])
    return Outcome(bill)


def _waiting(change: Change, bill_id: str, override_id: str) -> tuple[Bill, Override] | Refusal:
    bill = change.get(Bill, bill_id)
    if bill is None:
        return Refusal(Code.NOT_FOUND, "no such bill")
    asked = bill.override
    if asked is None or asked.id != override_id or not asked.waits(change.now):
        return Refusal(
            Code.NO_PENDING_CHANGE,
            "no such override waits: it was approved, withdrawn, replaced, or its day is over",
            {"asked": override_id, "pending": asked.id if asked is not None else None},
        )
    return bill, asked


def _not_another(change: Change, asked: Override) -> Refusal | None:
    if change.actor.kind is not ActorKind.PERSON:
        return Refusal(Code.SECOND_PERSON_REQUIRED, "a machine never overrides the guardrail")
    if change.actor.hands != asked.asked_hands:
        return None
    return Refusal(
        Code.SAME_PERSON,
        "who asked for an override cannot be the one to approve it",
        {"asked_by": asked.asked_by},
        remedy="another person with the right to override approves it",
    )
