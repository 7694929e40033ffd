"""Everything of a client that waits for money at its bank."""

from __future__ import annotations

from collections.abc import Iterable

from rowcol.domain.bill import Bill
from rowcol.domain.cash_matching.cash_match import TargetCash, target_key
from rowcol.domain.cash_matching.wanted import CashTarget, OpenItem, TargetKind
from rowcol.domain.client import Client
from rowcol.domain.invoice import OPEN, Invoice
from rowcol.domain.payment import Payment, PaymentType, Posting
from rowcol.domain.windows import moves_cash
from rowcol.service.cash_matches.wants import (
    of_invoice,
    of_open_bill,
    of_payment,
    of_record,
    of_undecided,
    waits_for_debit,
)
from rowcol.service.listing import HELD, every_id
from rowcol.service.proof_status import PROVABLE
from rowcol.service.store import Books

_PAYMENTS = ("live#", "watch#", "record#")
_BILLS = ("live#", HELD)


def open_items(books: Books, client: Client) -> tuple[OpenItem, ...]:
    """Payments, bills and invoices that wait for money: one of each group."""
    found: list[OpenItem] = []
    names = [name for prefix in _PAYMENTS for name in every_id(books, Payment, prefix)]
    for payment in books.get_many(Payment, names).values():
        _add(found, of_any_payment(payment))
    names = [name for prefix in _BILLS for name in every_id(books, Bill, prefix)]
    bills = books.get_many(Bill, names).values()
    seen = _found(books, TargetKind.BILL, (bill.id for bill in bills))
    for bill in bills:
        if waits_for_debit(bill):
            source = bill.rail.payment.source_account_id if bill.rail.payment else None
            found.append(of_undecided(bill, client.bank_account_of(source)))
        else:
            _add(found, of_open_bill(bill, seen.get(bill.id)))
    invoices = books.get_many(Invoice, every_id(books, Invoice, OPEN)).values()
    seen = _found(books, TargetKind.INVOICE, (invoice.id for invoice in invoices))
    for invoice in invoices:
        _add(found, of_invoice(invoice, seen.get(invoice.id)))
    groups: dict[str, OpenItem] = {}
    for item in sorted(found, key=lambda item: item.order):
        groups.setdefault(item.group, item)
    return tuple(groups.values())


def _add(found: list[OpenItem], item: OpenItem | None) -> None:
    if item is not None:
        found.append(item)


def _found(books: Books, kind: TargetKind, ids: Iterable[str]) -> dict[str, TargetCash]:
    keys = [target_key(CashTarget(kind, name)) for name in ids]
    return {one.target.id: one for one in books.get_many(TargetCash, keys).values()}


def of_any_payment(payment: Payment) -> OpenItem | None:
    """A rail payment that may have moved money, or a posted record, without its line."""
    if payment.deleted_at is not None:
        return None
    if payment.commands_rail:
        waits = payment.status in PROVABLE and moves_cash(payment.rail)
        return of_payment(payment) if waits and payment.bill_id is not None else None
    if payment.posting is not Posting.POSTED or payment.type is PaymentType.TRANSFER:
        return None
    return of_record(payment)
