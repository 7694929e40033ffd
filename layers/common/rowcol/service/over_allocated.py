"""Bills and invoices that ask for less by now than posted payments have allocated to them.

A rail's amount is never refused: the tray says so until the amounts fit again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rowcol.domain.allocation import Allocated, AllocationTarget
from rowcol.domain.bill import Bill
from rowcol.domain.invoice import Invoice
from rowcol.domain.money import Money
from rowcol.service.tray import close_item, open_item

if TYPE_CHECKING:
    from rowcol.service.change import Change

OVER_ALLOCATED = "over_allocated"


def compare_allocated(change: Change, asking: Bill | Invoice, allocated: Allocated) -> None:
    """Open the item while more is allocated than the target asks for, else close it."""
    subject = f"{allocated.target.value}-{asking.id}"
    asked = asked_by(asking)
    found = _too_much(asked, allocated)
    if found is None:
        close_item(change, subject, OVER_ALLOCATED, "the amounts fit again")
        return
    open_item(
        change,
        subject,
        OVER_ALLOCATED,
        f"More is allocated to {_named(asking)} than it asks for",
        expected=f"at most {asked}",
        found=found,
    )


def _too_much(asked: Money, allocated: Allocated) -> str | None:
    """What is allocated beyond what is asked for; any sum in another currency is."""
    foreign = [part.amount for part in allocated.parts if part.amount.currency != asked.currency]
    if foreign:
        return ", ".join(str(amount) for amount in foreign)
    found = allocated.total(asked.currency)
    return str(found) if found > asked else None


def gave_back(change: Change, before: Allocated, after: Allocated) -> None:
    """Something allocated was given back: what was too much may fit again."""
    asking: Bill | Invoice | None
    if before.target is AllocationTarget.BILL:
        asking = change.get(Bill, before.target_id)
    else:
        asking = change.get(Invoice, before.target_id)
    if asking is not None and _too_much(asked_by(asking), before) is not None:
        compare_allocated(change, asking, after)


def asked_by(asking: Bill | Invoice) -> Money:
    """What payments may be allocated to it; nothing of an invoice that is void or deleted."""
    if isinstance(asking, Invoice) and not asking.is_payable:
        return Money.zero(asking.amount.currency)
    return asking.amount


def _named(asking: Bill | Invoice) -> str:
    if isinstance(asking, Bill):
        return f"bill {asking.rail.invoice_number or asking.id} of {asking.rail.vendor_name}"
    return f"invoice {asking.ledger.doc_number or asking.id} of {asking.ledger.customer_name}"
