"""Routes of what banks call parties, and of how far a line may be from an item."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from rowcol.domain.cash_matching.alias import BankAlias
from rowcol.domain.cash_matching.tolerance import (
    BASIS_POINTS_MAX,
    FLOOR_MINOR_MAX,
    TOLERANCE,
    CashTolerance,
)
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.bank_lines import TAG
from rowcol.edge.caller import CONFIGURE, POST
from rowcol.edge.operation import ETAG, Body, Call, Operation, Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.edge.writing import Shown, write
from rowcol.service.cash_matches.settings import forget_alias, put_tolerance

_ALIAS = "/clients/{client}/bank-aliases/{alias}"
_TOLERANCE = "/clients/{client}/cash-tolerance"


class CashToleranceBody(Body):
    """The larger of a share in basis points and a floor in minor units."""

    basis_points: Annotated[int, Field(ge=0, le=BASIS_POINTS_MAX)]
    floor_minor: Annotated[int, Field(ge=0, le=FLOOR_MINOR_MAX)]


@dataclass(frozen=True, slots=True)
class AliasesPage:
    """A page of what banks call parties, by text."""

    items: tuple[BankAlias, ...]
    next_cursor: str | None


def _aliases(read: OfClient) -> Reply:
    asked = read.page
    page = read.books.ids(BankAlias, "", asked.cursor, asked.limit)
    found = read.books.get_many(BankAlias, page.ids)
    items = tuple(found[name] for name in page.ids if name in found)
    return Reply(AliasesPage(items, page.next_key))


def _forget(call: Call) -> Reply | Refusal:
    name = call.path["alias"]
    return write(call, lambda change: forget_alias(change, name), Shown, {"forget": name})


def _read_tolerance(read: OfClient) -> Reply:
    known = read.books.get(CashTolerance, TOLERANCE) or CashTolerance()
    return Reply(known, headers={"ETag": f'"{known.version}"'})


def _put_tolerance(call: Call) -> Reply | Refusal:
    body, version = call.body_as(CashToleranceBody), call.version
    assert version is not None  # the operation needs If-Match
    return write(
        call,
        lambda change: put_tolerance(change, body.basis_points, body.floor_minor, version),
        lambda stored: Shown(stored, {"ETag": f'"{stored.version + 1}"'}),
        None,
    )


READS: Operations = table(
    (
        read_operation(
            Reading(
                "/bank-aliases", "listBankAliases", "What banks call parties, as people taught it",
                TAG, AliasesPage, PageQuery,
            ),
            _aliases,
        ),
        read_operation(
            Reading(
                "/cash-tolerance", "readCashTolerance", "How far a line may be from an item", TAG,
                CashTolerance, headers=ETAG,
            ),
            _read_tolerance,
        ),
    )
)  # fmt: skip
COMMANDS: Operations = table(
    (
        Operation(
            "DELETE", _ALIAS, "forgetBankAlias", "Forget whose a bank's text was", TAG, _forget,
            POST, {200: BankAlias},
        ),
    )
)  # fmt: skip
SETTINGS: Operations = table(
    (
        Operation(
            "PUT", _TOLERANCE, "putCashTolerance", "Another tolerance", TAG, _put_tolerance,
            CONFIGURE, {200: CashTolerance}, body=CashToleranceBody, if_match=True,
            refusals=frozenset(
                {Code.VERSION_MISMATCH, Code.VERSION_REQUIRED, Code.STEP_UP_REQUIRED}
            ),
            example={"basis_points": 50, "floor_minor": 500}, headers=ETAG,
        ),
    )
)  # fmt: skip
