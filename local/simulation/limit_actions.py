"""What people do about limits in a simulated run: propose, approve, reject."""

from __future__ import annotations

from typing import Any

from local.simulation.actions import Actions
from local.simulation.boundary import Died
from local.simulation.registration import PEOPLE

# In minor units, near what the simulated bills are worth.
AMOUNTS = (None, 30_000, 60_000, 90_000, 150_000)


class LimitActions:
    """Draws from the same chance as all other actions."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._chance = actions.chance

    def limits(self) -> str | None:
        """Somebody proposes limits of the firm, a client or a person, or decides on a change."""
        route, path = self._chance.choice(
            [
                ("/limits", {}),
                ("/clients/{client}/limits", {"client": self._actions.any_client()[0]}),
                ("/users/{user}/limits", {"user": self._chance.choice(PEOPLE)}),
            ]
        )
        try:
            seen = self._actions.product.api(self._chance.choice(PEOPLE), "GET", route, path)
        except Died:
            return None
        if seen.body["pending"] is not None and self._chance.random() < 0.8:
            verb = self._chance.choice(["approve", "approve", "reject"])
            change = {"change_id": seen.body["pending"]["id"]}
            return self._actions.ask("POST", f"{route}/{verb}", path, body=change)
        names = ("per_transaction", "per_day", "verification_from")
        wanted = {name: self._amount() for name in names}
        return self._actions.ask("PUT", route, path, body=wanted, version=seen.version)

    def _amount(self) -> dict[str, Any] | None:
        minor = self._chance.choice(AMOUNTS)
        return {"minor": minor, "currency": "USD"} if minor else None
