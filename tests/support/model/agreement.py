"""What of the code and of the model is compared after every step."""

from __future__ import annotations

from datetime import date

from tests.support.model.payment import FINAL, STANDS, Model
from tests.support.payment_desk import PaymentDesk


def told(desk: PaymentDesk, name: str) -> dict[str, object]:
    """What the code says of the payment and of what its bill waits for."""
    payment, bill = desk.payment(name), desk.bill()
    command, ended = payment.command, payment.status.value in FINAL
    return {
        "status": payment.status.value,
        "hold": payment.hold.kind if payment.hold else None,
        "cancel": payment.cancel_asked.state.value if payment.cancel_asked else None,
        "moving": "asked" in {one.state.value for one in payment.changes},
        "pay_on": payment.pay_on,
        "posted": payment.posting.value == "posted",
        "live": bill.live_payment_id == name,
        "command": None if command is None or ended else command.result or "open",
        "clear": bill.command is not None and bill.command.is_open,
        "earmarked": bill.open_reserve is not None and not bill.open_reserve.observed,
    }


def expected(model: Model) -> dict[str, object]:
    """The same, as the model has it."""
    return {
        "status": model.status,
        "hold": model.hold,
        "cancel": model.cancel,
        "moving": model.moving,
        "pay_on": model.pay_on,
        "posted": model.status in STANDS,
        "live": model.live,
        "command": None if model.status in FINAL else model.command,
        "clear": model.clear == "open",
        "earmarked": model.live,
    }


def held(desk: PaymentDesk) -> dict[date, tuple[int, int]]:
    """What the client's limits hold of each day: total and used."""
    prefix = "client-USD-"
    return {
        date.fromisoformat(key.removeprefix(prefix)): pair
        for key, pair in desk.usage().items()
        if key.startswith(prefix)
    }
