from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import pytest

from rowcol.domain.money import Money
from rowcol.domain.plain import PlainError, canonical, from_plain, instant, instant_text, to_plain


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True)
class Sample:
    name: str
    count: int = 0
    amount: Money | None = None
    on: date | None = None
    at: datetime | None = None
    colour: Colour = Colour.RED
    parts: tuple[int, ...] = ()
    pair: tuple[str, int] | None = None
    notes: dict[str, object] | None = None


FULL = {
    "name": "é",
    "count": 3,
    "amount": {"minor": 125000, "currency": "USD"},
    "on": "2026-11-20",
    "at": "2026-11-20T15:00:00.000000Z",
    "colour": "red",
    "parts": [1, 2],
    "pair": ["a", 1],
    "notes": {"deep": [None, True]},
}


def test_a_full_value_has_exactly_this_text() -> None:
    value = from_plain(Sample, FULL)
    assert value.amount == Money(125000, "USD")
    assert canonical(value) == (
        '{"amount":{"currency":"USD","minor":125000},"at":"2026-11-20T15:00:00.000000Z",'
        '"colour":"red","count":3,"name":"\\u00e9","notes":{"deep":[null,true]},"on":"2026-11-20",'
        '"pair":["a",1],"parts":[1,2]}'
    )


def test_what_an_older_writer_did_not_know_takes_its_default() -> None:
    assert from_plain(Sample, {"name": "x"}) == Sample("x")


def test_sets_are_written_sorted_and_decimals_as_text() -> None:
    assert to_plain({"set": frozenset({"b", "a"})}) == {"set": ["a", "b"]}
    assert to_plain(Decimal("1.10")) == "1.10"


@pytest.mark.parametrize(
    "value",
    [1.5, float("nan"), {"deep": [1.5]}, object(), b"bytes", datetime(2026, 1, 1)],  # noqa: DTZ001  # a naive one is the point
)
def test_floats_and_strangers_are_not_written(value: object) -> None:
    with pytest.raises(PlainError):
        to_plain(value)


MISFITS: list[dict[str, Any]] = [
    {},
    {"name": None},
    {"name": 1},
    {"name": "x", "count": "1"},
    {"name": "x", "count": 1.0},
    {"name": "x", "count": True},
    {"name": "x", "count": Decimal("1.5")},
    {"name": "x", "count": Decimal("NaN")},
    {"name": "x", "count": Decimal("Infinity")},
    {"name": "x", "amount": {"minor": 1, "currency": "usd"}},
    {"name": "x", "amount": {"minor": 1}},
    {"name": "x", "amount": 1},
    {"name": "x", "on": "2026-02-30"},
    {"name": "x", "on": 20261120},
    {"name": "x", "at": "2026-11-20T15:00:00"},
    {"name": "x", "at": 1.5},
    {"name": "x", "colour": "blue"},
    {"name": "x", "colour": ["red"]},
    {"name": "x", "parts": "12"},
    {"name": "x", "pair": ["a"]},
    {"name": "x", "notes": []},
]


@pytest.mark.parametrize("plain", MISFITS, ids=str)
def test_what_does_not_fit_is_a_plain_error(plain: dict[str, Any]) -> None:
    with pytest.raises(PlainError):
        from_plain(Sample, plain)


def test_a_whole_decimal_of_a_store_is_an_int() -> None:
    read = from_plain(Sample, {"name": "x", "count": Decimal("4E+1")})
    assert (read.count, type(read.count)) == (40, int)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2026-11-20T10:00:00-05:00", "2026-11-20T15:00:00.000000Z"),
        ("2026-11-20T15:00:00Z", "2026-11-20T15:00:00.000000Z"),
        ("0999-01-01T00:00:00.000001Z", "0999-01-01T00:00:00.000001Z"),
    ],
)
def test_instants_have_one_text_of_fixed_width(text: str, same: str) -> None:
    assert instant_text(instant(text)) == same
