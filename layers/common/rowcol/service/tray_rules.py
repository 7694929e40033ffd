"""Rules that keep items out of the tray: made from an item, agreed to by two where it is severe.

What a change of the rules means for the items that are there is walked by the minute sweep.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from rowcol.domain.money import Money
from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.tray import Act, TrayItem
from rowcol.domain.tray_acts import excluded
from rowcol.domain.tray_kinds import kind_of
from rowcol.domain.tray_rules import (
    PATTERN_CHARACTERS_MAX,
    RULE_KEPT_MAX,
    RULES_MAX,
    RuleProposal,
    TrayRule,
    TrayRules,
)
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.proposer import agreed, declined, proposing, waiting_id
from rowcol.service.second_factor import second_factor_refusal
from rowcol.service.tray import rules_of

MAY_CHANGE = Permission.CONFIGURE
_WHAT = "rules of the tray"
# The list of items follows their writes within moments.
LOOKED_AFTER = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class RuleWanted:
    """How wide a rule is, beside the item's kind, and how long it holds."""

    expires_at: datetime
    party_id: str | None = None
    amount_at_most: Money | None = None
    subject_pattern: str | None = None


def exclude(
    environment: Environment,
    change: Change,
    item: TrayItem,
    wanted: RuleWanted | None,
    reason: str,
) -> TrayItem | Refusal:
    """Make a rule that keeps this item, and its like, out; for a severe one, propose it.

    The rule must fit the item it is made from. A proposal replaces the one that waits.
    """
    if wanted is None:
        return Refusal(Code.INVALID_INPUT, "expires_at is needed", {"field": "expires_at"})
    rules = rules_of(change)
    rule = TrayRule(
        environment.surroundings.ids.new("trr"),
        item.item,
        wanted.expires_at,
        reason,
        change.actor.id,
        change.actor.hands,
        change.now,
        wanted.party_id,
        wanted.amount_at_most,
        wanted.subject_pattern,
    )
    refused = _rule_refusal(change, rules, rule, item)
    refused = refused or second_factor_refusal(change.actor, change.now, f"changing {_WHAT}")
    if refused is not None:
        return refused
    before = item.standing
    if kind_of(item.item).is_severe:
        proposal = RuleProposal(*proposing(environment, change, "trp"), rule)
        change.put(replace(rules, pending=proposal))
        replaced = waiting_id(change, rules)
        change.state("tray_rules.proposed", rule_proposal=proposal, replaced_change_id=replaced)
        words = f"proposed rule {rule.id}: {reason}"[:200]
        return item.standing_as(before, Act(change.now, change.actor.id, "exclude", words, before))
    _in_force(change, rules, rule, None)
    words = f"by rule {rule.id}: {reason}"[:200]
    return excluded(item, rule.id, Act(change.now, change.actor.id, "exclude", words, before))


def _rule_refusal(
    change: Change, rules: TrayRules, rule: TrayRule, item: TrayItem
) -> Refusal | None:
    latest = change.now + RULE_KEPT_MAX
    if not change.now < rule.expires_at <= latest:
        late = rule.expires_at > latest
        return Refusal(
            Code.DATE_TOO_FAR if late else Code.DATE_PAST,
            f"a rule ends within {RULE_KEPT_MAX.days} days",
            {"asked": rule.expires_at, "latest": latest},
        )
    if len(rules.rules) >= RULES_MAX:
        return Refusal(
            Code.TOO_MANY_ITEMS,
            "the client has as many rules as there can be",
            {"rules": len(rules.rules), "rules_max": RULES_MAX},
            remedy="remove one that is not needed",
        )
    pattern = rule.subject_pattern
    if pattern is not None and not 0 < len(pattern) <= PATTERN_CHARACTERS_MAX:
        field = {"field": "subject_pattern", "characters_max": PATTERN_CHARACTERS_MAX}
        return Refusal(Code.INVALID_INPUT, "the pattern is empty or too long", field)
    if not rule.keeps_out(item, change.now):
        return Refusal(
            Code.INVALID_INPUT,
            "the rule does not fit the item it is made from",
            {"party_id": item.party_id, "amount": item.amount, "subject": item.subject},
        )
    return None


