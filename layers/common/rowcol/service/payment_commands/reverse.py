"""A person shows that a payment's money comes back, or is back; of records too: a bounced check."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rowcol.domain.lifecycle import By, Trigger
from rowcol.domain.payment import Payment, moved
from rowcol.domain.refusal import Refusal
from rowcol.domain.shown import ABOUT_MONEY, Given, shown
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.payment_commands.asking import find, now_of, with_evidence
from rowcol.service.reversal import begin_reversal, money_back


class Why(StrEnum):
    """What was seen: the money on its way back, or back."""

    RETURNED = "returned"
    CANCELLED_AFTER_COLLECTION = "cancelled_after_collection"
    MONEY_BACK = "money_back"


_TRIGGERS = {
    Why.RETURNED: Trigger.RETURN_SEEN,
    Why.CANCELLED_AFTER_COLLECTION: Trigger.CANCELLED_AFTER_COLLECTION,
    Why.MONEY_BACK: Trigger.MONEY_BACK,
}


@dataclass(frozen=True, slots=True)
class Reverse:
    """What was seen, and the evidence for it."""

    why: Why
    evidence: Given | None = None


def reverse(
    environment: Environment, change: Change, payment_id: str, wish: Reverse
) -> Payment | Refusal:
    """Processing or Done to Reversing; Reversing to Reversed, by which its bill is free again.

    Refused: `not_found`, `wrong_state`, `evidence_required`, `invalid_input`.
    """
    found = find(change, payment_id)
    if isinstance(found, Refusal):
        return found
    payment, trigger = found.payment, _TRIGGERS[wish.why]
    allowed = moved(payment, trigger, By.ADMIN)
    if isinstance(allowed, Refusal):
        return allowed
    evidence = shown(wish.evidence, ABOUT_MONEY, change.actor.id, change.now)
    if isinstance(evidence, Refusal):
        return evidence
    payment = with_evidence(payment, evidence)
    if wish.why is Why.MONEY_BACK:
        money_back(change, payment, By.ADMIN)
    else:
        begin_reversal(change, payment, trigger, By.ADMIN)
    return now_of(change, payment_id)
