"""Payments that Ramp has sent, in a desk's books, and how they are judged."""

from __future__ import annotations

from typing import Any

from rowcol.domain.evidence import Verdict
from rowcol.domain.facts import LedgerAllocation
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Custody, Payment, Step
from rowcol.domain.verdict import judge
from rowcol.service.change import Change
from tests.support.cash_desk import CashDesk
from tests.support.domain.builders import (
    expectation,
    ledger,
    ledger_payment,
    payment,
    rail_bill,
    rail_payment,
    usd,
)


def of_ramp(desk: CashDesk, name: str, amount: str, rail_total: str = "", **rail: Any) -> Payment:
    """A payment that Ramp has sent and QuickBooks has booked."""
    sent = rail_payment(
        **({"payment_id": f"rp-{name}", "amount": usd(rail_total or amount)} | rail)
    )
    part = LedgerAllocation("1184", usd(amount))
    booked = ledger_payment(amount=usd(amount), allocations=(part,))
    made = payment(
        Status.PROCESSING,
        id=name,
        version=0,
        bill_id=f"bill-{name}",
        amount=usd(amount),
        counterparty_name=f"Vendor {name}",
        custody=Custody(Step.DONE, 1),
        expectation=expectation(bill_amount=usd(amount)),
        rail=rail_bill(bill_id=f"bill-{name}", amount=usd(amount), payment=sent),
        ledger=ledger(booked, amount=usd(amount)),
    )

    def plan(change: Change) -> bool:
        change.put(made)
        change.state("payment.recorded", payment=made)
        return True

    desk.work(plan)
    return desk.payment(name)


def judged(desk: CashDesk, name: str) -> Verdict:
    """The three facts compared."""
    found = desk.payment(name)
    return judge(found.expectation, found.rail, found.ledger, found.cash, desk.clock.now())
