"""Preview, apply and undo: overlaps add only what is new, and a line goes with its last import."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from rowcol.domain.refusal import Refusal
from rowcol.domain.statements.importing import (
    KeptLine,
    Known,
    StatementImport,
    Undone,
    apply,
    preview,
    undo,
)
from rowcol.domain.statements.reading import Reading
from rowcol.domain.statements.statement import Statement
from rowcol.edge.statements.common import Hints
from rowcol.edge.statements.read import read_statement
from tests.support.statement_files import FORMATS, Entry, chase, ofx

START = date(2026, 10, 1)


def statement(content: bytes) -> Statement:
    outcome = read_statement(content, Hints(ending="5678"))
    assert isinstance(outcome, Reading), outcome
    return outcome.statements[0]


class Books:
    """An account's lines and imports, in memory."""

    def __init__(self) -> None:
        self.lines: dict[str, KeptLine] = {}
        self.imports: dict[str, StatementImport] = {}

    def take(self, name: str, content: bytes) -> StatementImport:
        known = Known.of(self.lines.values())
        made, written = apply(preview(statement(content), "5678", known), name, known)
        self.lines |= {line.id: line for line in written}
        self.imports[name] = made
        return made

    def undo(self, name: str, proving: frozenset[str] = frozenset()) -> Undone | Refusal:
        undone = undo(self.imports[name], self.lines.values(), proving)
        if isinstance(undone, Undone):
            self.imports[name] = undone.made
            self.lines |= {line.id: line for line in undone.changed}
            for gone in undone.removed:
                del self.lines[gone]
        return undone

    @property
    def total(self) -> int:
        return sum(kept.line.amount_minor for kept in self.lines.values())


# Equal entries on one day, as banks have them.
MONTH = [
    Entry(START + timedelta(at // 3), -100 * (at // 2), f"CARD {at // 2}") for at in range(2, 40)
]


def test_the_same_file_again_adds_nothing() -> None:
    books = Books()
    books.take("first", chase(MONTH))
    assert books.take("second", chase(MONTH)).new_ids == ()
    assert len(books.lines) == len(MONTH)


@pytest.mark.parametrize("seed", range(30))
def test_overlapping_downloads_of_whole_days_make_the_month(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  # the seed is the test's name
    last = MONTH[-1].on
    books = Books()
    for turn in range(6):
        one, other = sorted(draw.choices(range((last - START).days + 1), k=2))
        part = [
            each for each in MONTH if START + timedelta(one) <= each.on <= START + timedelta(other)
        ]
        if part:
            books.take(f"part {turn}", chase(part))
    books.take("all", chase(MONTH))
    assert (len(books.lines), books.total) == (len(MONTH), sum(each.minor for each in MONTH)), seed


def test_another_format_adds_nothing_whichever_came_first() -> None:
    for first in sorted(FORMATS):
        for second in sorted(FORMATS):
            books = Books()
            books.take("first", FORMATS[first](MONTH, 0))
            books.take("second", FORMATS[second](MONTH, 0))
            assert len(books.lines) == len(MONTH), (first, second)


def test_two_references_are_two_entries_and_a_file_without_them_finds_both() -> None:
    books = Books()
    entry = Entry(START, -500, "PARKING")
    books.take("morning", ofx([entry]))
    books.take("evening", ofx([entry]).replace(b"REF000000", b"REF000009"))
    assert len(books.lines) == 2
    assert books.take("csv", chase([entry, entry])).new_ids == ()


def test_undo_gives_up_what_no_other_import_holds() -> None:
    books = Books()
    books.take("first", chase(MONTH[:20]))
    books.take("second", chase(MONTH))
    assert isinstance(books.undo("second"), Undone)
    assert len(books.lines) == 20
    books.take("third", chase(MONTH))
    assert isinstance(books.undo("first"), Undone)
    assert len(books.lines) == len(MONTH)
    assert isinstance(books.undo("third"), Undone)
    assert books.lines == {}
    assert isinstance(books.undo("third"), Refusal)


def test_lines_that_prove_a_payment_are_not_undone() -> None:
    books = Books()
    made = books.take("first", chase(MONTH))
    refused = books.undo("first", frozenset({made.new_ids[3]}))
    assert isinstance(refused, Refusal)
    assert refused.numbers["lines"] == 1
    assert len(books.lines) == len(MONTH)
