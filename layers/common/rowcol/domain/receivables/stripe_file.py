"""One of Stripe's files on its way into a client's books: previewed, applied part by part, undone.

The states are those of statement files (`domain/statements/file.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.money import Money
from rowcol.domain.receivables.file_reading import CurrencyTotal, DecimalQuestion, Layout
from rowcol.domain.statements.file import FileState, ImportedFile
from rowcol.domain.statements.reading import Problem, ProblemCode

WARNINGS_KEPT = 50
BAD_ROWS_KEPT = 50
PAYOUTS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class FilePayout:
    """A payout that rows of a file name: their net, and Stripe's amount where it is known.

    `unexplained`: the amount less the rows; None where the amount is not known.
    """

    stripe_id: str
    rows: int
    net: Money
    amount: Money | None
    unexplained: Money | None


@dataclass(frozen=True, slots=True)
class FileProblem:
    """One thing that is wrong or odd: where (line of the file), why, and what stood there."""

    code: ProblemCode
    message: str
    line: int | None
    found: str

    @classmethod
    def of(cls, problem: Problem) -> FileProblem:
        """As it is kept and shown."""
        return cls(problem.code, problem.message, problem.line, problem.found)


@dataclass(frozen=True, slots=True)
class StripeFileSeen:
    """What a file says. `new_objects`, `known_objects`: of Stripe's objects that its rows tell of.

    `payouts`: the first 100 of `payout_count`; those that do not add up come first.
    """

    layout: Layout
    rows: int
    first_on: date | None
    last_on: date | None
    totals: tuple[CurrencyTotal, ...]
    new_objects: int
    known_objects: int
    payouts: tuple[FilePayout, ...]
    payout_count: int
    bad_rows: tuple[FileProblem, ...]
    bad_row_count: int
    warnings: tuple[FileProblem, ...]
    warning_count: int
    notes: tuple[FileProblem, ...]
    same_file_as: str | None = None


@dataclass(frozen=True, slots=True)
class StripeFile(ImportedFile):
    """One file. `question`: asked instead of guessed; answered by sending the file with `decimal`.

    `rows_done`: how far applying is; `parts_undone` counts from the last.
    """

    decimal: str | None = None
    seen: StripeFileSeen | None = None
    question: DecimalQuestion | None = None
    rows_done: int = 0
    parts_undone: int = 0
    changed_objects: int = 0

    kind = "stripe_file"


@dataclass(frozen=True, slots=True)
class StripePart(Unlisted, NeverDue):
    """Ids of the objects that one part of a file tells of, so that undoing finds them."""

    id: str
    version: int
    names: tuple[str, ...] = field(default_factory=tuple)

    kind = "stripe_part"


@dataclass(frozen=True, slots=True)
class ShownStripeFile:
    """A file as the log shows it: its hash ("" while it is awaited), what it holds, what became of
    it.
    """

    id: str
    state: FileState
    sha256: str
    layout: Layout | None
    rows: int
    rows_done: int
    changed_objects: int


def shown_stripe_file(file: StripeFile) -> ShownStripeFile:
    """What the log keeps of a file."""
    seen = file.seen
    return ShownStripeFile(
        file.id,
        file.state,
        file.sha256 or "",
        seen.layout if seen is not None else None,
        seen.rows if seen is not None else 0,
        file.rows_done,
        file.changed_objects,
    )
