"""How the columns of one bank's export are read: a built-in dialect or a saved mapping, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rowcol.domain.date_order import DateOrder

# Words of a status, in lower case, of what is not booked yet or never will be.
NOT_BOOKED = frozenset({"pending", "failed", "cancelled", "canceled", "declined", "blocked"})
DELIMITERS = (",", ";", "\t", "|")


class ColumnRole(StrEnum):
    """What a column is."""

    DATE = "date"
    VALUE_DATE = "value_date"
    DESCRIPTION = "description"
    MEMO = "memo"
    AMOUNT = "amount"
    DEBIT = "debit"
    CREDIT = "credit"
    DIRECTION = "direction"
    BALANCE = "balance"
    CHECK = "check"
    REFERENCE = "reference"
    ACCOUNT = "account"
    STATUS = "status"
    KIND = "kind"
    CURRENCY = "currency"


class Sign(StrEnum):
    """How money out is told from money in when there is one amount column."""

    SIGNED = "signed"  # negative is money out
    INVERTED = "inverted"  # a card's charges are positive
    WORD = "word"  # unsigned, beside a column that says Credit or Debit


@dataclass(frozen=True, slots=True)
class MappingProfile:
    """A file is this one's when its header names all of `columns` and nothing but `ignored` beside.

    `columns` is header name to role; without a header it is position ("0", "1", ...) to role and
    `headerless` is true. None means that it is found out from the file, or asked for.
    """

    name: str
    columns: Mapping[str, ColumnRole]
    ignored: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()
    is_open: bool = False
    headerless: bool = False
    delimiter: str | None = None
    decimal: str = "."
    date_order: DateOrder | None = None
    sign: Sign = Sign.SIGNED

    @property
    def needed(self) -> frozenset[str]:
        """Header names without which a file is not this one's."""
        return (frozenset(map(header_word, self.columns)) | self.ignored) - self.optional

    def fits(self, header: Sequence[str]) -> bool:
        """Whether a row of cells is this profile's header."""
        if self.headerless:
            return False
        words = {header_word(cell) for cell in header if cell.strip()}
        known = frozenset(map(header_word, self.columns)) | self.ignored
        return self.needed <= words and (self.is_open or words <= known)

    def problem(self) -> str | None:
        """Why the mapping is none, in words; None when it is complete."""
        roles = list(self.columns.values())
        repeated = sorted({role.value for role in roles if roles.count(role) > 1})
        if repeated:
            return f"two columns are {', '.join(repeated)}"
        if ColumnRole.DATE not in roles or ColumnRole.DESCRIPTION not in roles:
            return "a date and a description are needed"
        two = ColumnRole.DEBIT in roles or ColumnRole.CREDIT in roles
        if two == (ColumnRole.AMOUNT in roles):
            return "either one amount, or debit and credit"
        if two and not (ColumnRole.DEBIT in roles and ColumnRole.CREDIT in roles):
            return "debit and credit come together"
        if self.sign is Sign.WORD and ColumnRole.DIRECTION not in roles:
            return "unsigned amounts need the column that says credit or debit"
        if self.decimal not in (".", ",") or (self.delimiter or ",") not in DELIMITERS:
            return "decimal is . or , and the delimiter one of , ; tab |"
        if self.headerless and not all(key.isdigit() and int(key) < 100 for key in self.columns):
            return "columns without a header are named by their position, from 0"
        return None


def header_word(cell: str) -> str:
    """A header's cell as it is compared: lower case, single spaces."""
    return re.sub(r"\s+", " ", cell).strip().lower()
