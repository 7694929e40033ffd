"""Which lists can be exported: every one that the API has, by the name of its operation.

A list is a GET whose answer holds rows: a tuple of one type, in a field `items` (or `results`, of
batches), in any field of an answer that goes on by a cursor, or in the only field of rows that the
answer of a collection has (its path ends in no id). So a new list is exported without anybody
saying so.
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
from rowcol.domain.export import ExportFormat
from rowcol.edge.exports.columns import Column, columns_of, line_of
from rowcol.edge.operation import Operation

_ROWS = ("items", "results", "rows")
PAGED = "next_cursor"
# The one log, and the firm's own: the only lists whose lines prove themselves.
LOGS = frozenset({"listAudit", "listFirmAudit"})
OF_LISTS = frozenset({ExportFormat.CSV, ExportFormat.XLSX})
OF_LOGS = frozenset({ExportFormat.JSONL})


@dataclass(frozen=True, slots=True)
class Exported:
    """What can be had as a file: by which operation it is read, and in which formats."""

    operation: Operation
    formats: frozenset[ExportFormat]

    @property
    def of_client(self) -> bool:
        """Whether it is one client's; else the firm's."""
        return self.operation.path.startswith("/clients/{client}/")

    @property
    def parts(self) -> tuple[str, ...]:
        """What its path names besides the client."""
        names = re.findall(r"{([a-z_]+)}", self.operation.path)
        return tuple(name for name in names if name != "client")


@dataclass(frozen=True, slots=True)
class ExportedList(Exported):
    """One list: where its rows are, and their columns."""

    field: str
    columns: tuple[Column, ...]
    is_paged: bool
    has_lines: bool = False


def list_of(operation: Operation) -> ExportedList | None:
    """An operation as a list; None when it is none."""
    answer = operation.answers.get(200)
    if operation.method != "GET" or not dataclasses.is_dataclass(answer):
        return None
    hints = typing.get_type_hints(answer)
    # A page of something that has a name of its own for its rows: the last of many is what goes on.
    many = [name for name in reversed(hints) if PAGED in hints and _row(hints[name]) is not None]
    of_rows = [name for name in hints if dataclasses.is_dataclass(_row(hints[name]))]
    only = of_rows if len(of_rows) == 1 and not operation.path.endswith("}") else []
    for name in (*_ROWS, *many, *only):
        row = _row(hints.get(name))
        if row is not None:
            has_lines = line_of(row) is not None
            formats = OF_LISTS | OF_LOGS if operation.name in LOGS else OF_LISTS
            columns = columns_of(row)
            return ExportedList(operation, formats, name, columns, PAGED in hints, has_lines)
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
