"""Bills and invoices of one party under one number or one amount: duplicates without a search.

One small item per number and one per amount, written with the fact that names it. How many are
kept is bounded, so that no vendor's bills make an item large.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.hygiene.numbers import coarse, same_number
from rowcol.domain.money import Money

ENTRIES_MAX = 24
# So many of one number are told of each other; more of them are no longer a question of one bill.
ALIKE_MAX = 5
NEAR = timedelta(days=3)


class IndexedBy(StrEnum):
    """What an item of the index has in common."""

    NUMBER = "number"
    AMOUNT = "amount"


@dataclass(frozen=True, slots=True)
class Entry:
    """One bill or invoice. `asks`: whether something may still be paid of it."""

    id: str
    number: str | None
    amount: Money
    issued_on: date | None
    asks: bool


@dataclass(frozen=True, slots=True)
class DocumentIndex(Unlisted, NeverDue):
    """The aggregate: entries of one party, by id."""

    id: str
    version: int
    by: IndexedBy
    entries: tuple[Entry, ...] = ()

    kind = "document_index"

    def entry(self, name: str) -> Entry | None:
        """The entry of one bill or invoice."""
        return next((one for one in self.entries if one.id == name), None)

    def with_entry(self, entry: Entry) -> DocumentIndex:
        """With this entry, in the place of what was known of it.

        Of too many those that ask for nothing go first, then the oldest; be it this one.
        """
        every = [*(one for one in self.entries if one.id != entry.id), entry]
        every.sort(key=lambda one: (one.asks, one.issued_on or date.min, one.id))
        kept = every[-ENTRIES_MAX:]
        return replace(self, entries=tuple(sorted(kept, key=lambda one: one.id)))

    def without(self, name: str) -> DocumentIndex:
        """Without one bill or invoice."""
        return replace(self, entries=tuple(one for one in self.entries if one.id != name))

    def twins(self, entry: Entry) -> tuple[Entry, ...]:
        """The others that it may be a second time, those of the same amount first; bounded."""
        found = [one for one in self.entries if one.id != entry.id and self._alike(one, entry)]
        found.sort(key=lambda one: (one.amount != entry.amount, not one.asks, one.id))
        return tuple(found[:ALIKE_MAX])

    def _alike(self, one: Entry, other: Entry) -> bool:
        same = same_number(one.number, other.number)
        return same if self.by is IndexedBy.NUMBER else not same and near(one, other)


def near(one: Entry, other: Entry) -> bool:
    """Whether two were issued within days of each other for the same amount."""
    if one.issued_on is None or other.issued_on is None or one.amount != other.amount:
        return False
    return one.amount.minor > 0 and abs(one.issued_on - other.issued_on) <= NEAR


def number_index_id(party: str, number: str | None) -> str | None:
    """The item of a party's number; None for a text that is no number.

    `party`: `bill/<vendor>` or `invoice/<customer>`, by the rail's ids.
    """
    key = coarse(number)
    return _id("number", party, key) if key else None


def amount_index_id(party: str, amount: Money) -> str | None:
    """The item of a party's amount; None for none."""
    return _id("amount", party, f"{amount.minor} {amount.currency}") if amount.minor > 0 else None


def _id(by: str, party: str, key: str) -> str:
    text = f"{party}\n{key}".encode(errors="surrogatepass")
    return f"{by}-{hashlib.sha256(text).hexdigest()[:40]}"
