"""Rows of the first visible sheet of an .xlsx workbook (ECMA-376 part 1, chapter 18).

Numbers stay as they are written. A number whose style is a date becomes an ISO date, by the
workbook's epoch. A formula counts by the value that was saved with it.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from rowcol.edge.imports.rows import (
    CELL_CHARACTERS_MAX,
    CELLS_MAX,
    RECORDS,
    Limits,
    Row,
    UnreadableFile,
    cut,
)
from rowcol.edge.imports.workbook import Finished, Workbook

_BOOK = "xl/workbook.xml"
_RELATIONS = "xl/_rels/workbook.xml.rels"
_STRINGS = "xl/sharedStrings.xml"
_STYLES = "xl/styles.xml"
# Built-in number formats that are dates (18.8.30), and what makes one of a workbook's own a date.
_DATE_FORMATS = frozenset({*range(14, 18), 22, *range(27, 37), *range(50, 59)})
_NOT_FORMAT = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_DAY_LETTERS = frozenset("yd")
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})\Z")
_SERIAL = re.compile(r"\d{1,7}(\.\d+)?([eE][+-]?\d{1,2})?\Z")
_DAY_MAX = 2_958_465  # 9999-12-31


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's rows that are not blank, whether its days count from 1904, and names left alone."""

    rows: list[Row]
    is_1904: bool
    strange_names: tuple[str, ...]


def xlsx_rows(content: bytes) -> list[Row]:
    """Every row that is not blank, with its number in the sheet. Raises UnreadableFile."""
    return first_sheet(content).rows


def first_sheet(content: bytes, limits: Limits = RECORDS) -> Sheet:
    """The first visible sheet. Raises UnreadableFile."""
    book = Workbook(content, limits)
    sheet, is_1904 = _first_sheet(book)
    strings = _strings(book, limits) if book.has(_STRINGS) else []
    dates = _date_styles(book) if book.has(_STYLES) else frozenset()
    reader = _SheetReader(strings, dates, is_1904, limits)
    book.parse(sheet, reader.start, reader.end, reader.text)
    return Sheet(reader.rows, is_1904, book.strange_names)


def _first_sheet(book: Workbook) -> tuple[str, bool]:
    """The member of the first visible sheet, and whether days count from 1904."""
    sheets: list[str] = []
    is_1904: list[bool] = []
    targets: dict[str, str] = {}

    def of_book(tag: str, given: dict[str, str]) -> None:
        if tag == "sheet" and given.get("state", "visible") == "visible" and "id" in given:
            sheets.append(given["id"])
        if tag == "workbookPr":
            is_1904.append(given.get("date1904", "0") in ("1", "true"))

    def of_relations(tag: str, given: dict[str, str]) -> None:
        if tag == "Relationship" and given.get("TargetMode") != "External":
            targets[given.get("Id", "")] = given.get("Target", "")

    book.parse(_BOOK, of_book)
    book.parse(_RELATIONS, of_relations)
    if not sheets or sheets[0] not in targets:
        raise UnreadableFile("no_sheet", "it has no visible sheet")
    target = targets[sheets[0]]
    name = target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
    return posixpath.normpath(name), any(is_1904)


def _strings(book: Workbook, limits: Limits) -> list[str]:
    """Shared strings in order: the text of all runs, without how they are spoken (`rPh`)."""
    found: list[str] = []
    parts: list[str] = []
    inside: list[str] = []

    def start(tag: str, _given: dict[str, str]) -> None:
        inside.append(tag)
        if tag == "si":
            parts.clear()

    def end(tag: str) -> None:
        inside.pop()
        if tag == "si":
            found.append("".join(parts)[: CELL_CHARACTERS_MAX + 1])
            if len(found) > limits.texts:
                raise UnreadableFile("too_large_inside", "it has too many texts")

    def text(data: str) -> None:
        if inside[-1] == "t" and "rPh" not in inside:
            parts.append(data)

    book.parse(_STRINGS, start, end, text)
    return found


def _date_styles(book: Workbook) -> frozenset[int]:
    """Positions of cell styles whose number format is a date."""
    own: dict[str, bool] = {}
    formats: list[str] = []
    inside: list[str] = []

    def start(tag: str, given: dict[str, str]) -> None:
        if tag == "numFmt":
            own[given.get("numFmtId", "")] = _is_date(given.get("formatCode", ""))
        if tag == "xf" and inside and inside[-1] == "cellXfs":
            formats.append(given.get("numFmtId", "0"))
        inside.append(tag)

    def end(_tag: str) -> None:
        inside.pop()

    book.parse(_STYLES, start, end)
    return frozenset(
        place
        for place, known in enumerate(formats)
        if own.get(known, known.isdigit() and int(known) in _DATE_FORMATS)
    )


