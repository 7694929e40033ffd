"""Bank lines as people look at them: whose each is, or what it may be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rowcol.domain.cash_matching.candidate import is_match
from rowcol.domain.cash_matching.cash_match import CashMatch, How, MatchState
from rowcol.domain.cash_matching.text import LineKind, line_kind
from rowcol.domain.facts import BankLine
from rowcol.domain.link import Link, StoredLine
from rowcol.domain.scope import key_of
from rowcol.service.cash_matches.decide_match import proposal_key
from rowcol.service.store import Books
from rowcol.service.stored_lines import counts

# How many lines are read at most for one page, so that a rare filter still answers in time.
READ_MAX = 2_000
_CHUNK = 200


class LineState(StrEnum):
    """Nobody's, perhaps somebody's, somebody's, set aside by a person, or not posted yet."""

    UNMATCHED = "unmatched"
    PROPOSED = "proposed"
    MATCHED = "matched"
    SET_ASIDE = "set_aside"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class LineFilter:
    """Which lines: days are inclusive, amounts are minor units without sign."""

    state: LineState | None = None
    account_id: str | None = None
    first: date | None = None
    last: date | None = None
    minor_min: int | None = None
    minor_max: int | None = None
    money_in: bool | None = None

    def takes(self, line: BankLine) -> bool:
        """Whether a line passes all but the state."""
        minor = abs(line.amount.minor)
        return (
            self.account_id in (None, line.account_id)
            and (self.minor_min is None or minor >= self.minor_min)
            and (self.minor_max is None or minor <= self.minor_max)
            and (self.money_in is None or (line.amount.minor < 0) == self.money_in)
        )


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line, by our id of it. `claimed_by`: the match, or the payment or its rail payment.

    `match_id`: of the confirmed match or the proposal. `line_kind`: what its text tells of.
    """

    id: str
    line: BankLine
    state: LineState
    line_kind: LineKind
    claimed_by: str | None
    match_id: str | None


@dataclass(frozen=True, slots=True)
class LinePage:
    """Lines by day, oldest first, and where the next page starts. It may hold fewer than asked."""

    items: tuple[LineShown, ...]
    next_key: str | None


def line_key(line_id: str) -> str:
    """Our id of a line by the bank's own."""
    return key_of("", line_id)


def list_lines(books: Books, wanted: LineFilter, after: str | None, limit: int) -> LinePage:
    """One page. Reads at most READ_MAX lines: a page may be short, or empty, and go on."""
    found: list[LineShown] = []
    at = after or (wanted.first.isoformat() if wanted.first is not None else None)
    read = 0
    while read < READ_MAX:
        page = books.ids(StoredLine, "", at, min(_CHUNK, READ_MAX - read))
        stored = books.get_many(StoredLine, page.ids)
        rows = [stored[name] for name in page.ids if name in stored]
        if not rows:
            return LinePage(tuple(found), None)
        read += len(page.ids)
        over = [row for row in rows if _is_over(row, wanted)]
        kept = [row for row in rows if row not in over and counts(row) and wanted.takes(row.line)]
        for one in shown(books, kept):
            if wanted.state in (None, one.state):
                found.append(one)
                if len(found) == limit:
                    last = stored[one.id].list_key
                    more = page.next_key is not None or one.id != rows[-1].id
                    return LinePage(tuple(found), last if more else None)
        if over or page.next_key is None:
            return LinePage(tuple(found), None)
        at = page.next_key
    return LinePage(tuple(found), at)


def _is_over(row: StoredLine, wanted: LineFilter) -> bool:
    """Whether the list has come past the last day; hidden lines follow all others."""
    late = wanted.last is not None and row.line.posted_on > wanted.last
    return late or not (row.removed or counts(row))


def shown(books: Books, rows: Iterable[StoredLine]) -> tuple[LineShown, ...]:
    """How each line stands. Three reads, however many lines."""
    every = tuple(rows)
    if not every:
        return ()
    names = [row.line.line_id for row in every]
    claims = books.get_many(Link, [key_of("bank", name) for name in names])
    pointers = books.get_many(Link, [proposal_key(name) for name in names])
    wanted = {
        link.bill_id
        for link in (*claims.values(), *pointers.values())
        if link.is_claimed and is_match(link.bill_id)
    }
    matches = books.get_many(CashMatch, sorted(wanted)) if wanted else {}
    return tuple(
        _shown(
            row,
            claims.get(key_of("bank", row.line.line_id)),
            pointers.get(proposal_key(row.line.line_id)),
            matches,
        )
        for row in every
    )


def _shown(
    row: StoredLine, claim: Link | None, pointer: Link | None, matches: dict[str, CashMatch]
) -> LineShown:
    by = claim.bill_id if claim is not None and claim.is_claimed else None
    match = matches.get(by) if by is not None else None
    proposed = matches.get(pointer.bill_id) if pointer is not None else None
    if by is not None:
        aside = match is not None and match.how is How.SET_ASIDE
        state = LineState.SET_ASIDE if aside else LineState.MATCHED
    elif proposed is not None and proposed.state is MatchState.TENTATIVE:
        state, match = LineState.PROPOSED, proposed
    else:
        state = LineState.PENDING if row.line.pending else LineState.UNMATCHED
    name = match.id if match is not None else None
    return LineShown(row.id, row.line, state, line_kind(row.line.text), by, name)
