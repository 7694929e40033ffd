"""Statements of QBO's query language (qbo contract, section 3), built so that a value can never
become syntax.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

PAGE_ROWS_MAX = 1000
_ENTITY = re.compile(r"[A-Z][A-Za-z]{1,40}\Z")
_FIELD = re.compile(r"[A-Z][A-Za-z]{1,40}(?:\.[A-Z][A-Za-z]{1,40})?\Z")
_OPERATORS = frozenset({"=", "<", ">", "<=", ">=", "LIKE"})
VALUE_CHARACTERS_MAX = 200


@dataclass(frozen=True, slots=True)
class Condition:
    """One comparison. QBO knows AND only."""

    field: str
    operator: str
    value: str

    def text(self) -> str:
        """As QBO reads it. Raises ValueError for a field, operator or value that is none."""
        if not _FIELD.match(self.field) or self.operator not in _OPERATORS:
            raise ValueError("not a comparison")
        if len(self.value) > VALUE_CHARACTERS_MAX or not self.value.isprintable():
            raise ValueError("not a value")
        escaped = self.value.replace("\\", "\\\\").replace("'", "\\'")
        return f"{self.field} {self.operator} '{escaped}'"


def select(entity: str, conditions: Sequence[Condition], *, start: int = 1) -> str:
    """All columns of one page, in the order of last change (Id can no longer be sorted by)."""
    if not _ENTITY.match(entity) or start < 1:
        raise ValueError("not an entity or position")
    where = " AND ".join(condition.text() for condition in conditions)
    parts = (
        f"SELECT * FROM {entity}",  # noqa: S608 - every part is checked above
        f"WHERE {where}" if where else "",
        f"ORDERBY MetaData.LastUpdatedTime STARTPOSITION {start} MAXRESULTS {PAGE_ROWS_MAX}",
    )
    return " ".join(part for part in parts if part)
