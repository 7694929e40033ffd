"""A draft in Ramp: a bill that nobody has submitted yet. Seen, never acted on."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.aggregate import NeverDue
from rowcol.domain.facts import RailDraft


@dataclass(frozen=True, slots=True)
class Draft(NeverDue):
    """A draft as Ramp showed it last. `gone`: it was submitted or thrown away."""

    id: str
    version: int
    rail: RailDraft
    gone: bool = False

    kind = "draft"

    @property
    def missing(self) -> tuple[str, ...]:
        """What Ramp asks for before a draft can be submitted, as far as it shows (contract 5.5)."""
        rail = self.rail
        wanted = {
            "vendor": rail.vendor_id,
            "amount": rail.amount,
            "invoice_number": rail.invoice_number,
            "issued_on": rail.issued_on,
            "due_on": rail.due_on,
        }
        return tuple(name for name, value in wanted.items() if value is None)

    @property
    def list_key(self) -> str | None:
        """By the day it is due, those without last; gone ones are not listed."""
        if self.gone:
            return None
        due = self.rail.due_on
        return f"{due.isoformat() if due is not None else '9999-12-31'}#{self.id}"
