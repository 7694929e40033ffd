"""RowCol's own control journal: balanced entries, mirrored and never edited.

Compared with QuickBooks, never written to it (design section 4, posting).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class EntryRole(StrEnum):
    """Why an entry was written for a payment: it was posted, or its bank line was seen."""

    POSTING = "posting"
    CLEARING = "clearing"


@dataclass(frozen=True, slots=True)
class JournalRef:
    """An entry of a payment by id; `mirrored_by` names the one that took it back."""

    id: str
    role: EntryRole
    mirrored_by: str | None = None
