"""What changed in a ledger since an instant: the change feed, and queries where it does not reach.

The feed gives at most 1000 objects and has no pages, reaches back 30 days, and cannot be told where
to end (qbo contract, section 3). So a full answer is narrowed: each entity alone, then the later
half of the window, until an answer is not full. The earlier part comes by query, page by page in
the order of last change; a query does not show what was deleted, so the whole is then not complete.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from rowcol.domain.facts import ReadInterval
from rowcol.rails.qbo.query import PAGE_ROWS_MAX, Condition, select
from rowcol.rails.qbo.translate import DELETED
from rowcol.service.ports import LedgerRefused, RailProtocolError

RAIL = "qbo"
# Without these nothing is proved; the others serve data checks. Which entities the feed leaves out
# is not documented: where it refuses the long list, the short one is asked.
PROOF_ENTITIES = ("Bill", "BillPayment", "Invoice")
FEED_ENTITIES = (
    *PROOF_ENTITIES, "Vendor", "VendorCredit", "Payment", "CreditMemo", "RefundReceipt",
)  # fmt: skip
FEED_DAYS_MAX = 30
FEED_OBJECTS_MAX = 1000
FEED_OVERLAP = timedelta(minutes=5)
WINDOW_MIN = timedelta(minutes=1)
PAGE_OVERLAP_ROWS = 50
PAGES_MAX = 200
LAST_CHANGE = "MetaData.LastUpdatedTime"

Row = dict[str, object]
# Asks the feed for entities changed since an instant; asks for one page of a statement.
AskFeed = Callable[[Sequence[str], datetime], tuple[list[tuple[str, Row]], ReadInterval]]
AskPage = Callable[[str, str], tuple[list[Row], ReadInterval]]


@dataclass
class Changed:
    """Living objects by entity and id, each with when it was read; ids of deleted ones.

    `times`: when QBO says that an object was last changed, or deleted.
    """

    living: dict[str, dict[str, tuple[Row, ReadInterval]]] = field(default_factory=dict)
    deleted: dict[str, dict[str, None]] = field(default_factory=dict)
    complete: bool = True
    entities: tuple[str, ...] = FEED_ENTITIES
    times: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def take(self, rows: Sequence[tuple[str, Row]], read: ReadInterval) -> None:
        """Add what an answer shows; what was read later counts."""
        for entity, row in rows:
            key = id_of(row)
            last = _last_change(row)
            if last is not None:
                self.times[entity, key] = datetime.fromisoformat(last)
            if row.get("status") == DELETED:
                self.deleted.setdefault(entity, {})[key] = None
                self.living.get(entity, {}).pop(key, None)
            else:
                self.living.setdefault(entity, {})[key] = (row, read)


@dataclass(frozen=True, slots=True)
class ChangeReader:
    """Reads changes of one company."""

    ask_feed: AskFeed
    ask_page: AskPage

    def changed(self, since: datetime, now: datetime) -> Changed:
        """All that changed since an instant, a little overlap included. One call as a rule."""
        wanted = since - FEED_OVERLAP
        within = now - wanted < timedelta(days=FEED_DAYS_MAX)
        # A day short of the edge: what the feed does past it is not documented.
        reach = wanted if within else now - timedelta(days=FEED_DAYS_MAX - 1)
        found = Changed(complete=within)
        try:
            rows, read = self.ask_feed(FEED_ENTITIES, reach)
        except (LedgerRefused, RailProtocolError):
            found.entities = PROOF_ENTITIES
            rows, read = self.ask_feed(PROOF_ENTITIES, reach)
        full = len(rows) >= FEED_OBJECTS_MAX
        stones = [pair for pair in rows if pair[1].get("status") == DELETED]
        for entity in found.entities if full or not within else ():
            at = self._narrowed(entity, reach, now, found) if full else reach
            if at > wanted:
                found.complete = False
                until = at + FEED_OVERLAP
                self._queried(entity, wanted, until, found)
        found.take(stones if full else rows, read)
        return found

    def _narrowed(self, entity: str, reach: datetime, now: datetime, found: Changed) -> datetime:
        """Ask for one entity, and for the later half as long as the answer is full.

        Gives from when on the feed has told all. Deletions of full answers are kept.
        """
        at = reach
        while now - at >= WINDOW_MIN:
            rows, read = self.ask_feed([entity], at)
            if len(rows) < FEED_OBJECTS_MAX:
                found.take(rows, read)
                return at
            found.take([pair for pair in rows if pair[1].get("status") == DELETED], read)
            at += (now - at) / 2
        return now

    def _queried(self, entity: str, since: datetime, until: datetime, found: Changed) -> None:
        """Living objects whose last change lies in a window; those that the feed told stay."""
        conditions = [
            Condition(LAST_CHANGE, ">=", text_of(since)),
            Condition(LAST_CHANGE, "<=", text_of(until)),
        ]
        known = found.living.setdefault(entity, {})
        for key, row in self.rows(entity, conditions).items():
            known.setdefault(key, row)

    def rows(
        self, entity: str, conditions: Sequence[Condition]
    ) -> dict[str, tuple[Row, ReadInterval]]:
        """Every object of a query by id, in pages that follow the time of last change.

        The next page begins where the last one ended, that instant included: an object that changes
        meanwhile moves to the end and is met there, none is skipped, and ids drop repeats. More
        objects of one instant than a page holds are paged by position, with overlap.
        """
        found: dict[str, tuple[Row, ReadInterval]] = {}
        floor: str | None = None
        start = 1
        for _ in range(PAGES_MAX):
            rows, read = self.ask_page(
                entity, select(entity, _from(conditions, floor), start=start)
            )
            for row in rows:
                found[id_of(row)] = (row, read)
            if len(rows) < PAGE_ROWS_MAX:
                return found
            last = _last_change(rows[-1])
            if last is None or last == floor:
                start += PAGE_ROWS_MAX - PAGE_OVERLAP_ROWS
            else:
                floor, start = last, 1
        raise RailProtocolError(RAIL, f"more than {PAGES_MAX} pages")


def _from(conditions: Sequence[Condition], floor: str | None) -> list[Condition]:
    """The same question from an instant on."""
    if floor is None:
        return list(conditions)
    others = [one for one in conditions if (one.field, one.operator) != (LAST_CHANGE, ">=")]
    return [*others, Condition(LAST_CHANGE, ">=", floor)]


def _last_change(row: Row) -> str | None:
    """When an object was last changed, in QBO's own text; None when it does not say."""
    meta = row.get("MetaData")
    text = meta.get("LastUpdatedTime") if isinstance(meta, dict) else None
    try:
        return text if isinstance(text, str) and datetime.fromisoformat(text).tzinfo else None
    except ValueError:
        return None


def id_of(row: object) -> str:
    """The id of an object. Raises RailProtocolError."""
    value = row.get("Id") if isinstance(row, dict) else None
    if not isinstance(value, str):
        raise RailProtocolError(RAIL, "an object without an id")
    return value


def text_of(instant: datetime) -> str:
    """An instant as QBO reads it."""
    return instant.astimezone(UTC).isoformat(timespec="seconds")
