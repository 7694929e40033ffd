"""A client's staging rules asked about a bill, at the moment it is staged."""

from __future__ import annotations

from rowcol.domain.bill import Bill
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.requirements import Requirements
from rowcol.domain.staging_rules import STAGING_RULES, StagingRules
from rowcol.domain.staging_rules_evaluation import Evaluated, evaluated
from rowcol.domain.staging_rules_facts import FactsOfBill, facts_of
from rowcol.domain.vendor import Vendor, vendor_id
from rowcol.service.change import Change

NO_RULES = StagingRules()


def requirements_at_staging(change: Change, bill: Bill) -> Requirements | Refusal:
    """What the rules in force demand of a bill that is staged now. Two reads at most.

    They are kept with the decision: rules that change later do not change it. The head's version
    orders a change of rules and a staging. Refused: `staging_forbidden`.
    """
    rules = rules_of(change)
    if not rules.rules:
        return Requirements()
    found = applied(change, rules, bill)
    return forbidding(found) or found.requirements


def rules_of(change: Change) -> StagingRules:
    """The client's rules, none at all so far."""
    return change.get(StagingRules, STAGING_RULES) or NO_RULES


def applied(change: Change, rules: StagingRules, bill: Bill) -> Evaluated:
    """The rules applied to a bill as it is known now. One read: its vendor."""
    return evaluated(rules.rules, known_of(change, bill))


def known_of(change: Change, bill: Bill) -> FactsOfBill:
    """What conditions can ask of a bill now."""
    name = bill.rail.vendor_id
    vendor = change.get(Vendor, vendor_id(name)) if name else None
    client = change.client
    return facts_of(bill.rail, vendor, client.currency, client.zone, change.now)


def forbidding(found: Evaluated) -> Refusal | None:
    """`staging_forbidden` with the rules' ids; None when no rule forbids it."""
    if not found.forbidden:
        return None
    first = found.forbidden[0]
    return Refusal(
        Code.STAGING_FORBIDDEN,
        f"the client's rules do not let this bill be staged: {first.reason}",
        {"rules": [each.rule_id for each in found.forbidden]},
        remedy="change the bill in Ramp, or have the client's staging rules changed",
    )
