"""Routes that prove: a log against its head and the last checkpoint, and one payment's evidence."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from rowcol.domain.chain import BreakKind, Mark
from rowcol.domain.checkpoint import BadCheckpoint, Checkpoint
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.caller import NOT_FOUND, PEOPLE
from rowcol.edge.cursor import after_of, cursor_of
from rowcol.edge.download import Download, Produces, too_large
from rowcol.edge.observability import logger
from rowcol.edge.operation import Call, Operation, Operations, Query, Reply, table
from rowcol.edge.reading import CURSOR_CHARACTERS_MAX, OfClient, Reading, read_operation
from rowcol.service.audit import head_of, walk_on
from rowcol.service.checkpoint_ports import CheckpointsUnavailable
from rowcol.service.checkpoints import latest_checkpoint
from rowcol.service.environment import Environment
from rowcol.service.evidence import verify_evidence
from rowcol.service.evidence.pack import BrokenLog, TooLong, evidence_of
from rowcol.service.store import Books, StoreUnavailable

TAG = "Audit"
HTML = "text/html"
JSON = "application/json"
_PLACE = re.compile(r"(\d{1,12})\.([0-9a-f]{64})\.(\d{1,12})\.([0-9a-f]{64})\Z")


class ProofQuery(Query):
    """`cursor` as the part before gave it: a long log is walked in parts."""

    cursor: Annotated[str | None, Field(min_length=1, max_length=CURSOR_CHARACTERS_MAX)] = None


class PackFormat(StrEnum):
    """For machines, or for people to read and print."""

    JSON = "json"
    HTML = "html"


class PackQuery(Query):
    """JSON unless asked otherwise. The page holds the same pack."""

    format: PackFormat = PackFormat.JSON


@dataclass(frozen=True, slots=True)
class Compared:
    """The last checkpoint, and where it knew this log's end to be."""

    day: date
    hash: str
    sequence: int
    head: str


@dataclass(frozen=True, slots=True)
class LogProof:
    """Intact up to `length`; or the broken position, what was done there, and why we think so.

    With a `next_cursor` there is more to walk: `intact` says so of the part up to here.
    `checkpoint`: the one that it agrees with, or that does not agree; null when there is none yet.
    """

    intact: bool
    length: int
    head: str
    broken_at: int | None
    kind: BreakKind | None
    reason: str | None
    entries: int
    checkpoint: Compared | None
    next_cursor: str | None


def _last_checkpoint(environment: Environment) -> Checkpoint | Refusal | None:
    """The last one; a refusal when it cannot be read or is not what was stored."""
    if environment.checkpoints is None:
        return None
    try:
        return latest_checkpoint(environment.checkpoints)
    except BadCheckpoint as problem:
        logger.error("bad checkpoint", extra={"reason": str(problem)})
        return Refusal(Code.LOG_BROKEN, f"the last checkpoint is broken: {problem}")
    except CheckpointsUnavailable as problem:
        raise StoreUnavailable(str(problem)) from problem


def _is_time_up(call: Call) -> Callable[[], bool]:
    until = call.deadline
    return lambda: until is not None and call.environment.now() >= until


def text_of_marks(on: Mark, head: Mark) -> str:
    """Where a walk goes on, and the end that it walks to."""
    return f"{on.sequence}.{on.hash}.{head.sequence}.{head.hash}"


def marks_of(text: str) -> tuple[Mark, Mark] | None:
    """The two marks of `text_of_marks`; None for another text."""
    place = _PLACE.match(text)
    return (Mark(int(place[1]), place[2]), Mark(int(place[3]), place[4])) if place else None


def walked(
    call: Call, books: Books, start: Mark, head: Mark
) -> tuple[LogProof, Mark | None] | Refusal:
    """A part of a log, compared with the last checkpoint; where the next part begins, if any."""
    checkpoint = _last_checkpoint(call.environment)
    if isinstance(checkpoint, Refusal):
        return checkpoint
    known = checkpoint.head_of(books.scope) if checkpoint else None
    part = walk_on(books, start, head, (known.mark,) if known else (), _is_time_up(call))
    proof = LogProof(
        part.proof.intact,
        part.proof.length,
        part.proof.head,
        part.proof.broken_at,
        part.proof.kind,
        part.proof.reason,
        head.sequence,
        _compared(books, checkpoint),
        None,
    )
    return proof, part.go_on


