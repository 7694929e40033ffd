"""Keep the ledger's invoices: what customers owe, as QuickBooks shows it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date

from rowcol.domain.allocation import AllocationTarget
from rowcol.domain.calendar import local_date
from rowcol.domain.facts import LedgerChanges, LedgerInvoice, ReadInterval
from rowcol.domain.invoice import OPEN, Invoice, invoice_key, paid_on
from rowcol.domain.link import Feed
from rowcol.domain.receivables.collected import Collected
from rowcol.domain.scope import Scope
from rowcol.service.allocations import allocated_to
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.fitting import in_parts
from rowcol.service.hygiene.invoices import judge_invoice
from rowcol.service.listing import every_id
from rowcol.service.over_allocated import compare_allocated
from rowcol.service.paying_habits import follow_habits
from rowcol.service.proof import QBO
from rowcol.service.receivables.charges import rematch_charges
from rowcol.service.receivables.numbers import keep_number

FEED = "invoices"


def refresh_invoice(environment: Environment, scope: Scope, ledger_id: str) -> bool:
    """Read one invoice and keep what changed. True when it is news. Raises RailError."""
    found = environment.rails.ledger(scope.firm, scope.client).read_invoice(ledger_id)
    if found is None:
        return drop_invoices(environment, scope, [ledger_id]) > 0
    return keep_invoices(environment, scope, [found]) > 0


def sync_invoices(environment: Environment, scope: Scope, changes: LedgerChanges) -> int:
    """Apply what the change feed tells; how many were news. Raises RailError.

    Every open invoice is read the first time, and when the feed may lack deletions.
    """
    count = keep_invoices(environment, scope, changes.invoices)
    count += drop_invoices(environment, scope, changes.deleted_invoice_ids)
    books = environment.store.books(scope)
    feed = books.get(Feed, FEED)
    if feed is None or not changes.complete:
        began_at = environment.now()
        count += _load_open(environment, scope)
        books.save(replace(feed or Feed(FEED, 0), read_through=began_at))
    return count


def _load_open(environment: Environment, scope: Scope) -> int:
    """Read all open invoices, and one by one those open here that the ledger shows open no more."""
    found = environment.rails.ledger(scope.firm, scope.client).open_invoices()
    count = keep_invoices(environment, scope, found)
    books = environment.store.books(scope)
    shown = {invoice_key(reading.invoice_id) for reading in found}
    left = [name for name in every_id(books, Invoice, OPEN) if name not in shown]
    known = books.get_many(Invoice, left).values()
    return count + sum(refresh_invoice(environment, scope, one.ledger.invoice_id) for one in known)


def keep_invoices(environment: Environment, scope: Scope, readings: Iterable[LedgerInvoice]) -> int:
    """Apply readings; how many were news. What tells of the past changes nothing."""

    def prepare(change: Change, part: Sequence[LedgerInvoice]) -> None:
        names = [invoice_key(reading.invoice_id) for reading in part]
        change.load(Invoice, names)
        change.load(Collected, names)

    count = in_parts(environment, scope, QBO, tuple(readings), _keep, prepare=prepare)
    if count:
        rematch_charges(environment, scope)
    return count


def drop_invoices(environment: Environment, scope: Scope, ledger_ids: Iterable[str]) -> int:
    """Mark invoices as deleted in the ledger; how many were known and not marked yet."""

    def prepare(change: Change, part: Sequence[str]) -> None:
        change.load(Invoice, [invoice_key(ledger_id) for ledger_id in part])

    every = tuple(dict.fromkeys(ledger_ids))
    return in_parts(environment, scope, QBO, every, _drop, prepare=prepare)


def _keep(change: Change, reading: LedgerInvoice) -> bool:
    key = invoice_key(reading.invoice_id)
    known = change.get(Invoice, key)
    if known is not None and not known.learns_from(reading):
        return False
    day = local_date(reading.read.began_at, change.client.zone)
    paid = paid_on(known, reading, _paid_by(change, key, reading, day))
    invoice = Invoice(key, known.version if known else 0, reading, paid_on=paid)
    change.put(invoice)
    change.state("invoice.reported", invoice=invoice)
    follow_habits(change, known, invoice)
    keep_number(change, known, invoice)
    judge_invoice(change, invoice, known)
    if known is not None and (known.amount, known.is_payable) != (
        invoice.amount,
        invoice.is_payable,
    ):
        _compare(change, invoice)
    return True


def _paid_by(change: Change, key: str, reading: LedgerInvoice, day: date) -> date:
    """The day on which an invoice that is paid now was paid: that of Stripe's last charge when
    Stripe collected all of it, else the day on which the books show it.
    """
    collected = change.get(Collected, key)
    parts = collected.standing(reading.amount.currency) if collected is not None else ()
    whole = sum((part.left.minor for part in parts), 0) >= reading.amount.minor
    return min(day, max(part.on for part in parts)) if parts and whole else day


def _drop(change: Change, ledger_id: str) -> bool:
    known = change.get(Invoice, invoice_key(ledger_id))
    if known is None or known.gone:
        return False
    seen = ReadInterval(change.now, change.now)
    gone = replace(known, ledger=replace(known.ledger, read=seen), gone=True, paid_on=None)
    change.put(gone)
    change.state("invoice.deleted", invoice=gone)
    follow_habits(change, known, gone)
    keep_number(change, known, gone)
    judge_invoice(change, gone, known)
    _compare(change, gone)
    return True


def _compare(change: Change, invoice: Invoice) -> None:
    """Posted payments may have been allocated more than the invoice asks for by now."""
    compare_allocated(change, invoice, allocated_to(change, AllocationTarget.INVOICE, invoice.id))
