"""One pass of a bank feed, kept so that its rows and its cursor are there together or not at all.

A pass may have more rows than one transaction takes. So the pass itself is what is committed: one
conditional put of the feed with the new cursor and the rows (those that do not fit into it are
staged before, and are nothing until the feed names them). From then on the rows are the bank's
truth, and each is stored by itself; a crash in between is made good by the next run, before it asks
the bank for more. A row never comes twice and never goes missing, and what the bank showed to a
pass that was not committed leaves no trace (decision 0035).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from rowcol.domain.facts import BankChanges, BankLine
from rowcol.domain.link import BankRows, Feed, StagedRows, StoredLine
from rowcol.domain.scope import key_of
from rowcol.service.ports import RailUnavailable
from rowcol.service.store import Books
from rowcol.service.sync.line_twins import TRIES, LineBusy, LineTwins

# Longer than a pass of 20,000 rows takes. It only keeps others from asking in vain: what counts is
# the feed's version, so a pass whose lease ran out is not committed over another.
LEASE = timedelta(seconds=120)
# An item of the table holds 400 KB; a line is at most 1 KB, an id 50 bytes.
LINES_PER_ITEM = 200
IDS_PER_ITEM = 2000


class FeedBusy(RailUnavailable):
    """Another run reads this feed now: come again."""


class PassLost(RailUnavailable):
    """The lease ran out and another run took the feed: what was read is thrown away."""


def feed_id(item_id: str) -> str:
    """Id of the feed of a bank's item."""
    return key_of("bank", item_id)


def lease(books: Books, item_id: str, now: datetime) -> Feed | None:
    """Take the feed for one run, by one conditional put. None when somebody else has it."""
    name = feed_id(item_id)
    known = books.get(Feed, name) or Feed(name, 0)
    if known.leased_until is not None and known.leased_until > now:
        return None
    return _put(books, replace(known, leased_until=now + LEASE))


def release(books: Books, feed: Feed) -> None:
    """Give the feed back as it was; when another run has it by now, nothing."""
    books.save(replace(feed, leased_until=None))


def commit_pass(books: Books, feed: Feed, changes: BankChanges) -> Feed:
    """Keep a complete pass: cursor and rows at once. Raises PassLost, and then nothing is kept.

    One without news keeps the rows of the pass before, which may still be unmatched.
    """
    news = _news(books, changes)
    moved = replace(feed, cursor=changes.cursor, read_through=changes.read.began_at)
    if news.count:
        parts, generation = _parts(news), feed.generation + 1
        for place, rows in enumerate(parts[:-1]):
            _stage(books, feed.id, place, rows, generation)
        moved = replace(moved, generation=generation, rows=parts[-1], staged=len(parts) - 1)
    committed = _put(books, moved)
    if committed is None:
        raise PassLost("plaid", "another run took the feed")
    return committed


def store_rows(books: Books, feed: Feed) -> int:
    """Store each row of the committed pass by itself; how many were news. May be repeated."""
    count = 0
    for place in range(feed.staged):
        staged = books.get(StagedRows, _staged_id(feed.id, place))
        if staged is not None and staged.generation == feed.generation:
            count += _store(books, staged.rows, feed.generation)
    return count + _store(books, feed.rows, feed.generation)


def end_pass(books: Books, feed: Feed) -> None:
    """All rows are stored and matched: the feed is free again."""
    for place in range(feed.staged):
        staged = books.get(StagedRows, _staged_id(feed.id, place))
        if staged is not None and staged.generation == feed.generation:
            books.save(replace(staged, rows=BankRows()))
    books.save(replace(feed, rows=BankRows(), staged=0, leased_until=None))


def _put(books: Books, feed: Feed) -> Feed | None:
    return replace(feed, version=feed.version + 1) if books.save(feed) else None


def _staged_id(name: str, place: int) -> str:
    return key_of(name, str(place))


