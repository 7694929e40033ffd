"""Take a record's confirmation back: its entries are mirrored, what it paid is open again."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.journal import JournalEntry
from rowcol.domain.payment import Payment, Posting, Verification
from rowcol.domain.posting import standing
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.payment_commands.recording import find_record, period_problem
from rowcol.service.payment_posting import follow_posting
from rowcol.service.record_cash import let_go


def reset_to_draft(environment: Environment, change: Change, payment_id: str) -> Payment | Refusal:
    """The payment as a draft, which keeps its number. Its bank line is looked for anew later.

    Refused: `not_found`, `rail_payment`, `wrong_state` (a draft, or money that came back),
    `period_closed` when one of its entries is in a closed period.
    """
    payment = find_record(change, payment_id, "reset to draft")
    if isinstance(payment, Refusal):
        return payment
    if payment.posting is Posting.DRAFT:
        return Refusal(
            Code.WRONG_STATE, "it is a draft already", {"posting": payment.posting.value}
        )
    for ref in standing(payment).values():
        entry = change.get(JournalEntry, ref.id)
        problem = period_problem(change, entry.day) if entry is not None else None
        if problem is not None:
            return problem
    let_go(change, payment, "it is a draft again")
    draft = replace(
        payment,
        posting=Posting.DRAFT,
        verification=Verification.AWAITING,
        cash=None,
        watch_until=None,
    )
    return follow_posting(change, draft)
