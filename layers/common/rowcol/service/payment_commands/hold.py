"""An admin stops a payment before the rail has taken it; a date that Ramp carries is taken off."""

from __future__ import annotations

from rowcol.domain.holds import ADMIN_HOLD
from rowcol.domain.lifecycle import By, Status, Trigger
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Refusal
from rowcol.service import hold as moves
from rowcol.service.awaiting_release import no_longer_awaited
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.payment_commands.asking import (
    cancel_pending,
    find_on_rail,
    now_of,
    reason_given,
    too_late,
    unanswered,
    wrong_state,
)
from rowcol.service.stopping import stop_rail

HOLDABLE = frozenset({Status.PENDING, Status.SCHEDULED})


def hold(
    environment: Environment, change: Change, payment_id: str, reason: str
) -> Payment | Refusal:
    """Admin Hold, with a reason. The reserve and the asked date stay.

    Refused: `not_found`, `wrong_state`, `too_late`, `already_asked` (a cancel), `outcome_unknown`,
    `invalid_input` (reason).
    """
    found = find_on_rail(change, payment_id, "put on hold")
    if isinstance(found, Refusal):
        return found
    payment, bill = found.payment, found.bill
    refused = too_late(found)
    if refused is None and payment.status not in HOLDABLE:
        refused = wrong_state(payment, "put on hold")
    refused = refused or cancel_pending(payment) or unanswered(found)
    if refused is not None:
        return refused
    words = reason_given(reason)
    if isinstance(words, Refusal):
        return words
    payment = no_longer_awaited(change, payment)
    held = moves.hold(change, payment, ADMIN_HOLD, words, Trigger.ADMIN_HOLD, By.ADMIN)
    if bill is not None:
        stop_rail(change, bill, held, wished=True)
    return now_of(change, payment_id)
