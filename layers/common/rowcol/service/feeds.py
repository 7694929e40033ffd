"""Read the rails' change feeds into the books: bank lines, ledger changes, Ramp's bills.

Every feed may be repeated.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from rowcol.domain.bill import Bill
from rowcol.domain.client import Client
from rowcol.domain.facts import BankLine, ReadInterval
from rowcol.domain.link import Feed, Link, StoredLine
from rowcol.domain.scope import Scope, key_of
from rowcol.service.environment import Environment
from rowcol.service.invoices import sync_invoices
from rowcol.service.observed_cash import observe_undecided
from rowcol.service.proof import observe_cash, observe_ledger, payments_to_prove
from rowcol.service.rail_facts import Applied, apply_rail_bill, refresh_bill
from rowcol.service.record_cash import observe_records
from rowcol.service.spending import keep_spending
from rowcol.service.store import Books
from rowcol.service.vendors import try_history

PAID_OVERLAP = timedelta(days=3)
LEDGER_LOOK_BACK = timedelta(days=29)  # the change feed reaches back 30 days
FIRST_LOOK_BACK = timedelta(days=30)
# How old the record of a feed's last reading may be when nothing in the feed has changed.
READ_TOLD = timedelta(hours=12)


def sync_bank(environment: Environment, scope: Scope) -> int:
    """Read new bank lines of every item and match them to payments. Returns how many were news.

    Rows are stored first (each put is idempotent), the cursor last: a crash in between repeats the
    pass from the old cursor, the restart the contract demands. Matching follows for every payment
    that is open to proof.
    """
    books = environment.store.books(scope)
    client = books.get(Client, scope.client)
    count = 0
    read: ReadInterval | None = None
    for item_id in client.bank_item_ids if client else ():
        feed = books.get(Feed, key_of("bank", item_id)) or Feed(key_of("bank", item_id), 0)
        changes = environment.rails.bank(scope.firm, scope.client).changes(item_id, feed.cursor)
        if not changes.ready:
            continue
        read = changes.read
        for line in (*changes.added, *changes.modified):
            count += _store_line(books, line, removed=False)
        for line_id in changes.removed_line_ids:
            known = books.get(StoredLine, key_of("", line_id))
            if known is not None and not known.removed:
                count += books.save(replace(known, removed=True))
        read_at = feed.read_through
        if (
            changes.cursor != feed.cursor
            or read_at is None
            or changes.read.began_at - read_at > READ_TOLD
        ):
            books.save(replace(feed, cursor=changes.cursor, read_through=changes.read.began_at))
    if count:
        match_cash(environment, scope, read)
        keep_spending(environment, scope, count)
    return count


def match_cash(environment: Environment, scope: Scope, read: ReadInterval | None) -> int:
    """Match stored lines to payments open to proof or watched, and to what Ramp paid by itself."""
    books = environment.store.books(scope)
    observed = observe_undecided(environment, scope)
    proved = sum(
        observe_cash(environment, scope, payment.id, read, wake=True)
        for payment in payments_to_prove(books)
    )
    return observed + proved + observe_records(environment, scope, read)


def _store_line(books: Books, line: BankLine, *, removed: bool) -> int:
    known = books.get(StoredLine, key_of("", line.line_id))
    if known is not None and known.line == line and known.removed == removed:
        return 0
    return int(
        books.save(
            StoredLine(key_of("", line.line_id), known.version if known else 0, line, removed)
        )
    )


def sync_ledger(environment: Environment, scope: Scope) -> int:
    """Read what changed in the ledger (one CDC call) and bring it to the payments concerned.

    Invoices are kept as they are read; the first time, every open one is.
    """
    books = environment.store.books(scope)
    feed = books.get(Feed, "ledger") or Feed("ledger", 0)
    began_at = environment.now()
    since = feed.read_through or began_at - LEDGER_LOOK_BACK
    changes = environment.rails.ledger(scope.firm, scope.client).changes(since)
    links = {key_of("qbo-bill", bill.bill_id) for bill in changes.bills}
    for payment in changes.payments:
        links |= {key_of("qbo-bill", part.bill_id) for part in payment.allocations}
        links.add(key_of("qbo-payment", payment.payment_id))
    links |= {key_of("qbo-payment", payment_id) for payment_id in changes.deleted_payment_ids}
    count = sum(
        observe_ledger_of_bill(environment, scope, bill_id)
        for bill_id in sorted(
            {link.bill_id for link in books.get_many(Link, sorted(links)).values()}
        )
    )
    count += sync_invoices(environment, scope, changes)
    books.save(replace(feed, read_through=began_at))
    return count


def observe_ledger_of_bill(environment: Environment, scope: Scope, bill_id: str) -> bool:
    """Bring the ledger's view of one bill to its latest payment, if it has one."""
    bill = environment.store.books(scope).get(Bill, bill_id)
    if bill is None or not bill.payment_ids:
        return False
    return observe_ledger(environment, scope, bill.payment_ids[-1], wake=True)


def sweep_rail(environment: Environment, scope: Scope) -> int:
    """Compare every open bill of Ramp, and those lately paid or archived, with our copy.

    Ramp has no "changed since": reads grow with open bills, writes only with what changed. What it
    paid before is read once, for the vendors' sake.
    """
    try_history(environment, scope)
    books = environment.store.books(scope)
    feed = books.get(Feed, "rail") or Feed("rail", 0)
    began_at = environment.now()
    since: datetime = (feed.read_through or began_at - FIRST_LOOK_BACK) - PAID_OVERLAP
    rail = environment.rails.execution(scope.firm, scope.client)
    count = 0
    for readings in (
        rail.open_bills(),
        rail.paid_bills(since),
        rail.archived_bills(began_at - 2 * FIRST_LOOK_BACK),
    ):
        for reading in readings:
            outcome = apply_rail_bill(environment, scope, reading)
            if outcome is Applied.SUPERSEDED:
                outcome = refresh_bill(environment, scope, reading.bill_id)
            count += outcome is Applied.APPLIED
    books.save(replace(feed, read_through=began_at))
    return count
