"""The columns of a list, from the type of its rows; and a row's cells, from its plain values.

A value inside a value has a column of its own, named with points. An amount has two: the decimal
text, and its currency. Of many values in one place the cell holds the JSON.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from rowcol.domain.money import Money, exponent

Cell = str | Decimal | int | bool | None
DEPTH_MAX = 6
# Rows with lines of their own, as the journal's entries, are a row per line: their amounts are
# minor units of the currency of the whole.
LINES = "lines"
_SIDES = frozenset({"debit", "credit"})


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, where its value is in a plain row, and whether it is of an amount."""

    name: str
    path: tuple[str, ...]
    of_money: str | None = None

    def cell(self, row: Mapping[str, Any]) -> Cell:
        """What a row has there; None for nothing."""
        value: Any = row
        for part in self.path:
            value = value.get(part) if isinstance(value, Mapping) else None
        if value is None:
            return None
        if self.of_money == "minor":
            return Decimal(value).scaleb(-exponent(row["currency"])) if value else None
        if self.of_money == "currency":
            return str(value["currency"])
        if self.of_money == "amount":
            return Decimal(value["minor"]).scaleb(-exponent(value["currency"]))
        if isinstance(value, str | bool | int | Decimal):
            return value
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def columns_of(row: type) -> tuple[Column, ...]:
    """All columns of a type of rows, in the order of its fields."""
    line = line_of(row)
    whole = _columns(row, (), 0)
    if line is None:
        return tuple(whole)
    return (
        *(column for column in whole if column.path != (LINES,)),
        *_columns(line, (LINES,), 1),
    )


def line_of(row: type) -> Any:
    """The type of a row's lines; None for a row without."""
    if not dataclasses.is_dataclass(row):
        return None
    kind = typing.get_type_hints(row).get(LINES)
    parts = typing.get_args(kind) if typing.get_origin(kind) is tuple else ()
    is_line = len(parts) == 2 and parts[1] is Ellipsis and dataclasses.is_dataclass(parts[0])
    return parts[0] if is_line else None


def _columns(kind: Any, path: tuple[str, ...], depth: int) -> Iterator[Column]:
    inner = _inner(kind)
    name = ".".join(path)
    if inner is Money:
        yield Column(name, path, "amount")
        yield Column(f"{name}_currency", path, "currency")
    elif inner is int and path[0] == LINES and path[-1] in _SIDES:
        yield Column(name, path, "minor")
    elif dataclasses.is_dataclass(inner) and isinstance(inner, type) and depth < DEPTH_MAX:
        hints = typing.get_type_hints(inner)
        for each in dataclasses.fields(inner):
            yield from _columns(hints[each.name], (*path, each.name), depth + 1)
    else:
        yield Column(name or "value", path)


def _inner(kind: Any) -> Any:
    """The one type of an optional value; several ones stay as they are."""
    if typing.get_origin(kind) in (typing.Union, types.UnionType):
        left = [one for one in typing.get_args(kind) if one is not type(None)]
        return left[0] if len(left) == 1 else kind
    return kind
