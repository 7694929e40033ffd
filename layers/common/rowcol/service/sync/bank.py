"""Read the bank's new lines, item by item, and match them to payments."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from rowcol.domain.client import Client
from rowcol.domain.facts import BankChanges, ReadInterval
from rowcol.domain.link import Feed
from rowcol.domain.scope import Scope
from rowcol.domain.sync_run import FeedKind, NeededBy, SyncOutcome
from rowcol.service.cash_matches.run import CashLook, settle_rest
from rowcol.service.cash_matches.waiting import Waiting
from rowcol.service.environment import Environment
from rowcol.service.observed_cash import observe_undecided
from rowcol.service.ports import RailError
from rowcol.service.proof import observe_cash, payments_to_prove
from rowcol.service.receivables.heard import match_receivables
from rowcol.service.record_cash import observe_records
from rowcol.service.spending import keep_spending
from rowcol.service.store import Books
from rowcol.service.sync.bank_pass import (
    FeedBusy,
    commit_pass,
    end_pass,
    feed_id,
    lease,
    release,
    store_rows,
)
from rowcol.service.sync.log import Asked, Notes, recorded
from rowcol.service.sync.policy import Verdict, judge

PLAID = "plaid"


@dataclass(frozen=True, slots=True)
class _Passed:
    """An item that was read: its feed, still leased, and how many of its rows were news."""

    feed: Feed
    read: ReadInterval | None
    news: int


@dataclass(frozen=True, slots=True)
class Told:
    """A notice only says "look at this item": many that came before one look are that one look."""

    item_id: str
    at: datetime


def sync_bank(
    environment: Environment,
    scope: Scope,
    why: NeededBy = NeededBy.FULL,
    told: Told | None = None,
) -> int:
    """Read new bank lines of every item and match them to payments. Returns how many were news.

    `told`: only that item, and only if its last complete pass had begun before.

    Each item is a run of its own, one at a time (a lease). A webhook that meets one at work raises
    FeedBusy and comes again: the run at work may have asked before what it tells of was there.
    Matching follows for every payment that is open to proof, and only then a pass is over: a crash
    before repeats what is missing. Raises the first RailError, after the other items were read.
    """
    books = environment.store.books(scope)
    client = books.get(Client, scope.client)
    passed: list[_Passed] = []
    first_error: RailError | None = None
    for item_id in client.bank_item_ids if client else ():
        if told is not None and not _is_needed(books, item_id, told):
            continue

        def work(counted: Environment, notes: Notes, item: str = item_id) -> _Passed | None:
            return _read_item(counted, scope, item, why, notes)

        try:
            found = recorded(
                environment, scope, Asked(PLAID, FeedKind.BANK_LINES, why, item_id), work
            )
        except RailError as error:
            first_error = first_error or error
        else:
            passed += [found] if found is not None else []
    news = sum(one.news for one in passed)
    if any(one.feed.has_rows for one in passed):
        match_cash(environment, scope, passed[-1].read)
        keep_spending(environment, scope, news)
    for one in passed:
        end_pass(books, one.feed)
    if first_error is not None:
        raise first_error
    return news


def _is_needed(books: Books, item_id: str, told: Told) -> bool:
    """Whether what a notice tells of may be missing. A pass that is not over counts for nothing."""
    feed = books.get(Feed, feed_id(item_id)) if item_id == told.item_id else None
    if feed is None or feed.has_rows or feed.read_through is None:
        return item_id == told.item_id
    return feed.read_through <= told.at


def _read_item(
    environment: Environment, scope: Scope, item_id: str, why: NeededBy, notes: Notes
) -> _Passed | None:
    """One item under its lease; None when it was not read."""
    books = environment.store.books(scope)
    known = books.get(Feed, feed_id(item_id))
    read_at = known.read_through if known is not None and not known.has_rows else None
    left = environment.budgets.left(PLAID, scope)
    verdict = judge(FeedKind.BANK_LINES, why, read_at, environment.now(), left)
    if verdict is not Verdict.READ:
        notes.outcome = SyncOutcome(verdict.value)
        return None
    feed = lease(books, item_id, environment.now())
    if feed is None:
        notes.outcome = SyncOutcome.BUSY
        if why is NeededBy.WEBHOOK:
            raise FeedBusy(PLAID, "another run reads this item")
        return None
    try:
        return _pass(environment, scope, item_id, feed, notes)
    except RailError:
        release(books, feed)
        raise


def _pass(
    environment: Environment, scope: Scope, item_id: str, feed: Feed, notes: Notes
) -> _Passed:
    books = environment.store.books(scope)
    notes.from_cursor = notes.to_cursor = feed.cursor
    if feed.has_rows:
        # A run died between its commit and the end of its work.
        notes.news = store_rows(books, feed)
    bank = environment.rails.bank(scope.firm, scope.client)
    changes = bank.changes(item_id, feed.cursor)
    _tell(notes, changes)
    if not changes.ready:
        notes.outcome = SyncOutcome.NOT_READY
        return _Passed(feed, None, notes.news)
    committed = commit_pass(books, feed, changes)
    notes.to_cursor = changes.cursor
    if committed.generation != feed.generation:
        notes.news += store_rows(books, committed)
        for _ in range(len(changes.added)):
            # The bank tells days, no times: a line is not older than the pass before it.
            notes.repaired(None, feed.read_through, environment.now())
    return _Passed(committed, changes.read, notes.news)


def _tell(notes: Notes, changes: BankChanges) -> None:
    for kind, many in (
        ("added", len(changes.added)),
        ("modified", len(changes.modified)),
        ("removed", len(changes.removed_line_ids)),
    ):
        notes.count(kind, many)


def match_cash(
    environment: Environment, scope: Scope, read: ReadInterval | None, since: date | None = None
) -> int:
    """All matching of a client's bank lines; how much was new. See `look_at_cash`."""
    return look_at_cash(environment, scope, read, since)[0]


def look_at_cash(
    environment: Environment, scope: Scope, read: ReadInterval | None, since: date | None = None
) -> tuple[int, CashLook]:
    """Match stored lines to payments open to proof or watched, and to what Ramp paid by itself.

    And to payouts of Stripe's. What is left over may be bills and invoices (service/cash_matches).
    Payments look as far back as their own days; the rest since `since`, if that is earlier than
    usual.
    """
    books: Books = environment.store.books(scope)
    waiting = Waiting(books, books.get(Client, scope.client))
    observed = observe_undecided(environment, scope, waiting)
    proved = sum(
        observe_cash(environment, scope, payment.id, read, wake=True, waiting=waiting)
        for payment in payments_to_prove(books)
    )
    from_records = observe_records(environment, scope, read, waiting)
    payouts = match_receivables(environment, scope)
    rest = settle_rest(environment, scope, waiting.lines, since)
    news = observed + proved + from_records + payouts + len(rest.confirmed)
    return news, rest
