"""Rail, ledger and bank of one payment, each with its own clock, under the real use cases.

What happens at a side is seen when the reconciliation looks, never as a side effect of another. The
custody's steps run as its machine would: proof by targeted reads, judgement, record.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from rowcol.domain.client import PayingAccount
from rowcol.domain.evidence import Finding, Verdict
from rowcol.domain.facts import (
    BankLine,
    LedgerBill,
    LedgerChanges,
    LedgerPayment,
    RailState,
    ReadInterval,
)
from rowcol.domain.payment import Payment, Step
from rowcol.domain.tray import TrayItem, TrayState
from rowcol.service.custody import load
from rowcol.service.judgement import judge_payment, record_custody
from rowcol.service.proof import observe_cash
from rowcol.service.reconcile import reconcile_client
from rowcol.service.sync.ledger import prove_ledger
from tests.support.desk import SCOPE
from tests.support.domain.builders import bank_line, ledger_bill, ledger_payment, usd
from tests.support.payment_desk import PaymentDesk
from tests.support.quiet_reference import QuietReference

QBO_BILL = "1184"
_STEPS_MAX = 6
# The custody asks the ledger itself when its feed is old; what is due is looked at in time.
LOOKED_WITHIN = timedelta(minutes=5)


@dataclass
class Books(QuietReference):
    """QBO: one bill, its BillPayments, and when each changed by QBO's own clock."""

    desk: Sides
    skew: timedelta
    payments: dict[str, LedgerPayment] = field(default_factory=dict)
    changed: dict[str, datetime] = field(default_factory=dict)
    calls: int = 0

    def now(self) -> datetime:
        """QBO's own time."""
        return self.desk.clock.now() + self.skew

    def _read(self) -> ReadInterval:
        now = self.desk.clock.now()
        return ReadInterval(now, now)

    def put(self, payment: LedgerPayment) -> None:
        """Enter a BillPayment, or change it."""
        known = self.payments.get(payment.payment_id)
        token = str(int(known.sync_token) + 1) if known else "0"
        self.payments[payment.payment_id] = replace(payment, sync_token=token)
        self.changed[payment.payment_id] = self.now()

    def delete(self, payment_id: str) -> None:
        """It is gone."""
        self.put(replace(self.payments[payment_id], deleted=True))

    def _bill(self) -> LedgerBill:
        standing = [one for one in self.payments.values() if not (one.deleted or one.voided)]
        parts = [part for one in standing for part in one.allocations if part.bill_id == QBO_BILL]
        paid = sum(part.amount.minor for part in parts)
        full = usd("1250.00")
        balance = replace(full, minor=max(0, full.minor - paid))
        ids = tuple(
            one.payment_id
            for one in standing
            if any(part.bill_id == QBO_BILL for part in one.allocations)
        )
        return replace(ledger_bill(payment_ids=ids, balance=balance), read=self._read())

    def read_bill(self, bill_id: str) -> LedgerBill | None:
        """The bill as it is now."""
        self.calls += 1
        return self._bill()

    def read_payment(self, payment_id: str) -> LedgerPayment | None:
        """A BillPayment that is there."""
        self.calls += 1
        found = self.payments.get(payment_id)
        return None if found is None or found.deleted else replace(found, read=self._read())

    def open_invoices(self) -> tuple[Any, ...]:
        """None."""
        return ()

    def changes(self, since: datetime) -> LedgerChanges:
        """What changed since, five minutes of overlap included, as the client asks."""
        self.calls += 1
        since -= timedelta(minutes=5)
        fresh = [name for name, at in self.changed.items() if at >= since]
        living = [self.payments[name] for name in fresh if not self.payments[name].deleted]
        gone = tuple(name for name in fresh if self.payments[name].deleted)
        read = self._read()
        bills = (self._bill(),) if fresh else ()
        return LedgerChanges(
            bills, tuple(replace(one, read=read) for one in living), deleted_payment_ids=gone
        )


