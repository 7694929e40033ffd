"""Items of an import: records as they were read, or why one could not be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from rowcol.domain.allocation import Allocated, AllocationTarget, allocated_id
from rowcol.domain.bill import Bill
from rowcol.domain.invoice import Invoice
from rowcol.domain.payment import Payment
from rowcol.domain.plain import canonical, from_plain, to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import valid_id
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.payment_commands.create import create
from rowcol.service.payment_commands.recording import NewRecord

# Its texts and fifty allocations fit in well.
ITEM_CHARACTERS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why there is no record."""

    code: Code
    detail: str
    numbers: dict[str, object] = field(default_factory=dict)


_TOO_LARGE = Unreadable(Code.INVALID_INPUT, "the record is too large")


@dataclass(frozen=True, slots=True)
class ToMake:
    """One item: a record, or why it is none; `line` of the file it came in."""

    record: NewRecord | None
    unreadable: Unreadable | None = None
    line: int | None = None


def item_of(given: NewRecord | Refusal, line: int | None = None) -> str:
    """An item as a batch keeps it; one that no record can be as large as is refused."""
    if isinstance(given, Refusal):
        why = Unreadable(given.code, given.detail, to_plain(given.numbers))
        item = canonical(ToMake(None, why, line))
    else:
        item = canonical(ToMake(given, None, line))
    return item if len(item) <= ITEM_CHARACTERS_MAX else canonical(ToMake(None, _TOO_LARGE, line))


def read(item: str) -> ToMake:
    """What `item_of` wrote. Raises PlainError for anything else."""
    return from_plain(ToMake, json.loads(item))


def line_of(item: str) -> int | None:
    """Where the record stood in its file."""
    return read(item).line


def make(environment: Environment, change: Change, item: str) -> Payment | Refusal:
    """Make the record, as `POST /clients/{client}/payments` does."""
    asked = read(item)
    if asked.record is not None:
        return create(environment, change, asked.record)
    assert asked.unreadable is not None  # item_of writes one or the other
    why = asked.unreadable
    return Refusal(why.code, why.detail, why.numbers)


def read_targets(change: Change, items: Sequence[str]) -> None:
    """Read at once what the records say they pay."""
    records = [each.record for each in map(read, items) if each.record is not None]
    every = (part for record in records for part in record.allocations)
    parts = [part for part in every if valid_id(part.target_id)]
    change.load(Allocated, {allocated_id(part.target, part.target_id) for part in parts})
    for target, kind in ((AllocationTarget.BILL, Bill), (AllocationTarget.INVOICE, Invoice)):
        change.load(kind, {part.target_id for part in parts if part.target is target})
