"""One of Stripe's files, found by its columns: the one way in. No input or output.

Source: stripe contract, section 1. Limits, text and delimiters are those of statements.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from rowcol.domain.money import Money, exponent
from rowcol.domain.receivables.amounts import is_known_category
from rowcol.domain.receivables.file_reading import (
    CurrencyTotal,
    DecimalQuestion,
    FileRow,
    Layout,
    StripeOutcome,
    StripeReading,
)
from rowcol.domain.statements.profile import DELIMITERS, header_word
from rowcol.domain.statements.reading import Problem, ProblemCode, Rejected
from rowcol.edge.statements.amount_text import looks_comma_decimal
from rowcol.edge.statements.common import BYTES_MAX, RejectedFile, Told
from rowcol.edge.statements.csv_rows import csv_rows
from rowcol.edge.statements.text import encoding_of
from rowcol.edge.stripe_files.columns import Cells, Columns, layout_of
from rowcol.edge.stripe_files.row import Read
from rowcol.edge.stripe_files.values import BadCell
from rowcol.edge.stripe_files.words import ROWS

# A report has some 60 columns, and one for each key of metadata that was asked for.
CELLS_MAX = 400
HEADER_WITHIN = 5
_WHOLE = re.compile(r"-?\d+\Z", re.ASCII)
_LIVE = frozenset({"", "live", "true"})


def read_stripe_file(content: bytes, decimal: str | None = None) -> StripeOutcome:
    """Rows with bad ones beside them, a question about the decimal comma, or why it is none.

    `decimal` is the answer to the question, "." or ",". At most 20 MB and 200,000 rows; raises
    nothing for any content. Amounts are whole minor units of each row's currency.
    """
    told = Told()
    try:
        return _read(content, decimal, told)
    except RejectedFile as refused:
        return Rejected(refused.code, str(refused), refused.line, refused.bad_rows)


def _read(content: bytes, decimal: str | None, told: Told) -> StripeOutcome:
    if len(content) > BYTES_MAX:
        raise RejectedFile(ProblemCode.FILE_TOO_LARGE, f"more than {BYTES_MAX} bytes")
    if not content.strip(b"\0 \t\r\n"):
        raise RejectedFile(ProblemCode.EMPTY_FILE, "there is nothing in it")
    if content.startswith((b"PK\x03\x04", b"%PDF", b"{", b"[", b"<")):
        message = "it is no CSV file; export the report as CSV"
        raise RejectedFile(ProblemCode.NOT_A_STATEMENT, message)
    encoding = encoding_of(content, told)
    found = _found(content, encoding)
    if decimal is None:
        question = _comma(found, content, encoding)
        if question is not None:
            return question
    reader = _Reader(found.columns, decimal or ".", told)
    for cells in _cells(found, content, encoding, told):
        reader.take(cells)
    return reader.reading()


@dataclass(frozen=True, slots=True)
class _Found:
    columns: Columns
    names: tuple[str, ...]
    above: int
    delimiter: str


def _found(content: bytes, encoding: str) -> _Found:
    problem: RejectedFile | None = None
    for delimiter in DELIMITERS:
        try:
            sample = list(islice(csv_rows(content, encoding, delimiter, CELLS_MAX), HEADER_WITHIN))
        except RejectedFile as refused:
            problem = problem or refused
            continue
        for place, row in enumerate(sample):
            names = tuple(header_word(cell) for cell in row.cells)
            columns = layout_of(names)
            if columns is None:
                continue
            named = [name for name in names if name]
            repeated = next((name for name in named if named.count(name) > 1), None)
            if repeated is not None:
                message = f"two columns are called {repeated[:40]!r}"
                raise RejectedFile(ProblemCode.DUPLICATE_HEADER, message, row.line)
            return _Found(columns, names, place + 1, delimiter)
    if problem is not None:
        raise problem
    message = (
        "no export of Stripe's is known by these columns; a report needs at least"
        " balance_transaction_id, currency, gross, fee, net and reporting_category"
    )
    raise RejectedFile(ProblemCode.UNKNOWN_DIALECT, message, 1)


def _comma(found: _Found, content: bytes, encoding: str) -> DecimalQuestion | None:
    """Asked when an amount is written with a decimal comma."""
    places = [found.names.index(name) for name in found.columns.money if name in found.names]
    for row in islice(csv_rows(content, encoding, found.delimiter, CELLS_MAX), found.above, None):
        for place in places:
            text = row.cells[place].strip() if place < len(row.cells) else ""
            if looks_comma_decimal(text):
                message = f"{text[:30]} has a decimal comma; confirm how amounts are written"
                code = ProblemCode.LOCALE_MAPPING_REQUIRED
                return DecimalQuestion(code, message, row.line, text[:30])
    return None


def _cells(found: _Found, content: bytes, encoding: str, told: Told) -> Iterator[Cells]:
    for row in islice(csv_rows(content, encoding, found.delimiter, CELLS_MAX), found.above, None):
        told.entry()
        if any(cell.strip() for cell in row.cells[len(found.names) :]):
            told.bad(ProblemCode.BAD_ROW, "it has more fields than the header", row.line)
            continue
        values = zip(found.names, row.cells, strict=False)
        yield Cells(row.line, {name: cell.strip() for name, cell in values if name})


@dataclass(slots=True)
class _Reader:
    """Collects the rows of one file."""

    columns: Columns
    decimal: str
    told: Told
    _rows: dict[str, FileRow] = field(default_factory=dict)
    _totals: dict[str, CurrencyTotal] = field(default_factory=dict)
    _strange: set[str] = field(default_factory=set)
    _whole: dict[str, bool] = field(default_factory=dict)
    _largest: dict[str, int] = field(default_factory=dict)
    _first: date | None = None
    _last: date | None = None
    _without_payout: bool = False
    _skipped: int = 0

    def take(self, cells: Cells) -> None:
        """One row; what cannot be read is told."""
        if cells.first("mode", "livemode").lower() not in _LIVE:
            self._skipped += 1
            return
        try:
            read = ROWS[self.columns.layout](cells, self.decimal)
        except BadCell as bad:
            if bad.code is ProblemCode.NET_MISMATCH:
                # Stripe's own rows always add up: this file was changed or torn.
                raise RejectedFile(bad.code, str(bad), cells.line) from None
            self.told.bad(bad.code, str(bad), cells.line, bad.found)
            return
        known = self._rows.get(read.row.key)
        if known is not None:
            self._again(read, known)
            return
        self._rows[read.row.key] = read.row
        self._note(read, cells)

    def _again(self, read: Read, known: FileRow) -> None:
        key = read.row.key
        if known.told == read.row.told:
            message = f"the same as line {known.line}: counted once"
            problem = ProblemCode.DUPLICATE_BALANCE_TRANSACTION
            self.told.warn(Problem(problem, message, read.row.line, key))
        else:
            message = f"line {known.line} says otherwise of the same id"
            self.told.bad(ProblemCode.CONTRADICTS_ITSELF, message, read.row.line, key)

    def _note(self, read: Read, cells: Cells) -> None:
        day = read.at.date()
        self._first = min(self._first or day, day)
        self._last = max(self._last or day, day)
        self._without_payout |= not cells["automatic_payout_id"]
        if read.category is not None and not is_known_category(read.category):
            if read.category not in self._strange:
                message = "a category that nobody has looked at; it counts as an adjustment"
                code = ProblemCode.UNKNOWN_REPORTING_CATEGORY
                self.told.warn(Problem(code, message, cells.line, read.category))
            self._strange.add(read.category)
        if read.gross is not None and read.fee is not None:
            self._add(read.gross, read.fee)
        self._scale(cells)

    def _add(self, gross: Money, fee: Money) -> None:
        zero = Money.zero(gross.currency)
        before = self._totals.get(gross.currency, CurrencyTotal(zero, zero, zero, 0))
        self._totals[gross.currency] = CurrencyTotal(
            before.gross + gross,
            before.fee + fee,
            before.net + gross - fee,
            before.count + 1,
        )

    def _scale(self, cells: Cells) -> None:
        """Whole amounts alone, in a currency with hundredths, are perhaps the API's cents."""
        code = cells["currency"].upper()
        texts = [cells[name] for name in self.columns.money[:3] if cells[name]]
        is_whole = bool(texts) and all(_WHOLE.match(text) for text in texts)
        self._whole[code] = self._whole.get(code, True) and is_whole
        digits = max((len(text.lstrip("-")) for text in texts), default=0)
        self._largest[code] = max(self._largest.get(code, 0), digits)

    def reading(self) -> StripeReading:
        """All of it. Raises RejectedFile when no row could be read."""
        rows = tuple(self._rows.values())
        if not rows:
            if self.told.bad_rows:
                first = self.told.bad_rows[0]
                bad = tuple(self.told.bad_rows)
                raise RejectedFile(first.code, first.message, first.line, bad)
            self.told.warn(Problem(ProblemCode.NO_TRANSACTIONS, "there is no row in it"))
        if self._skipped:
            message = f"{self._skipped} rows of Stripe's test mode are left out"
            self.told.note(ProblemCode.TEST_MODE_SKIPPED, message)
        self._warn_of_scale()
        layout = self.columns.layout
        if layout is Layout.PAYOUT_RECONCILIATION and (self._without_payout or not rows):
            layout = Layout.BALANCE_CHANGE
        totals = tuple(self._totals[code] for code in sorted(self._totals))
        return StripeReading(
            layout,
            rows,
            totals,
            self._first,
            self._last,
            tuple(self.told.bad_rows),
            self.told.bad_row_count,
            tuple(self.told.warnings),
            tuple(self.told.notes),
        )

    def _warn_of_scale(self) -> None:
        for code, is_whole in sorted(self._whole.items()):
            if is_whole and exponent(code) and self._largest[code] > 2:
                message = f"no amount in {code} has decimals: are these the API's minor units?"
                self.told.warn(Problem(ProblemCode.SCALE_SUSPECT, message))
