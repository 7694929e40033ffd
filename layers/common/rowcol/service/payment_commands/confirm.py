"""Confirm a record: it is numbered, stands in the journal, and its allocations count."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.calendar import local_date
from rowcol.domain.payment import Payment, Posting
from rowcol.domain.record_lines import looked_for_until
from rowcol.domain.refusal import Refusal
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.payment_commands.validate import validate
from rowcol.service.payment_posting import follow_posting


def confirm(environment: Environment, change: Change, payment_id: str) -> Payment | Refusal:
    """The payment as posted. A number it had before is used again.

    Writes the payment, its entry, one log entry, and one item per bill or invoice it pays.
    Refused: what `validate` refuses.
    """
    payment = validate(environment, change, payment_id)
    if isinstance(payment, Refusal):
        return payment
    today = local_date(change.now, change.client.zone)
    posted = replace(payment, posting=Posting.POSTED, watch_until=looked_for_until(payment, today))
    return follow_posting(change, posted)
