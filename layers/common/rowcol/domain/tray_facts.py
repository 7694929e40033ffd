"""What the list of the tray is filtered, sorted and counted by: few facts of each item.

Made of an item's own facts, without the clock: age and lateness are told when it is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from rowcol.domain.plain import instant_text
from rowcol.domain.tray import RANK, Severity, TrayState


@dataclass(frozen=True, slots=True)
class TrayFacts:
    """One item. `since`: when it was opened; of a closed one, when it was closed.

    `question`: the state of the question to the client, None while none was asked.
    """

    state: TrayState
    severity: Severity
    item: str
    since: datetime
    owner: str | None = None
    due_on: date | None = None
    snoozed_until: datetime | None = None
    question: str | None = None

    @property
    def is_live(self) -> bool:
        """Whether it is in the list of what is not over."""
        return self.state is not TrayState.CLOSED

    @property
    def order(self) -> str:
        """The text by which items sort: severity, then the oldest; of closed ones when."""
        if not self.is_live:
            return instant_text(self.since)
        return f"{RANK[self.severity]}#{instant_text(self.since)}"


def tray_key(client: str, key: str, facts: TrayFacts) -> str:
    """The text by which a firm's list sorts an item: client, order, and its place."""
    return f"{client}#{facts.order}#{key}"
