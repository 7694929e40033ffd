"""Changes of a client's staging rules: a stricter one holds at once, a weaker one needs two people.

Each step is an entry of the client's log, with the rules before and after. Rules hold for what is
staged from then on; what is staged already keeps the demands it was staged under.
"""

from __future__ import annotations

from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Scope
from rowcol.domain.staging_rules import (
    Rule,
    RulesProposal,
    StagingRules,
)
from rowcol.domain.staging_rules_shape import malformed
from rowcol.domain.staging_rules_weakening import weakenings
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.proposer import agreed, declined, end_expired, proposing, waiting_id
from rowcol.service.second_factor import second_factor_refusal
from rowcol.service.staging_rules import rules_of

MAY_CHANGE = Permission.CONFIGURE
_WHAT = "staging rules"


def put_rules(
    environment: Environment, change: Change, rules: tuple[Rule, ...], version: int
) -> StagingRules | Refusal:
    """Replace all rules: at once, or waiting for a second person when they demand less.

    A change that waits already is replaced either way. Refused: `version_mismatch`,
    `invalid_input`, `currency_mismatch`, `step_up_required`.
    """
    known = rules_of(change)
    if known.version != version:
        return Refusal(
            Code.VERSION_MISMATCH,
            "the rules were changed since you read them",
            {"asked": version, "found": known.version},
        )
    refused = malformed(rules, change.client.currency)
    refused = refused or second_factor_refusal(change.actor, change.now, "changing staging rules")
    if refused is not None:
        return refused
    weaker = weakenings(known.rules, rules)
    if not weaker:
        return _in_force(change, known, rules, None)
    proposal = RulesProposal(*proposing(environment, change, "rul"), rules, weaker)
    stored = known.with_proposal(proposal)
    change.put(stored)
    change.state(
        "staging_rules.proposed",
        rules=known.rules,
        rules_proposal=proposal,
        replaced_change_id=waiting_id(change, known),
    )
    return stored


def _in_force(
    change: Change, known: StagingRules, rules: tuple[Rule, ...], approved: RulesProposal | None
) -> StagingRules:
    stored = known.with_rules(rules, change.now)
    change.put(stored)
    change.state(
        "staging_rules.changed",
        rules=stored.rules,
        rules_before=known.rules,
        weaker=approved.weaker if approved is not None else (),
        change_id=approved.id if approved is not None else None,
        proposed_by=approved.by if approved is not None else change.actor.id,
        replaced_change_id=waiting_id(change, known) if approved is None else None,
    )
    return stored


def approve_rules(
    environment: Environment, change: Change, change_id: str
) -> StagingRules | Refusal:
    """The second person's yes: the proposed rules hold from the next write on.

    Refused: `no_pending_change`, `same_person`, `step_up_required`, and `forbidden` when who
    proposed them has lost the right to since.
    """
    known = rules_of(change)
    proposal = agreed(environment, change, known, change_id, MAY_CHANGE, _WHAT)
    if isinstance(proposal, Refusal):
        return proposal
    return _in_force(change, known, proposal.rules, proposal)


def reject_rules(change: Change, change_id: str) -> StagingRules | Refusal:
    """The second person's no. Refused: `no_pending_change`, `same_person`."""
    known = rules_of(change)
    proposal = declined(change, known, change_id, _WHAT)
    if isinstance(proposal, Refusal):
        return proposal
    return _ended(change, known, proposal, "staging_rules.rejected")


def _ended(change: Change, known: StagingRules, proposal: RulesProposal, how: str) -> StagingRules:
    stored = known.without_proposal()
    change.put(stored)
    change.state(how, rules=known.rules, change_id=proposal.id, proposed_by=proposal.by)
    return stored


def expire_rules(environment: Environment, scope: Scope) -> None:
    """The sweep's part: a change that nobody decided on within 30 days ends."""
    end_expired(
        environment,
        scope,
        rules_of,
        lambda change, over: _ended(change, rules_of(change), over, "staging_rules.expired"),
    )
