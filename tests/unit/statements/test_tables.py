"""Tables of banks: dialects by their header, what is asked for, and rows that are bad."""

from __future__ import annotations

import pytest

from rowcol.domain.date_order import DateOrder
from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.mapping import SavedColumns
from rowcol.domain.statements.profile import ColumnRole as Role
from rowcol.domain.statements.profile import MappingProfile, Sign
from rowcol.domain.statements.reading import (
    Outcome,
    ProblemCode,
    Question,
    QuestionKind,
    Reading,
    Rejected,
)
from rowcol.edge.statements.read import read_statement
from tests.support.workbooks import book, number_cell, sheet, text_cell


def read(text: str, **hints: object) -> Outcome:
    return read_statement(text.encode(), Hints(**hints))  # type: ignore[arg-type]  # by keyword


def amounts(outcome: Outcome) -> list[int]:
    assert isinstance(outcome, Reading), outcome
    return [line.amount_minor for each in outcome.statements for line in each.lines]


# Two lines in each dialect: 12.34 out on 2 October, 5.00 in on 3 October 2026.
DIALECTS = {
    "chase_card": "Card,Transaction Date,Post Date,Description,Category,Type,Amount,Memo\n"
    "1234,10/01/2026,10/02/2026,A,Food,Sale,-12.34,\n1234,10/03/2026,10/03/2026,B,,Payment,5.00,\n",
    "us_bank": '"Date","Transaction","Name","Memo","Amount"\n'
    '"2026-10-02","DEBIT","A","x","-12.34"\n"2026-10-03","CREDIT","B","","5.00"\n',
    "pnc": 'Date,Description,Withdrawals,Deposits,Balance\n10/02/2026,A,"$12.34",,"$1,000.00"\n'
    '10/03/2026,B,,"$5.00","$1,005.00"\n',
    "citi_card": "Status,Date,Description,Debit,Credit\nCleared,10/02/2026,A,12.34,\n"
    "Pending,10/02/2026,LATER,99.00,\nCleared,10/03/2026,B,,-5.00\n",
    "capital_one_card": "Transaction Date,Posted Date,Card No.,Description,Category,Debit,Credit\n"
    "2026-10-01,2026-10-02,1234,A,Food,12.34,\n2026-10-03,2026-10-03,1234,B,Pay,,5.00\n",
    "amex": "\n\nDate,Description,Card Member,Account #,Amount\n"
    "10/02/2026,A,ANA,-51002,12.34\n10/03/2026,B,ANA,-51002,-5.00\n",
    "discover": "Trans. Date,Post Date,Description,Amount,Category\n"
    "10/01/2026,10/02/2026,A,12.34,Food\n10/03/2026,10/03/2026,B,-5.00,Payments\n",
    "apple_card": "Transaction Date,Clearing Date,Description,Merchant,Category,Type,Amount (USD)\n"
    "10/01/2026,10/02/2026,A,a,Food,Purchase,12.34\n10/03/2026,10/03/2026,B,b,,Payment,-5.00\n",
    "wells_fargo": '"10/02/2026","-12.34","*","","A"\n"10/03/2026","5.00","*","","B"\n',
}


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_a_dialect_is_known_by_its_header(name: str) -> None:
    outcome = read(DIALECTS[name])
    assert amounts(outcome) == [-1234, 500]
    assert isinstance(outcome, Reading)
    assert outcome.profile == name
    (statement,) = outcome.statements
    assert [line.posted_on.isoformat() for line in statement.lines] == ["2026-10-02", "2026-10-03"]


def test_good_rows_are_kept_and_bad_ones_listed_with_line_and_reason() -> None:
    outcome = read(
        "Date,Description,Amount\n10/13/2026,A,-1.00\n10/14/2026,B,1e3\n\n13/13/2026,C,-2.00\n"
        "10/15/2026,D,-3.00,more\n10/16/2026,E\n10/17/2026,F,-4.00\n"
    )
    assert amounts(outcome) == [-100, -400]
    assert isinstance(outcome, Reading)
    assert [(bad.line, bad.code.value, bad.found) for bad in outcome.bad_rows] == [
        (3, "bad_amount", "1e3"),
        (5, "bad_date", "13/13/2026"),
        (6, "bad_row", ""),
        (7, "bad_amount", ""),
    ]
    assert outcome.bad_row_count == 4


