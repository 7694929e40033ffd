"""What people do with payments in a simulated run: hold, lift, cancel, move, reverse, replace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from local.simulation.actions import Actions
from local.simulators.bank_days import next_business_day
from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import FINAL, Status
from rowcol.domain.payment import Payment
from rowcol.domain.shown import EvidenceKind
from rowcol.domain.windows import CHECK

_ROUTE = "/clients/{client}/payments/{payment}/"
_HELD = (Status.HOLD, Status.ADMIN_HOLD)
_WAITING = (Status.PENDING, Status.SCHEDULED)
_TAKEN = (Status.PROCESSING, Status.DONE)


class PaymentActions:
    """People look at a payment before they click, mostly; what they show may be untrue."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._chance = actions.chance

    def hold(self) -> str | None:
        """An admin stops one."""
        return self._ask("hold", {"reason": "disputed"}, _WAITING)

    def lift(self) -> str | None:
        """Somebody lifts a hold, with or without evidence."""
        return self._ask("lift", {"evidence": self._evidence()}, _HELD)

    def cancel(self) -> str | None:
        """Somebody cancels one."""
        return self._ask("cancel", {"reason": "paid by card"}, (*_WAITING, *_HELD))

    def reschedule(self) -> str | None:
        """Somebody wants another date."""
        today = self._actions.product.clock.now().date()
        day = next_business_day(today + timedelta(days=self._chance.randrange(1, 9)))
        return self._ask("reschedule", {"pay_on": day.isoformat()}, (*_WAITING, *_HELD))

    def reverse(self) -> str | None:
        """An admin shows that money comes back, or is back."""
        seen = self._chance.choice(["returned", "cancelled_after_collection", "money_back"])
        states = (Status.REVERSING,) if seen == "money_back" else _TAKEN
        return self._ask("reverse", {"seen": seen, "evidence": self._evidence()}, states)

    def reissue(self) -> str | None:
        """An admin replaces a check."""
        stopped = {"kind": EvidenceKind.STOP_PAYMENT.value, "reference": "stop order 55"}
        shown = stopped if self._chance.random() < 0.8 else self._evidence()
        return self._ask("reissue", {"evidence": shown}, _TAKEN, _is_voided)

    def reject(self) -> str | None:
        """An admin refuses one for good."""
        body = {"reason": "not ours", "evidence": self._evidence()}
        return self._ask("reject", body, (Status.ADMIN_HOLD, Status.PROCESSING, Status.HOLD))

    def _evidence(self) -> dict[str, str] | None:
        kind = self._chance.choice([None, *EvidenceKind])
        return {"kind": kind.value, "reference": "seen 17"} if kind is not None else None

    def _ask(
        self,
        verb: str,
        body: dict[str, Any],
        states: tuple[Status, ...],
        looks_right: Callable[[Payment], bool] = lambda _payment: True,
    ) -> str | None:
        found = self._payment(lambda one: one.status in states and looks_right(one))
        if found is None:
            return None
        client, name = found
        path = {"client": client, "payment": name}
        return self._actions.ask("POST", f"{_ROUTE}{verb}", path, body=body)

    def _payment(self, fits: Callable[[Payment], bool]) -> tuple[str, str] | None:
        """Mostly one that the verb is for; sometimes any."""
        items = self._actions.product.store.items
        every = [(key[1], item) for key, item in items.items() if isinstance(item, Payment)]
        fitting = [(client, one) for client, one in every if fits(one)]
        some = [(client, one) for client, one in every if one.status not in FINAL]
        among = fitting if fitting and self._chance.random() < 0.85 else some or every
        if not among:
            return None
        client, payment = self._chance.choice(among)
        return client, payment.id


def _is_voided(payment: Payment) -> bool:
    """Whether a check is out that Ramp no longer shows."""
    shown = payment.rail.state if payment.rail is not None else None
    return payment.paid_by == CHECK and shown is RailState.READY
