"""Decisions of many clients in a simulated run: looked at, taken, approved, stopped, resumed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from local.simulation.actions import Actions
from local.simulators.bank_days import next_business_day
from rowcol.domain.bill import Bill, DecisionState
from rowcol.domain.decision_batch import DecisionBatch

_MODES = ("independent", "all_or_nothing")


class DecisionBatchActions:
    """Each gives a line for the trace, or None when nothing fits."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._chance = actions.chance

    def decide_many(self) -> str | None:
        """Somebody decides some bills of all clients at once, or looks what that would do."""
        bills = self._bills()
        if not bills:
            return None
        rows = [self._row(*self._chance.choice(bills)) for _ in range(self._chance.randrange(1, 7))]
        if self._chance.random() < 0.1:
            rows.append({"client": "nowhere", "bill_id": "none", "action": "pay_now"})
        if self._chance.random() < 0.2:
            body: dict[str, Any] = {"decisions": rows}
            return self._actions.ask("POST", "/decisions/precheck", {}, body=body)
        body = {"decisions": rows, "mode": self._chance.choice(_MODES)}
        # In haste nothing is done within the request: the machine or the sweep does it later.
        haste = self._chance.random() < 0.6
        return self._actions.ask("POST", "/decisions/finalize", {}, body=body, in_haste=haste)

    def approve_many(self) -> str | None:
        """Somebody says the last yes to several."""
        waiting = [
            {"client": client, "decision_id": bill.decision.id}
            for client, bill in self._bills()
            if bill.decision is not None
            and bill.decision.state is DecisionState.AWAITING_SECOND_PERSON
        ]
        if not waiting:
            return None
        body = {"decisions": waiting[:5], "mode": self._chance.choice(_MODES)}
        haste = self._chance.random() < 0.5
        return self._actions.ask("POST", "/decisions/approve", {}, body=body, in_haste=haste)

    def stop_many(self) -> str | None:
        """Somebody stops one, or has it gone on with."""
        items = self._actions.product.store.items
        found = [item for item in items.values() if isinstance(item, DecisionBatch)]
        if not found:
            return None
        path = {"batch": self._chance.choice(found[-4:]).id}
        verb = self._chance.choice(["cancel", "resume"])
        return self._actions.ask("POST", f"/batches/{{batch}}/{verb}", path, body={})

    def _bills(self) -> list[tuple[str, Bill]]:
        items = self._actions.product.store.items
        return [(key[1], item) for key, item in items.items() if isinstance(item, Bill)]

    def _row(self, client: str, bill: Bill) -> dict[str, Any]:
        today = self._actions.product.clock.now().date()
        day = next_business_day(today + timedelta(days=self._chance.randrange(1, 9))).isoformat()
        wish: dict[str, Any] = self._chance.choice(
            [
                {"action": "pay_now"},
                {"action": "schedule", "pay_on": day},
                {"action": "delay", "until": day, "reason": "disputed"},
            ]
        )
        return {"client": client, "bill_id": bill.id, **wish}
