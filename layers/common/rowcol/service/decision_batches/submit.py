"""Write down decisions over many clients, once per Idempotency-Key. Nothing of it is done yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rowcol.domain.batch import Mode
from rowcol.domain.batch_items import (
    RESULTS_PER_ROW_MAX,
    BatchResults,
    ItemOutcome,
    ItemResult,
    refused_items,
    results_row_id,
)
from rowcol.domain.client import Client
from rowcol.domain.decision_batch import (
    DecisionBatch,
    DecisionsState,
    by_client,
    kept_rows,
    parts_of,
    shown,
)
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE, Actor, Scope, valid_id
from rowcol.service.bulk.items import DETAIL_CHARACTERS_MAX
from rowcol.service.bulk.steps import RESUMED_AFTER
from rowcol.service.bulk.submit import ID_CHARACTERS, items_problem, reused, size_problem
from rowcol.service.bulk.verb import Verb
from rowcol.service.change import Asked, Change, UnknownClient, transact
from rowcol.service.environment import Environment
from rowcol.service.rights import Rights
from rowcol.service.store import Aggregate, Command

NO_CLIENT = Refusal(Code.NOT_FOUND, "no such client")
CLIENT_CHARACTERS_MAX = 65


@dataclass(frozen=True, slots=True)
class Row:
    """One position of the list: a client, and the item as the verb takes it."""

    client: str
    item: str


@dataclass(frozen=True, slots=True)
class Submission:
    """What is asked for which clients, in which way, by whom and on which rights."""

    verb: Verb
    mode: Mode
    rows: tuple[Row, ...]
    actor: Actor
    rights: Rights
    asked: Asked

    @property
    def batch_id(self) -> str:
        """The same key gives the same batch. Never the id of a batch of one client."""
        return f"fin_{self.asked.key[:ID_CHARACTERS]}"


@dataclass(frozen=True, slots=True)
class Submitted:
    """The batch as stored; `is_repeat`: it was there before."""

    batch: DecisionBatch
    is_repeat: bool


def refusals_of(
    environment: Environment, rights: Rights, verb: Verb, clients: Sequence[str]
) -> dict[str, Refusal]:
    """Which of these clients the caller cannot ask for, and why: one call a hundred clients.

    `not_found` without any right for a client, `forbidden` without this one: as the single call.
    """
    names = list(dict.fromkeys(clients))
    allowed: list[str] = []
    found: dict[str, Refusal] = {}
    for name in names:
        refused = _refusal(rights, verb, name)
        if refused is None:
            allowed.append(name)
        else:
            found[name] = refused
    known = environment.store.across(rights.firm, Client, {name: name for name in allowed})
    return found | {name: NO_CLIENT for name in allowed if name not in known}


def _refusal(rights: Rights, verb: Verb, client: str) -> Refusal | None:
    if not valid_id(client) or client == FIRM_WIDE or not rights.permissions(client):
        return NO_CLIENT
    return rights.refusal(client, verb.needs)


def submit(environment: Environment, submission: Submission) -> Submitted | Refusal:
    """Store the batch, or find it stored under the same key and input.

    Refused: `too_many_items`, `invalid_input`, `idempotency_key_reused`, `forbidden` when rights
    changed meanwhile, `not_found` for a firm that is not registered.
    """
    items = [row.item for row in submission.rows]
    problem = items_problem(items, "decisions") or size_problem(items)
    if problem is not None:
        return problem
    scope = Scope(submission.rights.firm)
    clients = [row.client for row in submission.rows]
    refusals = refusals_of(environment, submission.rights, submission.verb, clients)
    try:
        result = transact(
            environment.store,
            environment.surroundings,
            scope,
            submission.actor,
            lambda change: _stored(change, submission, refusals),
            asked=submission.asked,
            answer=lambda _: {"batch": submission.batch_id},
            checks=submission.rights.checks(FIRM_WIDE),
        )
    except UnknownClient:
        return Refusal(Code.NOT_FOUND, "no such firm")
    if not isinstance(result, Command):
        return result
    batch = environment.store.books(scope).get(DecisionBatch, submission.batch_id)
    # The key may have answered another command than this one, with the same input by chance.
    return Submitted(batch, True) if batch is not None else reused()


def _stored(
    change: Change, submission: Submission, refusals: dict[str, Refusal]
) -> Submitted | Refusal:
    """The batch outlives its command's record, which expires."""
    known = change.get(DecisionBatch, submission.batch_id)
    if known is not None:
        same = known.input_hash == submission.asked.input_hash
        return Submitted(known, True) if same else reused()
    rows = submission.rows
    parts, owners = parts_of([None if row.client in refusals else row.client for row in rows])
    kept, ends = kept_rows(submission.batch_id, by_client([row.item for row in rows], owners))
    results = [
        _refused(index, submission.verb, row, refusals[row.client])
        for index, row in enumerate(rows)
        if row.client in refusals
    ]
    refused_rows = tuple(_result_rows(submission.batch_id, results))
    batch = DecisionBatch(
        submission.batch_id,
        0,
        submission.verb.name,
        submission.mode,
        DecisionsState.RUNNING if parts else DecisionsState.DONE,
        submission.actor,
        submission.asked.input_hash,
        change.now,
        parts,
        owners,
        ends,
        len(refused_rows),
        failed=0 if parts else len(rows),
        ended_at=None if parts else change.now,
        due=change.now + RESUMED_AFTER if parts else None,
    )
    written: tuple[Aggregate, ...] = (*kept, *refused_rows)
    for each in written:
        change.put(each)
    change.put(batch)
    change.state(
        "decisions.submitted",
        decisions=shown(batch),
        parts=batch.parts,
        refused=refused_items(results),
    )
    return Submitted(batch, False)


def _refused(index: int, verb: Verb, row: Row, why: Refusal) -> ItemResult:
    return ItemResult(
        index,
        verb.named(row.item),
        ItemOutcome.FAILED,
        why.code,
        why.detail[:DETAIL_CHARACTERS_MAX],
        dict(why.numbers),
    )


def _result_rows(batch_id: str, results: Sequence[ItemResult]) -> Iterator[BatchResults]:
    for row, start in enumerate(range(0, len(results), RESULTS_PER_ROW_MAX)):
        part = tuple(results[start : start + RESULTS_PER_ROW_MAX])
        yield BatchResults(results_row_id(batch_id, row), 0, part[0].index, part)
