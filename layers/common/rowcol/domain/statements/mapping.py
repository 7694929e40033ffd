"""How a table's columns are read, as it is kept: the answer to a question, or a saved mapping."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.date_order import DateOrder
from rowcol.domain.statements.profile import ColumnRole, MappingProfile, Sign, header_word

MAPPINGS_MAX = 100


@dataclass(frozen=True, slots=True)
class SavedColumns:
    """A `MappingProfile` as it is stored and shown; `columns` is header (or position) to role."""

    columns: dict[str, ColumnRole]
    ignored: tuple[str, ...] = ()
    delimiter: str | None = None
    decimal: str = "."
    date_order: DateOrder | None = None
    sign: Sign = Sign.SIGNED
    headerless: bool = False
    is_open: bool = False

    @classmethod
    def of(cls, profile: MappingProfile) -> SavedColumns:
        """A profile to keep."""
        return cls(
            dict(profile.columns),
            tuple(sorted(profile.ignored)),
            profile.delimiter,
            profile.decimal,
            profile.date_order,
            profile.sign,
            profile.headerless,
            profile.is_open,
        )

    def profile(self, name: str) -> MappingProfile:
        """As readers take it."""
        return MappingProfile(
            name,
            self.columns,
            ignored=frozenset(self.ignored),
            is_open=self.is_open,
            headerless=self.headerless,
            delimiter=self.delimiter,
            decimal=self.decimal,
            date_order=self.date_order,
            sign=self.sign,
        )


@dataclass(frozen=True, slots=True)
class StatementMapping(NeverDue):
    """A mapping that a client's files are read with when their header is this one."""

    id: str
    version: int
    name: str
    columns: SavedColumns
    saved_at: datetime
    saved_by: str
    removed: bool = False

    kind = "statement_mapping"

    @property
    def list_key(self) -> str | None:
        """By id; removed ones are not listed."""
        return None if self.removed else self.id


def mapping_id(columns: SavedColumns) -> str:
    """The fingerprint of a header: one mapping of a client reads it, the one saved last."""
    names = {header_word(name) for name in (*columns.columns, *columns.ignored)}
    marks = (str(columns.headerless), *sorted(names))
    return f"map_{hashlib.sha256('|'.join(marks).encode()).hexdigest()[:24]}"


def covering(columns: SavedColumns, headers: Sequence[str]) -> tuple[str, ...]:
    """Columns of a header that a mapping does not read: with them it fits this header alone."""
    read = {header_word(name) for name in columns.columns}
    words = dict.fromkeys(header_word(cell) for cell in headers if cell.strip())
    return tuple(sorted(word for word in words if word not in read))


@dataclass(frozen=True, slots=True)
class KnownAccount:
    """An account as files name it, and which of the client's it is."""

    ending: str
    routing: str | None
    bank_account_id: str


@dataclass(frozen=True, slots=True)
class Span:
    """Days of one account that an import tells in full."""

    file_id: str
    account_id: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class StatementBooks(Unlisted, NeverDue):
    """What all statement files of a client share: one item.

    `holder`: the file that is being applied or undone; one at a time, so that none misses what
    another adds. `accounts`: those that files were of. `account_ids`: the client's accounts that
    have lines of statements at all. `spans`: the days that imports tell, one for each import and
    account.
    """

    id: str
    version: int
    holder: str | None = None
    accounts: tuple[KnownAccount, ...] = ()
    account_ids: tuple[str, ...] = field(default_factory=tuple)
    spans: tuple[Span, ...] = ()

    kind = "statement_books"

    def account_of(self, ending: str, routing: str | None) -> str | None:
        """The client's account that a file's account is known to be."""
        for each in self.accounts:
            same_bank = routing is None or each.routing is None or routing == each.routing
            if ending and each.ending == ending and same_bank:
                return each.bank_account_id
        return None

    def covers(self, account_id: str, day: date) -> bool:
        """Whether an import tells all of an account's day."""
        return is_covered(self.spans, account_id, day)


def is_covered(spans: Iterable[Span], account_id: str, day: date) -> bool:
    """Whether one of these spans tells all of an account's day."""
    return any(each.account_id == account_id and each.first <= day <= each.last for each in spans)


STATEMENT_BOOKS = "books"
