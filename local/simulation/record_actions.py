"""What people do with records, batches and recurrences in a simulated run."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from local.simulation.actions import Actions
from rowcol.domain.bill import Bill
from rowcol.domain.payment import Payment
from rowcol.domain.recurrence import Recurrence, RecurrenceState

_PAYMENTS = "/clients/{client}/payments"
_RECURRENCES = "/clients/{client}/recurrences"
_BULK = ("validate", "confirm", "reset-to-draft", "cancel", "delete", "post")


class RecordActions:
    """Draws from the same chance as all other actions."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._chance = actions.chance
        self._items = actions.product.store.items

    def record(self) -> str | None:
        """Somebody records a payment that happened elsewhere, sometimes for a bill."""
        client, _ = self._actions.any_client()
        return self._actions.ask("POST", _PAYMENTS, {"client": client}, body=self._body(client))

    def work_on_record(self) -> str | None:
        """Somebody corrects, confirms, resets or deletes one."""
        found = self._one(Payment)
        if found is None:
            return None
        client, name, version = found
        path = {"client": client, "payment": name}
        route = f"{_PAYMENTS}/{{payment}}"
        match self._chance.choice(["confirm", "confirm", "reset", "update", "delete"]):
            case "confirm":
                return self._actions.ask("POST", f"{route}/confirm", path, body={})
            case "reset":
                return self._actions.ask("POST", f"{route}/reset-to-draft", path, body={})
            case "update":
                body = self._body(client)
                return self._actions.ask("PUT", route, path, body=body, version=version)
            case _:
                return self._actions.ask("DELETE", route, path, version=version)

    def bulk(self) -> str | None:
        """Somebody commands many at once: records, rail payments, a stranger, one twice."""
        client, _ = self._actions.any_client()
        known = [key[3] for key in self._items if key[1] == client and key[2] == Payment.kind]
        if not known:
            return None
        ids = [self._chance.choice([*known, "pay_unknown"]) for _ in range(self._count())]
        body = {"ids": ids, "mode": self._chance.choice(["independent", "all_or_nothing"])}
        verb = self._chance.choice(_BULK)
        route, path = f"{_PAYMENTS}/bulk/{verb}", {"client": client}
        # In haste nothing is done within the request: a worker or the sweep does it later.
        haste = self._chance.random() < 0.4
        return self._actions.ask("POST", route, path, body=body, in_haste=haste)

    def recur(self) -> str | None:
        """Somebody defines, approves, changes or ends a recurrence."""
        client, sample = self._actions.any_client()
        found = self._one(Recurrence)
        if found is None or self._chance.random() < 0.3:
            body = self._terms(sample.vendor_id)
            return self._actions.ask("POST", _RECURRENCES, {"client": client}, body=body)
        client, name, version = found
        path = {"client": client, "recurrence": name}
        route = f"{_RECURRENCES}/{{recurrence}}"
        held = self._items[(self._actions.scope(client).firm, client, Recurrence.kind, name)]
        if held.state is RecurrenceState.PROPOSED and self._chance.random() < 0.7:
            return self._actions.ask("POST", f"{route}/approve", path, body={})
        if self._chance.random() < 0.2:
            return self._actions.ask("DELETE", route, path, version=version)
        body = self._terms(held.terms.vendor_id)
        return self._actions.ask("PUT", route, path, body=body, version=version)

    def _terms(self, vendor_id: str) -> dict[str, Any]:
        starts_on = self._today() + timedelta(days=self._chance.randrange(0, 12))
        schedule: dict[str, Any] = {"frequency": "weekly", "starts_on": starts_on.isoformat()}
        if self._chance.random() < 0.3:
            schedule |= {"frequency": "monthly_on_day", "day": self._chance.randrange(1, 32)}
        if self._chance.random() < 0.5:
            schedule["count"] = self._chance.randrange(1, 5)
        return {
            "vendor_id": vendor_id,
            "vendor_name": "Greenleaf Packaging Co",
            "amount": {"minor": self._chance.choice([20_000, 40_000, 60_000]), "currency": "USD"},
            "tolerance": {"basis_points": self._chance.choice([0, 2_000, 9_000])},
            "schedule": schedule,
        }

    def _body(self, client: str) -> dict[str, Any]:
        paid_on = self._today() - timedelta(days=self._chance.randrange(0, 20))
        minor = self._chance.randrange(100, 60_000)
        body: dict[str, Any] = {
            "type": self._chance.choice(["vendor_payment", "customer_payment", "fee", "refund"]),
            "amount": {"minor": minor, "currency": "USD"},
            "paid_on": paid_on.isoformat(),
            "counterparty_name": "Corner Hardware",
            "method": self._chance.choice([None, "CHECK", "CASH"]),
        }
        bills = [
            item
            for key, item in self._items.items()
            if isinstance(item, Bill) and key[1] == client and item.is_open
        ]
        if body["type"] == "vendor_payment" and bills and self._chance.random() < 0.3:
            bill = self._chance.choice(bills)
            part = min(minor, self._chance.choice([bill.amount.minor, 5_000]))
            amount = {"minor": max(1, part), "currency": "USD"}
            body["allocations"] = [{"target": "bill", "target_id": bill.id, "amount": amount}]
        return body

    def _one(self, kind: type[Payment | Recurrence]) -> tuple[str, str, int] | None:
        """Any, as somebody sees it before they click."""
        found = [
            (key[1], key[3], item.version)
            for key, item in self._items.items()
            if isinstance(item, kind) and not getattr(item, "commands_rail", False)
        ]
        return self._chance.choice(found) if found else None

    def _count(self) -> int:
        return self._chance.choice([1, 2, 5, 9])

    def _today(self) -> date:
        return self._actions.product.clock.now().date()
