"""A client's rules for staging bills, as data: what may be staged, by whom, and on which terms.

A rule's `when` is an OR of blocks, each block an AND of conditions; `then` says what follows. How
rules are applied to a bill is in `staging_rules_evaluation.py`, what a condition asks in
`staging_rules_facts.py`, what a well-formed rule is in `staging_rules_shape.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from rowcol.domain.money import Money
from rowcol.domain.waiting_change import MayWait, Proposed

STAGING_RULES = "staging"


class BillFact(StrEnum):
    """What a condition asks of a bill."""

    AMOUNT = "amount"
    VENDOR = "vendor"
    FIRST_PAYMENT = "first_payment"
    ACCOUNT_AGE_DAYS = "account_age_days"
    NETWORK = "network"
    SAME_DAY = "same_day"
    RAMP_DATE = "ramp_date"
    DUE_IN_DAYS = "due_in_days"


class Then(StrEnum):
    """What follows when a rule matches."""

    AUTO_STAGE = "auto_stage"
    SECOND_PERSON = "second_person"
    STEP_UP = "step_up"
    CALL_BACK = "call_back"
    DO_NOT_STAGE = "do_not_stage"


# All that makes it harder. Where a fact is unknown these hold, and staging by itself does not.
DEMANDING = frozenset(Then) - {Then.AUTO_STAGE}


@dataclass(frozen=True, slots=True)
class Condition:
    """One question to a bill. The fields that its fact takes are filled, the others empty.

    `at_least` (itself included) and `below` (itself not): an amount in the client's currency, or
    days. `any_of`, `none_of`: vendors by Ramp's id, or networks. `holds`: yes or no.
    """

    fact: BillFact
    at_least: Money | int | None = None
    below: Money | int | None = None
    any_of: tuple[str, ...] = ()
    none_of: tuple[str, ...] = ()
    holds: bool | None = None


Block = tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """Matches when all conditions of any one of its blocks hold; a block without any always holds.

    `reason`: why a bill may not be staged, for who wanted to.
    """

    id: str
    name: str
    when: tuple[Block, ...]
    then: tuple[Then, ...]
    active: bool = True
    reason: str | None = None

    @property
    def effect(self) -> object:
        """What of it changes what it does: not how it is called."""
        return (self.when, frozenset(self.then), self.active)


@dataclass(frozen=True, slots=True)
class Weakening:
    """What other rules no longer demand, or would stage by themselves, in words."""

    rule_id: str
    then: Then
    words: str


@dataclass(frozen=True, slots=True)
class RulesProposal(Proposed):
    """Rules that one person wants and that are weaker; another person has to agree."""

    rules: tuple[Rule, ...]
    weaker: tuple[Weakening, ...]


@dataclass(frozen=True, slots=True)
class StagingRules(MayWait[RulesProposal]):
    """The aggregate, one a client. `since`: by rule, since when it does what it does."""

    id: str = STAGING_RULES
    version: int = 0
    rules: tuple[Rule, ...] = ()
    since: dict[str, datetime] = field(default_factory=dict)
    pending: RulesProposal | None = None

    kind = "stagingrules"

    def with_rules(self, rules: tuple[Rule, ...], now: datetime) -> StagingRules:
        """With other rules in force. A change that waited was made against the old ones: it ends.

        A rule that does what it did keeps its instant.
        """
        before = {rule.id: rule.effect for rule in self.rules}
        since = {
            rule.id: self.since.get(rule.id, now) if before.get(rule.id) == rule.effect else now
            for rule in rules
        }
        return replace(self, rules=rules, since=since, pending=None)

    def with_proposal(self, proposal: RulesProposal) -> StagingRules:
        """With another change waiting; an older one is replaced by it."""
        return replace(self, pending=proposal)

    def without_proposal(self) -> StagingRules:
        """With nothing waiting."""
        return replace(self, pending=None)

    def in_force_at(self, instant: datetime) -> frozenset[str]:
        """Ids of the rules that already did what they do at an instant."""
        return frozenset(name for name, since in self.since.items() if since <= instant)
