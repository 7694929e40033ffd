"""The route that asks what the runway would be if items moved, fell away or came. Only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from rowcol.domain.client import Client
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.runway import Flow
from rowcol.domain.runway_lines import CashLines, lines_of, runway_of
from rowcol.domain.runway_scenario import (
    CHANGES_MAX,
    Add,
    CashDifference,
    Change,
    Drop,
    Move,
    changed,
    difference,
)
from rowcol.edge.amounts import MoneyBody, money_of
from rowcol.edge.caller import NOT_FOUND, VIEW
from rowcol.edge.operation import Body, Call, Operation, Operations, Reply, table
from rowcol.edge.runway import TAG, items_of
from rowcol.service.runway import gather
from rowcol.service.sync.times import SyncTimes, sync_times

LABEL_CHARACTERS_MAX = 80


class Direction(StrEnum):
    """Which way money goes."""

    IN = "in"
    OUT = "out"


SourceId = Annotated[str, Field(min_length=1, max_length=64)]
Label = Annotated[str, Field(min_length=1, max_length=LABEL_CHARACTERS_MAX)]


class ScenarioMove(Body):
    """The item happens on another day; on a bank holiday or weekend, the next bank day."""

    change: Literal["move"]
    source_id: SourceId
    day: date


class ScenarioDrop(Body):
    """The item does not happen. `burn` names all average burn."""

    change: Literal["drop"]
    source_id: SourceId


class ScenarioAdd(Body):
    """Something more happens."""

    change: Literal["add"]
    amount: MoneyBody
    direction: Direction
    day: date
    label: Label


AnyChange = Annotated[ScenarioMove | ScenarioDrop | ScenarioAdd, Field(discriminator="change")]


class ScenarioBody(Body):
    """`days` as for the runway. Each item is changed at most once; the order does not matter."""

    days: Literal[14, 30, 91] = 30
    changes: Annotated[list[AnyChange], Field(min_length=1, max_length=CHANGES_MAX)]


@dataclass(frozen=True, slots=True)
class ScenarioShown:
    """Both lines before and after the changes, and what differs."""

    client: str
    currency: str
    days: int
    first_day: date
    before: CashLines
    after: CashLines
    difference: CashDifference
    items: tuple[Flow, ...]
    more_items: int
    synced_at: SyncTimes


def _scenario(call: Call) -> Reply | Refusal:
    body = call.body_as(ScenarioBody)
    books = call.environment.store.books(call.scope)
    client = books.get(Client, call.scope.client)
    if client is None:
        return NOT_FOUND
    changes = _changes(body, client.currency)
    if isinstance(changes, Refusal):
        return changes
    sources = gather(books, client, call.environment.now())
    before = runway_of(sources, body.days)
    if isinstance(before.lines, Refusal):
        return before.lines
    flows = changed(before.flows, changes, sources.first, client.schedule_days_max)
    if isinstance(flows, Refusal):
        return flows
    after = lines_of(sources, flows, body.days)
    assert isinstance(after, CashLines)  # the balance is known, as it was before
    differs = difference(before.lines, after)
    items = items_of(tuple(sorted(flows, key=lambda flow: (flow.day, flow.source_id))))
    return Reply(
        ScenarioShown(
            client.id,
            client.currency,
            body.days,
            sources.first,
            before.lines,
            after,
            differs,
            *items,
            sync_times(books),
        )
    )


def _changes(body: ScenarioBody, currency: str) -> tuple[Change, ...] | Refusal:
    found: list[Change] = []
    for place, asked in enumerate(body.changes):
        match asked:
            case ScenarioMove():
                found.append(Move(asked.source_id, asked.day))
            case ScenarioDrop():
                found.append(Drop(asked.source_id))
            case ScenarioAdd():
                amount = money_of(asked.amount, currency, f"changes.{place}.amount")
                if isinstance(amount, Refusal):
                    return amount
                signed = amount if asked.direction is Direction.IN else -amount
                found.append(Add(signed, asked.day, asked.label))
    return tuple(found)


OPERATIONS: Operations = table(
    (
        Operation(
            "POST", "/clients/{client}/runway/scenario", "runwayScenario",
            "The runway if items move, fall away or come", TAG, _scenario, VIEW,
            {200: ScenarioShown}, ScenarioBody, asks_only=True,
            refusals=frozenset(
                {
                    Code.AMOUNT_NOT_POSITIVE, Code.AMOUNT_PRECISION, Code.AMOUNT_TOO_LARGE,
                    Code.BALANCE_UNKNOWN, Code.CURRENCY_MISMATCH, Code.DATE_PAST,
                    Code.DATE_TOO_FAR, Code.DUPLICATE_ITEM, Code.RUNWAY_ITEM_UNKNOWN,
                    Code.TOO_LATE,
                }
            ),
            example={
                "days": 30,
                "changes": [
                    {
                        "change": "add", "amount": {"minor": 1250000, "currency": "USD"},
                        "direction": "out", "day": "2026-12-01", "label": "a new lathe",
                    }
                ],
            },
        ),
    )
)  # fmt: skip
