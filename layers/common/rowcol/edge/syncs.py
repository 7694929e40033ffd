"""Routes over runs of feeds: what was read from the rails, when, why, and at which cost."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.sync_run import STANDING, FeedKind, LastRuns, SyncRun, SyncStanding
from rowcol.edge.operation import Call, Operation, Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation

TAG = "Feeds"
# Runs are listed by time alone; one that is asked for by feed is found among so many at most.
PAGES_LOOKED_MAX = 10
RUNS_LOOKED = 200


class SyncsQuery(PageQuery):
    """Narrowed to one feed."""

    feed: FeedKind | None = None


@dataclass(frozen=True, slots=True)
class SyncsPage:
    """Runs of the last 90 days, the latest first; `feeds`: how each feed stands now.

    Narrowed to a feed, a page may have fewer items than asked for and still not be the last.
    """

    items: tuple[SyncRun, ...]
    feeds: dict[str, LastRuns]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class ClientFeeds:
    """How the feeds of one client stand; none before the first run."""

    client: str
    feeds: dict[str, LastRuns]


@dataclass(frozen=True, slots=True)
class FirmFeeds:
    """The last run of every feed of all clients that the caller may see."""

    as_of: datetime
    clients: tuple[ClientFeeds, ...]


def _list(read: OfClient) -> Reply:
    asked = read.call.query_as(SyncsQuery)
    items: list[SyncRun] = []
    cursor = asked.cursor
    for _ in range(PAGES_LOOKED_MAX if asked.feed is not None else 1):
        many = min(RUNS_LOOKED, asked.limit - len(items))
        page = read.books.syncs(cursor, many)
        items += [run for run in page.runs if asked.feed in (None, run.feed)]
        cursor = page.next_key
        if cursor is None or len(items) >= asked.limit:
            break
    standing = read.books.get(SyncStanding, STANDING)
    return Reply(SyncsPage(tuple(items), standing.feeds if standing is not None else {}, cursor))


def _firm(call: Call) -> Reply:
    clients = call.visible_clients()
    store = call.environment.store
    found = store.across(call.caller.firm, SyncStanding, dict.fromkeys(clients, STANDING))
    shown = tuple(
        ClientFeeds(client, found[client].feeds if client in found else {}) for client in clients
    )
    return Reply(FirmFeeds(call.environment.now(), shown))


READS: Operations = table(
    (
        read_operation(
            Reading(
                "/syncs", "listSyncs", "What was read from the rails, and at which cost", TAG,
                SyncsPage, SyncsQuery,
            ),
            _list,
        ),
        Operation(
            "GET", "/syncs", "firmSyncs", "When each client's feeds were last read", TAG, _firm,
            None, {200: FirmFeeds},
        ),
    )
)  # fmt: skip
