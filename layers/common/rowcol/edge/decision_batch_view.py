"""Decisions over many clients as one caller sees them: the clients that they have a right for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.batch import BatchState, Mode
from rowcol.domain.decision_batch import (
    NOBODYS,
    DecisionBatch,
    DecisionsState,
    Standing,
    estimate_seconds,
)
from rowcol.edge.operation import Call
from rowcol.service.bulk.verb import verb_of
from rowcol.service.bulk.verbs import VERBS
from rowcol.service.decision_batches.results import DecisionResult, results_at
from rowcol.service.decision_batches.standing import read_standings, sums


@dataclass(frozen=True, slots=True)
class ClientStanding:
    """One client's part; `state` is None before it begins."""

    client: str
    state: BatchState | None
    submitted: int
    ok: int
    failed: int
    skipped: int
    pending: int


@dataclass(frozen=True, slots=True)
class DecisionBatchShown:
    """A batch: submitted = ok + failed + pending, always; `failed` counts `skipped` ones too.

    Clients that the caller has no right for are left out of everything. `results` in the order
    asked: a page of them where it is read, all of them where it was asked for and is done.
    `seconds_left`: an estimate from the pace so far.
    """

    id: str
    verb: str
    mode: Mode
    state: DecisionsState
    submitted: int
    ok: int
    failed: int
    skipped: int
    pending: int
    seconds_left: int | None
    asked_by: str
    created_at: datetime
    ended_at: datetime | None
    clients: tuple[ClientStanding, ...]
    results: tuple[DecisionResult, ...]
    next_cursor: str | None


class View:
    """What one caller sees of a batch; how it stands is read once."""

    def __init__(self, call: Call, batch: DecisionBatch) -> None:
        self.batch = batch
        self._call = call
        rights = call.caller.rights
        self._asked_it = call.caller.actor.id == batch.asked_by.id
        self._seen = {client for client in batch.clients if rights.permissions(client)}
        standings = read_standings(call.environment, call.scope, batch)
        self._standings = {name: each for name, each in standings.items() if name in self._seen}

    @property
    def is_seen(self) -> bool:
        """Whether there is anything in it for this caller."""
        return bool(self.places)

    @property
    def places(self) -> tuple[int, ...]:
        """Positions that the caller sees, in order. Items of nobody are those of who asked."""
        return tuple(at for at, owner in enumerate(self.batch.owners) if self._sees(owner))

    def _sees(self, owner: int) -> bool:
        if owner == NOBODYS:
            return self._asked_it
        return self.batch.parts[owner].client in self._seen

    def results(self, places: Sequence[int]) -> tuple[DecisionResult, ...]:
        """Results of some positions."""
        verb = verb_of(VERBS, self.batch.verb)
        return results_at(self._call.environment, self._call.scope, self.batch, verb, places)

    def shown(
        self, results: Sequence[DecisionResult] = (), cursor: str | None = None
    ) -> DecisionBatchShown:
        """The batch as answered."""
        batch = self.batch
        of = sums(self._standings, batch.refused if self._asked_it else 0)
        return DecisionBatchShown(
            batch.id,
            batch.verb,
            batch.mode,
            batch.state,
            of.submitted,
            of.ok,
            of.failed,
            of.skipped,
            of.pending,
            estimate_seconds(batch, self._standings, self._call.environment.now()),
            batch.asked_by.id,
            batch.created_at,
            batch.ended_at,
            tuple(_client(each) for each in self._standings.values()),
            tuple(results),
            cursor,
        )


def view_of(call: Call, batch: DecisionBatch) -> View:
    """A batch as the caller sees it. One read a hundred clients."""
    return View(call, batch)


def _client(each: Standing) -> ClientStanding:
    return ClientStanding(
        each.client, each.state, each.submitted, each.ok, each.failed, each.skipped, each.pending
    )
