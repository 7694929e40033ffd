"""A payment as the API shows it: all that is known of it but the workflow's token."""

from __future__ import annotations

from dataclasses import replace

from rowcol.domain.payment import Payment
from rowcol.domain.plain import to_plain
from rowcol.edge.writing import Shown


def payment_shown(payment: Payment) -> dict[str, object]:
    """The payment as plain data."""
    shown: dict[str, object] = to_plain(payment)
    custody = shown.get("custody")
    if isinstance(custody, dict):
        custody.pop("token", None)
    return shown


def changed_payment(payment: Payment) -> Shown:
    """A payment that a command has just written, with the version it has from now on."""
    stored = replace(payment, version=payment.version + 1)
    return Shown(payment_shown(stored), {"ETag": f'"{stored.version}"'})
