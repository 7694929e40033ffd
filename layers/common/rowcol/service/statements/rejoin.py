"""Join lines of the feed and of statements that were written at the same time, each unseen."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date

from rowcol.domain.link import LineSource, Link, StoredLine
from rowcol.domain.scope import SYSTEM, Scope, key_of
from rowcol.domain.statements.twins import twins_of
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.listing import every_id
from rowcol.service.statements.known import (
    LINES_PER_PAGE,
    books_of,
    is_free_of_feed,
    months_of,
)
from rowcol.service.store import Books


def rejoin(
    environment: Environment, scope: Scope, accounts: Collection[str], days: Collection[date]
) -> int:
    """Join what is surely one movement in these accounts and days; how many pairs were made.

    Two lines that different payments have claimed stay two: somebody must look at them.
    """
    books = environment.store.books(scope)
    free, feed = _unjoined(books, accounts, days)
    pairs = twins_of(
        (each.line for each in free.values()),
        (each.line for each in feed.values()),
        books_of(books).covers,
    ).sure
    joined = 0
    for ours, theirs in pairs.items():
        line_id, feed_id = key_of("", ours), key_of("", theirs)

        def plan(change: Change, line_id: str = line_id, feed_id: str = feed_id) -> bool:
            return join(change, line_id, feed_id)

        surroundings = environment.surroundings
        joined += transact(environment.store, surroundings, scope, SYSTEM, plan) is True
    return joined


def _unjoined(
    books: Books, accounts: Collection[str], days: Collection[date]
) -> tuple[dict[str, StoredLine], dict[str, StoredLine]]:
    free: dict[str, StoredLine] = {}
    feed: dict[str, StoredLine] = {}
    for month in months_of(days):
        ids = every_id(books, StoredLine, month, LINES_PER_PAGE)
        for at in range(0, len(ids), LINES_PER_PAGE):
            for name, stored in books.get_many(StoredLine, ids[at : at + LINES_PER_PAGE]).items():
                if stored.line.account_id not in accounts or stored.removed or stored.hidden:
                    continue
                if is_free_of_feed(stored):
                    feed[name] = stored
                elif stored.source is LineSource.STATEMENT and stored.twin is None:
                    free[name] = stored
    return free, feed


def join(change: Change, line_id: str, feed_id: str) -> bool:
    """Make two lines one: the one that nobody has claimed is hidden, of two free ones ours."""
    ours, theirs = change.get(StoredLine, line_id), change.get(StoredLine, feed_id)
    if ours is None or theirs is None or not is_free_of_feed(theirs):
        return False
    if ours.removed or ours.hidden or ours.twin is not None:
        return False
    claims = [change.get(Link, key_of("bank", each.line.line_id)) for each in (ours, theirs)]
    is_ours, is_theirs = (claim is not None and claim.is_claimed for claim in claims)
    if is_ours and is_theirs:
        return False
    change.put(replace(ours, twin=feed_id, hidden=not is_ours))
    change.put(replace(theirs, twin=line_id, hidden=is_ours))
    change.state("statement.lines_joined", line_id=line_id, feed_line_id=feed_id)
    return True
