"""The bank's reference: what names an entry, what names none, and entries that share one."""

from __future__ import annotations

from datetime import date

import pytest

from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.reading import Outcome, Reading
from rowcol.edge.statements.read import read_statement
from tests.unit.statements.statement_texts import bai2_file, camt_file, mt940_file

DAY = date(2026, 10, 2)


def entries(outcome: Outcome) -> list[tuple[int, str | None, int]]:
    assert isinstance(outcome, Reading), outcome
    (statement,) = outcome.statements
    return [(line.amount_minor, line.reference, line.occurrence) for line in statement.lines]


@pytest.mark.parametrize("nothing", ["NONREF", "NOTPROVIDED", "0", "000000", "n/a", "NONE", "-"])
def test_a_reference_that_names_nothing_joins_no_entries(nothing: str) -> None:
    twice = [(-1000, nothing, "COFFEE"), (-1000, nothing, "COFFEE")]
    for content in (bai2_file(twice), camt_file(twice), mt940_file(twice)):
        outcome = read_statement(content, Hints())
        assert entries(outcome) == [(-1000, None, 1), (-1000, None, 2)]
        assert isinstance(outcome, Reading)
        assert outcome.warnings == ()


def test_equal_entries_with_one_reference_that_the_balances_prove_are_two() -> None:
    """A reference of a whole batch: opening, both entries and closing add up."""
    twice = [(-1000, "BATCH7", "WAGES"), (-1000, "BATCH7", "WAGES")]
    for content in (bai2_file(twice), camt_file(twice), mt940_file(twice)):
        outcome = read_statement(content, Hints())
        assert entries(outcome) == [(-1000, None, 1), (-1000, None, 2)]
        assert isinstance(outcome, Reading)
        assert [problem.code.value for problem in outcome.warnings] == ["fitid_reused"]


def test_an_entry_that_is_written_twice_counts_once_where_no_balance_says_otherwise() -> None:
    entry = "<STMTTRN><TRNTYPE>DEBIT<DTPOSTED>20261002<TRNAMT>-10.00<FITID>F1<NAME>COFFEE</STMTTRN>"
    text = (
        "OFXHEADER:100\n\n<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>USD<BANKTRANLIST>"
        f"{entry}{entry}</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>"
    )
    outcome = read_statement(text.encode(), Hints())
    assert entries(outcome) == [(-1000, "F1", 1)]
    assert isinstance(outcome, Reading)
    assert [problem.code.value for problem in outcome.warnings] == ["duplicate_in_file"]
