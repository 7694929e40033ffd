"""RowCol's own control journal: balanced entries, mirrored and never edited.

Compared with QuickBooks, never written to it (design section 4, posting).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue


class EntryRole(StrEnum):
    """Why an entry was written for a payment.

    It was posted; its bank line was seen; the other line of a transfer was seen.
    """

    POSTING = "posting"
    CLEARING = "clearing"
    ARRIVAL = "arrival"


@dataclass(frozen=True, slots=True)
class JournalRef:
    """An entry of a payment by id; `mirrored_by` names the one that took it back."""

    id: str
    role: EntryRole
    mirrored_by: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One side of an entry: minor units, either debit or credit, on a code of the chart.

    `bank_account_id` where the money is at a bank.
    """

    account: str
    debit: int
    credit: int
    bank_account_id: str | None = None

    @property
    def mirrored(self) -> Line:
        """The same amount on the other side."""
        return Line(self.account, self.credit, self.debit, self.bank_account_id)


class Unbalanced(ValueError):
    """An entry whose debits are not its credits, or with a line of both or neither: a defect."""


@dataclass(frozen=True, slots=True)
class JournalEntry(NeverDue):
    """One balanced entry, dated `day`. `mirrors`: the entry that it takes back, line by line.

    What a list or an export shows of the payment is kept as it was then. Raises Unbalanced.
    """

    id: str
    version: int
    payment_id: str
    number: str
    role: EntryRole
    day: date
    currency: str
    lines: tuple[Line, ...]
    payment_type: str
    counterparty_name: str
    reference: str | None
    written_at: datetime
    written_by: str
    mirrors: str | None = None

    kind = "journal_entry"

    def __post_init__(self) -> None:
        for line in self.lines:
            if min(line.debit, line.credit) != 0 or max(line.debit, line.credit) <= 0:
                raise Unbalanced(f"{self.id}: {line}")
        if self.debits != sum(line.credit for line in self.lines) or not self.lines:
            raise Unbalanced(self.id)

    @property
    def debits(self) -> int:
        """The sum of its debits, which is that of its credits."""
        return sum(line.debit for line in self.lines)

    @property
    def list_key(self) -> str | None:
        """Sort key among the client's entries: by date, then as they were written."""
        return f"{self.day.isoformat()}#{self.id}"
