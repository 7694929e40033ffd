"""Read at once what posting or resetting several payments will ask for one by one."""

from __future__ import annotations

from collections.abc import Sequence

from rowcol.domain.journal import JournalEntry
from rowcol.domain.link import Link
from rowcol.domain.payment import Payment
from rowcol.domain.posting import standing
from rowcol.domain.scope import key_of, valid_id
from rowcol.service.allocations import load_allocated
from rowcol.service.change import Change


def load_to_confirm(change: Change, payment_ids: Sequence[str]) -> None:
    """Payments, what they are allocated to, and what of that is allocated already."""
    load_allocated(change, _payments(change, payment_ids))


def load_to_reset(change: Change, payment_ids: Sequence[str]) -> None:
    """Payments, the entries that stand, their allocations, and claims of bank lines."""
    payments = _payments(change, payment_ids)
    load_allocated(change, payments)
    change.load(
        JournalEntry, [ref.id for payment in payments for ref in standing(payment).values()]
    )
    lines = [
        line
        for payment in payments
        if payment.cash is not None
        for line in (*payment.cash.debits, *payment.cash.credits)
    ]
    change.load(Link, [key_of("bank", line.line_id) for line in lines])


def _payments(change: Change, payment_ids: Sequence[str]) -> list[Payment]:
    wanted = [name for name in payment_ids if valid_id(name)]
    change.load(Payment, wanted)
    found = (change.get(Payment, name) for name in wanted)
    return [payment for payment in found if payment is not None]
