"""Routes of bank lines: whose each is, what it may be, and freeing one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from rowcol.domain.calendar import local_date
from rowcol.domain.cash_matching.candidate import MatchCandidate
from rowcol.domain.cash_matching.cash_match import CashMatch
from rowcol.domain.cash_matching.scored import candidates
from rowcol.domain.cash_matching.wanted import CashTarget
from rowcol.domain.link import StoredLine
from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.caller import NOT_FOUND, POST
from rowcol.edge.cursor import after_of, cursor_of
from rowcol.edge.operation import Body, Call, Operation, Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.edge.writing import Shown, write
from rowcol.service.cash_matches.gather import gather
from rowcol.service.cash_matches.lines import (
    LineFilter,
    LineShown,
    LineState,
    line_key,
    list_lines,
    shown,
)
from rowcol.service.cash_matches.release import release_line
from rowcol.service.sync.times import sync_times

TAG = "Cash matching"
REASON_CHARACTERS_MAX = 500
Minor = Annotated[int, Field(ge=0, le=10**13)]


class LinesQuery(PageQuery):
    """`state`; `account`; the days `from`..`to`; amounts in minor units without sign.

    `money_in`: only credits, or only debits. By day, the oldest first. A page may hold fewer lines
    than asked, or none, and still go on.
    """

    state: LineState | None = None
    account: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    first: Annotated[date | None, Field(alias="from")] = None
    last: Annotated[date | None, Field(alias="to")] = None
    amount_min: Minor | None = None
    amount_max: Minor | None = None
    money_in: bool | None = None


class MatchReasonBody(Body):
    """`reason`: kept with the match."""

    reason: Annotated[str | None, Field(min_length=1, max_length=REASON_CHARACTERS_MAX)] = None


@dataclass(frozen=True, slots=True)
class LinesPage:
    """A page of lines. `synced_at`: when the bank was last read."""

    items: tuple[LineShown, ...]
    next_cursor: str | None
    synced_at: datetime | None


@dataclass(frozen=True, slots=True)
class CandidateItem:
    """One item of a candidate: what it is, whose, how much as at the bank, and when expected."""

    target: CashTarget
    party_name: str
    number: str | None
    amount: Money
    expected_on: date


@dataclass(frozen=True, slots=True)
class CandidateShown:
    """A candidate with its explanation. `id` is that of the match it would become.

    `line_ids`: ours, as in paths.
    """

    id: str
    candidate: MatchCandidate
    line_ids: tuple[str, ...]
    items: tuple[CandidateItem, ...]


@dataclass(frozen=True, slots=True)
class LineWithCandidates:
    """One line: the match it has or that is proposed, and what it may be, the best first.

    `gave_up`: the search for sums was cut short, so that there may be more.
    """

    line: LineShown
    match: CashMatch | None
    candidates: tuple[CandidateShown, ...]
    gave_up: bool


def _list(read: OfClient) -> Reply | Refusal:
    asked = read.call.query_as(LinesQuery)
    wanted = LineFilter(
        asked.state,
        asked.account,
        asked.first,
        asked.last,
        asked.amount_min,
        asked.amount_max,
        asked.money_in,
    )
    after = after_of(wanted, asked.cursor) if asked.cursor is not None else None
    if isinstance(after, Refusal):
        return after
    page = list_lines(read.books, wanted, after, asked.limit)
    more = cursor_of(wanted, page.next_key) if page.next_key is not None else None
    return Reply(LinesPage(page.items, more, sync_times(read.books).bank_lines))


def _one(read: OfClient) -> Reply | Refusal:
    stored = read.books.get(StoredLine, read.call.path["line"])
    if stored is None or stored.removed:
        return NOT_FOUND
    (line,) = shown(read.books, (stored,))
    match = read.books.get(CashMatch, line.match_id) if line.match_id is not None else None
    if line.state not in (LineState.UNMATCHED, LineState.PROPOSED):
        return Reply(LineWithCandidates(line, match, (), False))
    today = local_date(read.environment.now(), read.client.zone)
    pool = gather(read.books, read.client, max(today, stored.line.posted_on)).pool
    found = candidates(pool, stored.line)
    items = {item.target: item for item in pool.items}
    own = {one.line_id: one for one in pool.lines}
    rows = tuple(
        CandidateShown(
            one.id,
            one,
            tuple(line_key(name) for name in one.line_ids if name in own),
            tuple(
                CandidateItem(
                    target,
                    items[target].wanted.vendor_name,
                    items[target].wanted.invoice_number,
                    items[target].wanted.amount,
                    items[target].expected_on,
                )
                for target in one.targets
            ),
        )
        for one in found.found
    )
    return Reply(LineWithCandidates(line, match, rows, found.gave_up))


def _release(call: Call) -> Reply | Refusal:
    name, body = call.path["line"], call.body_as(MatchReasonBody)
    return write(
        call,
        lambda change: release_line(change, name, body.reason),
        Shown,
        {"release": name, "reason": body.reason},
    )


READS: Operations = table(
    (
        read_operation(
            Reading(
                "/bank-lines", "listBankLines", "Bank lines, and whose each is", TAG, LinesPage,
                LinesQuery, frozenset({Code.INVALID_INPUT}),
            ),
            _list,
        ),
        read_operation(
            Reading(
                "/bank-lines/{line}", "readBankLine",
                "One bank line, and what it may be, explained", TAG, LineWithCandidates,
            ),
            _one,
        ),
    )
)  # fmt: skip
COMMANDS: Operations = table(
    (
        Operation(
            "POST", "/clients/{client}/bank-lines/{line}/release", "releaseBankLine",
            "Take back what a bank line is matched with, whoever matched it", TAG, _release, POST,
            {200: CashMatch}, body=MatchReasonBody, refusals=frozenset({Code.WRONG_STATE}),
            example={"reason": "the debit of another vendor"},
        ),
    )
)  # fmt: skip
