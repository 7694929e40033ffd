"""Ramp pays by itself whatever carries a date: moved dates, payment runs, completion, returns."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from local.simulators.bank_days import (
    NEW_YORK,
    add_business_days,
    at_new_york,
    new_york_date,
    next_business_day,
)
from local.simulators.messages import Json
from local.simulators.ramp.fields import CARD_METHODS

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore


class Schedule:
    """Moves bills between states. Every public method writes rows and raises no HTTP refusals."""

    def __init__(self, core: RampCore) -> None:
        self._core = core

    def possible_date(self, wanted: date) -> date:
        """The day Ramp would really start: never past, after cutoff, on a weekend or holiday."""
        now = self._core.now()
        today = new_york_date(now)
        late = now.astimezone(NEW_YORK).strftime("%H:%M") >= self._core.setting("cutoff_time")
        earliest = today + timedelta(days=1) if late else today
        return next_business_day(max(wanted, earliest))

    def settled_state(self, bill: Json, payment: Json) -> str:
        """The state of an approved, open bill that nothing holds."""
        if bill["payment_method"] == "UNSPECIFIED":
            return "PAYMENT_DETAILS_MISSING"
        if bill["payment_method"] in CARD_METHODS:
            return "WAITING_FOR_TRANSACTION_MATCH"
        needs_account = bill["payment_method"] not in ("CHECK", "PAID_MANUALLY")
        if bill["source_bank_account_id"] is None or (
            needs_account and bill["vendor_account_id"] is None
        ):
            return "PAYMENT_DETAILS_MISSING"
        return "PAYMENT_SCHEDULED" if payment["planned_on"] else "PAYMENT_READY"

    def plan(self, bill: Json, wanted: str | None) -> None:
        """Set or clear the payment's date (moved when it must be) and the bill's state."""
        payment = self._core.payment(bill)
        if bill["state"] == "PAYMENT_ERROR":
            payment = self._new_attempt(bill, payment)
        planned = None
        if wanted is not None:
            planned = self.possible_date(date.fromisoformat(wanted)).isoformat()
        payment["planned_on"] = planned
        payment["release_approval"] = None
        self._core.document.put("payments", payment["id"], payment)
        if bill["approval_status"] == "APPROVED":
            bill["state"] = self.settled_state(bill, payment)
        self._core.document.put("bills", bill["id"], bill)
        self._set_timer(payment)

    def approved(self, bill: Json) -> None:
        """What follows the approval: sync to the ledger, and the date that was planned."""
        bill["approval_status"] = "APPROVED"
        payment = self._core.payment(bill)
        self.plan(bill, payment["planned_on"])
        self.offer_to_ledger(bill)

    def offer_to_ledger(self, bill: Json) -> None:
        """State the fact that the ledger will book this bill (once)."""
        if bill["remote_id"] or bill["offered"] or not bill["enable_accounting_sync"]:
            return
        business = self._core.document.rows("businesses")[bill["business_id"]]
        if not business["realm_id"]:
            return
        vendor = self._core.document.rows("vendors")[bill["vendor_id"]]
        self._core.emit_fact(
            "bill_approved",
            realm_id=business["realm_id"],
            bill_id=bill["id"],
            vendor_remote_id=vendor["remote_id"],
            vendor_name=vendor["name"],
            invoice_number=bill["invoice_number"],
            amount_minor=bill["amount_minor"],
            currency=bill["currency"],
            issued_on=bill["issued_on"],
            due_on=bill["due_on"],
        )
        bill["offered"] = True
        self._core.document.put("bills", bill["id"], bill)
        self._core.webhooks.event(bill["business_id"], "bills.ready_to_sync", bill["id"])

    def take_off(self, bill: Json) -> None:
        """Take the payment off the schedule (hold, archive)."""
        payment = self._core.payment(bill)
        payment["planned_on"] = None
        self._core.document.put("payments", payment["id"], payment)
        self._core.timers.cancel(f"payment/{payment['id']}")

    def mark_paid(self, bill: Json) -> None:
        """Paid outside Ramp: nothing moves here."""
        self.take_off(bill)
        bill.update(status="PAID", state="PAYMENT_COMPLETED")
        bill["paid_at"] = self._core.now().isoformat(timespec="seconds")
        self._core.document.put("bills", bill["id"], bill)
        self._core.webhooks.event(bill["business_id"], "bills.paid", bill["id"])
        self._core.audit(bill, "Bill pay marked as paid")

    def start(self, payment_id: str) -> None:
        """The payment date has come: the bills that are still scheduled start to be paid."""
        payment = self._core.document.get("payments", payment_id)
        if payment is None or payment["planned_on"] is None:
            return
        bills = [self._core.bill(bill_id) for bill_id in payment["bill_ids"]]
        ready = [bill for bill in bills if bill["state"] == "PAYMENT_SCHEDULED"]
        if not ready:
            return
        for fault, state in (
            ("awaiting_release", "AWAITING_RELEASE"),
            ("held_by_provider", "HELD_BY_PROVIDER"),
            ("payment_error", "PAYMENT_ERROR"),
        ):
            occasion = {"payment_id": payment_id, "bill_id": ready[0]["id"]}
            if self._core.faults.take(fault, stage="start", **occasion) is not None:
                self.stop(ready, payment, state)
                return
        self.run(ready, payment)

    def run(self, bills: list[Json], payment: Json) -> None:
        """Debit the client: state PROCESSING, facts for ledger and bank, a date of completion."""
        effective = next_business_day(new_york_date(self._core.now()))
        payment["effective_on"] = effective.isoformat()
        payment["release_approval"] = None
        payment["debit_trace"] = f"0210000{self._core.rng.randrange(10**8):08d}"
        self._core.document.put("payments", payment["id"], payment)
        for bill in bills:
            self._move(bill, "PAYMENT_PROCESSING")
        self._core.emit_fact("ledger_payment", **self._settlement(bills, payment))
        if bills[0]["payment_method"] != "CHECK":
            self._core.emit_fact("bank_debit", **self._settlement(bills, payment))
        self._await_completion(bills, payment, effective)
        self._core.audit(bills[0], "Bill pay payment posted")

    def _await_completion(self, bills: list[Json], payment: Json, since: date) -> None:
        days = self._core.setting("completion_business_days").get(bills[0]["payment_method"], 3)
        if bills[0]["is_same_day"]:
            days = 0
        done_on = add_business_days(since, int(days))
        at = at_new_york(done_on, self._core.setting("completion_time"))
        self._core.timers.set(
            "payment_completed",
            max(at, self._core.now() + timedelta(minutes=30)),
            {"payment_id": payment["id"]},
            name=f"payment/{payment['id']}",
        )

    def complete(self, payment_id: str) -> None:
        """The vendor has the money (a check: it was cashed)."""
        payment = self._core.document.get("payments", payment_id)
        if payment is None:
            return
        bills = [self._core.bill(bill_id) for bill_id in payment["bill_ids"]]
        running = [bill for bill in bills if bill["state"] == "PAYMENT_PROCESSING"]
        if not running:
            return
        occasion = {"payment_id": payment_id, "bill_id": running[0]["id"]}
        if self._core.faults.take("payment_error", stage="complete", **occasion) is not None:
            self.stop(running, payment, "PAYMENT_ERROR")
            return
        payment["vendor_trace"] = f"0910000{self._core.rng.randrange(10**8):08d}"
        self._core.document.put("payments", payment_id, payment)
        if running[0]["payment_method"] == "CHECK":
            self._core.emit_fact("bank_debit", **self._settlement(running, payment))
        for bill in running:
            bill["status"] = "PAID"
            bill["paid_at"] = self._core.now().isoformat(timespec="seconds")
            self._move(bill, "PAYMENT_COMPLETED")
            self._core.webhooks.event(bill["business_id"], "bills.paid", bill["id"])
        self._core.audit(running[0], "Bill pay delivered payment")
        if (params := self._core.faults.take("ach_return", **occasion)) is not None:
            day = add_business_days(
                new_york_date(self._core.now()), int(params.get("after_business_days", 2))
            )
            self._core.timers.set(
                "payment_returned",
                at_new_york(day, "09:00"),
                {"payment_id": payment_id, "regress": bool(params.get("regress", True))},
            )

    def give_back(self, payment_id: str, regress: bool) -> None:
        """The vendor's bank sent the money back. No webhook says so (contract, section 7.3)."""
        payment = self._core.document.get("payments", payment_id)
        if payment is None:
            return
        bills = [self._core.bill(bill_id) for bill_id in payment["bill_ids"]]
        self._core.emit_fact("bank_credit", **self._settlement(bills, payment))
        self._core.audit(bills[0], "Bill pay returned funds")
        if regress:
            self.reopen(bills, self._core.setting("state_after_return"))

    def reopen(self, bills: list[Json], state: str) -> None:
        """PAID turns OPEN."""
        for bill in bills:
            bill["status"] = "OPEN"
            bill["paid_at"] = None
            bill["state"] = state
            self._core.document.put("bills", bill["id"], bill)

    def stop(self, bills: list[Json], payment: Json, state: str) -> None:
        """A payment that does not go on: released by a person, held, or failed."""
        self._core.timers.cancel(f"payment/{payment['id']}")
        if state == "AWAITING_RELEASE":
            payment["release_approval"] = "PENDING"
            self._core.document.put("payments", payment["id"], payment)
        for bill in bills:
            # No event tells of release, holds or failures: sweeps must find them.
            bill["state"] = state
            self._core.document.put("bills", bill["id"], bill)
        if state == "PAYMENT_ERROR":
            self._core.audit(bills[0], "Bill pay payment failed")

    def resume(self, bill: Json) -> None:
        """A person released the payment, or the provider let go: it runs now, or goes on."""
        payment = self._core.payment(bill)
        bills = [self._core.bill(bill_id) for bill_id in payment["bill_ids"]]
        stopped = [other for other in bills if other["state"] == bill["state"]]
        if payment["debit_trace"] is None:
            self.run(stopped, payment)
            return
        for other in stopped:  # the client was debited before: never twice
            self._move(other, "PAYMENT_PROCESSING")
        self._await_completion(stopped, payment, new_york_date(self._core.now()))

    def _move(self, bill: Json, state: str) -> None:
        bill["state"] = state
        self._core.document.put("bills", bill["id"], bill)
        self._core.webhooks.payment_event(bill)

    def _new_attempt(self, bill: Json, payment: Json) -> Json:
        """A retried payment is another payment: new id, no traces."""
        payment["bill_ids"] = [other for other in payment["bill_ids"] if other != bill["id"]]
        self._core.document.put("payments", payment["id"], payment)
        fresh = self._core.new_payment(bill)
        self._core.audit(bill, "Bill pay retried payment")
        return fresh

    def _set_timer(self, payment: Json) -> None:
        name = f"payment/{payment['id']}"
        if payment["planned_on"] is None:
            self._core.timers.cancel(name)
            return
        day = date.fromisoformat(payment["planned_on"])
        at: datetime = at_new_york(day, self._core.setting("processing_time"))
        self._core.timers.set(
            "payment_due", max(at, self._core.now()), {"payment_id": payment["id"]}, name=name
        )

    def _settlement(self, bills: list[Json], payment: Json) -> dict[str, Any]:
        rows = self._core.document.rows
        business = rows("businesses")[bills[0]["business_id"]]
        account = rows("bank_accounts").get(bills[0]["source_bank_account_id"] or "", {})
        vendor = rows("vendors")[bills[0]["vendor_id"]]
        return {
            "realm_id": business["realm_id"],
            "payment_id": payment["id"],
            "amount_minor": sum(bill["amount_minor"] for bill in bills),
            "currency": bills[0]["currency"],
            "effective_on": payment["effective_on"],
            "method": bills[0]["payment_method"],
            "trace": payment["debit_trace"],
            "vendor_name": vendor["name"],
            "vendor_remote_id": vendor["remote_id"],
            "ledger_account_id": account.get("ledger_account_id"),
            "bank_account_id": account.get("plaid_account_id"),
            "bills": [
                {
                    "bill_id": bill["id"],
                    "remote_id": bill["remote_id"],
                    "invoice_number": bill["invoice_number"],
                    "amount_minor": bill["amount_minor"],
                }
                for bill in bills
            ],
        }
