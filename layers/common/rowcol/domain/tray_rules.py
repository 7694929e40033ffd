"""Rules that keep items out of the tray's list: a client's settings, each with an end.

A rule names a kind, and may narrow it to a vendor or customer, an amount, and a pattern of
subjects. What a rule keeps out is counted and shown as excluded; it is never lost.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from rowcol.domain.money import Money
from rowcol.domain.tray import TrayItem
from rowcol.domain.waiting_change import MayWait, Proposed

TRAY_RULES = "tray"
RULES_MAX = 100
RULE_KEPT_MAX = timedelta(days=366)
PATTERN_CHARACTERS_MAX = 80


@dataclass(frozen=True, slots=True)
class TrayRule:
    """Items of one kind that nobody has to look at until `expires_at`.

    `party_id`: of a vendor or customer. `amount_at_most`: items about more, or about no amount,
    stay in sight. `subject_pattern`: with `*` for anything. None narrows nothing.
    `approved_by`: the second person, where one was needed. `hands`: who answers for who made it.
    """

    id: str
    kind: str
    expires_at: datetime
    reason: str
    by: str
    hands: str
    at: datetime
    party_id: str | None = None
    amount_at_most: Money | None = None
    subject_pattern: str | None = None
    approved_by: str | None = None

    def keeps_out(self, item: TrayItem, now: datetime) -> bool:
        """Whether it holds for an item now."""
        if self.kind != item.item or now >= self.expires_at:
            return False
        if self.party_id is not None and self.party_id != item.party_id:
            return False
        most, amount = self.amount_at_most, item.amount
        if most is not None and (amount is None or amount.currency != most.currency):
            return False
        if most is not None and amount is not None and abs(amount.minor) > most.minor:
            return False
        return self.subject_pattern is None or fits(self.subject_pattern, item.subject)


def fits(pattern: str, text: str) -> bool:
    """Whether a text is like a pattern, in which `*` stands for anything. Linear in both."""
    parts = pattern.split("*")
    if len(parts) == 1:
        return pattern == text
    first, *middle, last = parts
    if not text.startswith(first) or len(text) < len(first) + len(last):
        return False
    place, end = len(first), len(text) - len(last)
    for part in middle:
        found = text.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return text.endswith(last)


@dataclass(frozen=True, slots=True)
class RuleProposal(Proposed):
    """A rule for a severe kind that one person wants; another person has to agree."""

    rule: TrayRule


@dataclass(frozen=True, slots=True)
class TrayRules(MayWait[RuleProposal]):
    """The aggregate: a client's rules and the one that waits for a second person.

    `look_from`: where the walk over live items stands that follows a change of the rules ("" at
    its beginning), None when all of them have been looked at since. `look_at`: when it goes on.
    """

    id: str
    version: int
    rules: tuple[TrayRule, ...] = ()
    pending: RuleProposal | None = None
    look_from: str | None = None
    look_at: datetime | None = None

    kind = "tray_rules"

    @property
    def due_at(self) -> datetime | None:
        """The next of: a rule's end, the end of what waits, items to look at."""
        times = [rule.expires_at for rule in self.rules]
        times += [self.pending.expires_at] if self.pending is not None else []
        times += [self.look_at] if self.look_at is not None else []
        return min(times, default=None)

    def rule_for(self, item: TrayItem, now: datetime) -> TrayRule | None:
        """The first rule that keeps an item out."""
        return next((rule for rule in self.rules if rule.keeps_out(item, now)), None)
