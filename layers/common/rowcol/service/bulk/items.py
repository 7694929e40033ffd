"""Plans many items into one change, each as its single command would; a refused one leaves nothing.

The order is that of the list: an item sees what those before it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rowcol.domain.batch_items import ItemOutcome, ItemResult, repeated
from rowcol.domain.payment import Payment
from rowcol.domain.plain import canonical, to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import valid_id
from rowcol.service.bulk.verb import Verb
from rowcol.service.change import Change, Savepoint
from rowcol.service.claims import claimed_elsewhere
from rowcol.service.consequences import follow_item, free_room
from rowcol.service.environment import Environment

# So many items are read at once: a chunk that must stop early has read few in vain.
READ_AT_ONCE = 25
DETAIL_CHARACTERS_MAX = 500
NUMBERS_CHARACTERS_MAX = 2000
# Puts and facts of one item; the rest of a write is for what the batch writes beside it.
ITEM_SIZE_MAX = 80

NOT_FOUND = Refusal(Code.NOT_FOUND, "no such payment")
REPEATED = Refusal(Code.DUPLICATE_ITEM, "it stands earlier in the list and is done there")
TOO_LARGE = Refusal(
    Code.TOO_MANY_ITEMS,
    "it touches more than fits into one write of a batch",
    remedy="ask for it alone",
)


@dataclass(frozen=True, slots=True)
class Work:
    """What a batch's steps need besides its row: where, which verb, and all that was asked."""

    environment: Environment
    verb: Verb
    items: tuple[str, ...]
    repeats: frozenset[int]

    @classmethod
    def of(cls, environment: Environment, verb: Verb, items: Sequence[str]) -> Work:
        """Work on all items of a list."""
        repeats = repeated(items) if verb.by_id else frozenset()
        return cls(environment, verb, tuple(items), repeats)


def plan_item(work: Work, change: Change, index: int) -> ItemResult:
    """One item's result; when it is fine, its change is planned. A claim of this batch ends."""
    text = work.items[index]
    if work.verb.by_id and not valid_id(text):
        return refused(work, index, NOT_FOUND)
    if index in work.repeats:
        return refused(work, index, REPEATED)
    if change.batch_id is not None and work.verb.by_id:
        let_go(work, change, text)
    before = change.savepoint()
    outcome = work.verb.plan(work.environment, change, text)
    if not isinstance(outcome, Refusal):
        put = [each for each in change.put_since(before) if isinstance(each, Payment)]
        against = follow_item(change, put)
        if against is None and _size(change, before) > ITEM_SIZE_MAX:
            against = TOO_LARGE
        if against is None:
            return _fine(work, change, index, outcome)
        outcome = against
    change.roll_back(before)
    return refused(work, index, outcome)


def _size(change: Change, since: Savepoint) -> int:
    return len(change.put_since(since)) + len(change.facts) - since.facts


def let_go(work: Work, change: Change, payment_id: str) -> None:
    """End this batch's claim on a payment, if there is one."""
    payment = change.get(Payment, payment_id)
    if payment is not None and payment.batch_id == change.batch_id:
        work.verb.give_back(change, payment)
        change.put(replace(payment, batch_id=None))


def claim(work: Work, change: Change, index: int) -> Refusal | None:
    """Keep an item's payment for this batch; the reason when it cannot be kept."""
    payment = change.get(Payment, work.items[index])
    if payment is None:
        return NOT_FOUND
    against = claimed_elsewhere(change, (payment,)) or work.verb.reserve(change, payment)
    if against is None:
        change.put(replace(payment, batch_id=change.batch_id))
    return against


def plan_all(work: Work, change: Change) -> list[ItemResult]:
    """Every item's result, as if all were written together: however many, for looking only."""
    positions = range(len(work.items))
    return [
        plan_item(work, change, index) for index in read_in_blocks(work, change, positions, 100)
    ]


def plan_chunk(
    work: Work, change: Change, first: int, *, keep: int, at_most: int
) -> list[ItemResult]:
    """Results of as many items from `first` on as fit into one write, one at least.

    `keep`: puts and facts that the caller will add; `at_most`: items.
    """
    results: list[ItemResult] = []
    for index in read_in_blocks(work, change, range(first, len(work.items))):
        if len(results) == at_most:
            break
        before = change.savepoint()
        result = plan_item(work, change, index)
        if results and free_room(change) < keep:
            change.roll_back(before)
            break
        results.append(result)
    return results


def read_in_blocks(
    work: Work, change: Change, positions: Sequence[int], at_once: int = READ_AT_ONCE
) -> Iterator[int]:
    """Positions in their order; what their plans need is read in blocks."""
    for start in range(0, len(positions), at_once):
        block = positions[start : start + at_once]
        work.verb.reads(change, [work.items[index] for index in block])
        yield from block


def _fine(work: Work, change: Change, index: int, payment: Payment) -> ItemResult:
    planned = (payment.kind, payment.id) in change.puts
    version = payment.version + 1 if planned else payment.version
    return ItemResult(
        index, payment.id, ItemOutcome.OK, version=version, line=work.verb.line(work.items[index])
    )


def refused(work: Work, index: int, refusal: Refusal) -> ItemResult:
    """The result of an item that met this refusal."""
    numbers: dict[str, object] = to_plain(refusal.numbers)
    fits = len(canonical(numbers)) <= NUMBERS_CHARACTERS_MAX
    return ItemResult(
        index,
        work.items[index] if work.verb.by_id else None,
        ItemOutcome.FAILED,
        refusal.code,
        refusal.detail[:DETAIL_CHARACTERS_MAX],
        numbers if fits else {},
        line=work.verb.line(work.items[index]),
    )


def skipped(work: Work, index: int, detail: str) -> ItemResult:
    """The result of an item whose turn never came."""
    return ItemResult(
        index,
        work.items[index] if work.verb.by_id else None,
        ItemOutcome.SKIPPED,
        detail=detail,
        line=work.verb.line(work.items[index]),
    )
