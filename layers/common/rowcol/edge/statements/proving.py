"""Formats that carry their own totals are held to them."""

from __future__ import annotations

from rowcol.domain.statements.checks import closing_problem
from rowcol.domain.statements.reading import Problem, ProblemCode
from rowcol.domain.statements.statement import Statement
from rowcol.edge.statements.common import RejectedFile, Told


def hold(told: Told, message: str, line: int | None = None) -> None:
    """A total that does not agree: the file is rejected, unless bad rows explain it."""
    if told.bad_row_count:
        told.warn(Problem(ProblemCode.CLOSING_BALANCE_MISMATCH, message, line))
        return
    raise RejectedFile(ProblemCode.CONTROL_TOTAL_MISMATCH, message, line)


def hold_closing(statement: Statement, told: Told) -> None:
    """Opening and lines make the closing balance. Raises RejectedFile."""
    problem = closing_problem(statement, ProblemCode.CONTROL_TOTAL_MISMATCH)
    if problem is not None:
        hold(told, problem.message)