class Sides(PaymentDesk):
    """The desk with a ledger that is booked by hand, and time that goes from look to look."""

    def __init__(self, chance: random.Random) -> None:
        super().__init__(
            ledger_bank_account_id="35",
            paying_accounts=(PayingAccount("source-1", "operating-1"),),
        )
        self.chance = chance
        self.books_of_qbo = Books(self, timedelta(seconds=chance.uniform(-120, 120)))
        self.qbo: Any = self.books_of_qbo
        self.name = ""
        self.ramp.bill = replace(self.ramp.bill, invoice_number="INV-70001")
        self.refresh()
        self.kinds_seen: set[str] = set()

    # ---- what happens at the sides

    def rail(self, state: RailState, **changes: Any) -> None:
        """Ramp shows something else."""
        day = self.ramp.bill.payment.planned_on if self.ramp.bill.payment else None
        self.ramp.show(state, day, **changes)

    def rail_payment(self, **changes: Any) -> None:
        """The payment part of Ramp's bill is other now."""
        assert self.ramp.bill.payment is not None
        payment = replace(self.ramp.bill.payment, **changes)
        self.ramp.bill = replace(self.ramp.bill, payment=payment)

    def book(self, on: date, **changes: Any) -> None:
        """A BillPayment is entered, dated so."""
        self.books_of_qbo.put(ledger_payment(paid_on=on, **changes))

    def debit(self, on: date, **changes: Any) -> BankLine:
        """A line is posted at the bank; by its text it names the invoice."""
        fields: dict[str, Any] = {"text": "RAMP ACME SUPPLIES INV-70001", "posted_on": on}
        line = bank_line(**(fields | changes))
        self.plaid.lines.append(line)
        return line

    # ---- time

    def look(self) -> None:
        """A light sweep finds what there is; what is due is done, and the custody goes on."""
        for part in reconcile_client(self.environment, SCOPE, full=False):
            assert part.defect is None, part
        for _ in range(_STEPS_MAX):
            self.sweep()
            if not self._step():
                break
        self.kinds_seen |= self.open_kinds()

    def reach(self, at: datetime) -> None:
        """Time goes on to an instant, with the looks of the deadlines that lie before it."""
        while True:
            due = self.payment(self.name).due
            if due is None or due > at:
                break
            self._pass_to(due + LOOKED_WITHIN)
            before = self.payment(self.name).due
            self.look()
            if self.payment(self.name).due == before:
                break
        self._pass_to(at)
        self.look()

    def _pass_to(self, at: datetime) -> None:
        seconds = (at - self.clock.now()).total_seconds()
        if seconds > 0:
            self.clock.pause(seconds)

    def _step(self) -> bool:
        """One turn of the execution; whether it did something."""
        payment = self.payment(self.name)
        custody = payment.custody
        if custody.is_idle or custody.attempt == 0:
            return False
        step = load(self.environment, SCOPE, self.name, custody.attempt)
        waits = step in (Step.AWAIT_RAIL, Step.AWAIT_PROOF) and not custody.fresh_facts
        if waits or step not in (Step.AWAIT_RAIL, Step.AWAIT_PROOF, Step.VERIFY):
            return False
        prove_ledger(self.environment, SCOPE, self.name)
        observe_cash(self.environment, SCOPE, self.name, None, wake=False)
        judge_payment(self.environment, SCOPE, self.name, custody.attempt)
        record_custody(self.environment, SCOPE, self.name, custody.attempt)
        return True

    # ---- what is found

    def current(self) -> Payment:
        """The payment as stored."""
        return self.payment(self.name)

    def verdict(self) -> Verdict:
        """The verdict that stands."""
        found = self.current().verdict
        assert found is not None
        return found

    def findings(self) -> tuple[Finding, ...]:
        """Its findings."""
        return self.verdict().findings

    def open_kinds(self) -> set[str]:
        """Kinds of the open items about the payment."""
        subjects = {f"payment-{self.name}", "bill-bill-1"}
        found = self.store.items.values()
        shown = [item for item in found if isinstance(item, TrayItem)]
        return {
            item.item for item in shown if item.state is TrayState.OPEN and item.subject in subjects
        }


Happening = Callable[[Sides], None]
