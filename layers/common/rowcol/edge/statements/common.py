"""What the readers of all statement formats share: limits, what is known beforehand, the end."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from rowcol.domain.statements.checks import closing_gap
from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.identity import check_number_in, names_entry, numbered
from rowcol.domain.statements.reading import Problem, ProblemCode, Question, Reading
from rowcol.domain.statements.statement import Statement, StatementFormat, StatementLine

BYTES_MAX = 20_000_000
LINES_MAX = 200_000
# Accounts, days or pages. What has more, or more rows that cannot be read, is no statement.
PARTS_MAX = 20_000
BAD_ROWS_MAX = 10_000
BAD_ROWS_TOLD_MAX = 1_000
WARNINGS_TOLD_MAX = 1_000
# Longer than any bank's text: six lines of 65 in MT940, 500 in CAMT.
DESCRIPTION_CHARACTERS_MAX = 2_000
REFERENCE_CHARACTERS_MAX = 255


class RejectedFile(Exception):
    """Nothing of the file is imported; becomes a `Rejected` before anybody else sees it."""

    def __init__(
        self,
        code: ProblemCode,
        message: str,
        line: int | None = None,
        bad_rows: tuple[Problem, ...] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.line = line
        self.bad_rows = bad_rows


class OpenQuestion(Exception):
    """The file reads in more than one way; becomes its `Question`."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.message)
        self.question = question


@dataclass(slots=True)
class Told:
    """What is noticed while reading."""

    bad_rows: list[Problem] = field(default_factory=list)
    bad_row_count: int = 0
    warnings: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    entries: int = 0
    parts: int = 0

    def entry(self) -> None:
        """One entry is met, whatever becomes of it."""
        self.entries += 1
        if self.entries > LINES_MAX:
            raise RejectedFile(ProblemCode.TOO_MANY_ROWS, f"more than {LINES_MAX} entries")

    def part(self) -> None:
        """One account's, day's or page's statement begins."""
        self.parts += 1
        if self.parts > PARTS_MAX:
            raise RejectedFile(ProblemCode.TOO_MANY_ROWS, f"more than {PARTS_MAX} statements")

    def bad(self, code: ProblemCode, message: str, line: int | None, found: str = "") -> None:
        """One row that cannot be read."""
        self.bad_row_count += 1
        if self.bad_row_count > BAD_ROWS_MAX:
            message = f"more than {BAD_ROWS_MAX} rows cannot be read; the last: {message}"
            raise RejectedFile(code, message, line, tuple(self.bad_rows))
        if len(self.bad_rows) < BAD_ROWS_TOLD_MAX:
            self.bad_rows.append(Problem(code, message, line, found))

    def warn(self, *problems: Problem) -> None:
        """For the hygiene tray."""
        self.warnings += problems[: WARNINGS_TOLD_MAX - len(self.warnings)]

    def note(self, code: ProblemCode, message: str) -> None:
        """How it was read."""
        self.notes.append(Problem(code, message))

    def took(self, line: StatementLine) -> bool:
        """False, and told as bad, when a text of it is longer than any bank's."""
        longest = max(len(line.reference or ""), len(line.check_number or ""), len(line.kind or ""))
        if len(line.description) > DESCRIPTION_CHARACTERS_MAX or longest > REFERENCE_CHARACTERS_MAX:
            self.bad(ProblemCode.FIELD_TOO_LONG, "a text is longer than any bank's", line.line)
            return False
        return True


def ending_of(account: str) -> str:
    """Last four digits of an account's number, as far as it has them."""
    return re.sub(r"\D", "", account, flags=re.ASCII)[-4:]


def finish(
    kind: StatementFormat,
    statements: Sequence[Statement],
    hints: Hints,
    told: Told,
    profile: str | None = None,
) -> Reading:
    """The reading of what is this account's. Raises RejectedFile."""
    for statement in statements:
        if statement.currency != hints.currency:
            raise RejectedFile(
                ProblemCode.CURRENCY_MISMATCH,
                f"the file is in {statement.currency[:10]}, the account in {hints.currency}",
            )
    ours = [_numbered(each, told) for each in _of_account(statements, hints, told)]
    if not any(statement.lines for statement in ours):
        if told.bad_rows:
            first = told.bad_rows[0]
            raise RejectedFile(first.code, first.message, first.line, tuple(told.bad_rows))
        told.warn(Problem(ProblemCode.NO_TRANSACTIONS, "there is no booked entry in it"))
    return Reading(
        kind,
        tuple(ours),
        tuple(told.bad_rows),
        told.bad_row_count,
        tuple(told.warnings),
        tuple(told.notes),
        profile,
    )


def _of_account(statements: Sequence[Statement], hints: Hints, told: Told) -> Sequence[Statement]:
    if not hints.ending:
        return statements
    ours = [each for each in statements if each.account.ending in ("", hints.ending)]
    others = sorted({each.account.ending for each in statements} - {"", hints.ending})
    if others and not ours:
        raise RejectedFile(
            ProblemCode.ACCOUNT_MISMATCH,
            f"it is of account …{others[0]}, and this one is …{hints.ending}",
        )
    for other in others[:20]:
        message = f"entries of account …{other} are left alone"
        told.warn(Problem(ProblemCode.OTHER_ACCOUNT_IGNORED, message))
    return ours


def _numbered(statement: Statement, told: Told) -> Statement:
    known = [_with_check(_without_filler(line)) for line in statement.lines]
    lines, problems = numbered(known, are_proven=closing_gap(statement) == 0)
    told.warn(*problems)
    return replace(statement, lines=tuple(lines))


def _without_filler(line: StatementLine) -> StatementLine:
    """Without what a bank writes where it has no reference."""
    if line.reference is None or names_entry(line.reference):
        return line
    return replace(line, reference=None)


def _with_check(line: StatementLine) -> StatementLine:
    if line.check_number is not None:
        return line
    number = check_number_in(line.description)
    return line if number is None else replace(line, check_number=number)
