"""What a client's books hold already of the days and accounts that a file is about."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from rowcol.domain.facts import BankLine
from rowcol.domain.link import HIDDEN, LineSource, StoredLine
from rowcol.domain.money import Money
from rowcol.domain.statements.importing import KeptLine, Known
from rowcol.domain.statements.mapping import STATEMENT_BOOKS, StatementBooks
from rowcol.domain.statements.statement import StatementLine
from rowcol.domain.statements.twins import DAYS_APART_MAX
from rowcol.service.listing import every_id
from rowcol.service.store import Books

LINES_PER_PAGE = 500


@dataclass(frozen=True, slots=True)
class Held:
    """Lines by account: those of statements, by their keys, and those of the bank's feed.

    `brought`: those of statements once more, as lines; `named` are the ids of those that have the
    bank's reference.
    """

    known: dict[str, Known] = field(default_factory=dict)
    brought: tuple[BankLine, ...] = ()
    named: frozenset[str] = frozenset()
    feed: dict[str, tuple[BankLine, ...]] = field(default_factory=dict)

    def of_account(self, account_id: str) -> Known:
        """Lines of statements of one account."""
        return self.known.get(account_id, Known.nothing())


def books_of(books: Books) -> StatementBooks:
    """What a client's statement files share; nothing yet before the first one."""
    return books.get(StatementBooks, STATEMENT_BOOKS) or StatementBooks(STATEMENT_BOOKS, 0)


def held_lines(
    books: Books, accounts: Collection[str], days: Collection[date], *, is_first: bool
) -> Held:
    """Lines of these accounts in the months of these days, and a few days around them.

    Feed lines that are another's twin already are left out. `is_first`: there are no lines of
    statements yet, so that hidden ones need not be looked for.
    """
    kept: dict[str, list[KeptLine]] = {}
    brought: list[BankLine] = []
    named: set[str] = set()
    feed: dict[str, list[BankLine]] = {}
    for month in months_of(days):
        for prefix in (month,) if is_first else (month, f"{HIDDEN}{month}"):
            for stored in _listed(books, prefix):
                account = stored.line.account_id
                if stored.removed or account not in accounts:
                    continue
                if stored.source is LineSource.STATEMENT:
                    kept.setdefault(account, []).append(_kept(stored))
                    brought.append(stored.line)
                    if stored.keys is not None and stored.keys.reference is not None:
                        named.add(stored.line.line_id)
                elif is_free_of_feed(stored):
                    feed.setdefault(account, []).append(stored.line)
    return Held(
        {account: Known.of(lines) for account, lines in kept.items()},
        tuple(brought),
        frozenset(named),
        {account: tuple(lines) for account, lines in feed.items()},
    )


def _listed(books: Books, prefix: str) -> Iterator[StoredLine]:
    ids = every_id(books, StoredLine, prefix, LINES_PER_PAGE)
    for at in range(0, len(ids), LINES_PER_PAGE):
        yield from books.get_many(StoredLine, ids[at : at + LINES_PER_PAGE]).values()


def is_free_of_feed(stored: StoredLine) -> bool:
    """Whether a line of the feed may still be the twin of a statement's."""
    return (
        stored.source is LineSource.PLAID
        and not stored.removed
        and not stored.hidden
        and stored.twin is None
    )


def months_of(days: Collection[date]) -> list[str]:
    """Months of these days and of those near them, "2026-11", in order."""
    apart = timedelta(DAYS_APART_MAX)
    near = {each for day in set(days) for each in (day - apart, day, day + apart)}
    return sorted({f"{day.year:04d}-{day.month:02d}" for day in near})


def _kept(stored: StoredLine) -> KeptLine:
    assert stored.keys is not None  # every line of a statement has them
    line = stored.line
    told = StatementLine(0, line.posted_on, -line.amount.minor, line.text)
    return KeptLine(stored.keys, told, frozenset(stored.imports))


def bank_line(
    line: StatementLine, line_id: str, account_id: str, currency: str, trace: str | None
) -> BankLine:
    """A statement's line as the books have lines: money out is positive there."""
    return BankLine(
        line_id,
        account_id,
        Money(-line.amount_minor, currency),
        line.posted_on,
        False,
        line.description,
        trace,
        line.check_number,
        None,
    )
