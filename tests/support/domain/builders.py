"""Domain values with sensible defaults: a test names only what it is about."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from rowcol.domain.bill import RailCommand
from rowcol.domain.client import AcceptedBalance, AccountCash, Burn, Client, GuardrailSettings, Head
from rowcol.domain.facts import (
    BalanceSource,
    BankLine,
    LedgerAllocation,
    LedgerBill,
    LedgerPayment,
    RailBill,
    RailPayment,
    RailState,
    ReadInterval,
)
from rowcol.domain.lifecycle import Status
from rowcol.domain.money import Money
from rowcol.domain.payment import Custody, Hold, Payment, Step
from rowcol.domain.verdict import CashFact, Expectation, LedgerFact

# A Friday before Thanksgiving week.
FRIDAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
READ = ReadInterval(NOW - timedelta(seconds=1), NOW)


def usd(text: str) -> Money:
    """Dollars, exact."""
    return Money.parse(text, "USD")


def rail_payment(**changes: Any) -> RailPayment:
    """An ACH payment of 1,250.00 that started on FRIDAY."""
    fields: dict[str, Any] = {
        "payment_id": "rp-1",
        "amount": usd("1250.00"),
        "method": "ACH",
        "planned_on": FRIDAY,
        "effective_on": FRIDAY,
        "source_account_id": "source-1",
        "vendor_account_id": "vendor-account-1",
        "vendor_trace_id": None,
        "debit_trace_id": None,
        "customer_reference": None,
    }
    return RailPayment(**(fields | changes))


def rail_bill(state: RailState = RailState.PAID, **changes: Any) -> RailBill:
    """A bill of 1,250.00 as Ramp shows it; another bill has another number."""
    name = changes.get("bill_id", "bill-1")
    fields: dict[str, Any] = {
        "bill_id": "bill-1",
        "invoice_number": "INV-7" if name == "bill-1" else f"INV-7-{name}",
        "vendor_id": "vendor-1",
        "vendor_name": "Acme Supplies",
        "vendor_ledger_id": "56",
        "amount": usd("1250.00"),
        "issued_on": date(2026, 11, 1),
        "due_on": date(2026, 12, 1),
        "approved": True,
        "state": state,
        "raw_state": state.value.upper(),
        "paid_at": None,
        "archived": False,
        "ledger_bill_id": "1184",
        "ledger_synced": True,
        "draft_bill_id": None,
        "payment": rail_payment(),
        "read": READ,
    }
    return RailBill(**(fields | changes))


def expectation(**changes: Any) -> Expectation:
    """1,250.00 to vendor 56 from account operating-1, released on FRIDAY."""
    fields: dict[str, Any] = {
        "bill_amount": usd("1250.00"),
        "ledger_vendor_id": "56",
        "bank_account_id": "operating-1",
        "ledger_account_id": "35",
        "released_on": FRIDAY,
    }
    return Expectation(**(fields | changes))


def ledger_payment(**changes: Any) -> LedgerPayment:
    """A BillPayment of 1,250.00 for bill 1184."""
    fields: dict[str, Any] = {
        "payment_id": "1822",
        "vendor_id": "56",
        "amount": usd("1250.00"),
        "paid_on": FRIDAY,
        "account_id": "35",
        "allocations": (LedgerAllocation("1184", usd("1250.00")),),
        "voided": False,
        "deleted": False,
        "sync_token": "0",
        "read": READ,
    }
    return LedgerPayment(**(fields | changes))


def ledger_bill(**changes: Any) -> LedgerBill:
    """Bill 1184 of 1,250.00, paid."""
    fields: dict[str, Any] = {
        "bill_id": "1184",
        "vendor_id": "56",
        "doc_number": "INV-7",
        "amount": usd("1250.00"),
        "balance": usd("0"),
        "due_on": date(2026, 12, 1),
        "payment_ids": ("1822",),
        "sync_token": "1",
        "read": READ,
    }
    return LedgerBill(**(fields | changes))


def ledger(*payments: LedgerPayment, **changes: Any) -> LedgerFact:
    """What the ledger shows of the bill; one matching BillPayment unless others are given."""
    return LedgerFact(ledger_bill(**changes), payments or (ledger_payment(),), READ)


def bank_line(**changes: Any) -> BankLine:
    """A posted debit of 1,250.00 on FRIDAY."""
    fields: dict[str, Any] = {
        "line_id": "line-1",
        "account_id": "operating-1",
        "amount": usd("1250.00"),
        "posted_on": FRIDAY,
        "pending": False,
        "text": "RAMP BILL PAY ACME SUPPLIES",
        "reference": None,
        "check_number": None,
        "replaces_line_id": None,
    }
    return BankLine(**(fields | changes))


def cash(*debits: BankLine, credits_seen: tuple[BankLine, ...] = ()) -> CashFact:
    """Matched bank lines; one matching debit unless others are given."""
    return CashFact(debits or (bank_line(),), credits_seen, "exact", "it fits", NOW, NOW)


def payment(status: Status = Status.PENDING, **changes: Any) -> Payment:
    """A payment of bill-1 in a status."""
    fields: dict[str, Any] = {
        "id": "pay_1",
        "version": 3,
        "bill_id": "bill-1",
        "counterparty_id": "vendor-1",
        "counterparty_name": "Acme Supplies",
        "invoice_number": "INV-7",
        "amount": usd("1250.00"),
        "status": status,
        "custody": Custody(Step.RECHECK, 1),
        "expectation": expectation(),
        "created_at": NOW,
        "created_by": "anna",
        "decision_id": "dec_1",
        "pay_on": FRIDAY,
    }
    return Payment(**(fields | changes))


def command() -> RailCommand:
    """A date command that was accepted."""
    return RailCommand("cmd_1", "set_date", NOW, FRIDAY, "accepted", None, NOW)


def held(kind: str) -> Hold:
    """A hold of some kind."""
    return Hold(kind, "for a reason", NOW)


def client(**changes: Any) -> Client:
    """A client with two operating accounts and a floor of 500.00."""
    fields: dict[str, Any] = {
        "id": "bluebird",
        "version": 1,
        "name": "Bluebird Bakery",
        "currency": "USD",
        "operating_account_ids": ("operating-1", "operating-2"),
        "guardrail": GuardrailSettings(floor=usd("500.00")),
    }
    return Client(**(fields | changes))


def balance(
    *accounts: str,
    observed_at: datetime = NOW,
    source: BalanceSource = BalanceSource.LIVE,
) -> AcceptedBalance:
    """An accepted balance: cash of operating-1, operating-2, ... in dollars."""
    each = tuple(
        AccountCash(f"operating-{number}", usd(text)) for number, text in enumerate(accounts, 1)
    )
    pool = Money(sum(account.cash.minor for account in each), "USD")
    return AcceptedBalance(pool, each, source, observed_at, observed_at)


def head(
    accepted: AcceptedBalance | None = None, covered: str = "0", burn: Burn | None = None
) -> Head:
    """A client head in dollars."""
    return Head("USD", covered=usd(covered), balance=accepted, burn=burn)
