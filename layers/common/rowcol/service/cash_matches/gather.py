"""All that waits for money at a client's bank, and all lines that are nobody's: read once a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from rowcol.domain.cash_matching.alias import BankAlias
from rowcol.domain.cash_matching.cash_match import CashMatch, MatchState, listed
from rowcol.domain.cash_matching.pool import Pool
from rowcol.domain.cash_matching.tolerance import TOLERANCE, CashTolerance
from rowcol.domain.client import Client
from rowcol.domain.facts import BankLine
from rowcol.domain.link import Link
from rowcol.domain.scope import key_of
from rowcol.service.cash_matches.open_items import open_items
from rowcol.service.listing import every_id
from rowcol.service.store import Books
from rowcol.service.stored_lines import StoredLines

# How far back lines are looked at unasked: as long as a late customer takes. Asked for older ones
# (a statement of last winter, a person's wish), a run goes back further, and once.
LOOK_BACK = timedelta(days=120)
LOOK_BACK_MAX = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The pool of one look. `first`: since when lines are looked at, `lines`: all of that time,
    `claims` by the bank's line id.
    """

    pool: Pool
    first: date
    lines: tuple[BankLine, ...]
    claims: Mapping[str, Link]


def aliases_of(books: Books) -> dict[str, str]:
    """Party ids by normalised texts; texts of several parties tell nothing."""
    every = books.get_many(BankAlias, every_id(books, BankAlias, "")).values()
    return {alias.text: alias.party_id for alias in every if alias.party_id is not None}


def gather(
    books: Books,
    client: Client,
    today: date,
    stored: StoredLines | None = None,
    since: date | None = None,
) -> Gathered:
    """Read what one look at a client's bank needs. Pending lines are nobody's yet.

    `since`: an earlier day than the usual one, at most LOOK_BACK_MAX ago.
    """
    first = today - LOOK_BACK
    if since is not None:
        first = max(min(first, since), today - LOOK_BACK_MAX)
    lines = (stored or StoredLines(books)).between(first, today, today)
    links = books.get_many(Link, [key_of("bank", line.line_id) for line in lines])
    claims = {
        line.line_id: link
        for line in lines
        if (link := links.get(key_of("bank", line.line_id))) is not None and link.is_claimed
    }
    free = [line for line in lines if not line.pending and line.line_id not in claims]
    proposed = books.ids(CashMatch, listed(MatchState.TENTATIVE, None), None, 1).ids
    items = open_items(books, client) if free or proposed else ()
    tolerance = books.get(CashTolerance, TOLERANCE) or CashTolerance()
    aliases = aliases_of(books) if free else {}
    taken = [line for line in lines if line.line_id in claims]
    return Gathered(Pool(items, free, tolerance, aliases, taken), first, lines, claims)