def _is_date(code: str) -> bool:
    shown = _NOT_FORMAT.sub("", code.partition(";")[0]).lower()
    return bool(_DAY_LETTERS & set(shown))


@dataclass
class _SheetReader:
    """Handlers of a sheet's XML."""

    strings: list[str]
    dates: frozenset[int]
    is_1904: bool
    limits: Limits
    rows: list[Row] = field(default_factory=list)
    _seen: int = 0
    _number: int = 0
    _cells: list[str] = field(default_factory=list)
    _problem: str | None = None
    _column: int = 0
    _kind: str = "n"
    _style: int = 0
    _formula: bool = False
    _value: list[str] | None = None
    _inside: list[str] = field(default_factory=list)

    def start(self, tag: str, given: dict[str, str]) -> None:
        """An element begins."""
        self._inside.append(tag)
        if tag == "row":
            number = given.get("r", "")
            self._number = int(number) if number.isdigit() else self._number + 1
            self._cells, self._problem, self._column = [], None, 0
            self._seen += 1
            if self._seen > self.limits.rows_seen:
                raise UnreadableFile("too_many_rows", f"more than {self.limits.rows_seen} rows")
        elif tag == "c":
            self._begin_cell(given)
        elif tag == "f":
            self._formula = True

    def _begin_cell(self, given: dict[str, str]) -> None:
        place = _REFERENCE.match(given.get("r", ""))
        self._column = _column_of(place[1]) if place else self._column + 1
        self._kind = given.get("t", "n")
        style = given.get("s", "")
        self._style = int(style) if style.isdigit() else 0
        self._formula, self._value = False, None

    def text(self, data: str) -> None:
        """Characters."""
        tag = self._inside[-1]
        if tag == "v" or (tag == "t" and "is" in self._inside and "rPh" not in self._inside):
            self._value = self._value or []
            self._value.append(data)

    def end(self, tag: str) -> None:
        """An element ends."""
        self._inside.pop()
        if tag == "c" and self._column <= CELLS_MAX:
            self._cells += [""] * (self._column - 1 - len(self._cells))
            self._cells[self._column - 1 :] = [self._read()]
        elif tag == "c" and self._value:
            raise UnreadableFile("too_many_columns", f"row {self._number} is too wide")
        elif tag == "row":
            cut(self.rows, Row(self._number, tuple(self._cells), self._problem), self.limits)
        elif tag == "sheetData":
            raise Finished

    def _read(self) -> str:
        """The cell as text; what cannot be read is the row's problem."""
        value = "".join(self._value) if self._value is not None else ""
        if self._formula and self._value is None:
            return self._bad("a formula without its value")
        if len(value) > CELL_CHARACTERS_MAX:
            return self._bad(f"more than {CELL_CHARACTERS_MAX} characters")
        match self._kind:
            case "s":
                known = value.isdigit() and int(value) < len(self.strings)
                text = self.strings[int(value)] if known else None
                if text is None or len(text) > CELL_CHARACTERS_MAX:
                    return self._bad("a text that cannot be read")
                return text
            case "e":
                return self._bad(f"the error {value}")
            case "d":
                return value[:10]
            case "n" if self._style in self.dates and value:
                return self._day(value)
        return value

    def _day(self, serial: str) -> str:
        day = day_of_serial(serial, self.is_1904)
        return self._bad("a date that does not exist") if day is None else day.isoformat()

    def _bad(self, problem: str) -> str:
        self._problem = self._problem or f"column {_letters(self._column)}: {problem}"
        return ""


def day_of_serial(serial: str, is_1904: bool) -> date | None:
    """A day by its number: 1 is 1 January 1900, with a 29 February that never was; or 1904."""
    days = int(Decimal(serial)) if _SERIAL.match(serial) else 0
    if not 0 < days < _DAY_MAX - (1462 if is_1904 else 0):
        return None
    if is_1904:
        return date(1904, 1, 1) + timedelta(days)
    return (date(1899, 12, 30) if days > 60 else date(1899, 12, 31)) + timedelta(days)


def _column_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _letters(column: int) -> str:
    text = ""
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text
