"""Batches over HTTP: asked for, answered when done in time, else looked at and cancelled by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.batch import Batch, BatchState, Mode
from rowcol.domain.batch_items import ItemResult
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.caller import NOT_FOUND, VIEW
from rowcol.edge.cursor import cursor_of, position_of
from rowcol.edge.observability import logger
from rowcol.edge.operation import Call, Operation, Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.edge.writing import Shown, write
from rowcol.service.bulk.cancel import cancel_batch
from rowcol.service.bulk.results import results_of
from rowcol.service.bulk.run import advance, work_of
from rowcol.service.bulk.submit import Submission, submit
from rowcol.service.bulk.verb import Verb, verb_of
from rowcol.service.bulk.verbs import VERBS
from rowcol.service.change import Asked

TAG = "Batches"
_BATCH = "/clients/{client}/batches/{batch}"


@dataclass(frozen=True, slots=True)
class BatchShown:
    """A batch: submitted = ok + failed + pending, always; `failed` counts `skipped` ones too.

    `results` in the order asked, a page of them where it is read, all of them where it was asked
    for and is done. `seconds_left`: an estimate from the pace so far.
    """

    id: str
    verb: str
    mode: Mode
    state: BatchState
    submitted: int
    ok: int
    failed: int
    skipped: int
    pending: int
    seconds_left: int | None
    asked_by: str
    created_at: datetime
    progressed_at: datetime | None
    results: tuple[ItemResult, ...]
    next_cursor: str | None


def batch_shown(
    batch: Batch, now: datetime, results: Sequence[ItemResult] = (), cursor: str | None = None
) -> BatchShown:
    """A batch as answered."""
    return BatchShown(
        batch.id,
        batch.verb,
        batch.mode,
        batch.state,
        batch.submitted,
        batch.ok,
        batch.failed,
        batch.skipped,
        batch.pending,
        batch.seconds_left(now),
        batch.asked_by.id,
        batch.created_at,
        batch.progressed_at,
        tuple(results),
        cursor,
    )


def ask(call: Call, verb: Verb, mode: Mode, items: Sequence[str], asked: object) -> Reply | Refusal:
    """Write a batch down and do what the time allows: 200 with all results, else 202.

    The same key and input find the same batch, and carry it on. `asked` is what was sent.
    """
    assert call.key is not None  # every POST has one
    environment, scope, actor = call.environment, call.scope, call.caller.actor
    submission = Submission(verb, mode, tuple(items), actor, Asked.by(actor.id, call.key, asked))
    submitted = submit(environment, scope, submission, call.caller.checks(scope.client))
    if isinstance(submitted, Refusal):
        return submitted
    batch = advance(environment, scope, submitted.batch.id, call.deadline)
    _hand_over(call, batch)
    headers = {"Location": f"/clients/{scope.client}/batches/{batch.id}"}
    if submitted.is_repeat:
        headers["Idempotency-Replayed"] = "true"
    now = environment.now()
    if batch.pending:
        return Reply(batch_shown(batch, now), 202, headers)
    results = results_of(environment.store.books(scope), batch)
    return Reply(batch_shown(batch, now, results), 200, headers)


def _hand_over(call: Call, batch: Batch) -> None:
    """Let a worker do the rest. Should that fail, the minute sweep finds the batch."""
    if batch.is_over:
        return
    try:
        call.environment.executions.advance_batch(call.scope, batch.id)
    except Exception:  # noqa: BLE001  # whatever it is, the batch is stored and the answer stands
        logger.warning("batch not handed over", extra={"batch": batch.id}, exc_info=True)


def _read(of: OfClient) -> Reply | Refusal:
    batch = of.books.get(Batch, of.call.path["batch"])
    if batch is None:
        return NOT_FOUND
    question = {"batch": batch.id}
    start = position_of(question, of.page.cursor)
    if isinstance(start, Refusal):
        return start
    stop = start + of.page.limit
    results = results_of(of.books, batch, start, stop)
    cursor = cursor_of(question, str(stop)) if stop < batch.done else None
    return Reply(batch_shown(batch, of.environment.now(), results, cursor))


def _cancel(call: Call) -> Reply | Refusal:
    environment, name = call.environment, call.path["batch"]
    books = environment.store.books(call.scope)
    batch = books.get(Batch, name)
    if batch is None:
        return NOT_FOUND
    refused = call.caller.refusal(call.scope.client, verb_of(VERBS, batch.verb).needs)
    if refused is not None:
        return refused
    work = work_of(environment, books, batch)
    answer = write(
        call,
        lambda change: cancel_batch(work, change, name),
        lambda cancelled: Shown(batch_shown(cancelled, environment.now())),
        {"cancel_batch": name},
    )
    if isinstance(answer, Reply):
        _hand_over(call, advance(environment, call.scope, name, call.deadline))
    return answer


COMMANDS: Operations = table(
    (
        Operation(
            "POST", f"{_BATCH}/cancel", "cancelBatch", "Skip what a batch has not done yet", TAG,
            _cancel, VIEW, {200: BatchShown},
            refusals=frozenset({Code.WRONG_STATE, Code.TOO_LATE}),
        ),
    )
)  # fmt: skip
READS: Operations = table(
    (
        read_operation(
            Reading(
                "/batches/{batch}", "readBatch", "How far a batch is, and its results", TAG,
                BatchShown, PageQuery,
            ),
            _read,
        ),
    )
)  # fmt: skip
