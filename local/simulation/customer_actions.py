"""What customers, their banks and Stripe do in a simulated run."""

from __future__ import annotations

import random

from local.simulation.rails import SimulatedRails
from local.simulators.messages import ControlError


class CustomerActions:
    """Draws from the run's chance. What goes wrong: webhooks lost, late, twice, payouts refused."""

    def __init__(self, rails: SimulatedRails, chance: random.Random) -> None:
        self._rails = rails
        self._chance = chance

    def customer(self) -> str | None:
        """A customer pays, wants it back, or a payout goes, or fails."""
        stripe = self._rails.stripe
        if stripe is None:
            return None
        account = self._chance.choice(self._rails.sample.clients).stripe_account
        charges = [
            row["object"]["id"]
            for row in stripe.document.rows("charges").values()
            if row["account"] == account and row["object"]["status"] == "succeeded"
        ]
        what = self._chance.choice(
            ["charge", "charge", "charge", "refund", "dispute", "run_payouts", "fail_payout"]
        )
        amount = f"{self._chance.randrange(5, 900)}.13"
        try:
            if what == "charge":
                stripe.act("charge", account=account, amount=amount)
            elif what in ("refund", "dispute"):
                if not charges:
                    return None
                stripe.act(what, charge_id=self._chance.choice(charges))
            elif what == "run_payouts":
                stripe.act(what, account=account)
            else:
                stripe.act(what)
        except ControlError as refused:
            return f"stripe {what}: {refused}"
        self._rails.settle()
        return f"stripe {what} {account}"
