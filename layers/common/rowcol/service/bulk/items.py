"""Plans many items into one change, each as its single command would; a refused one leaves nothing.

The order is that of the list: an item sees what those before it did.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rowcol.domain.batch_items import ItemOutcome, ItemResult, repeated
from rowcol.domain.bill import Bill
from rowcol.domain.payment import Payment
from rowcol.domain.plain import canonical, to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import valid_id
from rowcol.domain.tray import TrayItem
from rowcol.service.bulk.verb import Verb
from rowcol.service.change import Change
from rowcol.service.consequences import follow_item, free_room
from rowcol.service.environment import Environment
from rowcol.service.savepoint import Savepoint
from rowcol.service.wishes import Outcome

# So many items are read at once: a chunk that must stop early has read few in vain.
READ_AT_ONCE = 25
DETAIL_CHARACTERS_MAX = 500
NUMBERS_CHARACTERS_MAX = 2000
REMEDY_CHARACTERS_MAX = 300
# Puts and facts of one item; the rest of a write is for what the batch writes beside it.
ITEM_SIZE_MAX = 80

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
        return cls(environment, verb, tuple(items), repeated([verb.named(item) for item in items]))


def plan_item(work: Work, change: Change, index: int, *, promised: bool = False) -> ItemResult:
    """One item's result; when it is fine, its change is planned. A claim of this batch ends.

    `promised`: all of them were going to be done, so that a refusal is news.
    """
    text, verb = work.items[index], work.verb
    name = verb.named(text)
    if name is not None and not valid_id(name):
        return refused(work, index, verb.unknown)
    if index in work.repeats:
        return refused(work, index, REPEATED)
    before = change.savepoint()
    outcome: Payment | Outcome | TrayItem | Refusal | None = None
    if change.batch_id is not None and verb.claims is not None:
        outcome = verb.claims.take_over(change, text)
    outcome = outcome or verb.plan(work.environment, change, text)
    if not isinstance(outcome, Refusal):
        put = change.put_since(before)
        against = follow_item(
            change,
            [each for each in put if isinstance(each, Payment)],
            [each for each in put if isinstance(each, Bill)],
        )
        if against is None and _size(change, before) > ITEM_SIZE_MAX:
            against = TOO_LARGE
        if against is None:
            return _fine(work, change, index, outcome)
        outcome = against
    change.roll_back(before)
    let_go(work, change, index, outcome if promised else None)
    return refused(work, index, outcome)


def _size(change: Change, since: Savepoint) -> int:
    return len(change.put_since(since)) + len(change.facts) - since.facts


def let_go(work: Work, change: Change, index: int, promised: Refusal | None = None) -> None:
    """End this batch's claim on an item, if there is one. `promised`: why it is not done."""
    claims = work.verb.claims
    if change.batch_id is None or claims is None:
        return
    claims.let_go(change, work.items[index])
    if promised is not None:
        claims.tell(change, work.items[index], promised)


def claim(work: Work, change: Change, index: int) -> Refusal | None:
    """Keep an item for this batch; the reason when it cannot be kept."""
    claims = work.verb.claims
    if claims is None:
        return TOO_LARGE  # a verb whose items cannot be kept does all in one write or nothing
    return claims.take(work.environment, change, work.items[index])


def plan_all(work: Work, change: Change) -> list[ItemResult]:
    """Every item's result, as if all were written together: however many, for looking only."""
    positions = range(len(work.items))
    return [
        plan_item(work, change, index) for index in read_in_blocks(work, change, positions, 100)
    ]


def plan_chunk(
    work: Work, change: Change, first: int, *, keep: int, at_most: int, promised: bool = False
) -> list[ItemResult]:
    """Results of as many items from `first` on as fit into one write, one at least.

    `keep`: puts and facts that the caller will add; `at_most`: items.
    """
    results: list[ItemResult] = []
    for index in read_in_blocks(work, change, range(first, len(work.items))):
        if len(results) == at_most:
            break
        before = change.savepoint()
        result = plan_item(work, change, index, promised=promised)
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


def _fine(work: Work, change: Change, index: int, made: Payment | Outcome | TrayItem) -> ItemResult:
    line = work.verb.line(work.items[index])
    if isinstance(made, TrayItem):
        version, state = _version(change, made), made.state.value
        return ItemResult(index, made.id, ItemOutcome.OK, version=version, line=line, state=state)
    if isinstance(made, Payment):
        version = _version(change, made)
        return ItemResult(index, made.id, ItemOutcome.OK, version=version, line=line)
    decision, payment = made.bill.decision, made.payment
    return ItemResult(
        index,
        work.verb.named(work.items[index]),
        ItemOutcome.OK,
        version=_version(change, made.bill),
        line=line,
        state=decision.state.value if decision is not None else None,
        payment_id=payment.id if payment is not None else None,
    )


def _version(change: Change, made: Payment | Bill | TrayItem) -> int:
    """The version it will have."""
    return made.version + int((made.kind, made.id) in change.puts)


def refused(work: Work, index: int, refusal: Refusal) -> ItemResult:
    """The result of an item that met this refusal."""
    numbers: dict[str, object] = to_plain(refusal.numbers)
    fits = len(canonical(numbers)) <= NUMBERS_CHARACTERS_MAX
    return ItemResult(
        index,
        work.verb.named(work.items[index]),
        ItemOutcome.FAILED,
        refusal.code,
        refusal.detail[:DETAIL_CHARACTERS_MAX],
        numbers if fits else {},
        line=work.verb.line(work.items[index]),
        remedy=refusal.remedy[:REMEDY_CHARACTERS_MAX] if refusal.remedy else None,
        link=refusal.link,
    )


def skipped(work: Work, index: int, detail: str) -> ItemResult:
    """The result of an item whose turn never came."""
    return ItemResult(
        index,
        work.verb.named(work.items[index]),
        ItemOutcome.SKIPPED,
        detail=detail,
        line=work.verb.line(work.items[index]),
    )
