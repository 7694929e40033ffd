"""Two people behind a decision, in a simulated run: the second word, other decisions, overrides."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from local.simulation.actions import Actions
from local.simulation.registration import FIRM
from local.simulators.bank_days import next_business_day
from rowcol.domain.bill import Bill, DecisionState

_DECISION = "/clients/{client}/decisions/{decision}"
_OVERRIDE = "/clients/{client}/bills/{bill}/override"


class ConsoleActions:
    """Asked of what is there; each gives a line for the trace, or None when nothing fits."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._chance = actions.chance

    def approve(self) -> str | None:
        """Somebody says the last yes, or tries to."""
        return self._decided("approve", {}, DecisionState.AWAITING_SECOND_PERSON)

    def refuse(self) -> str | None:
        """Somebody says no."""
        body = {"reason": "not delivered"}
        return self._decided("refuse", body, DecisionState.AWAITING_SECOND_PERSON)

    def change(self) -> str | None:
        """Somebody decides otherwise."""
        today = self._actions.product.clock.now().date()
        day = next_business_day(today + timedelta(days=self._chance.randrange(1, 9)))
        body: dict[str, Any] = self._chance.choice(
            [
                {"action": "pay_now"},
                {"action": "schedule", "pay_on": day.isoformat()},
                {"action": "delay", "until": day.isoformat(), "reason": "disputed"},
            ]
        )
        states = (DecisionState.QUEUED, DecisionState.CHECKING)
        return self._decided("change", body, *states, DecisionState.AWAITING_SECOND_PERSON)

    def override(self) -> str | None:
        """Somebody asks to pay what cash does not cover, or says yes to that."""
        waiting = [
            (client, bill)
            for client, bill in self._bills()
            if bill.override is not None and bill.override.approved_at is None
        ]
        if waiting and self._chance.random() < 0.6:
            client, bill = self._chance.choice(waiting)
            assert bill.override is not None  # only such wait
            path = {"client": client, "bill": bill.id, "override": bill.override.id}
            return self._actions.ask("POST", f"{_OVERRIDE}/{{override}}/approve", path, body={})
        short = [
            (client, bill)
            for client, bill in self._bills()
            if bill.open_reserve is not None and not bill.open_reserve.covered
        ]
        if not short:
            return None
        client, bill = self._chance.choice(short)
        path = {"client": client, "bill": bill.id}
        return self._actions.ask("POST", _OVERRIDE, path, body={"reason": "the rent is due"})

    def _decided(self, verb: str, body: dict[str, Any], *states: DecisionState) -> str | None:
        fitting = [
            (client, bill.decision.id)
            for client, bill in self._bills()
            if bill.decision is not None and bill.decision.state in states
        ]
        if not fitting:
            return None
        client, name = self._chance.choice(fitting)
        path = {"client": client, "decision": name}
        return self._actions.ask("POST", f"{_DECISION}/{verb}", path, body=body)

    def _bills(self) -> list[tuple[str, Bill]]:
        items = self._actions.product.store.items
        return [
            (key[1], item)
            for key, item in items.items()
            if key[0] == FIRM and isinstance(item, Bill)
        ]
