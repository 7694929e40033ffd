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
        if self.of_money == "currency":
            return str(value["currency"])
        if self.of_money == "amount":
            return Decimal(value["minor"]).scaleb(-exponent(value["currency"]))
        if isinstance(value, str | bool | int | Decimal):
            return value
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def columns_of(row: type) -> tuple[Column, ...]:
    """All columns of a type of rows, in the order of its fields."""
    return tuple(_columns(row, (), 0))


def _columns(kind: Any, path: tuple[str, ...], depth: int) -> Iterator[Column]:
    inner = _inner(kind)
    name = ".".join(path)
    if inner is Money:
        yield Column(name, path, "amount")
        yield Column(f"{name}_currency", path, "currency")
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
