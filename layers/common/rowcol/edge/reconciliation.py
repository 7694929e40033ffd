"""Routes over the reconciliation: its runs with what each client's turn found, and starting one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Scope
from rowcol.domain.sync_run import FeedKind, Repairs, SyncRun
from rowcol.edge.caller import CONFIGURE
from rowcol.edge.operation import Body, Call, Operation, Operations, Query, Reply, table
from rowcol.edge.reading import PageQuery
from rowcol.edge.writing import Shown, write
from rowcol.service.change import Change
from rowcol.service.reconciliation import Depth, note_asked
from rowcol.service.sweep_turn import together

TAG = "Reconciliation"
RUNS_MAX = 20
ROWS_PER_READ = 200
ROWS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class RunShown:
    """One run over the caller's clients. `began_at`, `ended_at`: of its first and last client.

    `failed`: clients of which something could not be read. `calls`: to the rails, by kind.
    `repairs`: how long what it found had been so at the rails before it was known here.
    """

    run: str
    depth: str
    began_at: datetime
    ended_at: datetime
    clients: int
    news: int
    failed: int
    calls: dict[str, int]
    repairs: Repairs | None
    overdue: int


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs of the last 90 days, the latest first."""

    items: tuple[RunShown, ...]


@dataclass(frozen=True, slots=True)
class Turns:
    """What each client's turn found, the latest first; `read`: news by part."""

    items: tuple[SyncRun, ...]
    next_cursor: str | None


class RunsQuery(Query):
    """How many runs."""

    limit: Annotated[int, Field(ge=1, le=RUNS_MAX)] = 5


class TurnsQuery(PageQuery):
    """Of one run, or of one client, or both."""

    run: Annotated[str | None, Field(min_length=1, max_length=64)] = None
    client: Annotated[str | None, Field(min_length=1, max_length=64)] = None


class SweepAsked(Body):
    """`light` reads what is not young; `full` reads all, and matches every stored line again."""

    depth: Depth = Field(default=Depth.LIGHT, strict=False)


@dataclass(frozen=True, slots=True)
class SweepStarted:
    """The client is being swept; `runs` is where it will be told."""

    run: str
    depth: str
    runs: str


def _runs(call: Call) -> Reply:
    """Rows of a run lie together by time; those of runs at the same time are told apart by name."""
    asked, visible = call.query_as(RunsQuery), set(call.visible_clients())
    books = call.environment.store.books(Scope(call.caller.firm))
    found: dict[str, list[SyncRun]] = {}
    cursor: str | None = None
    for _ in range(ROWS_MAX // ROWS_PER_READ):
        page = books.syncs(cursor, ROWS_PER_READ)
        for row in page.runs:
            if row.feed == FeedKind.RECONCILIATION and row.run and row.subject in visible:
                found.setdefault(row.run, []).append(row)
        cursor = page.next_key
        # The last run met may go on in the next page.
        if cursor is None or len(found) > asked.limit:
            break
    whole = list(found.values())[: asked.limit]
    return Reply(Runs(tuple(_together(rows) for rows in whole)))


def _together(rows: list[SyncRun]) -> RunShown:
    run = rows[0].run or ""
    return RunShown(
        run,
        Depth.FULL.value if run.startswith(Depth.FULL.value) else Depth.LIGHT.value,
        min(row.began_at for row in rows),
        max(row.ended_at for row in rows),
        len({row.subject for row in rows}),
        sum(row.news for row in rows),
        sum(row.detail is not None for row in rows),
        _sum(row.calls for row in rows),
        together([row.repairs for row in rows if row.repairs is not None]),
        sum(row.overdue for row in rows),
    )


def _sum(counts: Iterable[dict[str, int]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for one in counts:
        for kind, many in one.items():
            found[kind] = found.get(kind, 0) + many
    return dict(sorted(found.items()))


def _turns(call: Call) -> Reply:
    asked, visible = call.query_as(TurnsQuery), set(call.visible_clients())
    books = call.environment.store.books(Scope(call.caller.firm))

    def is_wanted(row: SyncRun) -> bool:
        return (
            row.feed == FeedKind.RECONCILIATION
            and row.subject in visible
            and asked.run in (None, row.run)
            and asked.client in (None, row.subject)
        )

    items: list[SyncRun] = []
    cursor = asked.cursor
    for _ in range(ROWS_MAX // ROWS_PER_READ):
        page = books.syncs(cursor, min(ROWS_PER_READ, asked.limit - len(items)))
        items += [row for row in page.runs if is_wanted(row)]
        cursor = page.next_key
        if cursor is None or len(items) >= asked.limit:
            break
    return Reply(Turns(tuple(items), cursor))


def _start(call: Call) -> Reply | Refusal:
    """Told in the client's log, then done beside this process; the same key is the same run."""
    sweeping = call.environment.sweeping
    if sweeping is None:
        return Refusal(Code.NOT_CONFIGURED, "nobody sweeps here")
    depth = call.body_as(SweepAsked).depth

    def plan(change: Change) -> str:
        return note_asked(change, depth)

    def show(run: str) -> Shown:
        return Shown(SweepStarted(run, depth.value, f"/reconciliation/turns?run={run}"))

    asked = {"route": "startReconciliation", "client": call.scope.client, "depth": depth.value}
    reply = write(call, plan, show, asked, 202)
    if isinstance(reply, Reply) and isinstance(reply.body, dict):
        sweeping(call.scope, depth.value, str(reply.body["run"]))
    return reply


OPERATIONS: Operations = table(
    (
        Operation(
            "GET", "/reconciliation/runs", "listReconciliations",
            "When all clients were swept, and what that found", TAG, _runs, None, {200: Runs},
            query=RunsQuery,
        ),
        Operation(
            "GET", "/reconciliation/turns", "listReconciliationTurns",
            "What each client's turn found", TAG, _turns, None, {200: Turns}, query=TurnsQuery,
        ),
        Operation(
            "POST", "/clients/{client}/reconciliation", "startReconciliation",
            "Sweep one client now", TAG, _start, CONFIGURE, {202: SweepStarted}, SweepAsked,
            refusals=frozenset({Code.NOT_CONFIGURED}), example={"depth": "light"},
        ),
    )
)  # fmt: skip
