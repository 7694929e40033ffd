"""Routes that have put-aside events and dead letters done again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from rowcol.domain.client import Client
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.replay import REPLAY_MAX, ReplayFilter
from rowcol.domain.tray import TrayItem
from rowcol.domain.tray_kinds import DEAD_LETTER
from rowcol.edge.caller import ADMINISTER, NOT_FOUND
from rowcol.edge.operation import Body, Call, Operation, Operations, Reply, table
from rowcol.edge.tray_commands import TAG
from rowcol.edge.writing import Shown, write
from rowcol.service.dead_letters import settle_letters
from rowcol.service.replay import Replayed, ask_replay, carry_out, meant, replayed

Word = Annotated[str | None, Field(min_length=1, max_length=64)]


class ReplayBody(Body):
    """Which: items by `ids`, or all within a time, of a rail, of a type; they narrow together.

    `dry_run` counts and writes nothing. What is not named by ids is replayed only with the `count`
    that a dry run told. `type`: a label of the items, as the dry run's `by_type` shows them.
    """

    ids: Annotated[tuple[str, ...], Field(max_length=REPLAY_MAX)] = ()
    since: datetime | None = None
    until: datetime | None = None
    rail: Word = None
    type: Word = None
    dry_run: bool = False
    count: Annotated[int | None, Field(ge=0, le=1_000_000)] = None


def _replay(call: Call) -> Reply | Refusal:
    body, books = call.body_as(ReplayBody), call.environment.store.books(call.scope)
    if books.get(Client, call.scope.client) is None:
        return NOT_FOUND
    if call.environment.replaying is None:
        return Refusal(Code.NOT_CONFIGURED, "this function replays nothing")
    for field in ("since", "until"):
        at = getattr(body, field)
        if at is not None and at.tzinfo is None:
            return Refusal(Code.INVALID_INPUT, f"{field} needs a zone", {"field": field})
    wanted = ReplayFilter(body.ids, body.since, body.until, body.rail, body.type)
    items = meant(books, wanted)
    if body.dry_run:
        return Reply(replayed(items, dry_run=True))
    if not body.ids and body.count is None:
        return Refusal(
            Code.INVALID_INPUT,
            "count first: send the number that a dry run told",
            {"field": "count", "matching": len(items)},
            remedy="ask with dry_run, look at what it counts, then send that count",
        )
    answer = write(
        call,
        lambda change: ask_replay(change, items, body.count),
        Shown,
        {"replay": body.model_dump(mode="json")},
    )
    if isinstance(answer, Reply):
        _begin(call, answer.body)
    return answer


def _begin(call: Call, body: Any) -> None:
    """Also when the same key comes again: what was written down and not begun is begun then."""
    replaying, books = call.environment.replaying, call.environment.store.books(call.scope)
    assert replaying is not None  # looked at before
    items = books.get_many(TrayItem, body["item_ids"])
    live = {name: item for name, item in items.items() if item.is_live}
    carry_out(replaying, live)
    letters = {name: item.subject for name, item in live.items() if item.item == DEAD_LETTER}
    if letters:
        settle_letters(call.environment, call.scope, letters)


_REFUSALS = frozenset({Code.RATE_LIMITED, Code.VERSION_MISMATCH, Code.NOT_CONFIGURED})
_EXAMPLE = {"rail": "ramp", "since": "2026-11-20T00:00:00Z", "dry_run": True}
COMMANDS: Operations = table(
    (
        Operation(
            "POST", "/clients/{client}/replay", "replayEvents",
            "Have put-aside events and given-up work of a client done again", TAG, _replay,
            ADMINISTER, {200: Replayed}, body=ReplayBody, refusals=_REFUSALS, example=_EXAMPLE,
        ),
        Operation(
            "POST", "/replay", "replayFirmEvents",
            "The same of what belongs to no client, as events of unknown companies", TAG, _replay,
            ADMINISTER, {200: Replayed}, body=ReplayBody, refusals=_REFUSALS, example=_EXAMPLE,
        ),
    )
)  # fmt: skip
