"""Compare Ramp's bills with our copies (ramp contract, section 5.1).

Ramp has no "changed since": reads grow with open bills, writes with what changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain, islice

from rowcol.domain.bill import Bill
from rowcol.domain.facts import RailBill
from rowcol.domain.link import Feed
from rowcol.domain.plain import instant_text
from rowcol.domain.scope import Scope
from rowcol.domain.sync_run import FeedKind, NeededBy, SyncOutcome
from rowcol.service.environment import Environment
from rowcol.service.listing import HELD, every_id
from rowcol.service.rail_facts import Applied, apply_rail_bill, refresh_bill, says_nothing_new
from rowcol.service.store import Books
from rowcol.service.sync.drafts import sync_drafts
from rowcol.service.sync.log import Asked, Notes, recorded
from rowcol.service.sync.policy import Verdict, judge
from rowcol.service.vendors import try_history

RAMP = "ramp"
BILLS_FEED = "rail"
PAID_OVERLAP = timedelta(days=3)
FIRST_LOOK_BACK = timedelta(days=30)
ARCHIVED_HORIZON = 2 * FIRST_LOOK_BACK
TOGETHER = 100
# Bills that no list shows any more are read one by one; more of them than this wait for the next
# run, so that one odd answer of Ramp's does not cost a read per bill.
MISSING_READ_MAX = 100
_LIVE = "live#"


def sweep_rail(environment: Environment, scope: Scope, why: NeededBy = NeededBy.FULL) -> int:
    """Compare every open bill of Ramp, those lately paid or archived, and drafts, with our copies.

    What it paid before is read once, for the vendors' sake. Returns how many bills were news.
    Raises RailError; the feed then stays where it was.
    """

    def work(counted: Environment, notes: Notes) -> int:
        return _read(counted, scope, why, notes)

    return recorded(environment, scope, Asked(RAMP, FeedKind.BILLS, why), work)


def _read(environment: Environment, scope: Scope, why: NeededBy, notes: Notes) -> int:
    books = environment.store.books(scope)
    feed = books.get(Feed, BILLS_FEED) or Feed(BILLS_FEED, 0)
    began_at = environment.now()
    left = environment.budgets.left(RAMP, scope)
    verdict = judge(FeedKind.BILLS, why, feed.read_through, began_at, left)
    if verdict is not Verdict.READ:
        notes.outcome = SyncOutcome(verdict.value)
        return 0
    try_history(environment, scope)
    since: datetime = (feed.read_through or began_at - FIRST_LOOK_BACK) - PAID_OVERLAP
    notes.from_cursor = instant_text(since)
    rail = environment.rails.execution(scope.firm, scope.client)
    readings = chain(
        _told(notes, "open", rail.open_bills()),
        _told(notes, "paid", rail.paid_bills(since)),
        _told(notes, "archived", rail.archived_bills(began_at - ARCHIVED_HORIZON)),
    )
    seen: set[str] = set()
    while part := list(islice(readings, TOGETHER)):
        seen.update(reading.bill_id for reading in part)
        notes.news += _compare(environment, scope, part, notes, feed.read_through)
    notes.news += _read_missing(environment, scope, seen, notes)
    sync_drafts(environment, scope, notes)
    books.save(replace(feed, read_through=began_at))
    notes.to_cursor = instant_text(began_at)
    return notes.news


def _told(notes: Notes, kind: str, readings: Iterable[RailBill]) -> Iterator[RailBill]:
    notes.count(kind, 0)
    for reading in readings:
        notes.count(kind)
        yield reading


def _compare(
    environment: Environment,
    scope: Scope,
    part: list[RailBill],
    notes: Notes,
    before: datetime | None,
) -> int:
    """Apply those that say something new, field by field; the copies are read together."""
    known = environment.store.books(scope).get_many(Bill, [one.bill_id for one in part])
    count = 0
    for reading in part:
        bill = known.get(reading.bill_id)
        if bill is not None and says_nothing_new(bill, reading):
            continue
        outcome = apply_rail_bill(environment, scope, reading)
        if outcome is Applied.SUPERSEDED:
            outcome = refresh_bill(environment, scope, reading.bill_id)
        if outcome is Applied.APPLIED:
            count += 1
            notes.repaired(_since(bill, reading), before, environment.now())
    return count


def _since(known: Bill | None, reading: RailBill) -> datetime | None:
    """Since when it is so at Ramp: it tells only when a vendor was paid."""
    paid = known is None or known.rail.paid_at != reading.paid_at
    return reading.paid_at if paid else None


def _read_missing(environment: Environment, scope: Scope, seen: set[str], notes: Notes) -> int:
    """Read each bill that is open here and in none of the lists.

    Archived ones are listed by when they were created, so an old one is missed; and whatever
    changes while pages are read may be.
    """
    books = environment.store.books(scope)
    missing = _open_here(books, seen)[:MISSING_READ_MAX]
    notes.count("missing", len(missing))
    return sum(refresh_bill(environment, scope, bill_id) is Applied.APPLIED for bill_id in missing)


def _open_here(books: Books, seen: set[str]) -> list[str]:
    listed = chain(every_id(books, Bill, _LIVE), every_id(books, Bill, HELD))
    unseen = [name for name in listed if name not in seen]
    found = books.get_many(Bill, unseen)
    return [name for name in unseen if name in found and not found[name].is_closed]
