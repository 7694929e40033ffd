"""Saved mappings of a client: chosen by themselves when a file has their header."""

from __future__ import annotations

from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.statements.mapping import (
    MAPPINGS_MAX,
    SavedColumns,
    StatementMapping,
    mapping_id,
)
from rowcol.service.change import Change
from rowcol.service.listing import every_id
from rowcol.service.store import Books

NO_MAPPING = Refusal(Code.NOT_FOUND, "no such mapping")


def saved_mappings(books: Books) -> tuple[StatementMapping, ...]:
    """All of a client, by id."""
    ids = every_id(books, StatementMapping, "")
    found = books.get_many(StatementMapping, ids).values()
    return tuple(each for each in found if not each.removed)


def save_mapping(change: Change, name: str, columns: SavedColumns) -> StatementMapping | Refusal:
    """Keep a mapping; one of the same header takes the place of the one before.

    Refused: `invalid_input` for what is none, `too_many_items` above 100.
    """
    problem = columns.profile(name).problem()
    if problem is not None:
        return Refusal(Code.INVALID_INPUT, f"it is no mapping: {problem}", {"field": "columns"})
    identity = mapping_id(columns)
    known = change.get(StatementMapping, identity)
    if known is None or known.removed:
        count = len(every_id(change.books, StatementMapping, ""))
        if count >= MAPPINGS_MAX:
            return Refusal(
                Code.TOO_MANY_ITEMS,
                f"a client has at most {MAPPINGS_MAX} mappings",
                {"mappings": count, "mappings_max": MAPPINGS_MAX},
                remedy="delete one that is not used any more",
            )
    version = known.version if known is not None else 0
    saved = StatementMapping(identity, version, name, columns, change.now, change.actor.id)
    change.put(saved)
    change.state("statement_mapping.saved", statement_mapping=saved)
    return saved


def remove_mapping(change: Change, identity: str) -> StatementMapping | Refusal:
    """Forget a mapping; files that were read with it stay as they are. Refused: `not_found`."""
    known = change.get(StatementMapping, identity)
    if known is None or known.removed:
        return NO_MAPPING
    gone = StatementMapping(
        known.id, known.version, known.name, known.columns, known.saved_at, known.saved_by, True
    )
    change.put(gone)
    change.state("statement_mapping.removed", statement_mapping=gone)
    return gone
