"""What people ask of the rails beside paying in a simulated run, and what they type in for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from local.simulation.actions import Actions
from local.simulation.registration import FIRM
from rowcol.domain.bill import Bill
from rowcol.domain.bill_order import BillOrder, OrderKind, OrderState
from rowcol.domain.client import Client
from rowcol.domain.manual_balance import ManualBalances

_BILL = "/clients/{client}/bills/{bill}"
_ARCHIVE = f"{_BILL}/archive/{{order}}"
_MANUAL = "/clients/{client}/balances/manual"
_NOTES = "/clients/{client}/ledger-notes"


class OrderActions:
    """Draws from the same chance as all other actions."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._chance = actions.chance
        self._items = actions.product.store.items

    def order(self) -> str | None:
        """Somebody has a bill held or let go on every rail of Ramp's, or asks to archive it."""
        bills = [key for key, item in self._items.items() if isinstance(item, Bill)]
        if not bills:
            return None
        _, client, _, bill = self._chance.choice(bills)
        verb = self._chance.choice(["hold", "lift", "archive", "archive"])
        body = {} if verb == "lift" else {"reason": "billed twice"}
        path = {"client": client, "bill": bill}
        return self._actions.ask("POST", f"{_BILL}/{verb}", path, body=body)

    def second_order(self) -> str | None:
        """Somebody agrees to an archive that waits, or says no."""
        waiting = [
            (key, item.order_id)
            for key, item in self._items.items()
            if isinstance(item, BillOrder)
            and item.kind_asked is OrderKind.ARCHIVE
            and item.state is OrderState.WAITING
        ]
        if not waiting:
            return None
        (_, client, _, bill), order = self._chance.choice(waiting)
        path = {"client": client, "bill": bill, "order": order}
        if self._chance.random() < 0.25:
            return self._actions.ask("DELETE", _ARCHIVE, path)
        return self._actions.ask("POST", f"{_ARCHIVE}/approve", path, body={})

    def manual_balance(self) -> str | None:
        """Somebody types a balance in, or decides about one that waits."""
        client, sample = self._actions.any_client()
        kept = (FIRM, client, ManualBalances.kind)
        known = next((one for place, one in self._items.items() if place[:3] == kept), None)
        if known is not None and known.waiting is not None and self._chance.random() < 0.7:
            answer = self._chance.choice(["approve", "approve", "reject"])
            path = {"client": client, "manual": known.waiting.id}
            return self._actions.ask("POST", f"{_MANUAL}/{{manual}}/{answer}", path, body={})
        now = self._actions.product.clock.now()
        as_of = now - timedelta(minutes=self._chance.randrange(1, 600))
        cash = {
            "account_id": sample.plaid_account_id,
            "minor": self._chance.randrange(0, 3_000_000),
            "currency": "USD",
        }
        body: dict[str, Any] = {
            "accounts": [cash],
            "statement": {"reference": "read at the bank"},
            "as_of": as_of.isoformat(),
        }
        return self._actions.ask("POST", _MANUAL, {"client": client}, body=body)

    def ledger_notes(self) -> str | None:
        """Somebody switches the notes in QuickBooks on or off."""
        client, _ = self._actions.any_client()
        known = self._items.get((FIRM, client, Client.kind, client))
        if known is None:
            return None
        body = {"enabled": self._chance.random() < 0.8}
        path = {"client": client}
        return self._actions.ask("PUT", _NOTES, path, body=body, version=known.version)
