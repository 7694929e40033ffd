"""Staging rules at every write: what is staged meets those in force, and keeps their demands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from local.simulation.broken import broken
from local.simulation.watched_store import Written
from rowcol.domain.bill import Bill, Decision, DecisionState
from rowcol.domain.client import Client
from rowcol.domain.payable import payable_of
from rowcol.domain.scope import SYSTEM, ActorKind
from rowcol.domain.staging_rules import STAGING_RULES, StagingRules
from rowcol.domain.staging_rules_evaluation import Evaluated, evaluated
from rowcol.domain.staging_rules_facts import facts_of
from rowcol.domain.vendor import Vendor, vendor_id


class RuleChecks:
    """Checks each commit by itself. `items`: the store, as it is right after the write."""

    def __init__(self, items: Callable[[], Mapping[Any, Any]]) -> None:
        self._items = items
        self.staged_under_rules = 0
        self.staged_by_rule = 0

    def __call__(self, written: Written) -> None:
        """Check one write. Raises InvariantBroken."""
        for put in written.commit.puts:
            if isinstance(put, Bill) and put.decision is not None:
                known = written.before[(put.kind, put.id)]
                before = known if isinstance(known, Bill) else None
                self._bill(written, before, put, put.decision)

    def _bill(self, written: Written, before: Bill | None, bill: Bill, decision: Decision) -> None:
        earlier = before.decision if before is not None else None
        if earlier is not None and earlier.id == decision.id:
            if not _keeps_demands(bill, earlier, decision):
                broken("a decision keeps what was demanded of it", f"{bill.id} {decision}")
            return
        if decision.state is not DecisionState.STAGED:
            return
        rules = self._found(written, StagingRules, STAGING_RULES) or StagingRules()
        found = self._applied(written, rules, bill)
        if decision.requirements != found.requirements or found.forbidden:
            broken("what is staged meets the rules in force", f"{bill.id} {decision} {found}")
        self.staged_under_rules += bool(rules.rules)
        if decision.staged_by == SYSTEM.id:
            self._by_rule(written, earlier, bill, found)

    def _by_rule(
        self, written: Written, earlier: Decision | None, bill: Bill, found: Evaluated
    ) -> None:
        self.staged_by_rule += 1
        let_go = earlier is None or (earlier.code or "").startswith("rail_")
        if not let_go or not found.auto_stage or bill.payment_ids:
            broken("rules stage what nobody had in hand", f"{bill.id} {earlier}")
        if bill.reserve is None or not bill.reserve.is_open:
            broken("money is earmarked in the write that stages", bill.id)
        if written.commit.entries[0].actor.kind is not ActorKind.RAIL:
            broken("rules stage in the write of a reading", bill.id)

    def _applied(self, written: Written, rules: StagingRules, bill: Bill) -> Evaluated:
        scope = written.commit.scope
        name = bill.rail.vendor_id
        vendor = self._found(written, Vendor, vendor_id(name)) if name else None
        client = self._found(written, Client, scope.client)
        if client is None:
            broken("a client has books", scope.client)
        at = written.commit.entries[0].at
        facts = facts_of(bill.rail, vendor, client.currency, client.zone, at)
        return evaluated(rules.rules, facts)

    def _found(self, written: Written, kind: Any, name: str) -> Any:
        scope = written.commit.scope
        return self._items().get((scope.firm, scope.client, kind.kind, name))


def _keeps_demands(bill: Bill, earlier: Decision, decision: Decision) -> bool:
    """What was demanded stays; more may be, once the bill is not the one that was staged."""
    if earlier.requirements == decision.requirements:
        return True
    staged = earlier.staged_for
    changed = staged is not None and staged.differs(payable_of(bill.rail))
    joined = earlier.requirements.joined(decision.requirements)
    return changed and joined == decision.requirements
