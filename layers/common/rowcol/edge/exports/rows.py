"""The rows of a list, page by page, as the API itself would show them to who asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rowcol.domain.export import ExportAsked
from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE, Actor, Scope, valid_id
from rowcol.edge.caller import Caller, identify
from rowcol.edge.exports.columns import LINES
from rowcol.edge.exports.lists import PAGED, ExportedList, all_lists
from rowcol.edge.exports.proofs import PROOFS, Proof
from rowcol.edge.http import validated
from rowcol.edge.operation import Call, NoBody, Operation
from rowcol.edge.reading import PAGE_MAX
from rowcol.service.environment import Environment

Row = Mapping[str, Any]


class ListRefused(Exception):
    """A page of a list was refused: as a value in `refusal`."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


def caller_of(environment: Environment, scope: Scope, actor: Actor) -> Caller | Refusal:
    """Who asked, with the rights that they have now. A second factor is not remembered."""
    context = {"sub": actor.id, "firm": scope.firm}
    event = {"requestContext": {"authorizer": context}}
    return identify(event, environment.store, environment.acr_values)


def first_call(
    environment: Environment, caller: Caller, scope: Scope, asked: ExportAsked
) -> tuple[ExportedList | Proof, Call] | Refusal:
    """The list or proof and its first call; refused as its own operation would refuse."""
    found = PROOFS.get(asked.list) or all_lists().get(asked.list)
    if found is None or found.of_client is (scope.client == FIRM_WIDE):
        where = "a client" if scope.client != FIRM_WIDE else "the firm"
        return Refusal(Code.NOT_FOUND, f"no list of {where} is called {asked.list[:80]}")
    if asked.format not in found.formats:
        told = ", ".join(sorted(found.formats))
        return Refusal(Code.INVALID_INPUT, f"it is had as {told}", {"field": "format"})
    operation = found.operation
    if operation.needs is not None:
        refused = caller.refusal(scope.client, operation.needs)
        if refused is not None:
            return refused
    parts = {name: asked.path.get(name, "") for name in found.parts}
    if set(asked.path) != set(parts) or not all(valid_id(value) for value in parts.values()):
        return Refusal(
            Code.INVALID_INPUT,
            f"path must name {', '.join(found.parts) or 'nothing'}",
            {"field": "path"},
        )
    if {"limit", "cursor"} & set(asked.filter):
        return Refusal(Code.INVALID_INPUT, "an export is of all pages", {"field": "filter"})
    path = parts if scope.client == FIRM_WIDE else {"client": scope.client, **parts}
    page: dict[str, Any] = {**asked.filter}
    if "limit" in operation.query.model_fields:
        page["limit"] = str(_largest_page(operation))
    query = validated(operation.query, page, "filter")
    if isinstance(query, Refusal):
        return query
    return found, Call(environment, caller, path, NoBody(), query, None, None)


def _largest_page(operation: Operation) -> int:
    """As many rows a page as the list gives."""
    said = operation.query.model_fields["limit"].metadata
    most: list[int] = [one.le for one in said if hasattr(one, "le")]
    return min(most, default=PAGE_MAX)


def rows_of(found: ExportedList, call: Call) -> Iterator[Row]:
    """All rows. Raises ListRefused."""
    while True:
        answer = found.operation.run(call)
        if isinstance(answer, Refusal):
            raise ListRefused(answer)
        page: Mapping[str, Any] = to_plain(answer.body)
        for row in page[found.field]:
            if found.has_lines:
                yield from ({**row, LINES: line} for line in row[LINES])
            else:
                yield row
        cursor = page.get(PAGED) if found.is_paged else None
        if cursor is None:
            return
        query = call.query.model_copy(update={"cursor": cursor})
        call = Call(
            call.environment, call.caller, call.path, call.body, query, None, None, call.deadline
        )
