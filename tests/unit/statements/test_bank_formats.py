"""MT940 and BAI2 as banks write them: continued records, structured texts, groups that are none."""

from __future__ import annotations

from datetime import date

import pytest

from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.reading import Outcome, Reading, Rejected
from rowcol.domain.statements.statement import StatementLine
from rowcol.edge.statements.read import read_statement
from tests.unit.statements.statement_texts import bai2_file, bai2_records, mt940_file


def lines(outcome: Outcome) -> tuple[StatementLine, ...]:
    assert isinstance(outcome, Reading), outcome
    (statement,) = outcome.statements
    return statement.lines


# A record 16 with the amount 10.00 by its funds type, cut before, between and behind its fields.
CONTINUED = {
    "in the text": ("16,455,1000,Z,REF1,CUST1,PAID TO", "88,LAKESIDE, INC"),
    "before the text": ("16,455,1000,Z,REF1,CUST1/", "88,PAID TO LAKESIDE, INC"),
    "before the references": ("16,455,1000,Z/", "88,REF1,CUST1,PAID TO LAKESIDE, INC"),
    "value dated": ("16,455,1000,V,261002,0600,REF1/", "88,CUST1,PAID TO LAKESIDE, INC"),
    "immediate and later": ("16,455,1000,S,1000,0,0,REF1/", "88,CUST1,PAID TO LAKESIDE, INC"),
    "distributed": ("16,455,1000,D,1,0,1000,REF1,CUST1/", "88,PAID TO LAKESIDE, INC"),
    "value dated, in the text": (
        "16,455,1000,V,261002,,REF1,CUST1,PAID TO",
        "88,LAKESIDE, INC",
    ),
}


@pytest.mark.parametrize("name", CONTINUED)
def test_a_bai2_entry_may_go_on_anywhere(name: str) -> None:
    (line,) = lines(read_statement(bai2_records(CONTINUED[name], 5000, -1000), Hints()))
    assert (line.amount_minor, line.reference) == (-1000, "REF1")
    assert line.description == "PAID TO LAKESIDE, INC"


@pytest.mark.parametrize(("status", "word"), [("2", "deletion"), ("4", "test")])
def test_a_bai2_group_that_deletes_or_tests_is_no_statement(status: str, word: str) -> None:
    content = bai2_file([(-1000, "R1", "RENT")]).replace(
        b",1,261002,", f",{status},261002,".encode()
    )
    refused = read_statement(content, Hints())
    assert isinstance(refused, Rejected), refused
    assert refused.code.value == "not_a_statement"
    assert word in refused.message


# What banks write behind :86:, and what is to be read of it.
TEXTS = {
    "plain": ("RENT OCTOBER", "RENT OCTOBER"),
    "codes with question marks": (
        "166?00GUTSCHRIFT?109310?20RENT OCT?21OBER?30HARBUS33?32LAKESIDE PROP?33ERTIES LLC?34997",
        "RENT OCTOBER LAKESIDE PROPERTIES LLC",
    ),
    "words between slashes": (
        "/TRCD/142/BENM//NAME/LAKESIDE PROPERTIES LLC/REMI/RENT OCTOBER/EREF/E-77",
        "LAKESIDE PROPERTIES LLC RENT OCTOBER E-77",
    ),
    "a path is no code": ("AB/CD/EF INVOICE 1/2", "AB/CD/EF INVOICE 1/2"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_what_is_behind_86_is_read_as_text(name: str) -> None:
    written, read = TEXTS[name]
    (line,) = lines(read_statement(mt940_file([(-1000, "R1", written)]), Hints()))
    assert line.description == read


def test_the_day_of_an_opening_balance_is_not_told_by_the_statement() -> None:
    """It is that of the closing before: another statement has its entries."""
    outcome = read_statement(mt940_file([(-1000, "R1", "RENT")]), Hints())
    assert isinstance(outcome, Reading)
    (statement,) = outcome.statements
    assert statement.from_on is None
    assert statement.opening is not None
    assert (statement.opening.on, statement.to_on) == (date(2026, 10, 1), date(2026, 10, 2))
