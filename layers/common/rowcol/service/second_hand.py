"""Where two people are needed to decide, one is not enough to cause or hasten the payout later."""

from __future__ import annotations

from collections.abc import Mapping

from rowcol.domain.bill import Bill
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, ActorKind
from rowcol.service.change import Change
from rowcol.service.decisions.second_person import needs_two, not_the_second


def no_last_word(actor: Actor, numbers: Mapping[str, object] | None = None) -> Refusal | None:
    """Refuse a machine, whoever answers for it: the last yes is a person's."""
    if actor.kind is ActorKind.PERSON:
        return None
    detail = "a machine never says the last yes"
    return Refusal(Code.SECOND_PERSON_REQUIRED, detail, numbers or {}, "a person does it")


def alone(change: Change, bill: Bill | None, payment: Payment) -> Refusal | None:
    """Refuse a machine, and who staged the bill or is the only one who took part.

    Refused `second_person_required`, `same_person`; nothing below the client's threshold where no
    rule asks for two people. A payment without its own decision counts as made by who made it.
    """
    decision = bill.decision if bill is not None else None
    if bill is not None and decision is not None and decision.id == payment.decision_id:
        if not needs_two(change, bill, decision):
            return None
        return not_the_second(change, bill, decision)
    threshold = change.client.dual_control_from
    if threshold is None or payment.amount < threshold:
        return None
    numbers = {
        "threshold": threshold,
        "amount": payment.amount,
        "created_by": payment.created_by,
    }
    machine = no_last_word(change.actor, numbers)
    if machine is not None:
        return machine
    if change.actor.hands != payment.maker:
        return None
    return Refusal(
        Code.SAME_PERSON,
        f"from {threshold} on, who made a payment cannot do this with it alone",
        numbers,
        remedy="another person with the right to does it",
    )