def _verify(call: Call, books: Books) -> Reply | Refusal:
    question = {"verify": books.scope.client, "firm": books.scope.firm}
    start, head = Mark(), head_of(books)
    cursor = call.query_as(ProofQuery).cursor
    if cursor is not None:
        after = after_of(question, cursor)
        marks = None if isinstance(after, Refusal) else marks_of(after)
        if marks is None:
            return Refusal(
                Code.INVALID_INPUT, "the cursor is not one of this log", {"field": "cursor"}
            )
        start, head = marks
    found = walked(call, books, start, head)
    if isinstance(found, Refusal):
        return found
    proof, on = found
    following = cursor_of(question, text_of_marks(on, head)) if on is not None else None
    return Reply(replace(proof, next_cursor=following))


def _compared(books: Books, checkpoint: Checkpoint | None) -> Compared | None:
    known = checkpoint.head_of(books.scope) if checkpoint else None
    if checkpoint is None or known is None:
        return None
    statement = checkpoint.statement
    return Compared(statement.day, statement.hash, known.sequence, known.hash)


def _client_proof(read: OfClient) -> Reply | Refusal:
    return _verify(read.call, read.books)


def _firm_proof(call: Call) -> Reply | Refusal:
    return _verify(call, call.environment.store.books(call.scope))


def pack_of(call: Call, books: Books, payment_id: str) -> dict[str, object] | Refusal:
    """The evidence of a payment; refused for one that is not there, a broken log, a long one."""
    payment = books.get(Payment, payment_id)
    if payment is None:
        return NOT_FOUND
    checkpoint = _last_checkpoint(call.environment)
    if isinstance(checkpoint, Refusal):
        return checkpoint
    try:
        pack = evidence_of(call.environment, books, payment, checkpoint, _is_time_up(call))
    except TooLong as problem:
        return Refusal(
            Code.TOO_MANY_ITEMS,
            f"the log is too long for one answer: {problem}",
            remedy="ask for it by POST …/exports, as readEvidence",
        )
    if isinstance(pack, BrokenLog):
        proof = pack.proof
        return Refusal(
            Code.LOG_BROKEN,
            f"the log is broken at {proof.broken_at}: {proof.reason}",
            {"broken_at": proof.broken_at, "kind": proof.kind},
            remedy="look at GET …/audit/verify; a broken log proves nothing",
        )
    return pack


def page_of(pack: dict[str, object]) -> str:
    """A pack for people."""
    return verify_evidence.render(pack)


def _evidence(read: OfClient) -> Reply | Refusal:
    payment_id = read.call.path["payment"]
    pack = pack_of(read.call, read.books, payment_id)
    if isinstance(pack, Refusal):
        return pack
    name = f"evidence-{payment_id}"
    if read.call.query_as(PackQuery).format is PackFormat.HTML:
        page = Download(page_of(pack), HTML, f"{name}.html")
    else:
        page = Download(json.dumps(pack, sort_keys=True, indent=1), JSON, f"{name}.json")
    return too_large(page) or Reply(page)


READS: Operations = table(
    (
        read_operation(
            Reading(
                "/audit/verify", "verifyAudit", "Verify the log's chain", TAG, LogProof,
                ProofQuery, frozenset({Code.LOG_BROKEN}),
            ),
            _client_proof,
        ),
        read_operation(
            Reading(
                "/payments/{payment}/evidence", "readEvidence",
                "Everything that proves one payment, to be checked offline", TAG,
                Produces((JSON, HTML)), PackQuery,
                frozenset({Code.LOG_BROKEN, Code.TOO_MANY_ITEMS}),
            ),
            _evidence,
        ),
        Operation(
            "GET", "/audit/verify", "verifyFirmAudit", "Verify the firm's own log", TAG,
            _firm_proof, PEOPLE, {200: LogProof}, query=ProofQuery,
            refusals=frozenset({Code.LOG_BROKEN}),
        ),
    )
)  # fmt: skip
