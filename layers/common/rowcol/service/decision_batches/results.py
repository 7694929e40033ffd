"""What became of each item of decisions over many clients, in the order asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rowcol.domain.batch import Batch, rows_between
from rowcol.domain.batch_items import BatchInput, BatchResults, ItemResult, results_row_id
from rowcol.domain.decision_batch import NOBODYS, DecisionBatch, DecisionsState
from rowcol.domain.scope import Scope
from rowcol.service.bulk.verb import Verb
from rowcol.service.decision_batches.row import ToldRow
from rowcol.service.environment import Environment

PENDING, SKIPPED = "pending", "skipped"


@dataclass(frozen=True, slots=True)
class DecisionResult(ToldRow):
    """One position of the list. `outcome`: ok, failed, skipped, or pending.

    `code`, `detail`, `numbers`, `remedy` and `link` are those of the refusal that the single call
    would have met. `state`: of the decision after it; `payment_id`: made by it. `client` is None
    where it named no client that the caller may see.
    """

    state: str | None = None
    payment_id: str | None = None
    version: int | None = None


def results_at(
    environment: Environment, scope: Scope, batch: DecisionBatch, verb: Verb, places: Sequence[int]
) -> tuple[DecisionResult, ...]:
    """Results of some positions, in that order; `scope` is the firm's.

    Calls: those of the parts (one a hundred clients), of their results (as many, once for each row
    that a client has among them), one for refused rows, one for what has no result yet.
    """
    owners = batch.owners
    refused = _refused(environment, scope, batch) if any(owners[at] < 0 for at in places) else {}
    done = _done(environment, scope, batch, [at for at in places if owners[at] != NOBODYS])
    open_ = [at for at in places if owners[at] != NOBODYS and at not in done]
    named = _named(environment, scope, batch, verb, open_)
    outcome = PENDING if batch.state is DecisionsState.RUNNING else SKIPPED
    found: list[DecisionResult] = []
    for at in places:
        client = None if owners[at] == NOBODYS else batch.parts[owners[at]].client
        result = refused.get(at) if client is None else done.get(at)
        if result is None:
            found.append(DecisionResult(at, client, named.get(at), outcome))
        else:
            found.append(_shown(at, client, result))
    return tuple(found)


def _shown(at: int, client: str | None, result: ItemResult) -> DecisionResult:
    return DecisionResult(
        at,
        client,
        result.id,
        result.outcome.value,
        result.code,
        result.detail,
        result.numbers,
        result.remedy,
        result.link,
        result.state,
        result.payment_id,
        result.version,
    )


def _refused(environment: Environment, scope: Scope, batch: DecisionBatch) -> dict[int, ItemResult]:
    names = [results_row_id(batch.id, row) for row in range(batch.refused_rows)]
    rows = environment.store.books(scope).get_many(BatchResults, names)
    return {each.index: each for row in rows.values() for each in row.items}


def _done(
    environment: Environment, scope: Scope, batch: DecisionBatch, places: Iterable[int]
) -> dict[int, ItemResult]:
    """Results of positions, by position: read row by row, all clients at once."""
    wanted: dict[int, list[int]] = {}
    for at in places:
        wanted.setdefault(batch.owners[at], []).append(at)
    asked = {batch.parts[place].client: batch.id for place in wanted}
    parts = environment.store.across(scope.firm, Batch, asked)
    of_part = {place: batch.positions(place) for place in wanted}
    rows: dict[str, list[str]] = {}
    for place, positions in wanted.items():
        own = parts.get(batch.parts[place].client)
        if own is not None:
            within = [of_part[place].index(at) for at in positions]
            rows[batch.parts[place].client] = list(
                rows_between(own, min(within), min(max(within) + 1, own.done))
            )
    read = _rows(environment, scope, rows)
    found: dict[int, ItemResult] = {}
    for place, positions in wanted.items():
        results = {each.index: each for each in read.get(batch.parts[place].client, ())}
        for at in positions:
            result = results.get(of_part[place].index(at))
            if result is not None:
                found[at] = result
    return found


def _rows(
    environment: Environment, scope: Scope, wanted: Mapping[str, Sequence[str]]
) -> dict[str, list[ItemResult]]:
    found: dict[str, list[ItemResult]] = {client: [] for client in wanted}
    for turn in range(max((len(names) for names in wanted.values()), default=0)):
        asked = {client: names[turn] for client, names in wanted.items() if turn < len(names)}
        rows = environment.store.across(scope.firm, BatchResults, asked)
        for client, row in rows.items():
            found[client].extend(row.items)
    return found


def _named(
    environment: Environment, scope: Scope, batch: DecisionBatch, verb: Verb, places: Iterable[int]
) -> dict[int, str | None]:
    """What positions without a result are about: from what was asked."""
    kept: dict[int, int] = {}
    for at in places:
        place = batch.owners[at]
        kept[at] = batch.kept_at(place).start + batch.positions(place).index(at)
    if not kept:
        return {}
    rows: dict[str, range] = {}
    for place in {batch.owners[at] for at in kept}:
        rows |= dict(batch.rows_of(place))
    read = environment.store.books(scope).get_many(BatchInput, rows)
    items = {
        at: item
        for name, places_of_row in rows.items()
        for at, item in zip(places_of_row, read[name].items, strict=True)
    }
    return {at: verb.named(items[where]) for at, where in kept.items()}
