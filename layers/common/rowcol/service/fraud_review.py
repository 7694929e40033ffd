"""The yearly review: who stopped, answered, overrode and changed what, read from the log alone.

Bounded: a page reads at most SCANNED_MAX entries and looks into SCOPES_MAX books; where it stops
the next one goes on. The year is that of the banks' zone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from rowcol.domain.calendar import BANK_ZONE, local_date
from rowcol.domain.log import Entry
from rowcol.domain.refusal import Code
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.service.audit import last_before
from rowcol.service.review_words import summary_of
from rowcol.service.store import Books, Store

SCANNED_MAX = 2_000
ENTRIES_PER_READ = 250
SCOPES_MAX = 20


class ReviewKind(StrEnum):
    """What a line of the review is about."""

    SIGNAL = "signal"
    HOLD = "hold"
    LIFT = "lift"
    CALL_BACK = "call_back"
    ACCOUNT = "account"
    OVERRIDE = "override"
    RULE_CHANGE = "rule_change"
    LIMIT_CHANGE = "limit_change"
    PEOPLE_CHANGE = "people_change"
    DENIED = "denied"


_TYPES = {
    "fraud.signalled": ReviewKind.SIGNAL,
    "payment.held": ReviewKind.HOLD,
    "payment.lifted": ReviewKind.LIFT,
    "vendor.called_back": ReviewKind.CALL_BACK,
    "vendor.account_seen": ReviewKind.ACCOUNT,
    "vendor.terms_changed": ReviewKind.RULE_CHANGE,
}
_FAMILIES = {
    "override": ReviewKind.OVERRIDE,
    "staging_rules": ReviewKind.RULE_CHANGE,
    "fraud_settings": ReviewKind.RULE_CHANGE,
    "limits": ReviewKind.LIMIT_CHANGE,
    "member": ReviewKind.PEOPLE_CHANGE,
    "permission_set": ReviewKind.PEOPLE_CHANGE,
    "machine": ReviewKind.PEOPLE_CHANGE,
}
# Attempts that two people prevented.
_PREVENTED = frozenset({Code.SAME_PERSON.value, Code.SECOND_PERSON_REQUIRED.value})
_AGGREGATES = frozenset({"payment", "bill", "tray", "invoice", "workflow"})


@dataclass(frozen=True, slots=True)
class ReviewLine:
    """One line. `second_factor_age_seconds`: of who did it, at that moment; None without one."""

    client: str
    sequence: int
    at: datetime
    kind: ReviewKind
    type: str
    by: str
    by_kind: str
    responsible: str | None
    second_factor_age_seconds: int | None
    payment_id: str | None
    bill_id: str | None
    summary: str
    data: dict[str, object]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a review goes on: in whose books, after which entry; None for the year's first."""

    client: str
    after: int | None = None


@dataclass(frozen=True, slots=True)
class ReviewPart:
    """Some lines; `next` says where to go on, None when the year is through."""

    lines: tuple[ReviewLine, ...]
    next: Place | None


def review(
    store: Store, firm: str, clients: Sequence[str], year: int, limit: int, start: Place | None
) -> ReviewPart:
    """Lines of a year from the books of `clients` ("-": the firm's own), in their order.

    A part may be short, or empty, and still have a next one.
    """
    found = _Found(limit)
    names = [name for name in clients if start is None or name >= start.client]
    for looked, name in enumerate(names):
        if looked == SCOPES_MAX or found.is_full():
            return ReviewPart(tuple(found.lines), Place(name))
        books = store.books(Scope(firm, name))
        known = start.after if start is not None and start.client == name else None
        after = known if known is not None else _before_year(books, year)
        while after is not None:
            if found.is_full():
                return ReviewPart(tuple(found.lines), Place(name, after))
            after = found.read(books, year, after)
    return ReviewPart(tuple(found.lines), None)


@dataclass
class _Found:
    """What one part holds so far, and how much was read for it."""

    limit: int
    lines: list[ReviewLine] = field(default_factory=list)
    scanned: int = 0

    def is_full(self) -> bool:
        """Whether the next part goes on."""
        return len(self.lines) >= self.limit or self.scanned >= SCANNED_MAX

    def read(self, books: Books, year: int, after: int) -> int | None:
        """One read; after which entry the next goes on, None when the year is through there."""
        entries = books.entries(after, ENTRIES_PER_READ)
        self.scanned += len(entries)
        for entry in entries:
            if _year_of(entry) > year:
                return None
            line = line_of(entry)
            if line is not None:
                self.lines.append(line)
            if len(self.lines) >= self.limit:
                return entry.sequence
        return entries[-1].sequence if len(entries) == ENTRIES_PER_READ else None


def scopes_of(store: Store, firm: str) -> tuple[str, ...]:
    """The firm's own books, then its clients', in the order of a review."""
    return (FIRM_WIDE, *sorted(store.clients(firm)))


def line_of(entry: Entry) -> ReviewLine | None:
    """An entry as a line of the review; None for what is not of interest there."""
    data = entry.current_data
    kind = _kind_of(entry.type, data)
    if kind is None:
        return None
    shown = entry.actor.authenticated_at
    return ReviewLine(
        entry.client,
        entry.sequence,
        entry.at,
        kind,
        entry.type,
        entry.actor.id,
        entry.actor.kind.value,
        entry.actor.responsible_id,
        int((entry.at - shown).total_seconds()) if shown is not None else None,
        entry.payment_id,
        entry.bill_id,
        summary_of(entry.type, data),
        {name: value for name, value in data.items() if name not in _AGGREGATES},
    )


def _kind_of(fact_type: str, data: dict[str, object]) -> ReviewKind | None:
    if fact_type == "guardrail.passed":
        return ReviewKind.SIGNAL if data.get("signals") else None
    if fact_type == "command.denied":
        refusal = data.get("refusal")
        code = refusal.get("code") if isinstance(refusal, dict) else None
        return ReviewKind.DENIED if code in _PREVENTED else None
    return _TYPES.get(fact_type) or _FAMILIES.get(fact_type.partition(".")[0])


def _year_of(entry: Entry) -> int:
    return local_date(entry.at, BANK_ZONE).year


def _before_year(books: Books, year: int) -> int | None:
    """The sequence after which the year begins; None when it has nothing."""
    before = last_before(books, lambda entry: _year_of(entry) < year)
    found = books.entries(before, 1)
    return before if found and _year_of(found[0]) == year else None