def test_a_question_is_answered_with_its_own_suggestion() -> None:
    text = "Date,Description,Amount\n03/04/2026,A,-10.00\n05/06/2026,B,-20.00\n"
    asked = read(text)
    assert isinstance(asked, Question)
    assert asked.kind is QuestionKind.DATE_ORDER
    assert asked.choices == {"month_first": "2026-03-04", "day_first": "2026-04-03"}
    found = asked.suggestion
    answer = MappingProfile("our bank", found.columns, is_open=True, date_order=DateOrder.DAY_FIRST)
    assert answer.problem() is None
    answered = read(text, profile=answer)
    assert isinstance(answered, Reading)
    assert answered.statements[0].from_on is not None
    assert answered.statements[0].from_on.isoformat() == "2026-04-03"
    # Saved, it is found again by the header alone.
    assert read(text, profiles=(answer,)) == answered


def test_what_is_pending_is_left_out_whoever_said_what_the_columns_are() -> None:
    text = "Wann,Was,Wieviel,Status\n13/10/2026,A,-1.00,Posted\n14/10/2026,B,-2.00,Pending\n"
    columns = {"wann": Role.DATE, "was": Role.DESCRIPTION, "wieviel": Role.AMOUNT}
    answer = SavedColumns({**columns, "status": Role.STATUS})
    for hints in ({"profile": answer.profile("a")}, {"profiles": (answer.profile("a"),)}):
        assert amounts(read(text, **hints)) == [-100]


def test_a_memo_is_read_behind_the_description_where_it_says_more() -> None:
    text = "Day,Text,More,Value\n13/10/2026,RENT,OCTOBER,-1.00\n14/10/2026,FEE,FEE,-2.00\n"
    columns = {"day": Role.DATE, "text": Role.DESCRIPTION, "more": Role.MEMO, "value": Role.AMOUNT}
    outcome = read(text, profile=MappingProfile("own", columns))
    assert isinstance(outcome, Reading)
    assert [line.description for line in outcome.statements[0].lines] == ["RENT OCTOBER", "FEE"]


def test_balances_above_a_table_of_several_accounts_are_of_none() -> None:
    text = (
        "Description,,Summary Amt.\nBeginning balance as of 10/01/2026,,100.00\n"
        "Ending balance as of 10/31/2026,,90.00\n\nDate,Description,Amount,Account\n"
        "10/13/2026,A,-10.00,1111\n10/14/2026,B,-5.00,2222\n"
    )
    outcome = read(text)
    assert isinstance(outcome, Reading)
    assert outcome.warnings == ()
    assert [each.opening for each in outcome.statements] == [None, None]


def test_a_column_of_one_sign_takes_no_other() -> None:
    """A debit below zero among those above may be money back, or a bank's odd way to write."""
    rows = (
        "Cleared,10/02/2026,A,12.34,\nCleared,10/03/2026,BACK,-5.00,\nCleared,10/04/2026,C,,-7.00\n"
    )
    outcome = read(f"Status,Date,Description,Debit,Credit\n{rows}")
    assert amounts(outcome) == [-1234, 700]
    assert isinstance(outcome, Reading)
    assert [(bad.line, bad.code.value) for bad in outcome.bad_rows] == [(3, "bad_amount")]


def test_dates_of_other_currencies_are_never_taken_for_american() -> None:
    text = "Date,Description,Amount\n10/01/2026,A,-1.00\n10/02/2026,B,-1.00\n10/03/2026,C,-1.00\n"
    assert isinstance(read(text), Reading)
    asked = read(text, currency="EUR")
    assert isinstance(asked, Question)
    assert asked.code is ProblemCode.AMBIGUOUS_DATE_ORDER


def test_dates_that_are_both_are_asked_for() -> None:
    asked = read("Date,Description,Amount\n13/01/2026,A,-1.00\n01/13/2026,B,-1.00\n")
    assert isinstance(asked, Question)


def test_an_unknown_header_is_asked_for_with_what_is_known_of_it() -> None:
    asked = read("Wann,Was,Wieviel\n13/10/2026,A,-1.00\n")
    assert isinstance(asked, Question)
    assert asked.code is ProblemCode.UNKNOWN_DIALECT
    assert asked.headers == ("Wann", "Was", "Wieviel")
    assert asked.examples == (("13/10/2026", "A", "-1.00"),)
    columns = {"Wann": Role.DATE, "Was": Role.DESCRIPTION, "Wieviel": Role.AMOUNT}
    mapping = MappingProfile("own", columns, sign=Sign.INVERTED)
    answered = read("Wann,Was,Wieviel\n13/10/2026,A,-1.00\n", profile=mapping)
    assert amounts(answered) == [100]


