"""Routes of the dashboard's figures: of all clients that the caller may see, and of one."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from rowcol.domain.client import Client
from rowcol.domain.refusal import Refusal
from rowcol.edge.caller import NOT_FOUND, VIEW
from rowcol.edge.operation import Call, Operation, Operations, Query, Reply, table
from rowcol.service.figures import Figures, figures_of

TAG = "Figures"


class FiguresQuery(Query):
    """`month` in which payments were made, as 2026-11; this month, in UTC, unless it is given."""

    month: Annotated[str | None, Field(pattern=r"^20[0-9]{2}-(0[1-9]|1[0-2])$")] = None


def _firm(call: Call) -> Reply:
    month = call.query_as(FiguresQuery).month
    names = call.visible_clients()
    return Reply(figures_of(call.environment, call.caller.firm, names, month))


def _client(call: Call) -> Reply | Refusal:
    if call.environment.store.books(call.scope).get(Client, call.scope.client) is None:
        return NOT_FOUND
    month, name = call.query_as(FiguresQuery).month, call.scope.client
    return Reply(figures_of(call.environment, call.caller.firm, (name,), month))


READS: Operations = table(
    (
        Operation(
            "GET", "/figures", "readFigures", "Figures across clients", TAG, _firm, None,
            {200: Figures}, query=FiguresQuery,
        ),
        Operation(
            "GET", "/clients/{client}/figures", "readClientFigures", "Figures of one client",
            TAG, _client, VIEW, {200: Figures}, query=FiguresQuery,
        ),
    )
)  # fmt: skip
