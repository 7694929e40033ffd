"""Rows of a CSV file in a stream: a bank's, and one of Stripe's."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BytesIO, TextIOWrapper

from rowcol.domain.statements.reading import ProblemCode
from rowcol.edge.imports.rows import Row
from rowcol.edge.statements.common import LINES_MAX, RejectedFile


def csv_rows(content: bytes, encoding: str, delimiter: str, cells_max: int) -> Iterator[Row]:
    """Rows that are not blank, with the line they begin on. Raises RejectedFile."""
    text = TextIOWrapper(BytesIO(content), encoding=encoding, newline="")
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    before = 0
    try:
        for cells in reader:
            if len(cells) > cells_max:
                raise RejectedFile(ProblemCode.BAD_ROW, f"more than {cells_max} fields", before + 1)
            if any(cells) and any(cell.strip() for cell in cells):
                yield Row(before + 1, tuple(cells))
            before = reader.line_num
            if before > LINES_MAX * 2:
                raise RejectedFile(ProblemCode.TOO_MANY_ROWS, f"more than {LINES_MAX * 2} lines")
    except csv.Error as error:
        long = "field larger" in str(error)
        code = ProblemCode.FIELD_TOO_LONG if long else ProblemCode.UNBALANCED_QUOTE
        raise RejectedFile(code, f"{error}", before + 1) from None
