"""What really happened to a payment, asked of the rails themselves and not of the product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from local.simulation.rails import SimulatedRails
from local.simulators.clock import parse_instant
from local.simulators.sample import SampleClient
from rowcol.domain.calendar import BANK_ZONE, local_date
from rowcol.domain.payment import Payment
from rowcol.domain.windows import cash_window, ledger_window, rail_last_day


@dataclass(frozen=True, slots=True)
class Truth:
    """Amounts in minor units: what Ramp paid, the ledger's BillPayments, the bank's lines."""

    paid_minor: int | None
    booked_minor: tuple[int, ...]
    debited_minor: tuple[int, ...]
    returned: bool
    in_window: bool
    account_fits: bool
    wanted_minor: int

    @property
    def agrees(self) -> bool:
        """Whether all three say the same, once, and nothing came back."""
        once = (self.wanted_minor,)
        same = self.paid_minor == self.wanted_minor and self.debited_minor == once
        return (
            same
            and sum(self.booked_minor) == self.wanted_minor
            and not self.returned
            and self.in_window
            and self.account_fits
        )


def truth_of(rails: SimulatedRails, sample: SampleClient, payment: Payment) -> Truth:
    """Look at the three simulators."""
    bill = rails.ramp.document.rows("bills")[payment.rail_bill_id]
    paid = bill["amount_minor"] if bill["state"] == "PAYMENT_COMPLETED" else None
    run = rails.ramp.payment(bill)
    booked = _booked(rails, sample, bill)
    lines = _lines(rails, run, bill)
    first, last = cash_window(payment.expectation, payment.rail)
    debits = [line for line in lines if line["amount_minor"] > 0]
    return Truth(
        paid,
        tuple(minor for minor, _, _ in booked),
        tuple(line["amount_minor"] for line in debits),
        _returned(rails, run),
        all(first <= date.fromisoformat(line["date"]) <= last for line in debits)
        and _in_time(payment, bill, [day for _, _, day in booked]),
        all(account == "35" for _, account, _ in booked),
        payment.amount.minor,
    )


def _in_time(payment: Payment, bill: dict[str, Any], booked_on: list[date]) -> bool:
    """Whether ledger and rail carry days that this payment may have: a late one is a mismatch."""
    first, last = ledger_window(payment.expectation, payment.rail, payment.cash)
    paid_on = local_date(parse_instant(bill["paid_at"]), BANK_ZONE) if bill["paid_at"] else None
    rail_last = rail_last_day(payment.expectation, payment.rail)
    in_ledger = all(first <= day <= last for day in booked_on)
    return in_ledger and (paid_on is None or paid_on <= rail_last)


def _booked(
    rails: SimulatedRails, sample: SampleClient, bill: dict[str, Any]
) -> list[tuple[int, str, date]]:
    """Amount, account and day of each BillPayment of the bill."""
    found: list[tuple[int, str, date]] = []
    for row in rails.qbo.document.rows(f"{sample.realm_id}/BillPayment").values():
        for line in row.get("Line", []):
            ids = [link["TxnId"] for link in line.get("LinkedTxn", [])]
            if bill["remote_id"] in ids and Decimal(row["TotalAmt"]):
                account = row.get("CheckPayment", {}).get("BankAccountRef", {}).get("value", "")
                day = date.fromisoformat(row["TxnDate"])
                found.append((int(Decimal(line["Amount"]) * 100), account, day))
    return found


def _lines(rails: SimulatedRails, run: dict[str, Any], bill: dict[str, Any]) -> list[Any]:
    """Debits of this payment at the bank. A check's line names nobody: its amount is its own."""
    invoice, check = bill["invoice_number"], bill["payment_method"] == "CHECK"
    return [
        line
        for line in rails.plaid.document.rows("bank_lines").values()
        if not line["pending"]
        and line["account_id"] == rails_account(rails, bill)
        and (
            (run["debit_trace"] and line["reference"] == run["debit_trace"])
            or (line["reference"] is None and str(line["name"]).endswith(f" {invoice}"))
            or (check and line["check_number"] and line["amount_minor"] == bill["amount_minor"])
        )
    ]


def _returned(rails: SimulatedRails, run: dict[str, Any]) -> bool:
    """Whether Ramp said that this payment came back; the bank's line names no payment."""
    facts = rails.ramp.document.rows("facts").values()
    return any(fact["kind"] == "bank_credit" and fact["payment_id"] == run["id"] for fact in facts)


def rails_account(rails: SimulatedRails, bill: dict[str, Any]) -> str:
    """The bank account that pays a bill."""
    account = rails.ramp.document.rows("bank_accounts")[bill["source_bank_account_id"]]
    return str(account["plaid_account_id"])
