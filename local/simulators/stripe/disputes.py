"""Disputes: a customer's bank takes money back, and sometimes returns it (stripe contract, 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from local.simulators.messages import ControlError, Json
from local.simulators.stripe import objects

if TYPE_CHECKING:
    from local.simulators.stripe.core import StripeCore

_ENDS = ("won", "lost", "warning_closed", "prevented")
_STATES = (
    *("warning_needs_response", "warning_under_review", "needs_response", "under_review"),
    *("appeal_needs_response", "appeal_under_review"),
)
_EVIDENCE_DAYS = 10


class Disputes:
    """Table disputes."""

    def __init__(self, core: StripeCore) -> None:
        self._core = core

    def open(self, charge_id: str, amount: int | None, reason: str) -> Json:
        """The customer's bank takes the money back, with a fee."""
        core = self._core
        row = core.row("charges", charge_id)
        charge = row["object"]
        if charge["status"] != "succeeded" or charge["disputed"]:
            raise ControlError(f"{charge_id} cannot be disputed")
        key, taken = core.key("du"), amount or charge["amount"]
        moved = self._move(row, key, -taken, int(core.setting("dispute_fee_minor")))
        due = core.unix() + _EVIDENCE_DAYS * 86_400
        fields = {
            "id": key,
            "amount": taken,
            "balance_transactions": [moved],
            "charge": charge_id,
            "created": core.unix(),
            "currency": charge["currency"],
            "due_by": due,
            "livemode": charge["livemode"],
            "payment_intent": charge["payment_intent"],
            "reason": reason,
            "status": "needs_response",
        }
        dispute: Json = {"account": row["account"], "object": objects.dispute_object(fields)}
        core.document.put("disputes", key, dispute)
        charge["disputed"] = True
        core.document.put("charges", charge_id, row)
        for kind in ("charge.dispute.created", "charge.dispute.funds_withdrawn"):
            core.notices.event(row["account"], kind, dispute["object"])
        return dict(dispute["object"])

    def move_on(self, dispute_id: str, status: str) -> Json:
        """Evidence was sent, or the bank decided; `won` brings the money back."""
        core = self._core
        row = core.row("disputes", dispute_id)
        dispute = row["object"]
        if status not in (*_ENDS, *_STATES):
            raise ControlError(f"unknown dispute status {status}")
        if dispute["status"] in _ENDS:
            raise ControlError(f"{dispute_id} is {dispute['status']}: it has ended")
        previous = {"status": dispute["status"]}
        dispute["status"] = status
        if status == "won":
            charge = core.row("charges", dispute["charge"])
            moved = self._move(charge, dispute_id, dispute["amount"], 0)
            dispute["balance_transactions"].append(moved)
        core.document.put("disputes", dispute_id, row)
        ended = status in _ENDS
        kind = "charge.dispute.closed" if ended else "charge.dispute.updated"
        core.notices.event(row["account"], kind, dispute, None if ended else previous)
        if status == "won":
            core.notices.event(row["account"], "charge.dispute.funds_reinstated", dispute)
        return dict(dispute)

    def _move(self, charge: Json, key: str, amount: int, fee: int) -> Json:
        taken = amount < 0
        name = "withdrawal" if taken else "reversal"
        moved = self._core.ledger.move(
            charge["account"],
            amount,
            category="dispute" if taken else "dispute_reversal",
            kind="adjustment",
            source=key,
            charge=charge["object"]["id"],
            fee=fee,
            fee_text="Dispute fee",
            currency=charge["object"]["currency"],
            description=f"Chargeback {name} for {charge['object']['id']}",
        )
        return dict(self._core.row("txns", moved)["object"])
