"""From rows to records: known headers, exact amounts, dates as they were said to be written."""

from __future__ import annotations

from datetime import date

import pytest

from rowcol.domain.allocation import AllocationTarget
from rowcol.domain.date_order import DateOrder
from rowcol.domain.payment import PaymentType
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.imports.columns import COLUMNS, Settings, Table, table_of
from rowcol.edge.imports.rows import Row, UnreadableFile
from rowcol.service.payment_commands.recording import NewRecord
from tests.support.domain.builders import usd

VENDOR = PaymentType.VENDOR_PAYMENT


def told(
    *rows: tuple[str, ...],
    kind: PaymentType | None = VENDOR,
    order: DateOrder = DateOrder.ISO,
    workbook: bool = False,
) -> Table:
    numbered = [Row(line, cells) for line, cells in enumerate(rows, 1)]
    return table_of(numbered, Settings("USD", order, kind, workbook))


def record(header: str, cells: str, **settings: object) -> NewRecord | Refusal:
    found = told(tuple(header.split("|")), tuple(cells.split("|")), **settings)  # type: ignore[arg-type]  # the test's own words
    return found.rows[0].record


def test_every_column_has_its_place() -> None:
    found = record(
        "Type|Amount|Currency|Paid on|Vendor|Vendor ID|Method|Approved by|Check #|Memo|Bill ID",
        "Vendor payment|1,234.50|usd|2026-11-20|Acme|v-1|CHECK|ignored|1042|for November|bill-7",
        kind=None,
    )
    assert isinstance(found, NewRecord)
    assert (found.type, found.amount, found.paid_on) == (VENDOR, usd("1234.50"), date(2026, 11, 20))
    assert (found.counterparty_name, found.counterparty_id) == ("Acme", "v-1")
    assert (found.method, found.reference, found.memo) == ("CHECK", "1042", "for November")
    [part] = found.allocations
    assert (part.target, part.target_id, part.amount) == (
        AllocationTarget.BILL,
        "bill-7",
        usd("1234.50"),
    )


def test_no_word_means_two_columns() -> None:
    words = [word for known in COLUMNS.values() for word in known]
    assert len(words) == len(set(words))


def test_titles_above_and_columns_nobody_reads_are_passed_over() -> None:
    found = told(
        ("Payments of November",),
        ("Date", "Amount (USD)", "Payee", "Approved by"),
        ("2026-11-20", "5", "Acme", "Kim"),
    )
    assert found.ignored_columns == ("Approved by",)
    assert [row.line for row in found.rows] == [3]
    assert isinstance(found.rows[0].record, NewRecord)


@pytest.mark.parametrize(
    ("text", "minor"),
    [
        ("1", 100),
        ("1.5", 150),
        ("$1,234,567.89", 123456789),
        ("0.01", 1),
        ("12.500", 1250),
    ],
)
def test_amounts_are_exact(text: str, minor: int) -> None:
    found = record("Date|Amount|Name", f"2026-11-20|{text}|Acme")
    assert isinstance(found, NewRecord)
    assert found.amount.minor == minor


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0", Code.AMOUNT_NOT_POSITIVE),
        ("-1.00", Code.AMOUNT_NOT_POSITIVE),
        ("(1.00)", Code.AMOUNT_NOT_POSITIVE),
        ("1.00-", Code.AMOUNT_NOT_POSITIVE),
        ("$-1.00", Code.AMOUNT_NOT_POSITIVE),
        ("1.005", Code.AMOUNT_PRECISION),
        ("999999999999999", Code.AMOUNT_TOO_LARGE),
        ("1e3", Code.INVALID_INPUT),
        ("NaN", Code.INVALID_INPUT),
        ("1.234,50", Code.INVALID_INPUT),
        ("12,34", Code.INVALID_INPUT),
        ("١٢", Code.INVALID_INPUT),
        ("=1+1", Code.INVALID_INPUT),
        ("", Code.INVALID_INPUT),
    ],
)
def test_an_amount_that_cannot_be_meant_is_refused(text: str, code: Code) -> None:
    found = record("Date|Amount|Name", f"2026-11-20|{text}|Acme")
    assert isinstance(found, Refusal)
    assert (found.code, found.numbers["column"]) == (code, "amount")


