"""What rails, banks and people outside the product do to a simulated run."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from local.simulation.product import Product
from local.simulators.messages import ControlError, Json
from local.simulators.sample import SampleClient

_REQUEST_FAULTS = (
    *("throttle", "server_error", "timeout_with_effect", "timeout_without_effect"),
    *("disconnect_with_effect", "disconnect_without_effect", "delay", "revoke_token"),
)
_RAMP_FAULTS = ("awaiting_release", "held_by_provider", "payment_error", "ach_return")
_QBO_FAULTS = ("ledger_skip", "ledger_amount", "ledger_account", "ledger_delay", "ledger_duplicate")
_PLAID_FAULTS = ("bank_skip", "bank_amount", "bank_delay", "bank_no_reference", "sync_mutation")
_PARAMS: dict[str, Json] = {
    "ledger_amount": {"delta_minor": -500},
    "ledger_account": {"account_id": "41"},
    "ledger_delay": {"business_days": 9},
    "bank_amount": {"delta_minor": 300},
    "bank_delay": {"business_days": 4},
    "delay": {"seconds": 20},
}


class Trouble:
    """Actions of the outside world; each gives a line for the trace, or None."""

    def __init__(self, product: Product, chance: random.Random) -> None:
        self._product = product
        self._rails = product.rails
        self._chance = chance

    def request_fault(self) -> str:
        """One of the next calls to a rail goes wrong."""
        # Nothing is asked of Stripe.
        core = self._chance.choice([self._rails.ramp, self._rails.qbo, self._rails.plaid])
        kind = self._chance.choice(_REQUEST_FAULTS)
        fault: Json = {"kind": kind, "times": self._chance.choice([1, 1, 1, 5])}
        if kind.startswith("timeout") and core is self._rails.ramp and self._chance.random() < 0.6:
            fault["match"] = {"method": "PATCH"}
        return self._add(core, fault)

    def rail_fault(self) -> str:
        """One of the next payments goes wrong on a rail."""
        core, kinds = self._chance.choice(
            [
                (self._rails.ramp, _RAMP_FAULTS),
                (self._rails.qbo, _QBO_FAULTS),
                (self._rails.plaid, _PLAID_FAULTS),
            ]
        )
        return self._add(core, {"kind": self._chance.choice(kinds), "times": 1})

    def _add(self, core: Any, fault: Json) -> str:
        params = _PARAMS.get(fault["kind"], {})
        core.faults.add({**fault, "params": params})
        core.document.commit()
        return f"{core.rail} fault {fault}"

    def ramp_app(self) -> str | None:
        """Somebody, or Ramp's provider, acts in Ramp."""
        bill = self._chance.choice(list(self._rails.ramp.document.rows("bills").values()))
        state = bill["state"]
        kinds: list[tuple[str, Json]] = []
        if state in ("PAYMENT_READY", "PAYMENT_SCHEDULED"):
            day = (self._rails.ramp.now() + timedelta(days=self._chance.randrange(0, 8))).date()
            kinds += [
                ("schedule", {"payment_date": day.isoformat()}),
                ("schedule", {"payment_date": None}),
                ("change_amount", {"amount": f"{self._chance.randrange(50, 600)}.11"}),
                ("change_vendor_account", {}),
            ]
        if state == "PAYMENT_SCHEDULED":
            kinds += [("await_release", {}), ("hold_by_provider", {}), ("block", {})]
        if state in ("AWAITING_RELEASE", "HELD_BY_PROVIDER", "BLOCKED"):
            kinds += [("release_payment", {})] * 3
        if state == "PAYMENT_PROCESSING":
            kinds += [("fail_payment", {})]
        if state == "PAYMENT_COMPLETED":
            kinds += [("return_payment", {"regress": self._chance.random() < 0.5})]
        if not kinds:
            return None
        kind, params = self._chance.choice(kinds)
        self._rails.ramp.act(kind, bill_id=bill["id"], **params)
        self._rails.settle()
        return f"ramp {kind} {bill['id'][:8]} {params}"

    def void_check(self) -> str | None:
        """A check on its way is voided in Ramp, and in the ledger, so that it can be paid again."""
        ramp = self._rails.ramp
        out = [
            bill
            for bill in ramp.document.rows("bills").values()
            if bill["payment_method"] == "CHECK" and bill["state"] == "PAYMENT_PROCESSING"
        ]
        if not out:
            return None
        bill = self._chance.choice(out)
        ramp.act("regress", bill_id=bill["id"], state="PAYMENT_READY")
        ramp.act("schedule", bill_id=bill["id"], payment_date=None)
        for sample in self._rails.sample.clients:
            rows = self._rails.qbo.document.rows(f"{sample.realm_id}/BillPayment")
            for key, row in list(rows.items()):
                links = [link["TxnId"] for line in row["Line"] for link in line["LinkedTxn"]]
                if bill["remote_id"] in links and sample.business_id == bill["business_id"]:
                    self._rails.qbo.act("void_payment", realm=sample.realm_id, key=key)
        self._rails.settle()
        return f"check of {bill['id'][:8]} voided"

    def bookkeeper(self) -> str | None:
        """Somebody edits the ledger."""
        sample = self._chance.choice(self._rails.sample.clients)
        qbo, realm = self._rails.qbo, sample.realm_id
        payments = list(qbo.document.rows(f"{realm}/BillPayment").values())
        bills = list(qbo.document.rows(f"{realm}/Bill").values())
        kinds: list[Callable[[], tuple[str, Json]]] = []
        if payments:
            key = self._chance.choice(payments)["Id"]
            kinds += [
                lambda: ("edit_payment", {"key": key, "amount": "77.77"}),
                lambda: ("void_payment", {"key": key}),
                lambda: ("delete_payment", {"key": key}),
            ]
        if bills:
            unpaid = self._chance.choice(bills)["Id"]
            kinds.append(lambda: ("pay_bill", {"key": unpaid}))
        if not kinds:
            return None
        kind, params = self._chance.choice(kinds)()
        try:
            qbo.act(kind, realm=realm, **params)
        except ControlError as problem:
            return f"qbo {kind}: {problem}"
        self._rails.settle()
        return f"qbo {kind} {params}"

    def bank(self) -> str:
        """Something happens at the bank."""
        sample = self._chance.choice(self._rails.sample.clients)
        kind, params = self._chance.choice(self._bank_kinds(sample))
        try:
            self._rails.plaid.act(kind, **params)
        except ControlError as problem:
            return f"plaid {kind}: {problem}"
        self._rails.settle()
        return f"plaid {kind} {params}"

    def _bank_kinds(self, sample: SampleClient) -> list[tuple[str, Json]]:
        item, account = {"item_id": sample.item_id}, {"account_id": sample.plaid_account_id}
        amount = f"{self._chance.randrange(20, 600)}.00"
        return [
            ("login_required", item),
            ("repair", item),
            ("repair", item),
            ("institution_down", item),
            ("institution_up", item),
            ("post_line", {**account, "amount": amount, "name": "PAYROLL"}),
            ("post_line", {**account, "amount": f"-{amount}", "name": "DEPOSIT"}),
            ("rotate_key", {}),
            ("poll", item),
        ]

    def lose_token(self) -> str:
        """All access tokens of a rail die early; refresh tokens stay good."""
        core = self._chance.choice([self._rails.ramp, self._rails.qbo])
        table = "tokens" if core is self._rails.ramp else "access_tokens"
        for key in list(core.document.rows(table)):
            core.document.delete(table, key)
        core.document.commit()
        return f"{core.rail}'s access tokens expire"
