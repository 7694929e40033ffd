"""Numbers of 38 digits, exact sums, and the size of items."""

import pytest

from tests.contract.engine.tables import Table, code, number, text

LONG = "1234567890123456789012345678901234567.8"


@pytest.mark.parametrize(
    ("given", "stored"),
    [(LONG, LONG), ("1.500", "1.5"), ("1E+3", "1000"), ("00012", "12"), ("0.1", "0.1")],
)
def test_numbers_are_normalised(table: Table, given: str, stored: str) -> None:
    table.put("number", attributes={"n": number(given)})
    assert table.get("number")["n"] == number(stored)


@pytest.mark.parametrize("given", ["123456789012345678901234567890123456789", "1E126", "one"])
def test_impossible_numbers_are_refused(table: Table, given: str) -> None:
    assert code(table.put, "number", attributes={"n": number(given)}) == "ValidationException"


@pytest.mark.parametrize(
    ("start", "added", "total"),
    [
        ("0.1", "0.2", "0.3"),
        ("9999999999999999999999.01", "-0.02", "9999999999999999999998.99"),
        (
            "12345678901234567890123456789012.345678",
            "0.000001",
            "12345678901234567890123456789012.345679",
        ),
    ],
)
def test_sums_are_exact(table: Table, start: str, added: str, total: str) -> None:
    for clause in ("ADD n :added", "SET n = n + :added"):
        table.put("sum", attributes={"n": number(start)})
        table.update("sum", clause, {":added": number(added)})
        assert table.get("sum")["n"] == number(total)


def test_comparisons_are_exact(table: Table) -> None:
    table.put("compare", attributes={"n": number(LONG)})
    below = number(LONG[:-1] + "7")
    assert table.query("compare", values={":v": below}, FilterExpression="n > :v")["Count"] == 1
    assert table.query("compare", values={":v": below}, FilterExpression="n <= :v")["Count"] == 0


def test_items_end_at_400_kilobytes(table: Table) -> None:
    table.put("size", attributes={"filler": text("x" * (400 * 1024 - 30))})
    over = {"filler": text("x" * (400 * 1024))}
    assert code(table.put, "size2", attributes=over) == "ValidationException"
    grown = code(table.update, "size", "SET more = :more", {":more": text("y" * 2000)})
    assert grown == "ValidationException"
