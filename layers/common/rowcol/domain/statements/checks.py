"""What the balances of a file prove: that no row is missing, and none stands twice."""

from __future__ import annotations

from collections.abc import Sequence

from rowcol.domain.statements.identity import major_text
from rowcol.domain.statements.reading import Problem, ProblemCode
from rowcol.domain.statements.statement import Balance, Statement, StatementLine

BREAKS_TOLD_MAX = 20


def oldest_first(lines: Sequence[StatementLine]) -> list[StatementLine]:
    """Lines in the order of time. Banks write either way; dates tell, within a day the balances."""
    if len(lines) < 2:
        return list(lines)
    first, last = lines[0].posted_on, lines[-1].posted_on
    newest = lines[::-1]
    turned = first > last if first != last else len(_breaks(lines)) > len(_breaks(newest))
    return list(newest) if turned else list(lines)


def chain_problems(lines: Sequence[StatementLine], opening: int | None) -> list[Problem]:
    """Where a running balance is not the one before plus the amounts since. Lines oldest first."""
    return [
        Problem(
            ProblemCode.BALANCE_CHAIN_BROKEN,
            f"the balance does not follow from the one before, by {gap} minor units: "
            "a row is missing or stands twice",
            line.line,
        )
        for line, gap in _breaks(lines, opening)[:BREAKS_TOLD_MAX]
    ]


def _breaks(
    lines: Sequence[StatementLine], opening: int | None = None
) -> list[tuple[StatementLine, int]]:
    before, found = opening, []
    for line in lines:
        expected = None if before is None else before + line.amount_minor
        if line.balance_minor is None:
            before = expected
            continue
        if expected is not None and expected != line.balance_minor:
            found.append((line, line.balance_minor - expected))
        before = line.balance_minor
    return found


def closing_gap(statement: Statement) -> int | None:
    """Closing less opening and lines, minor units: 0 if they agree, None without both balances."""
    if statement.opening is None or statement.closing is None:
        return None
    moved = statement.credits_minor - statement.debits_minor
    return statement.closing.minor - statement.opening.minor - moved


def closing_problem(statement: Statement, code: ProblemCode) -> Problem | None:
    """Told with `code` when opening, lines and closing do not agree."""
    gap = closing_gap(statement)
    if not gap:
        return None
    told = major_text(gap, statement.currency)
    return Problem(code, f"opening balance and lines differ from the closing balance by {told}")


def joined(parts: Sequence[Statement]) -> tuple[list[Statement], list[Problem]]:
    """Days or pages of one account as one statement, in the order of the file.

    A part whose opening is not the closing before it is told: a part is missing between them.
    """
    by_account: dict[tuple[str, str | None, str], list[Statement]] = {}
    problems: list[Problem] = []
    for part in parts:
        pages = by_account.setdefault(_account(part), [])
        if pages and not _meets(pages[-1].closing, part.opening):
            line = part.lines[0].line if part.lines else None
            message = "a day or page does not open with the balance that the one before closed with"
            problems.append(Problem(ProblemCode.BALANCE_CHAIN_BROKEN, message, line))
        pages.append(part)
    return [_bound(pages) for pages in by_account.values()], problems


def _account(part: Statement) -> tuple[str, str | None, str]:
    return part.account.ending, part.account.routing, part.currency


def _meets(closing: Balance | None, opening: Balance | None) -> bool:
    return closing is None or opening is None or closing.minor == opening.minor


def _bound(pages: Sequence[Statement]) -> Statement:
    starts = [page.from_on for page in pages if page.from_on is not None]
    ends = [page.to_on for page in pages if page.to_on is not None]
    return Statement(
        pages[0].account,
        pages[0].currency,
        tuple(line for page in pages for line in page.lines),
        pages[0].opening,
        pages[-1].closing,
        min(starts, default=None),
        max(ends, default=None),
    )
