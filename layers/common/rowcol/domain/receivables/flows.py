"""Payouts on their way as money to come in, for the runway."""

from __future__ import annotations

from datetime import date

from rowcol.domain.calendar import next_bank_day
from rowcol.domain.receivables.objects import PayoutState
from rowcol.domain.receivables.payout_record import PayoutRecord, PayoutStanding
from rowcol.domain.runway import Certainty, Flow, FlowKind, LeftOut

_LEFT = frozenset({PayoutState.IN_TRANSIT, PayoutState.PAID})


def payout_flow(
    record: PayoutRecord, currency: str, seen_on: date | None, first: date
) -> Flow | LeftOut | None:
    """What a payout brings. None for one that has arrived, came back, or has no amount yet.

    `seen_on`: the day of the balance that the line begins with. One that was to arrive by then may
    be in that balance: it is left out until the bank shows its line.
    """
    amount, arrives_on = record.amount, record.payout.arrives_on
    is_coming = record.standing in (PayoutStanding.EXPECTED, PayoutStanding.MISSING)
    if amount is None or amount.minor <= 0 or arrives_on is None or not is_coming:
        return None
    label = f"Stripe payout {record.payout.id}"
    if amount.currency != currency:
        because = f"it is in {amount.currency}, the books are in {currency}"
        return LeftOut(record.id, label, amount, because)
    if arrives_on < first or (seen_on is not None and arrives_on <= seen_on):
        because = f"it was to arrive on {arrives_on}: the balance may hold it already"
        return LeftOut(record.id, label, amount, because)
    is_sent = record.payout.state in _LEFT
    return Flow(
        record.id,
        FlowKind.PAYOUT,
        next_bank_day(arrives_on),
        amount,
        Certainty.FIRM if is_sent else Certainty.LIKELY,
        label,
        f"Stripe says it is {record.payout.state.value}, to arrive on {arrives_on}",
        arrives_on,
        movable=False,
    )
