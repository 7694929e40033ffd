"""The ledger for one look: what the change feed has just told is not asked again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from rowcol.domain.facts import LedgerBill, LedgerChanges, LedgerPayment


class LedgerLook(Protocol):
    """Where bills and payments of the ledger are read."""

    def read_bill(self, bill_id: str) -> LedgerBill | None:
        """The bill, or None when it is deleted or unknown."""
        ...

    def read_payment(self, payment_id: str) -> LedgerPayment | None:
        """The payment, or None when it is deleted or unknown."""
        ...


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A look at the ledger that began at `began_at`."""

    ledger: LedgerLook
    began_at: datetime


class ChangesFirst:
    """LedgerLook that answers from the change feed, whose objects are whole, and asks the rest.

    Each object it spares is one metered read (qbo contract, section 2).
    """

    def __init__(self, ledger: LedgerLook, changes: LedgerChanges) -> None:
        self._ledger = ledger
        self._bills = {bill.bill_id: bill for bill in changes.bills}
        self._payments = {payment.payment_id: payment for payment in changes.payments}
        self._gone_bills = frozenset(changes.deleted_bill_ids)
        self._gone_payments = frozenset(changes.deleted_payment_ids)

    def read_bill(self, bill_id: str) -> LedgerBill | None:
        """As the feed told it, else as the ledger does; kept for the rest of the look."""
        if bill_id in self._gone_bills:
            return None
        if bill_id not in self._bills:
            found = self._ledger.read_bill(bill_id)
            if found is None:
                return None
            self._bills[bill_id] = found
        return self._bills[bill_id]

    def read_payment(self, payment_id: str) -> LedgerPayment | None:
        """As read_bill."""
        if payment_id in self._gone_payments:
            return None
        if payment_id not in self._payments:
            found = self._ledger.read_payment(payment_id)
            if found is None:
                return None
            self._payments[payment_id] = found
        return self._payments[payment_id]
