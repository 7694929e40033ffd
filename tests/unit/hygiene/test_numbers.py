"""Whether two invoice numbers are one: what people change when they type, and what they do not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowcol.domain.hygiene.numbers import coarse, same_number

SAME = (
    ("INV-0042", "inv 42"),
    ("INV42", "INV-42"),
    ("INV#00042", "inv.42"),
    ("1O24", "1024"),
    ("O1024", "1024"),
    ("2026-0042", "20260042"),
    ("2026-0042", "2026-42"),
    (" 77 ", "77."),
    ("INV/2041", "INV-2041"),
    ("\uff10\uff10\uff17", "7"),
    ("A-00", "a0"),
    ("PO-12", "po 12"),
)
OTHERS = (
    ("11-1", "1-11"),
    ("1042", "1043"),
    ("1024", "1042"),
    ("10", "100"),
    ("PO12", "P12"),
    ("INVO12", "INV12"),
    ("2026-11", "2026-1"),
    ("A1", "B1"),
    ("INV-1", "INV-10"),
    ("Rent", "rent"),
    ("n/a", "N/A"),
    ("", ""),
    (None, None),
)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_one_number_typed_twice(one: str, other: str) -> None:
    assert same_number(one, other)
    assert same_number(other, one)
    assert coarse(one) == coarse(other)


@pytest.mark.parametrize(("one", "other"), OTHERS)
def test_two_numbers(one: str | None, other: str | None) -> None:
    assert not same_number(one, other)
    assert not same_number(other, one)


@given(st.text(max_size=40), st.text(max_size=40))
def test_the_same_number_always_lies_under_the_same_key(one: str, other: str) -> None:
    assert same_number(one, other) == same_number(other, one)
    assert not same_number(one, other) or coarse(one) == coarse(other)
    assert same_number(one, one) == bool(coarse(one))


@given(st.integers(1, 10**12), st.integers(1, 10**12), st.sampled_from(["", "INV-", "A", "20-"]))
def test_plain_numbers_are_the_same_only_when_they_are(a: int, b: int, prefix: str) -> None:
    assert same_number(f"{prefix}{a}", f"{prefix}{b}") == (a == b)
