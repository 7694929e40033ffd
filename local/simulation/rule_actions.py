"""What people do about staging rules in a simulated run: change them, approve, reject, try them."""

from __future__ import annotations

from typing import Any

from local.simulation.actions import Actions
from local.simulation.boundary import Died
from local.simulation.registration import FIRM, PEOPLE
from rowcol.domain.money import Money
from rowcol.domain.plain import to_plain
from rowcol.domain.scope import Scope
from rowcol.domain.staging_rules import BillFact, Block, Condition, Rule, StagingRules, Then

_ROUTE = "/clients/{client}/staging-rules"


def _rule(name: str, then: Then, *when: Block, reason: str | None = None) -> Rule:
    return Rule(name, f"Rule {name}", when, (then,), reason=reason)


def _amount(at_least: int | None, below: int | None) -> Condition:
    low, high = (Money(each, "USD") if each else None for each in (at_least, below))
    return Condition(BillFact.AMOUNT, low, high)


# Near what the simulated bills are worth, so that some match and some do not.
CATALOGUE = (
    _rule("small", Then.AUTO_STAGE, (_amount(None, 40_000),)),
    _rule("dated", Then.AUTO_STAGE, (Condition(BillFact.RAMP_DATE, holds=True),)),
    _rule("large", Then.SECOND_PERSON, (_amount(60_000, None),)),
    _rule("medium", Then.STEP_UP, (_amount(20_000, 60_000),)),
    _rule("strangers", Then.CALL_BACK, (Condition(BillFact.FIRST_PAYMENT, holds=True),)),
    _rule("checks", Then.STEP_UP, (Condition(BillFact.NETWORK, any_of=("CHECK",)),)),
    _rule(
        "late", Then.DO_NOT_STAGE, (Condition(BillFact.DUE_IN_DAYS, below=-20),), reason="too late"
    ),
)


class RuleActions:
    """Draws from the same chance as all other actions. Some clients have rules from the start."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._chance = actions.chance
        store, clock = actions.product.store, actions.product.clock
        for client in sorted(actions.product.clients):
            if self._chance.random() < 0.5:
                rules = StagingRules().with_rules(CATALOGUE[:3], clock.now())
                store.books(Scope(FIRM, client)).save(rules)

    def rules(self) -> str | None:
        """Somebody changes a client's rules, decides on a change, or tries them."""
        path = {"client": self._actions.any_client()[0]}
        if self._chance.random() < 0.2:
            return self._actions.ask("POST", f"{_ROUTE}/try", path, body={})
        try:
            seen = self._actions.product.api(self._chance.choice(PEOPLE), "GET", _ROUTE, path)
        except Died:
            return None
        pending = seen.body["pending"]
        if pending is not None and self._chance.random() < 0.8:
            verb = self._chance.choice(["approve", "approve", "reject"])
            change = {"change_id": pending["id"]}
            return self._ask("POST", f"{_ROUTE}/{verb}", path, body=change)
        count = self._chance.randrange(len(CATALOGUE) + 1)
        wanted: list[Any] = to_plain(self._chance.sample(CATALOGUE, count))
        return self._ask("PUT", _ROUTE, path, body={"rules": wanted}, version=seen.version)

    def _ask(self, method: str, route: str, path: dict[str, str], **given: Any) -> str:
        """Mostly by somebody who has just shown a second factor: both need one."""
        shown_at = int(self._actions.product.clock.now().timestamp())
        return self._actions.ask(method, route, path, shown_at=shown_at, **given)
