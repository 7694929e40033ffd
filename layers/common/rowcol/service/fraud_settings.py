"""Changes of what is looked for at a client: stricter ones hold at once, weaker ones need two.

Each step is an entry of the client's log with the settings before and after. What holds, holds for
every payment that is released from then on, whenever it was decided.
"""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.fraud import FraudSettings
from rowcol.domain.fraud_rules import (
    FRAUD_RULES,
    FraudProposal,
    FraudRules,
    weakened,
)
from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Scope
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.proposer import agreed, declined, end_expired, proposing, waiting_id
from rowcol.service.second_factor import second_factor_refusal

MAY_CHANGE = Permission.CONFIGURE
_WHAT = "fraud settings"


def rules_of(change: Change) -> FraudRules:
    """The client's settings and the change that waits; the usual ones while nobody set others."""
    known = change.get(FraudRules, FRAUD_RULES)
    usual = FraudSettings.usual(change.client.currency)
    return known if known is not None else FraudRules(FRAUD_RULES, 0, usual, None, None)


def set_fraud_settings(
    environment: Environment, change: Change, settings: FraudSettings, version: int
) -> FraudRules | Refusal:
    """Put other settings in place of the version seen, 0 for the usual ones.

    At once, or waiting for a second person when less is looked for or held than before. A change
    that waits already is replaced either way.
    Refused: `version_mismatch`, `currency_mismatch`, `step_up_required`.
    """
    known = rules_of(change)
    if known.version != version:
        return Refusal(
            Code.VERSION_MISMATCH,
            "the settings changed since they were read",
            {"asked": version, "found": known.version},
        )
    for floor in (settings.hold_from, settings.first_amount_from):
        if floor.currency != change.client.currency:
            return Refusal(
                Code.CURRENCY_MISMATCH,
                f"the client's books are in {change.client.currency}",
                {"expected": change.client.currency, "found": floor.currency},
            )
    what = "changing what is looked for in payments"
    refused = second_factor_refusal(change.actor, change.now, what)
    if refused is not None:
        return refused
    weaker = weakened(known.settings, settings)
    if not weaker:
        return _in_force(change, known, settings, None)
    proposal = FraudProposal(*proposing(environment, change, "frd"), settings, weaker)
    stored = replace(known, pending=proposal)
    change.put(stored)
    change.state(
        "fraud_settings.proposed",
        fraud_settings=known.settings,
        fraud_proposal=proposal,
        replaced_change_id=waiting_id(change, known),
    )
    return stored


def _in_force(
    change: Change, known: FraudRules, settings: FraudSettings, approved: FraudProposal | None
) -> FraudRules:
    stored = replace(
        known,
        settings=settings,
        changed_by=change.actor.id,
        changed_at=change.now,
        pending=None,
    )
    change.put(stored)
    change.state(
        "fraud_settings.changed",
        fraud_settings=settings,
        fraud_settings_before=known.settings,
        settings_weaker=approved.weaker if approved is not None else (),
        change_id=approved.id if approved is not None else None,
        proposed_by=approved.by if approved is not None else change.actor.id,
        replaced_change_id=waiting_id(change, known) if approved is None else None,
    )
    return stored


def approve_fraud_settings(
    environment: Environment, change: Change, change_id: str
) -> FraudRules | Refusal:
    """The second person's yes: the proposed settings hold from the next write on.

    Refused: `no_pending_change`, `same_person`, `step_up_required`, and `forbidden` when who
    proposed them has lost the right to since.
    """
    known = rules_of(change)
    proposal = agreed(environment, change, known, change_id, MAY_CHANGE, _WHAT)
    if isinstance(proposal, Refusal):
        return proposal
    return _in_force(change, known, proposal.settings, proposal)


def reject_fraud_settings(change: Change, change_id: str) -> FraudRules | Refusal:
    """The second person's no. Refused: `no_pending_change`, `same_person`."""
    known = rules_of(change)
    proposal = declined(change, known, change_id, _WHAT)
    if isinstance(proposal, Refusal):
        return proposal
    return _closed(change, known, proposal, "fraud_settings.rejected")


def _closed(change: Change, known: FraudRules, proposal: FraudProposal, how: str) -> FraudRules:
    stored = replace(known, pending=None)
    change.put(stored)
    change.state(how, fraud_settings=known.settings, change_id=proposal.id, proposed_by=proposal.by)
    return stored


def expire_fraud_settings(environment: Environment, scope: Scope) -> None:
    """The sweep's part: a change that nobody decided on within 30 days ends."""
    end_expired(
        environment,
        scope,
        rules_of,
        lambda change, over: _closed(change, rules_of(change), over, "fraud_settings.expired"),
    )