def _stage(books: Books, name: str, place: int, rows: BankRows, generation: int) -> None:
    """Only the holder of the lease stages; what an abandoned pass left is written over."""
    key = _staged_id(name, place)
    known = books.get(StagedRows, key)
    staged = StagedRows(key, known.version if known is not None else 0, rows, generation)
    if not books.save(staged):
        raise PassLost("plaid", "another run stages rows")


def _news(books: Books, changes: BankChanges) -> BankRows:
    """Rows that differ from what is stored: added, then modified, then removed ones."""
    lines = {line.line_id: line for line in (*changes.added, *changes.modified)}
    removed = tuple(dict.fromkeys(changes.removed_line_ids))
    known = _stored(books, (*lines, *removed))
    gone = frozenset(removed)
    fresh = tuple(
        line
        for name, line in lines.items()
        if name not in gone and _differs(known.get(_line_key(name)), line)
    )
    taken = tuple(
        name
        for name in removed
        # One that is not known is no error: the bank showed and withdrew it between two looks.
        if (there := known.get(_line_key(name))) is not None and not there.removed
    )
    return BankRows(fresh, taken)


def _differs(known: StoredLine | None, line: BankLine) -> bool:
    return known is None or known.removed or known.line != line


def _line_key(line_id: str) -> str:
    return key_of("", line_id)


def _stored(books: Books, line_ids: tuple[str, ...]) -> dict[str, StoredLine]:
    return books.get_many(StoredLine, map(_line_key, line_ids))


def _parts(rows: BankRows) -> list[BankRows]:
    """Rows in items that the table can hold, in order; at least one, which the feed carries."""
    if rows.count <= LINES_PER_ITEM:
        return [rows]
    lines, taken = rows.lines, rows.removed_line_ids
    return [
        *(BankRows(lines[at : at + LINES_PER_ITEM]) for at in range(0, len(lines), LINES_PER_ITEM)),
        *(
            BankRows(removed_line_ids=taken[at : at + IDS_PER_ITEM])
            for at in range(0, len(taken), IDS_PER_ITEM)
        ),
    ]


def _store(books: Books, rows: BankRows, generation: int) -> int:
    known = _stored(books, (*(line.line_id for line in rows.lines), *rows.removed_line_ids))
    new = [line for line in rows.lines if _is_new(known.get(_line_key(line.line_id)), generation)]
    twins, count = LineTwins(books), 0
    twins.look_for(new)
    for line in rows.lines:
        count += _keep(books, twins, line, generation, known.get(_line_key(line.line_id)))
    for line_id in rows.removed_line_ids:
        count += _take_away(books, twins, generation, known.get(_line_key(line_id)))
    return count


def _is_new(before: StoredLine | None, generation: int) -> bool:
    return before is None or (before.removed and before.generation <= generation)


def _keep(
    books: Books, twins: LineTwins, line: BankLine, generation: int, before: StoredLine | None
) -> int:
    """Store one line; 1 when it was news. Imports of statements may write to it meanwhile."""
    key = _line_key(line.line_id)
    for _ in range(TRIES):
        if before is not None and (before.generation > generation or not _differs(before, line)):
            return 0
        if _is_new(before, generation) or before is None:
            version = before.version if before is not None else 0
            fresh = twins.behind(StoredLine(key, version, line, generation=generation))
        else:
            fresh = replace(before, line=line, generation=generation)
        if before is not None and before.twin is not None and _is_another(before.line, line):
            twins.let_go(before)
            fresh = replace(fresh, twin=None, hidden=False)
        if books.save(fresh):
            return 1
        before = books.get(StoredLine, key)
    raise LineBusy(key)


def _is_another(before: BankLine, line: BankLine) -> bool:
    """Whether the bank now tells of another movement."""
    return (before.account_id, before.amount) != (line.account_id, line.amount)


def _take_away(books: Books, twins: LineTwins, generation: int, there: StoredLine | None) -> int:
    for _ in range(TRIES):
        if there is None or there.generation > generation:
            return 0
        if there.removed:
            twins.let_go(there)
            return 0
        if books.save(replace(there, removed=True, generation=generation)):
            twins.let_go(there)
            return 1
        there = books.get(StoredLine, there.id)
    raise LineBusy("a line that the bank took back")
