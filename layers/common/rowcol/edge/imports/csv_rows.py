"""Rows of a CSV file: UTF-8 or UTF-16, separated by comma, semicolon or tab."""

from __future__ import annotations

import csv
from io import StringIO

from rowcol.edge.imports.rows import CELL_CHARACTERS_MAX, Row, UnreadableFile, cut

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SEPARATORS = ",;\t"


def csv_rows(content: bytes) -> list[Row]:
    """Every row that is not blank, with the line it begins on. Raises UnreadableFile.

    The separator is the one that stands most often in the first line that has any.
    """
    text = _decoded(content)
    reader = csv.reader(StringIO(text, newline=""), delimiter=_separator(text), strict=True)
    rows: list[Row] = []
    before = 0
    try:
        for cells in reader:
            long = any(len(cell) > CELL_CHARACTERS_MAX for cell in cells)
            problem = f"a cell has more than {CELL_CHARACTERS_MAX} characters" if long else None
            cut(rows, Row(before + 1, () if long else tuple(cells), problem))
            before = reader.line_num
    except csv.Error as error:
        raise UnreadableFile("damaged", f"line {before + 1}: {error}") from None
    return rows


def _decoded(content: bytes) -> str:
    coding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(coding)
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            "not_utf8", f"byte {error.start} is not UTF-8; save it as CSV UTF-8"
        ) from None
    if "\0" in text:
        raise UnreadableFile("not_text", "it holds NUL characters, so it is no text")
    return text


def _separator(text: str) -> str:
    for line in text.splitlines()[:30]:
        counts = {each: line.count(each) for each in _SEPARATORS}
        best = max(counts, key=lambda each: counts[each])
        if counts[best]:
            return best
    return ","
