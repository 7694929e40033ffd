"""What people do about vendors in a simulated run: call them back, more or less carefully."""

from __future__ import annotations

from typing import Any

from local.simulation.actions import Actions
from local.simulation.boundary import Died
from local.simulation.registration import CALLERS
from rowcol.domain.vendor import NumberSource, Vendor

_ROUTE = "/clients/{client}/vendors/{vendor}"


class VendorActions:
    """Draws from the same chance as all other actions."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._chance = actions.chance

    def call_back(self) -> str | None:
        """Somebody calls a vendor, mostly one that payments wait for, about an account it shows."""
        found = self._vendor()
        if found is None:
            return None
        client, vendor = found
        person = self._chance.choice(CALLERS)
        path = {"client": client, "vendor": vendor}
        try:
            seen = self._actions.product.api(person, "GET", _ROUTE, path)
        except Died:
            return None
        body: dict[str, Any] = {
            "account_id": self._account(seen.body["vendor"]),
            "account_confirmed": self._chance.random() < 0.85,
            "number_from": self._chance.choice(list(NumberSource)).value,
            "spoken_to": "accounts receivable",
            "reference": "call 17",
        }
        route = f"{_ROUTE}/call-backs"
        return self._actions.ask("POST", route, path, body=body, person=person)

    def _vendor(self) -> tuple[str, str] | None:
        items = self._actions.product.store.items
        every = [(key[1], item) for key, item in items.items() if isinstance(item, Vendor)]
        waited_for = [pair for pair in every if pair[1].waiting_ids]
        among = waited_for if waited_for and self._chance.random() < 0.9 else every
        if not among:
            return None
        client, vendor = self._chance.choice(among)
        return client, vendor.id

    def _account(self, vendor: dict[str, Any]) -> str | None:
        """Mostly the last one; a bill paid by check names none."""
        known = [one["id"] for one in (*vendor["earlier_accounts"], vendor["account"]) if one]
        if not known or self._chance.random() < 0.25:
            return None
        last: str = known[-1]
        return last if self._chance.random() < 0.8 else str(self._chance.choice(known))
