"""Keep the index of numbers and amounts, and tell a bill or invoice of its twins.

In the write of the fact that names them: two small reads at once, and one small put for each item
of the index that changes. No other bill is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rowcol.domain.hygiene.index import (
    DocumentIndex,
    Entry,
    IndexedBy,
    amount_index_id,
    number_index_id,
)
from rowcol.domain.hygiene.problem import Check, problems_of
from rowcol.domain.hygiene.twin_checks import TwinCase, twin_case
from rowcol.service.hygiene.writing import settle

if TYPE_CHECKING:
    from rowcol.service.change import Change

Checks = Mapping[IndexedBy, tuple[Check[TwinCase], ...]]
NO_TWIN = "there is no second one of it any more"


@dataclass(frozen=True, slots=True)
class Document:
    """A bill or invoice as the index sees it. `party`: whose, by the rail's id; None: of nobody."""

    entry: Entry
    party: str | None
    party_name: str

    def index_ids(self, checks: Checks) -> dict[IndexedBy, str]:
        """Where it is indexed."""
        if self.party is None:
            return {}
        found = {
            IndexedBy.NUMBER: number_index_id(self.party, self.entry.number),
            IndexedBy.AMOUNT: amount_index_id(self.party, self.entry.amount),
        }
        return {by: name for by, name in found.items() if by in checks and name is not None}


def twin_kinds(checks: Checks) -> tuple[str, ...]:
    """Every kind of item that a table of checks opens."""
    return tuple(check.kind for each in checks.values() for check in each)


def follow_twins(
    change: Change, before: Document | None, after: Document, what: str, checks: Checks
) -> None:
    """Move a document in the index and settle what it and its twins are told.

    `before`: as it was known; its old places are left.
    """
    was = before.index_ids(checks) if before is not None else {}
    now = after.index_ids(checks)
    change.load(DocumentIndex, {*was.values(), *now.values()})
    for by, name in was.items():
        if now.get(by) != name:
            _leave(change, name, by, after, what, checks)
    for by, rows in checks.items():
        if by in now:
            _enter(change, now[by], by, after, what, checks)
        else:
            settle(change, f"{what}-{after.entry.id}", dict.fromkeys(_kinds(rows)), NO_TWIN)


def drop_twins(change: Change, before: Document, what: str, checks: Checks) -> None:
    """A document that is none any more leaves the index; its twins are told."""
    places = before.index_ids(checks)
    change.load(DocumentIndex, places.values())
    for by, name in places.items():
        _leave(change, name, by, before, what, checks)
    settle(change, f"{what}-{before.entry.id}", dict.fromkeys(twin_kinds(checks)), NO_TWIN)


def _kinds(rows: Sequence[Check[TwinCase]]) -> list[str]:
    return [check.kind for check in rows]


def _enter(
    change: Change, name: str, by: IndexedBy, after: Document, what: str, checks: Checks
) -> None:
    index = change.get(DocumentIndex, name) or DocumentIndex(name, 0, by)
    moved = index.with_entry(after.entry)
    if moved != index:
        change.put(moved)
    known = index.entry(after.entry.id)
    told = {one.id for one in (index.twins(known) if known is not None else ())}
    told |= {one.id for one in moved.twins(after.entry)}
    for each in (after.entry.id, *sorted(told)):
        _tell(change, moved, each, after, what, checks)


def _leave(
    change: Change, name: str, by: IndexedBy, after: Document, what: str, checks: Checks
) -> None:
    index = change.get(DocumentIndex, name)
    known = index.entry(after.entry.id) if index is not None else None
    if index is None or known is None:
        return
    left = index.without(known.id)
    change.put(left)
    for one in index.twins(known):
        _tell(change, left, one.id, after, what, checks)


def _tell(
    change: Change, index: DocumentIndex, name: str, of: Document, what: str, checks: Checks
) -> None:
    # One that the index had no room for is compared all the same.
    entry = of.entry if name == of.entry.id else index.entry(name)
    if entry is None:
        return
    case = twin_case(index, entry, what, of.party_name)
    settle(change, f"{what}-{name}", problems_of(checks[index.by], case), NO_TWIN)
