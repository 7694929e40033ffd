"""What all reads of a client share: its books, a page of a list, and no such client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field

from rowcol.domain.client import Client
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.caller import NOT_FOUND, VIEW
from rowcol.edge.operation import Call, NoQuery, Operation, Query, Reply
from rowcol.service.environment import Environment
from rowcol.service.store import Books

PAGE_DEFAULT = 50
PAGE_MAX = 200
CURSOR_CHARACTERS_MAX = 1_000


class PageQuery(Query):
    """`limit` rows a page, from 1 to 200; `cursor` as the page before gave it."""

    limit: Annotated[int, Field(ge=1, le=PAGE_MAX)] = PAGE_DEFAULT
    cursor: Annotated[str | None, Field(min_length=1, max_length=CURSOR_CHARACTERS_MAX)] = None


@dataclass(frozen=True, slots=True)
class OfClient:
    """A read inside one client's books."""

    call: Call
    books: Books
    client: Client

    @property
    def environment(self) -> Environment:
        """The ports of this process."""
        return self.call.environment

    @property
    def page(self) -> PageQuery:
        """The page asked for. Raises WrongModel."""
        return self.call.query_as(PageQuery)


Read = Callable[[OfClient], "Reply | Refusal"]


@dataclass(frozen=True, slots=True)
class Reading:
    """How a read is described: path below the client, name, summary, tag, and its answer."""

    path: str
    name: str
    summary: str
    tag: str
    answer: Any
    query: type[Query] = NoQuery
    refusals: frozenset[Code] = frozenset()
    headers: Mapping[str, str] = field(default_factory=dict)


def read_operation(reading: Reading, read: Read) -> Operation:
    """A GET below `/clients/{client}` that answers 404 for a client that does not exist."""

    def run(call: Call) -> Reply | Refusal:
        books = call.environment.store.books(call.scope)
        client = books.get(Client, call.scope.client)
        if client is None:
            return NOT_FOUND
        return read(OfClient(call, books, client))

    return Operation(
        "GET",
        f"/clients/{{client}}{reading.path}",
        reading.name,
        reading.summary,
        reading.tag,
        run,
        VIEW,
        {200: reading.answer},
        query=reading.query,
        refusals=reading.refusals,
        headers=reading.headers,
    )
