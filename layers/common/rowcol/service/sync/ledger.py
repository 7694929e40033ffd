"""Read what changed in the ledger and bring it to the payments and invoices concerned."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from rowcol.domain.bill import Bill
from rowcol.domain.facts import LedgerChanges
from rowcol.domain.link import Feed, Link
from rowcol.domain.payment import Payment
from rowcol.domain.plain import instant_text
from rowcol.domain.scope import Scope, key_of
from rowcol.domain.sync_run import FeedKind, NeededBy, SyncOutcome
from rowcol.service.environment import Environment
from rowcol.service.hygiene.ledger import keep_reference
from rowcol.service.invoices import sync_invoices
from rowcol.service.ledger_reading import ChangesFirst, LookedAt
from rowcol.service.ports import LedgerRefused, RailProtocolError
from rowcol.service.proof import observe_ledger, payments_to_prove
from rowcol.service.store import Books
from rowcol.service.sync.log import Asked, Notes, recorded
from rowcol.service.sync.policy import Verdict, judge

QBO = "qbo"
LEDGER_FEED = "ledger"
# The change feed reaches back 30 days; a first run takes all it can give.
FIRST_LOOK_BACK = timedelta(days=29)


def sync_ledger(environment: Environment, scope: Scope, why: NeededBy = NeededBy.FULL) -> int:
    """Read what changed in the ledger and bring it to the payments concerned; how many were news.

    Invoices are kept as they are read; the first time, every open one is. When the change feed may
    lack deletions, every payment that is open to proof is looked at again. Raises RailError; the
    feed then stays where it was.
    """

    def work(counted: Environment, notes: Notes) -> int:
        return _read(counted, scope, why, notes)

    return recorded(environment, scope, Asked(QBO, FeedKind.LEDGER, why), work)


def _read(environment: Environment, scope: Scope, why: NeededBy, notes: Notes) -> int:
    books = environment.store.books(scope)
    feed = books.get(Feed, LEDGER_FEED) or Feed(LEDGER_FEED, 0)
    began_at = environment.now()
    left = environment.budgets.left(QBO, scope)
    verdict = judge(FeedKind.LEDGER, why, feed.read_through, began_at, left)
    if verdict is not Verdict.READ:
        notes.outcome = SyncOutcome(verdict.value)
        return 0
    since = feed.read_through or began_at - FIRST_LOOK_BACK
    notes.from_cursor = instant_text(since)
    ledger = environment.rails.ledger(scope.firm, scope.client)
    changes = ledger.changes(since)
    look = LookedAt(ChangesFirst(ledger, changes), began_at)
    _tell(notes, changes)
    bill_ids = _bills_concerned(books, changes)
    if not changes.complete:
        watched = (payment.rail_bill_id for payment in payments_to_prove(books))
        bill_ids = bill_ids.union(watched)
    told_at = _told_at(books, changes)
    for bill_id in sorted(bill_ids):
        found = observe_ledger_of_bill(environment, scope, bill_id, look)
        notes.news += found
        if found:
            notes.repaired(told_at.get(bill_id), feed.read_through, environment.now())
    notes.news += sync_invoices(environment, scope, changes)
    notes.news += _reference(environment, scope, changes, notes)
    books.save(replace(feed, read_through=began_at))
    notes.to_cursor = instant_text(began_at)
    return notes.news


def _reference(environment: Environment, scope: Scope, changes: LedgerChanges, notes: Notes) -> int:
    """What data checks need. A company that does not have all of it is proved all the same."""
    try:
        return keep_reference(environment, scope, changes)
    except (LedgerRefused, RailProtocolError) as odd:
        notes.detail = f"reference: {odd.detail}"[:80]
        return 0


def _bills_concerned(books: Books, changes: LedgerChanges) -> frozenset[str]:
    """Our bills behind what changed or was deleted, by the pointers kept of both."""
    links = {key_of("qbo-bill", bill.bill_id) for bill in changes.bills}
    links |= {key_of("qbo-bill", bill_id) for bill_id in changes.deleted_bill_ids}
    for payment in changes.payments:
        links |= {key_of("qbo-bill", part.bill_id) for part in payment.allocations}
        links.add(key_of("qbo-payment", payment.payment_id))
    links |= {key_of("qbo-payment", payment_id) for payment_id in changes.deleted_payment_ids}
    found = books.get_many(Link, sorted(links)).values()
    return frozenset(link.bill_id for link in found if link.bill_id)


def _told_at(books: Books, changes: LedgerChanges) -> dict[str, datetime]:
    """When the ledger says that a payment of one of our bills was changed last."""
    keys = {
        payment.payment_id: [key_of("qbo-bill", part.bill_id) for part in payment.allocations]
        for payment in changes.payments
    }
    times: dict[str, datetime] = {}
    for payment_id, at in changes.payments_changed_at:
        for key in (key_of("qbo-payment", payment_id), *keys.get(payment_id, ())):
            times[key] = max(at, times.get(key, at))
    found = books.get_many(Link, sorted(times))
    told: dict[str, datetime] = {}
    for key, link in found.items():
        told[link.bill_id] = max(times[key], told.get(link.bill_id, times[key]))
    return told


def _tell(notes: Notes, changes: LedgerChanges) -> None:
    for kind, many in (
        ("bills", len(changes.bills)),
        ("payments", len(changes.payments)),
        ("invoices", len(changes.invoices)),
        ("vendors", len(changes.vendors)),
        ("credits", len(changes.credits)),
        ("deleted_bills", len(changes.deleted_bill_ids)),
        ("deleted_payments", len(changes.deleted_payment_ids)),
        ("deleted_invoices", len(changes.deleted_invoice_ids)),
    ):
        notes.count(kind, many)
    if not changes.complete:
        notes.detail = "deletions_may_be_missing"


def observe_ledger_of_bill(
    environment: Environment,
    scope: Scope,
    bill_id: str,
    look: LookedAt | None = None,
    told_at: datetime | None = None,
) -> bool:
    """Bring the ledger's view of one bill to its latest payment, if it has one.

    `told_at`: when a notice came. What was read since then knows what it tells of: several notices
    about one payment of a bill are one read.
    """
    books = environment.store.books(scope)
    bill = books.get(Bill, bill_id)
    if bill is None or not bill.payment_ids:
        return False
    if told_at is not None:
        payment = books.get(Payment, bill.payment_ids[-1])
        known = payment.ledger if payment is not None else None
        if known is not None and known.read.began_at > told_at:
            return False
    return observe_ledger(environment, scope, bill.payment_ids[-1], wake=True, look=look)


def prove_ledger(environment: Environment, scope: Scope, payment_id: str) -> bool:
    """Read the ledger's side of one payment, unless what is kept is young enough.

    What is kept is as young as the last run of the change feed, which would have told of any
    change. A custody comes here at every new fact, and each read is metered. Raises RailError.
    """
    books = environment.store.books(scope)
    payment = books.get(Payment, payment_id)
    seen_at: datetime | None = None
    if payment is not None and payment.ledger is not None:
        feed = books.get(Feed, LEDGER_FEED)
        through = feed.read_through if feed is not None else None
        seen_at = max(payment.ledger.read.began_at, through or payment.ledger.read.began_at)
    left = environment.budgets.left(QBO, scope)
    now = environment.now()
    if judge(FeedKind.LEDGER, NeededBy.PAYMENT, seen_at, now, left) is Verdict.FRESH:
        return False
    return observe_ledger(environment, scope, payment_id, wake=False)
