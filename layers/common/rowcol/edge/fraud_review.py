"""Routes of the yearly review, for one client and for the whole firm.

As a file it is had as every list is: `reviewFraud` and `reviewFraudOfFirm` (edge/exports).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.caller import PEOPLE
from rowcol.edge.cursor import after_of, cursor_of
from rowcol.edge.operation import Call, Operation, Operations, Query, Reply, table
from rowcol.edge.reading import CURSOR_CHARACTERS_MAX, OfClient, Reading, read_operation
from rowcol.service.fraud_review import Place, ReviewLine, ReviewPart, review, scopes_of

TAG = "Vendors"
LINES_DEFAULT = 200
LINES_MAX = 1_000
DIGITS_MAX = 12


class ReviewQuery(Query):
    """A `year` of New York's calendar; `limit` lines a page, `cursor` as the page before gave."""

    year: Annotated[int, Field(ge=2000, le=2999)]
    limit: Annotated[int, Field(ge=1, le=LINES_MAX)] = LINES_DEFAULT
    cursor: Annotated[str | None, Field(min_length=1, max_length=CURSOR_CHARACTERS_MAX)] = None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Lines in the order of each log, client by client, the firm's own first.

    A page may be short, or empty, and still have a `next_cursor`.
    """

    items: tuple[ReviewLine, ...]
    next_cursor: str | None


def _page(call: Call, clients: Sequence[str]) -> Reply | Refusal:
    asked = call.query_as(ReviewQuery)
    question = {"review": asked.year, "of": call.scope.client}
    start: Place | None = None
    if asked.cursor is not None:
        place = _place(question, asked.cursor)
        if isinstance(place, Refusal):
            return place
        start = place
    store = call.environment.store
    part = review(store, call.caller.firm, clients, asked.year, asked.limit, start)
    following = cursor_of(question, _text(part)) if part.next is not None else None
    return Reply(ReviewPage(part.lines, following))


def _text(part: ReviewPart) -> str:
    assert part.next is not None  # the caller asked
    return f"{part.next.client} {'' if part.next.after is None else part.next.after}"


def _place(question: object, cursor: str) -> Place | Refusal:
    """Where `_text` said; a cursor may have been made up."""
    text = after_of(question, cursor)
    if isinstance(text, Refusal):
        return text
    client, _, after = text.partition(" ")
    if after and not (after.isascii() and after.isdigit() and len(after) <= DIGITS_MAX):
        return Refusal(Code.INVALID_INPUT, "this is no cursor of ours", {"field": "cursor"})
    return Place(client, int(after) if after else None)


def _of_client(read: OfClient) -> Reply | Refusal:
    return _page(read.call, (read.books.scope.client,))


def _of_firm(call: Call) -> Reply | Refusal:
    return _page(call, scopes_of(call.environment.store, call.caller.firm))


READS: Operations = table(
    (
        read_operation(
            Reading(
                "/fraud-review", "reviewFraud", "A year's stops, call-backs, overrides and changes",
                TAG, ReviewPage, ReviewQuery,
            ),
            _of_client,
        ),
        Operation(
            "GET", "/fraud-review", "reviewFraudOfFirm", "The same of all clients and the firm",
            TAG, _of_firm, PEOPLE, {200: ReviewPage}, query=ReviewQuery,
        ),
    )
)  # fmt: skip
