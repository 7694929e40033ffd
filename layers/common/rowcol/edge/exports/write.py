"""Write a list into a file of this machine: all of one moment where that can be had."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeVar

from rowcol.domain.chain import Mark
from rowcol.domain.chain_file import MEDIA_TYPE, end_line, line_of
from rowcol.domain.export import ExportAsked, ExportFormat, SnapshotTaken
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, Scope
from rowcol.edge.download import CSV, XLSX
from rowcol.edge.exports.files import SHEET_ROWS_MAX, SheetFull, write_csv, write_xlsx
from rowcol.edge.exports.lists import LOGS, ExportedList
from rowcol.edge.exports.proofs import Proof, sha256_of, write_proof
from rowcol.edge.exports.rows import ListRefused, caller_of, first_call, rows_of
from rowcol.edge.operation import Call
from rowcol.service.audit import entries_from, head_of
from rowcol.service.environment import Environment
from rowcol.service.exports.ports import Paused, Turn, Write, Written
from rowcol.service.store import Books

T = TypeVar("T")
ROWS_MAX = 1_000_000
# How often a list is read again because the log gained something meanwhile.
PASSES_MAX = 3
MEDIA_TYPES = {ExportFormat.CSV: CSV, ExportFormat.XLSX: XLSX, ExportFormat.JSONL: MEDIA_TYPE}


def writer(environment: Environment) -> Write:
    """Writes lists for whoever asked for them, with the rights that they have by then."""

    def write(
        scope: Scope, actor: Actor, asked: ExportAsked, place: Path, turn: Turn
    ) -> Written | Paused | Refusal:
        caller = caller_of(environment, scope, actor)
        if isinstance(caller, Refusal):
            return caller
        first = first_call(environment, caller, scope, asked)
        if isinstance(first, Refusal):
            return first
        found, call = first
        if isinstance(found, Proof):
            return write_proof(found, call, asked, place, turn)
        return write_list(found, call, asked, place)

    return write


def write_list(
    found: ExportedList, call: Call, asked: ExportAsked, place: Path, rows_max: int = ROWS_MAX
) -> Written | Refusal:
    """One list into one file; refused as the list itself, or for more rows than may be."""
    passes = 0
    while True:
        passes += 1
        taken = _taken(found, call, asked, place, rows_max)
        if isinstance(taken, Refusal):
            return taken
        count, snapshot = taken
        if snapshot.is_consistent or passes == PASSES_MAX:
            return Written(place, MEDIA_TYPES[asked.format], count, sha256_of(place), snapshot)


def _taken(
    found: ExportedList, call: Call, asked: ExportAsked, place: Path, rows_max: int
) -> tuple[int, SnapshotTaken] | Refusal:
    """Read the list once: how many rows, and between which positions of the log."""
    books = call.environment.store.books(call.scope)
    at, before = call.environment.now(), head_of(books)
    try:
        count = _pass(found, call, asked, place, rows_max, before)
    except ListRefused as refused:
        return refused.refusal
    except (SheetFull, _TooMany):
        most = min(rows_max, SHEET_ROWS_MAX - 1)
        return Refusal(
            Code.TOO_MANY_ITEMS,
            f"the list has more than {most} rows",
            {"most": most},
            remedy="filter it, or ask for it by POST …/exports",
        )
    # A log that only grows is read up to where it was: what came after is not in it.
    after = before if asked.list in LOGS else head_of(books)
    return count, SnapshotTaken(at, before.sequence, after.sequence)


def _pass(
    found: ExportedList, call: Call, asked: ExportAsked, place: Path, rows_max: int, head: Mark
) -> int:
    """Read the list once into the file; gives the number of rows."""
    books = call.environment.store.books(call.scope)
    if asked.format is ExportFormat.JSONL:
        return _log_lines(call, books, place, rows_max, head)
    rows = rows_of(found, call)
    if asked.list in LOGS:
        rows = (row for row in rows if row["sequence"] <= head.sequence)
    cells = ([column.cell(row) for column in found.columns] for row in _at_most(rows, rows_max))
    names = [column.name for column in found.columns]
    if asked.format is ExportFormat.XLSX:
        return write_xlsx(place, names, cells)
    return write_csv(place, names, cells, with_bom=asked.with_bom)


def _log_lines(call: Call, books: Books, place: Path, rows_max: int, head: Mark) -> int:
    """The log as lines that prove themselves (`rowcol.domain.chain_file`)."""
    count = 0
    with place.open("w", encoding="ascii") as file:
        for entry in _at_most(entries_from(books, 0, head.sequence), rows_max):
            file.write(line_of(entry))
            count += 1
        file.write(end_line(books.scope, head, call.environment.now()))
    return count


class _TooMany(Exception):
    """More rows than may be."""


def _at_most(rows: Iterable[T], most: int) -> Iterator[T]:
    left = iter(rows)
    yield from islice(left, most)
    for _ in left:
        raise _TooMany
