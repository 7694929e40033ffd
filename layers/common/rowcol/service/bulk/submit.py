"""Write down what is asked, once per Idempotency-Key. Nothing of it is done yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rowcol.domain.batch import Batch, BatchState, Mode, progress
from rowcol.domain.batch_items import INPUT_BYTES_MAX, ITEMS_MAX, input_rows
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, Scope
from rowcol.service.bulk.steps import RESUMED_AFTER
from rowcol.service.bulk.verb import Verb
from rowcol.service.change import Asked, Change, UnknownClient, transact
from rowcol.service.environment import Environment
from rowcol.service.store import Command, VersionCheck

ID_CHARACTERS = 32
# One more than an id may have: what was cut is still no id.
ITEM_ID_CHARACTERS_MAX = 65


@dataclass(frozen=True, slots=True)
class Submission:
    """What is asked of which items, in which way, by whom, under which key."""

    verb: Verb
    mode: Mode
    items: tuple[str, ...]
    actor: Actor
    asked: Asked

    @property
    def batch_id(self) -> str:
        """The same key gives the same batch."""
        return f"bat_{self.asked.key[:ID_CHARACTERS]}"


@dataclass(frozen=True, slots=True)
class Submitted:
    """The batch as stored; `is_repeat`: it was there before."""

    batch: Batch
    is_repeat: bool


def items_problem(items: Sequence[object], field: str = "ids") -> Refusal | None:
    """`too_many_items` above 1,000; `invalid_input` for none. Nothing is written then.

    `field`: what the list is called where it was sent.
    """
    if len(items) > ITEMS_MAX:
        return Refusal(
            Code.TOO_MANY_ITEMS,
            f"at most {ITEMS_MAX} items at once",
            {"items": len(items), "items_max": ITEMS_MAX},
        )
    if not items:
        return Refusal(Code.INVALID_INPUT, f"{field} is empty: name at least one", {"field": field})
    return None


def cut_ids(ids: Sequence[str]) -> tuple[str, ...]:
    """Ids as they are kept: too long ones are cut, so that they stay ids of nothing."""
    return tuple(each[:ITEM_ID_CHARACTERS_MAX] for each in ids)


def submit(
    environment: Environment, scope: Scope, submission: Submission, checks: Sequence[VersionCheck]
) -> Submitted | Refusal:
    """Store the batch, or find it stored under the same key and input.

    Refused: `too_many_items`, `invalid_input`, `idempotency_key_reused`, `forbidden` when rights
    changed meanwhile, `not_found` for an unknown client.
    """
    problem = items_problem(submission.items) or size_problem(submission.items)
    if problem is not None:
        return problem
    try:
        result = transact(
            environment.store,
            environment.surroundings,
            scope,
            submission.actor,
            lambda change: _stored(change, submission),
            asked=submission.asked,
            answer=lambda _: {"batch": submission.batch_id},
            checks=checks,
        )
    except UnknownClient:
        return Refusal(Code.NOT_FOUND, "no such client")
    if not isinstance(result, Command):
        return result
    batch = environment.store.books(scope).get(Batch, submission.batch_id)
    # The key may have answered another command than a batch, with the same input by chance.
    return Submitted(batch, True) if batch is not None else reused()


def reused() -> Refusal:
    """`idempotency_key_reused`: the same key with another input."""
    return Refusal(Code.IDEMPOTENCY_MISMATCH, "this Idempotency-Key was used with another input")


def size_problem(items: Sequence[str]) -> Refusal | None:
    """`invalid_input` for items that are too large together."""
    size = sum(len(item.encode(errors="surrogatepass")) for item in items)
    if size <= INPUT_BYTES_MAX:
        return None
    return Refusal(
        Code.INVALID_INPUT,
        "the items are too large together",
        {"bytes": size, "bytes_max": INPUT_BYTES_MAX},
    )


def _stored(change: Change, submission: Submission) -> Submitted | Refusal:
    """The batch outlives its command's record, which expires."""
    known = change.get(Batch, submission.batch_id)
    if known is not None:
        same = known.input_hash == submission.asked.input_hash
        return Submitted(known, True) if same else reused()
    rows = input_rows(submission.batch_id, submission.items)
    batch = Batch(
        submission.batch_id,
        0,
        submission.verb.name,
        submission.mode,
        BatchState.RUNNING,
        submission.actor,
        submission.asked.input_hash,
        len(submission.items),
        len(rows),
        change.now,
        due=change.now + RESUMED_AFTER,
    )
    for row in rows:
        change.put(row)
    change.put(batch)
    change.state("batch.submitted", batch=progress(batch))
    return Submitted(batch, False)