@pytest.mark.parametrize(
    "mapping",
    [
        MappingProfile("", {}),
        MappingProfile("", {"Was": Role.DATE, "Wann": Role.DATE}),
        MappingProfile("", {"Wann": Role.DATE, "Was": Role.DESCRIPTION, "Aus": Role.DEBIT}),
        MappingProfile(
            "",
            {"Wann": Role.DATE, "Was": Role.DESCRIPTION, "Wieviel": Role.AMOUNT},
            delimiter=",;",
        ),
        MappingProfile(
            "",
            {"a": Role.DATE, "1": Role.DESCRIPTION, "2": Role.AMOUNT},
            headerless=True,
        ),
    ],
)
def test_a_mapping_that_is_none_is_refused(mapping: MappingProfile) -> None:
    refused = read("Wann,Was,Wieviel\n13/10/2026,A,-1.00\n", profile=mapping)
    assert isinstance(refused, Rejected)
    assert "the mapping is none" in refused.message
    # Saved, it is passed over.
    assert isinstance(read("Wann,Was,Wieviel\n1,A,-1.00\n", profiles=(mapping,)), Question)


def test_amounts_that_are_never_negative_are_asked_for() -> None:
    asked = read(
        "Date,Description,Type,Amount\n10/13/2026,A,Debit,1.00\n10/14/2026,B,Credit,2.00\n"
    )
    assert isinstance(asked, Question)
    assert set(asked.choices) == {"signed", "inverted", "word"}


def test_accounts_of_others_are_left_alone_and_told() -> None:
    text = (
        "Account Number,Transaction Description,Transaction Date,Transaction Type,"
        "Transaction Amount,Balance\n5678,A,10/13/26,Debit,1.00,9.00\n"
        "9999,B,10/13/26,Debit,2.00,8.00\n"
    )
    outcome = read(text, ending="5678")
    assert amounts(outcome) == [-100]
    assert isinstance(outcome, Reading)
    assert [each.code.value for each in outcome.warnings] == ["other_account_ignored"]
    refused = read(text, ending="1111")
    assert isinstance(refused, Rejected)
    assert refused.code is ProblemCode.ACCOUNT_MISMATCH


def test_windows_text_is_read_with_a_warning() -> None:
    text = "Date,Description,Amount\n10/13/2026,CAF\u00c9 \u2013 X,-1.00\n"
    outcome = read_statement(text.encode("cp1252"), Hints())
    assert isinstance(outcome, Reading)
    assert outcome.statements[0].lines[0].description == "CAF\u00c9 \u2013 X"
    assert [each.code.value for each in outcome.warnings] == ["encoding_guessed"]


def test_bare_days_of_a_workbook_are_told() -> None:
    rows = [
        text_cell("A1", "Date") + text_cell("B1", "Description") + text_cell("C1", "Amount"),
        number_cell("A2", "44834")
        + text_cell("B2", "A")
        + number_cell("C2", "-0.30000000000000004"),
    ]
    outcome = read_statement(book(sheet(*rows), is_1904=True), Hints())
    assert isinstance(outcome, Reading)
    (line,) = outcome.statements[0].lines
    assert (line.posted_on.isoformat(), line.amount_minor) == ("2026-10-01", -30)
    assert [each.code.value for each in outcome.warnings] == ["date_from_serial"]


def test_rows_that_do_not_add_up_to_the_bank_of_americas_summary_are_told() -> None:
    text = (
        'Description,,Summary Amt.\nBeginning balance as of 10/01/2026,,"1,000.00"\n'
        'Ending balance as of 10/31/2026,,"900.00"\n\nDate,Description,Amount,Running Bal.\n'
        '10/01/2026,Beginning balance as of 10/01/2026,,"1,000.00"\n'
        '10/13/2026,"A","-60.00","940.00"\n'
    )
    outcome = read(text)
    assert amounts(outcome) == [-6000]
    assert isinstance(outcome, Reading)
    assert [each.code.value for each in outcome.warnings] == ["closing_balance_mismatch"]
