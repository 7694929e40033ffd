"""Whether a bill or invoice is one that is known already: by its number, or by its amount.

Pure. Both of a pair are told of each other while something may be paid of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.hygiene.index import DocumentIndex, Entry, IndexedBy
from rowcol.domain.hygiene.problem import RAIL_SITE, Check, Problem


@dataclass(frozen=True, slots=True)
class TwinCase:
    """One entry of an index with its twins. `what`: bill or invoice; `party`: whose, in words."""

    entry: Entry
    twins: tuple[Entry, ...]
    what: str
    party: str
    link: str | None = RAIL_SITE

    @property
    def name(self) -> str:
        """The entry in words."""
        return f"{self.what} {self.entry.number or self.entry.id} of {self.party}"


def twin_case(index: DocumentIndex, entry: Entry, what: str, party: str) -> TwinCase:
    """An entry as its index shows it; without twins when nothing may be paid of it."""
    return TwinCase(entry, index.twins(entry) if entry.asks else (), what, party)


def same_invoice(case: TwinCase) -> Problem | None:
    """The same number and the same amount: entered twice."""
    twins = [one for one in case.twins if one.amount == case.entry.amount]
    if not twins:
        return None
    title = f"The {case.name} seems to be entered twice: same number, same amount"
    return Problem(title, "each invoice once", _named(case, twins), case.link)


def same_number(case: TwinCase) -> Problem | None:
    """The same number for another amount: entered twice and corrected, or a wrong number."""
    twins = [one for one in case.twins if one.amount != case.entry.amount]
    if not twins:
        return None
    title = f"The {case.name} has the number of another one, for another amount"
    return Problem(title, "a number that no other one has", _named(case, twins), case.link)


def same_amount(case: TwinCase) -> Problem | None:
    """The same amount within days under another number: a hint, for equal orders happen."""
    if not case.twins:
        return None
    title = f"The {case.name} asks for the same amount as another one of these days"
    return Problem(title, "one invoice for one delivery", _named(case, case.twins), case.link)


def _named(case: TwinCase, twins: tuple[Entry, ...] | list[Entry]) -> str:
    told = (f"{one.number or '-'} of {one.amount} ({case.what} {one.id})" for one in twins[:3])
    return ", ".join(told)


BILL_TWINS: dict[IndexedBy, tuple[Check[TwinCase], ...]] = {
    IndexedBy.NUMBER: (
        Check(
            "duplicate_invoice", same_invoice,
            "another vendor, a number without a digit, 11-1 beside 1-11",
        ),
        Check("duplicate_number", same_number, "as above; nothing may be paid of the bill"),
    ),
    IndexedBy.AMOUNT: (
        Check("similar_bill", same_amount, "issued more than 3 days apart, or one cent apart"),
    ),
}  # fmt: skip
INVOICE_TWINS: dict[IndexedBy, tuple[Check[TwinCase], ...]] = {
    IndexedBy.NUMBER: (
        Check("invoice_duplicate", same_invoice, "another customer, or the invoice is paid"),
        Check("invoice_number_twice", same_number, "as above"),
    ),
}
