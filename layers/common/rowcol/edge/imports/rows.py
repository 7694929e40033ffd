"""What files of rows have in common: cells as text, their lines, and why a file is unreadable."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.refusal import Code, Refusal

# Rows that are no record: a title above the header, blanks, totals that will be refused.
ROWS_MAX = 1_100
CELLS_MAX = 64
CELL_CHARACTERS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may hold. Bytes are unpacked ones; rows seen count blank ones too."""

    rows: int = ROWS_MAX
    rows_seen: int = 20_000
    texts: int = 70_000
    member_bytes: int = 8_000_000
    bytes: int = 20_000_000


RECORDS = Limits()


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells as text, the line or row number in the file, and what is wrong with it.

    Dates of a workbook are ISO texts already, numbers are as they were written.
    """

    line: int
    cells: tuple[str, ...]
    problem: str | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing stands in it."""
        return not any(cell.strip() for cell in self.cells) and self.problem is None


class UnreadableFile(Exception):
    """The file as a whole cannot be read; `problem` is a stable word, the message says more."""

    def __init__(self, problem: str, message: str) -> None:
        super().__init__(message)
        self.problem = problem

    @property
    def refusal(self) -> Refusal:
        """As the API answers it."""
        return Refusal(Code.IMPORT_UNREADABLE, str(self), {"problem": self.problem})


def cut(rows: list[Row], row: Row, limits: Limits = RECORDS) -> None:
    """Keep a row that says something. Raises UnreadableFile for too many or too wide ones."""
    if row.is_blank:
        return
    if len(rows) == limits.rows:
        raise UnreadableFile("too_many_rows", f"more than {limits.rows} rows")
    if len(row.cells) > CELLS_MAX:
        raise UnreadableFile("too_many_columns", f"line {row.line} has more than {CELLS_MAX} cells")
    rows.append(row)
