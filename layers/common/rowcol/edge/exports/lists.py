"""Which lists can be exported: every one that the API has, by the name of its operation.

A list is a GET whose answer holds rows: a tuple of one type, in a field `items` (or `results`, of
batches), or in any field of an answer that goes on by a cursor. So a new list is exported without
anybody saying so.
"""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from rowcol import edge
from rowcol.edge.exports.columns import Column, columns_of, line_of
from rowcol.edge.operation import Operation

_ROWS = ("items", "results", "rows")
PAGED = "next_cursor"


@dataclass(frozen=True, slots=True)
class ExportedList:
    """One list: the operation that reads it, where its rows are, and their columns."""

    operation: Operation
    field: str
    columns: tuple[Column, ...]
    is_paged: bool
    has_lines: bool = False

    @property
    def of_client(self) -> bool:
        """Whether it is one client's; else the firm's."""
        return self.operation.path.startswith("/clients/{client}/")

    @property
    def parts(self) -> tuple[str, ...]:
        """What its path names besides the client."""
        names = re.findall(r"{([a-z_]+)}", self.operation.path)
        return tuple(name for name in names if name != "client")


def list_of(operation: Operation) -> ExportedList | None:
    """An operation as a list; None when it is none."""
    answer = operation.answers.get(200)
    if operation.method != "GET" or not dataclasses.is_dataclass(answer):
        return None
    hints = typing.get_type_hints(answer)
    # A page of something that has a name of its own for its rows: the last of many is what goes on.
    many = [name for name in reversed(hints) if PAGED in hints and _row(hints[name]) is not None]
    for name in (*_ROWS, *many):
        row = _row(hints.get(name))
        if row is not None:
            has_lines = line_of(row) is not None
            return ExportedList(operation, name, columns_of(row), PAGED in hints, has_lines)
    return None


def _row(kind: Any) -> Any:
    """The type of the rows of a tuple of any length."""
    if typing.get_origin(kind) is not tuple:
        return None
    parts = typing.get_args(kind)
    return parts[0] if len(parts) == 2 and parts[1] is Ellipsis else None


def lists_among(operations: Iterable[Operation]) -> dict[str, ExportedList]:
    """The lists among some operations, by their names."""
    found = {one.name: list_of(one) for one in operations}
    return {name: one for name, one in found.items() if one is not None}


@cache
def all_lists() -> Mapping[str, ExportedList]:
    """Every list of the API, wherever its operation is: whoever adds one need not know of this."""
    found: dict[str, Operation] = {}
    for module in pkgutil.walk_packages(edge.__path__, f"{edge.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, dict):
                operations = [one for one in value.values() if isinstance(one, Operation)]
                found |= {one.name: one for one in operations}
    return lists_among(found.values())
