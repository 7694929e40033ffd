"""What one row of a file of Stripe's came to, and its word on one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.money import Money
from rowcol.domain.receivables.file_reading import FileRow
from rowcol.domain.receivables.told import Field, ObjectKind, Told, file_key


@dataclass(frozen=True, slots=True)
class Read:
    """A row as it was read: its words, and its amounts where it moved the balance."""

    row: FileRow
    at: datetime
    category: str | None = None
    gross: Money | None = None
    fee: Money | None = None


def told(
    kind: ObjectKind, name: str, fields: Mapping[Field, str], at: datetime, rank: int = 0
) -> Told:
    """A file's word; what it does not know is left out."""
    known = {field.value: text for field, text in fields.items() if text}
    return Told(kind, name, known, at, rank, file_key(known))