@pytest.mark.parametrize(
    ("number", "minor"),
    [("0.30000000000000004", 30), ("1234.5599999999999", 123456), ("1E2", 10000)],
)
def test_a_workbooks_noise_is_rounded_away_and_a_real_part_is_not(number: str, minor: int) -> None:
    found = record("Date|Amount|Name", f"2026-11-20|{number}|Acme", workbook=True)
    assert isinstance(found, NewRecord)
    assert found.amount.minor == minor
    over = record("Date|Amount|Name", "2026-11-20|1.005|Acme", workbook=True)
    assert isinstance(over, Refusal)
    assert over.code is Code.AMOUNT_PRECISION


@pytest.mark.parametrize(
    ("text", "order", "day"),
    [
        ("2026-11-05", DateOrder.ISO, date(2026, 11, 5)),
        ("2026-11-05", DateOrder.DAY_FIRST, date(2026, 11, 5)),
        ("11/05/2026", DateOrder.MONTH_FIRST, date(2026, 11, 5)),
        ("5.11.2026", DateOrder.DAY_FIRST, date(2026, 11, 5)),
        ("11/05/2026", DateOrder.ISO, None),
        ("2026-13-05", DateOrder.ISO, None),
        ("2026-W45-4", DateOrder.ISO, None),
        ("02/30/2026", DateOrder.MONTH_FIRST, None),
        ("11/05/26", DateOrder.MONTH_FIRST, None),
        ("20261105", DateOrder.ISO, None),
        ("", DateOrder.ISO, None),
    ],
)
def test_a_date_is_read_as_it_was_said_to_be_written(
    text: str, order: DateOrder, day: date | None
) -> None:
    found = record("Date|Amount|Name", f"{text}|5|Acme", order=order)
    if day is None:
        assert isinstance(found, Refusal)
        impossible = text in ("2026-13-05", "02/30/2026")
        wanted = Code.DATE_IMPOSSIBLE if impossible else Code.INVALID_INPUT
        assert (found.code, found.numbers["column"]) == (wanted, "paid_on")
    else:
        assert isinstance(found, NewRecord)
        assert found.paid_on == day


@pytest.mark.parametrize(
    ("header", "cells", "code"),
    [
        ("Date|Amount|Type", "2026-11-20|5|gift", Code.UNKNOWN_VALUE),
        ("Date|Amount|Type", "2026-11-20|5|", Code.INVALID_INPUT),
        ("Date|Amount|Type|Currency", "2026-11-20|5|fee|EUR", Code.CURRENCY_MISMATCH),
        ("Date|Amount|Type|Bill ID", "2026-11-20|5|fee|a/b", Code.ALLOCATION_INVALID),
        ("Date|Amount|Type|Bill ID|Invoice ID", "2026-11-20|5|fee|a|b", Code.ALLOCATION_INVALID),
    ],
)
def test_a_row_that_is_no_record_says_why(header: str, cells: str, code: Code) -> None:
    found = record(header, cells, kind=None)
    assert isinstance(found, Refusal)
    assert found.code is code


def test_a_row_with_an_unreadable_cell_is_refused_and_others_are_not() -> None:
    rows = [
        Row(1, ("Date", "Amount", "Name")),
        Row(2, ("2026-11-20", "", "Acme"), "column B: a formula without its value"),
        Row(3, ("2026-11-20", "5", "Acme")),
    ]
    bad, good = table_of(rows, Settings("USD", DateOrder.ISO, VENDOR, True)).rows
    assert isinstance(bad.record, Refusal)
    assert bad.record.code is Code.IMPORT_UNREADABLE
    assert isinstance(good.record, NewRecord)


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ((("a", "b"), ("c", "d")), "no_header"),
        ((("Date", "Name"), ("2026-11-20", "Acme")), "no_header"),
        ((("Date", "Amount", "Vendor", "Payee"), ("2026-11-20", "5", "a", "b")), "repeated_column"),
        ((("Date", "Amount", "Name"),), "no_rows"),
        ((), "no_header"),
    ],
)
def test_a_table_that_cannot_be_understood_is_refused(
    rows: tuple[tuple[str, ...], ...], problem: str
) -> None:
    with pytest.raises(UnreadableFile) as refused:
        told(*rows)
    assert refused.value.problem == problem


def test_a_file_without_types_needs_to_be_told_one() -> None:
    with pytest.raises(UnreadableFile, match="type"):
        told(("Date", "Amount", "Name"), ("2026-11-20", "5", "Acme"), kind=None)