def _in_force(
    change: Change, rules: TrayRules, rule: TrayRule, approved: RuleProposal | None
) -> TrayRules:
    pending = None if approved is not None else rules.pending
    kept = (*rules.rules, rule)
    stored = replace(
        rules, rules=kept, pending=pending, look_from="", look_at=change.now + LOOKED_AFTER
    )
    change.put(stored)
    change_id = approved.id if approved is not None else None
    change.state("tray_rules.added", tray_rule=rule, change_id=change_id)
    return stored


def approve_rule(environment: Environment, change: Change, change_id: str) -> TrayRules | Refusal:
    """The second person's yes. Refused: `no_pending_change`, `same_person`, `step_up_required`,
    `forbidden` when who proposed it has lost the right to, `too_many_items`, `date_in_past`.
    """
    rules = rules_of(change)
    proposal = agreed(environment, change, rules, change_id, MAY_CHANGE, _WHAT)
    if isinstance(proposal, Refusal):
        return proposal
    rule = replace(proposal.rule, approved_by=change.actor.id)
    if rule.expires_at <= change.now:
        return Refusal(Code.DATE_PAST, "the rule's time is over", {"expires_at": rule.expires_at})
    if len(rules.rules) >= RULES_MAX:
        numbers = {"rules": len(rules.rules), "rules_max": RULES_MAX}
        return Refusal(Code.TOO_MANY_ITEMS, "there are as many rules as there can be", numbers)
    return _in_force(change, rules, rule, proposal)


def reject_rule(change: Change, change_id: str) -> TrayRules | Refusal:
    """The second person's no. Refused: `no_pending_change`, `same_person`."""
    rules = rules_of(change)
    proposal = declined(change, rules, change_id, _WHAT)
    if isinstance(proposal, Refusal):
        return proposal
    return not_made(change, rules, proposal, "tray_rules.rejected")


def not_made(change: Change, rules: TrayRules, over: RuleProposal, how: str) -> TrayRules:
    """The rules without the one that waited; `how` is the fact's type."""
    stored = replace(rules, pending=None)
    change.put(stored)
    change.state(how, rule_proposal=over, change_id=over.id, proposed_by=over.by)
    return stored


def remove_rule(change: Change, rule_id: str) -> TrayRules | Refusal:
    """End a rule: what it kept out comes back within minutes. `not_found`. One person is enough:
    more is looked at than before.
    """
    rules = rules_of(change)
    rule = next((one for one in rules.rules if one.id == rule_id), None)
    if rule is None:
        return Refusal(Code.NOT_FOUND, "no such rule")
    return without(change, rules, (rule,), "removed")


def without(
    change: Change, rules: TrayRules, ended: tuple[TrayRule, ...], because: str
) -> TrayRules:
    """The rules but some; live items are looked at again."""
    kept = tuple(rule for rule in rules.rules if rule not in ended)
    stored = replace(rules, rules=kept, look_from="", look_at=change.now + LOOKED_AFTER)
    change.put(stored)
    for rule in ended:
        change.state("tray_rules.removed", tray_rule=rule, reason=because)
    return stored


def forget_rule_of(change: Change, item: TrayItem) -> None:
    """End the rule, or the proposal, that an exclusion of this item made, if it still is there."""
    rules = rules_of(change)
    made = [rule for rule in rules.rules if rule.id == item.rule_id]
    if made:
        without(change, rules, tuple(made), "the exclusion was taken back")
    elif rules.pending is not None and _made_from(rules.pending, item):
        not_made(change, rules, rules.pending, "tray_rules.rejected")


def _made_from(proposal: RuleProposal, item: TrayItem) -> bool:
    return any(proposal.rule.id in act.words for act in item.acts if act.verb == "exclude")
