"""Payouts from the first sum to the bank, and back when the bank refuses (contract, section 2).

pending, in_transit, paid; or failed, also after paid; or canceled while pending.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from local.simulators.bank_days import add_business_days, next_business_day
from local.simulators.messages import ControlError, Json
from local.simulators.stripe import objects

if TYPE_CHECKING:
    from local.simulators.stripe.core import StripeCore

_FAILURES = {
    "account_closed": "The bank account has been closed.",
    "no_account": "The bank account could not be located.",
    "could_not_process": "The bank could not process this payout.",
    "debit_not_authorized": "Debit transactions are not approved on the bank account.",
}


class Payouts:
    """Table payouts: `{account, object, ...}` with what is still to happen to each."""

    def __init__(self, core: StripeCore) -> None:
        self._core = core

    # ---- when

    def next_run(self, account: str) -> None:
        """Set the account's next daily run."""
        core = self._core
        at = time.fromisoformat(core.setting("payout_at_utc"))
        today = core.now().astimezone(UTC)
        run = datetime.combine(today.date(), at, tzinfo=UTC)
        run = run if run > today else run + timedelta(days=1)
        core.timers.set("payout_run", run, {"account": account}, name=f"payout_run/{account}")

    def run(self, account: str) -> None:
        """The daily run: whatever is available of each currency is paid out, if it is positive."""
        self.next_run(account)
        if not self._core.account(account)["automatic"]:
            return
        sums: dict[str, list[Json]] = {}
        for row in self._core.of_account("txns", account):
            money = row["object"]
            if row["payout"] is None and money["available_on"] <= self._core.unix():
                sums.setdefault(money["currency"], []).append(row)
        for currency, rows in sums.items():
            total = sum(row["object"]["net"] for row in rows)
            if total > 0:
                self._create(account, total, currency, rows)

    def manual(self, account: str, amount: int, currency: str = "usd") -> Json:
        """Somebody pays out a part by hand: no movements are bound to it."""
        rows = [row["object"] for row in self._core.of_account("txns", account)]
        now = self._core.unix()
        there = sum(
            row["net"] for row in rows if row["available_on"] <= now and row["currency"] == currency
        )
        if not 0 < amount <= there:
            raise ControlError(f"insufficient funds: {there} is available, {amount} was asked for")
        return self._create(account, amount, currency, None)

    def step(self, payload: Json) -> None:
        """One step of a payout's life whose time has come."""
        row = self._core.row("payouts", payload["payout"])
        step, payout = payload["step"], row["object"]
        if step == "in_transit" and payout["status"] == "pending":
            self._change(row, status="in_transit")
        elif step == "paid" and payout["status"] == "in_transit":
            self._pay(row)
        elif step == "reconciled" and payout["reconciliation_status"] == "in_progress":
            self._change(row, "payout.reconciliation_completed", reconciliation_status="completed")
        elif step == "trace" and payout["trace_id"]["status"] == "pending":
            known = {"status": "supported", "value": row["trace"]}
            none = {"status": "unsupported", "value": None}
            self._change(row, trace_id=known if row["traceable"] else none)
        elif step == "fail":
            self.fail(payout["id"], payload["code"])

    # ---- what ends it

    def fail(self, payout_id: str, code: str = "account_closed") -> Json:
        """The bank refuses, also days after `paid`: the money is in the balance again."""
        row = self._core.row("payouts", payout_id)
        payout = row["object"]
        if payout["status"] not in ("pending", "in_transit", "paid"):
            raise ControlError(f"{payout_id} is {payout['status']}")
        if code not in _FAILURES:
            raise ControlError(f"unknown failure {code}; known: {', '.join(sorted(_FAILURES))}")
        back = self._back(row, "payout_failure")
        changes = {"failure_code": code, "failure_message": _FAILURES[code]}
        changes |= {"status": "failed", "failure_balance_transaction": back}
        if row["landed"]:
            self._tell_bank("bank_payout_return", row)
        self._change(row, "payout.failed", **changes)
        return dict(payout)

    def cancel(self, payout_id: str) -> Json:
        """Stopped before it left."""
        row = self._core.row("payouts", payout_id)
        if row["object"]["status"] != "pending":
            raise ControlError(f"{payout_id} is {row['object']['status']}; only pending can stop")
        self._back(row, "payout_cancel")
        self._change(row, "payout.canceled", status="canceled")
        return dict(row["object"])

    # ---- parts

    def _create(self, account: str, total: int, currency: str, rows: list[Json] | None) -> Json:
        core = self._core
        key = core.key("po")
        late = core.faults.take("payout_late", account=account)
        days = int(core.setting("payout_business_days"))
        days += int(late.get("business_days", 2)) if late is not None else 0
        arrival = add_business_days(core.now().astimezone(UTC).date(), days)
        own = core.ledger.move(
            account,
            -total,
            category="payout",
            kind="payout",
            source=key,
            currency=currency,
            description="STRIPE PAYOUT",
            payout=key,
            at_once=True,
        )
        fields = {
            "id": key,
            "amount": total,
            "arrival_date": int(datetime.combine(arrival, time(), tzinfo=UTC).timestamp()),
            "automatic": rows is not None,
            "balance_transaction": own,
            "created": core.unix(),
            "currency": currency,
            "destination": core.account(account)["bank"]["id"],
            "livemode": core.account(account)["livemode"],
            "descriptor": core.account(account)["descriptor"],
        }
        row: Json = {
            "account": account,
            "object": objects.payout_object(fields),
            "number": core.document.next_number("payout"),
            "arrival": arrival.isoformat(),
            "trace": f"0910000{core.rng.randrange(10**8):08d}",
            "token": f"ST-{core.text(12).upper()}",
            "traceable": core.faults.take("trace_unsupported", account=account) is None,
            "landed": False,
            "failed_at": None,
            "lands": True,
        }
        for bound in rows or []:
            core.document.put("txns", bound["object"]["id"], {**bound, "payout": key})
        core.document.put("payouts", key, row)
        core.notices.event(account, "payout.created", row["object"])
        self._plan(row, arrival)
        return dict(core.row("payouts", key)["object"])

    def _plan(self, row: Json, arrival: date) -> None:
        core, key = self._core, row["object"]["id"]
        paid_at = time.fromisoformat(core.setting("paid_at_utc"))
        paid = datetime.combine(arrival, paid_at, tzinfo=UTC)
        leaves = core.now() + timedelta(seconds=core.setting("in_transit_after_seconds"))
        self._later("in_transit", min(leaves, paid - timedelta(seconds=1)), key)
        self._later("paid", paid, key)
        low, high = core.setting("trace_after_days")
        wait = core.rng.uniform(low, high)
        if (params := core.faults.take("trace_late", account=row["account"])) is not None:
            wait = float(params.get("days", 10))
        self._later("trace", core.now() + timedelta(days=wait), key)
        params = core.faults.take("payout_fails", account=row["account"])
        if params is not None:
            after = params.get("stage", "after_paid") == "after_paid"
            days = int(params.get("business_days", 2)) if after else 0
            at = datetime.combine(add_business_days(arrival, days), paid_at, tzinfo=UTC)
            at += timedelta(hours=1) if after else timedelta(minutes=-30)
            # A refused credit seldom shows at the bank at all; `landed` says it does, and leaves.
            row["lands"] = bool(params.get("landed", False))
            core.document.put("payouts", key, row)
            self._later("fail", at, key, code=str(params.get("code", "account_closed")))

    def _later(self, step: str, at: datetime, key: str, **more: Any) -> None:
        instant = max(at, self._core.now())
        self._core.timers.set("payout_step", instant, {"payout": key, "step": step, **more})

    def _pay(self, row: Json) -> None:
        core = self._core
        if row["lands"]:
            row["landed"] = True
            self._tell_bank("bank_payout", row)
        self._change(row, "payout.paid", status="paid")
        if row["object"]["automatic"]:
            wait = float(core.setting("reconciliation_after_seconds"))
            late = core.faults.take("reconciliation_late", account=row["account"])
            if late is not None:
                wait += float(late.get("seconds", 86_400))
            self._later("reconciled", core.now() + timedelta(seconds=wait), row["object"]["id"])

    def _back(self, row: Json, kind: str) -> str:
        payout = row["object"]
        return self._core.ledger.move(
            row["account"],
            payout["amount"],
            category="payout_reversal",
            kind=kind,
            source=payout["id"],
            currency=payout["currency"],
            description=f"STRIPE PAYOUT {kind.removeprefix('payout_').upper()}",
            at_once=True,
        )

    def _change(self, row: Json, kind: str = "payout.updated", **changes: Any) -> None:
        payout = row["object"]
        previous = {name: payout[name] for name in changes}
        payout.update(changes)
        if changes.get("status") in ("failed", "canceled"):
            row["failed_at"] = self._core.unix()
        self._core.document.put("payouts", payout["id"], row)
        updated = kind == "payout.updated"
        self._core.notices.event(row["account"], kind, payout, previous if updated else None)

    def _tell_bank(self, kind: str, row: Json) -> None:
        payout, bank = row["object"], self._core.account(row["account"])["bank"]
        if payout["currency"] != "usd" or not bank.get("plaid_account_id"):
            return
        day = next_business_day(date.fromisoformat(row["arrival"]))
        self._core.emit_fact(
            kind,
            payout_id=payout["id"],
            bank_account_id=bank["plaid_account_id"],
            amount_minor=payout["amount"],
            effective_on=day.isoformat(),
            trace=row["trace"] if row["traceable"] else None,
            text=f"STRIPE TRANSFER {row['token']}",
        )
