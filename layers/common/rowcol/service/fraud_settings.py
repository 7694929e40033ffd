"""Change what is looked for at a client: audited, and only after a second factor."""

from __future__ import annotations

from rowcol.domain.fraud import FRAUD_RULES, FraudRules, FraudSettings
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.change import Change
from rowcol.service.fraud import settings_of
from rowcol.service.second_factor import second_factor_refusal


def set_fraud_settings(
    change: Change, settings: FraudSettings, version: int
) -> FraudRules | Refusal:
    """Put other settings in place of the version seen, 0 for the usual ones.

    They hold for every payment that is released from now on, whenever it was decided.
    Refused: `version_mismatch`, `currency_mismatch`, `step_up_required`.
    """
    known = change.get(FraudRules, FRAUD_RULES)
    stored = known.version if known is not None else 0
    if stored != version:
        return Refusal(
            Code.VERSION_MISMATCH,
            "the settings changed since they were read",
            {"asked": version, "found": stored},
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
    before = settings_of(change)
    rules = FraudRules(FRAUD_RULES, stored, settings, change.actor.id, change.now)
    change.put(rules)
    change.state("fraud_settings.changed", fraud_settings=settings, fraud_settings_before=before)
    return rules
