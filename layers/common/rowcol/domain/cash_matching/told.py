"""What lines tell beside a match: the same money taken twice, and whom the bank's text names."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rowcol.domain.cash_matching.exact import Matched, returns_of, standing
from rowcol.domain.cash_matching.text import names, own_words
from rowcol.domain.cash_matching.wanted import Wanted, names_invoice
from rowcol.domain.facts import BankLine


def with_twins(
    wanted: Wanted,
    found: Matched,
    lines: Iterable[BankLine],
    taken: frozenset[str],
    rivals: Sequence[Wanted],
) -> Matched:
    """The match, with every other debit of this amount in its window that names its invoice.

    One invoice is paid once: the second line is the same money again, whatever trace it has. A line
    that names another waiting item's document as well is left alone.
    """
    if len(found.debits) != 1:
        return found
    first = found.debits[0]
    free = standing(line for line in lines if line.line_id not in taken)
    twins = tuple(
        line
        for line in free
        if line.line_id != first.line_id
        and (line.amount, line.account_id) == (first.amount, first.account_id)
        and wanted.first <= line.posted_on <= wanted.last
        and names_invoice(line, wanted.invoice_number)
        and not any(names_invoice(line, rival.invoice_number) for rival in rivals)
    )
    if not twins:
        return found
    debits = (first, *twins)
    return replace(found, debits=debits, credits=returns_of(wanted, debits, free))


def other_payee(line: BankLine, own: str, others: Iterable[str]) -> str | None:
    """Another party that a line names clearly and instead of its own; None as a rule."""
    if names(own, line.text) or not own_words(line.text):
        return None
    return next((name for name in sorted(set(others)) if names(name, line.text)), None)
