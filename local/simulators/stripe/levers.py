"""What customers, banks and people at the Dashboard do: the actions of this simulator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from local.simulators.messages import ControlError, Json
from local.simulators.stripe.money import minor
from local.simulators.stripe.reports import LAYOUTS, Options, write_report

if TYPE_CHECKING:
    from local.simulators.stripe.core import StripeCore


class Levers:
    """Actions by name. Amounts are decimal text in major units; `account` may be left out when
    there is one only."""

    def __init__(self, core: StripeCore) -> None:
        self._core = core

    def actions(self) -> Mapping[str, Callable[..., Json]]:
        """All actions."""
        core = self._core
        return {
            "charge": self.charge,
            "fail_bank_debit": core.ledger.fail_bank_debit,
            "refund": self.refund,
            "fail_refund": core.ledger.fail_refund,
            "dispute": self.dispute,
            "move_dispute": core.disputes.move_on,
            "stripe_fee": self.stripe_fee,
            "run_payouts": self.run_payouts,
            "pay_out": self.pay_out,
            "fail_payout": self.fail_payout,
            "cancel_payout": core.payouts.cancel,
            "create_invoice": self.create_invoice,
            "pay_invoice": self.pay_invoice,
            "void_invoice": lambda invoice_id: core.invoices.end(invoice_id, "void"),
            "give_up_invoice": lambda invoice_id: core.invoices.end(invoice_id, "uncollectible"),
            "add_endpoint": self.add_endpoint,
            "roll_secret": core.notices.roll_secret,
            "send_event": self.send_event,
            "eventbridge": core.notices.eventbridge,
            "report": self.report,
            "revoke_key": self.revoke_key,
        }

    def charge(self, amount: str, account: str | None = None, **given: Any) -> Json:
        """A customer pays; beside the amount what is in `known`."""
        known = {"method", "customer", "description", "metadata", "outcome", "currency", "invoice"}
        if unknown := set(given) - known:
            raise ControlError(f"unknown keys {sorted(unknown)}; known: {sorted(known)}")
        cents = minor(amount, str(given.get("currency", "usd")))
        return self._core.ledger.charge(self._account(account), cents, **given)

    def refund(self, charge_id: str, amount: str | None = None, reason: str | None = None) -> Json:
        """All of a charge or a part goes back."""
        cents = None if amount is None else minor(amount)
        return self._core.ledger.refund(charge_id, cents, reason)

    def dispute(
        self, charge_id: str, amount: str | None = None, reason: str = "fraudulent"
    ) -> Json:
        """The customer's bank takes a charge back."""
        cents = None if amount is None else minor(amount)
        return self._core.disputes.open(charge_id, cents, reason)

    def stripe_fee(
        self, amount: str, description: str = "Billing - Usage Fee", account: str | None = None
    ) -> Json:
        """Stripe bills the account from its balance."""
        moved = self._core.ledger.move(
            self._account(account),
            -minor(amount),
            category="fee",
            kind="stripe_fee",
            description=description,
            at_once=True,
        )
        return {"id": moved}

    def run_payouts(self, account: str | None = None) -> Json:
        """The daily run, now."""
        self._core.payouts.run(self._account(account))
        rows = self._core.of_account("payouts", self._account(account))
        return {"payouts": [row["object"]["id"] for row in rows]}

    def pay_out(self, amount: str, account: str | None = None) -> Json:
        """A payout by hand."""
        return self._core.payouts.manual(self._account(account), minor(amount))

    def fail_payout(self, payout_id: str | None = None, code: str = "account_closed") -> Json:
        """The bank refuses a payout; the newest unless named."""
        if payout_id is None:
            live = [
                row["object"]["id"]
                for row in self._core.document.rows("payouts").values()
                if row["object"]["status"] in ("pending", "in_transit", "paid")
            ]
            if not live:
                raise ControlError("no payout that could fail")
            payout_id = live[-1]
        return self._core.payouts.fail(payout_id, code)

    def create_invoice(self, amount: str, account: str | None = None, **given: Any) -> Json:
        """An invoice: `customer`, `days`, `description`, `metadata`, `number`, `currency`."""
        known = {"customer", "days", "description", "metadata", "number", "currency"}
        if unknown := set(given) - known:
            raise ControlError(f"unknown keys {sorted(unknown)}; known: {sorted(known)}")
        cents = minor(amount, str(given.get("currency", "usd")))
        return self._core.invoices.create(self._account(account), cents, **given)

    def pay_invoice(
        self, invoice_id: str, method: str = "card", outcome: str = "succeeded"
    ) -> Json:
        """The customer pays an invoice, or tries to."""
        return self._core.invoices.pay(invoice_id, method, outcome)

    def add_endpoint(self, url: str, account: str | None = None, **given: Any) -> Json:
        """A webhook endpoint: `enabled_events`, `thin`, `secret`."""
        return self._core.notices.add_endpoint(self._account(account), {"url": url, **given})

    def send_event(self, kind: str, object_id: str, account: str | None = None) -> Json:
        """An event of any type about an object that exists."""
        for table in ("charges", "payouts", "refunds", "disputes", "invoices"):
            row = self._core.document.get(table, object_id)
            if row is not None:
                self._core.notices.event(row["account"], kind, row["object"])
                return {"sent": kind}
        raise ControlError(f"no object {object_id}")

    def report(self, layout: str, account: str | None = None, **given: Any) -> Json:
        """A report or an export as CSV text; `layout` is one of six."""
        if layout not in LAYOUTS:
            raise ControlError(f"unknown layout {layout}; known: {', '.join(LAYOUTS)}")
        options = Options.of(given)
        return {"csv": write_report(self._core, self._account(account), layout, options)}

    def revoke_key(self, account: str | None = None) -> Json:
        """Every API key of an account ends."""
        key = self._account(account)
        keys = self._core.document.rows("keys")
        ended = [text for text, row in keys.items() if row["account"] == key]
        for text in ended:
            self._core.document.delete("keys", text)
        return {"ended": len(ended)}

    def _account(self, key: str | None) -> str:
        accounts = self._core.document.rows("accounts")
        if key is None and len(accounts) == 1:
            return str(next(iter(accounts)))
        if key is None or key not in accounts:
            raise ControlError(f"account {key} is not one of {sorted(accounts)}")
        return key
