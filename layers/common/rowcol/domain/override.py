"""An override of the guardrail: asked by one person with a reason, approved by another.

It lets one bill's reserve count as covered though cash does not cover it, until the bank day ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.money import Money


@dataclass(frozen=True, slots=True)
class Override:
    """`amount`: that of the bill when it was asked; another amount ends it.

    `numbers`: the guardrail's own numbers at that moment, for who approves and for the audit.
    `authenticated_at`: when the approving person had shown a second factor. `until`: its end.
    """

    id: str
    amount: Money
    reason: str
    asked_by: str
    asked_hands: str
    asked_at: datetime
    until: datetime
    numbers: dict[str, object]
    approved_by: str | None = None
    approved_hands: str | None = None
    approved_at: datetime | None = None
    authenticated_at: datetime | None = None

    def holds(self, amount: Money, now: datetime) -> bool:
        """Whether it lets this amount leave now."""
        return self.approved_at is not None and self.amount == amount and now < self.until

    def waits(self, now: datetime) -> bool:
        """Whether a second person may still approve it."""
        return self.approved_at is None and now < self.until
