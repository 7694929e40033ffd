"""Routes of matches between bank lines and open items, of bank names, and of the tolerance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field

from rowcol.domain.cash_matching.candidate import Strength
from rowcol.domain.cash_matching.cash_match import (
    LINES_MAX,
    PARTS_MAX,
    CashMatch,
    MatchState,
    listed,
)
from rowcol.domain.cash_matching.wanted import CashTarget, TargetKind
from rowcol.domain.client import Client
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.amounts import MoneyBody, money_of
from rowcol.edge.bank_lines import REASON_CHARACTERS_MAX, TAG, MatchReasonBody
from rowcol.edge.caller import NOT_FOUND, POST, RECORD
from rowcol.edge.operation import Body, Call, Operation, Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.edge.writing import Shown, write
from rowcol.service.cash_matches.choose import WishedPart
from rowcol.service.cash_matches.decide_match import Wish, confirm, reject, undo
from rowcol.service.cash_matches.lines import line_key
from rowcol.service.cash_matches.run import CashLook, look
from rowcol.service.change import Change
from rowcol.service.sync.bank import look_at_cash

_ROUTE = "/clients/{client}/matches"
_ONE = f"{_ROUTE}/{{match}}"
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Reason = Annotated[str | None, Field(min_length=1, max_length=REASON_CHARACTERS_MAX)]


class MatchItemBody(Body):
    """A payment, bill or invoice. `amount`: what of an invoice is paid, if not all that is open."""

    kind: TargetKind
    id: Id
    amount: MoneyBody | None = None


class MatchBody(Body):
    """A proposal by its `match_id`; or `line_ids` and the `items` that they are the money of.

    Lines without items are set aside, which needs a `reason`.
    """

    match_id: Id | None = None
    line_ids: Annotated[list[Id] | None, Field(min_length=1, max_length=LINES_MAX)] = None
    items: Annotated[list[MatchItemBody], Field(default_factory=list, max_length=PARTS_MAX)]
    reason: Reason = None


class MatchRunBody(Body):
    """`dry_run`: what would be confirmed and proposed, without effect.

    `since`: look at lines older than 120 days as well, at most 400 days back.
    """

    dry_run: bool = False
    since: date | None = None


class MatchesQuery(PageQuery):
    """Matches of one state; matched proposals before suggested ones, then the oldest lines first.

    `strength`: of proposals only.
    """

    state: MatchState = MatchState.TENTATIVE
    strength: Strength | None = None


@dataclass(frozen=True, slots=True)
class MatchesPage:
    """A page of matches."""

    items: tuple[CashMatch, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class MatchRunShown:
    """What a run did or would do. `news`: of payments and payouts too; 0 without effect."""

    dry_run: bool
    news: int
    looked: CashLook


def _confirm(call: Call) -> Reply | Refusal:
    body = call.body_as(MatchBody)
    if (body.match_id is None) == (body.line_ids is None):
        return Refusal(
            Code.INVALID_INPUT, "name a match, or lines and items", {"field": "match_id"}
        )
    if body.match_id is not None and body.items:
        return Refusal(Code.INVALID_INPUT, "a match has its own items", {"field": "items"})
    parts = _parts(call, body.items)
    if isinstance(parts, Refusal):
        return parts
    asked = {"confirm": body.model_dump(mode="json")}
    return write(call, lambda change: _plan(change, body, parts), Shown, asked)


def _parts(call: Call, items: list[MatchItemBody]) -> tuple[WishedPart, ...] | Refusal:
    owner = call.environment.store.books(call.scope).get(Client, call.scope.client)
    if owner is None:
        return NOT_FOUND
    found: list[WishedPart] = []
    for place, item in enumerate(items):
        target = CashTarget(item.kind, item.id)
        if item.amount is None:
            found.append(WishedPart(target))
            continue
        amount = money_of(item.amount, owner.currency, f"items.{place}.amount")
        if isinstance(amount, Refusal):
            return amount
        found.append(WishedPart(target, amount))
    return tuple(found)


def _plan(change: Change, body: MatchBody, parts: tuple[WishedPart, ...]) -> CashMatch | Refusal:
    if body.match_id is None:
        return confirm(change, Wish(body.line_ids or (), parts, body.reason))
    match = change.get(CashMatch, body.match_id)
    if match is None:
        return NOT_FOUND
    if match.state is not MatchState.TENTATIVE:
        return Refusal(
            Code.WRONG_STATE,
            f"a match that is {match.state.value} cannot be confirmed",
            {"state": match.state.value},
            remedy="name its lines and items to make it again",
        )
    names = [line_key(line_id) for line_id in match.line_ids]
    wished = tuple(WishedPart(part.target) for part in match.parts)
    return confirm(change, Wish(names, wished, body.reason))


def _reject(call: Call) -> Reply | Refusal:
    name, reason = call.path["match"], call.body_as(MatchReasonBody).reason
    asked = {"reject": name, "reason": reason}
    return write(call, lambda change: reject(change, name, reason), Shown, asked)


def _undo(call: Call) -> Reply | Refusal:
    name, reason = call.path["match"], call.body_as(MatchReasonBody).reason
    asked = {"undo": name, "reason": reason}
    return write(call, lambda change: undo(change, name, reason), Shown, asked)


def _run(call: Call) -> Reply | Refusal:
    books = call.environment.store.books(call.scope)
    client = books.get(Client, call.scope.client)
    if client is None:
        return NOT_FOUND
    body = call.body_as(MatchRunBody)
    if body.dry_run:
        return Reply(MatchRunShown(True, 0, look(call.environment, books, client, body.since)))
    news, looked = look_at_cash(call.environment, call.scope, None, body.since)
    return Reply(MatchRunShown(False, news, looked))


def _list(read: OfClient) -> Reply:
    asked = read.call.query_as(MatchesQuery)
    prefix = listed(asked.state, asked.strength)
    page = read.books.ids(CashMatch, prefix, asked.cursor, asked.limit)
    found = read.books.get_many(CashMatch, page.ids)
    items = tuple(found[name] for name in page.ids if name in found)
    return Reply(MatchesPage(items, page.next_key))


def _one(read: OfClient) -> Reply | Refusal:
    match = read.books.get(CashMatch, read.call.path["match"])
    return NOT_FOUND if match is None else Reply(match)


_AMOUNTS = frozenset(
    {
        Code.AMOUNT_NOT_POSITIVE, Code.AMOUNT_PRECISION, Code.AMOUNT_TOO_LARGE,
        Code.CURRENCY_MISMATCH,
    }
)  # fmt: skip
_CHOOSING = _AMOUNTS | {
    Code.LINE_TAKEN,
    Code.MATCH_DIFFERS,
    Code.TOO_MANY_ITEMS,
    Code.WRONG_STATE,
}
READS: Operations = table(
    (
        read_operation(
            Reading("/matches", "listMatches", "Matches by state", TAG, MatchesPage, MatchesQuery),
            _list,
        ),
        read_operation(
            Reading("/matches/{match}", "readMatch", "One match, explained", TAG, CashMatch), _one
        ),
    )
)  # fmt: skip
COMMANDS: Operations = table(
    (
        Operation(
            "POST", _ROUTE, "confirmMatch",
            "Confirm a proposal or a combination of one's own, or set lines aside", TAG, _confirm,
            POST, {200: CashMatch}, body=MatchBody, refusals=_CHOOSING,
            example={
                "line_ids": ["line-1"],
                "items": [{"kind": "invoice", "id": "inv-77"}],
                "reason": "the customer says so",
            },
        ),
        Operation(
            "POST", f"{_ROUTE}/run", "runMatching", "Match all lines now, or try it",
            TAG, _run, RECORD, {200: MatchRunShown}, body=MatchRunBody, example={"dry_run": True},
        ),
        Operation(
            "POST", f"{_ONE}/reject", "rejectMatch", "Say no to a proposal: it is not made again",
            TAG, _reject, POST, {200: CashMatch}, body=MatchReasonBody,
            refusals=frozenset({Code.WRONG_STATE}), example={"reason": "another customer's"},
        ),
        Operation(
            "POST", f"{_ONE}/undo", "undoMatch", "Take a confirmed match back", TAG, _undo, POST,
            {200: CashMatch}, body=MatchReasonBody, refusals=frozenset({Code.WRONG_STATE}),
            example={"reason": "confirmed by mistake"},
        ),
    )
)  # fmt: skip
