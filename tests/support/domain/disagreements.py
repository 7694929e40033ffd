"""Every disagreement of two sides of a payment, as a difference from facts that agree."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from rowcol.domain.facts import LedgerAllocation, RailState
from rowcol.domain.money import Money
from rowcol.domain.verdict import (
    Mismatch,
    Side,
)
from tests.support.domain.builders import (
    bank_line,
    cash,
    expectation,
    ledger,
    ledger_payment,
    rail_bill,
    rail_payment,
    usd,
)
from tests.support.domain.verdicts import PROVED

RETURN = bank_line(line_id="line-9", amount=usd("-1250.00"), posted_on=date(2026, 11, 24))
EUR = Money(125_000, "EUR")

# What is different, on which side, as what, by which source.
DISAGREEMENTS: dict[str, tuple[dict[str, Any], Side, Mismatch, str]] = {
    "rail amount": (
        {"rail": rail_bill(amount=usd("1250.01"))},
        Side.RAIL,
        Mismatch.AMOUNT,
        "bill-1",
    ),
    "rail currency": ({"rail": rail_bill(amount=EUR)}, Side.RAIL, Mismatch.CURRENCY, "bill-1"),
    "rail failed": (
        {"rail": rail_bill(RailState.ERROR)},
        Side.RAIL,
        Mismatch.RAIL_FAILED,
        "bill-1",
    ),
    "rail unknown": (
        {"rail": rail_bill(RailState.UNKNOWN, raw_state="PAYMENT_TELEPORTED")},
        Side.RAIL,
        Mismatch.UNKNOWN_RAIL_STATE,
        "bill-1",
    ),
    "rail archived": (
        {"rail": rail_bill(RailState.ARCHIVED)},
        Side.RAIL,
        Mismatch.UNEXPECTED_RAIL_STATE,
        "bill-1",
    ),
    "rail rejected": (
        {"rail": rail_bill(RailState.REJECTED)},
        Side.RAIL,
        Mismatch.UNEXPECTED_RAIL_STATE,
        "bill-1",
    ),
    "rail vendor": (
        {"expected": expectation(vendor_id="vendor-9"), "rail": rail_bill()},
        Side.RAIL,
        Mismatch.VENDOR,
        "bill-1",
    ),
    "rail paid another account of the vendor": (
        {
            "expected": expectation(vendor_account_id="va-1"),
            "rail": rail_bill(payment=rail_payment(vendor_account_id="va-2")),
        },
        Side.RAIL,
        Mismatch.ACCOUNT,
        "bill-1",
    ),
    "rail late": (
        {"rail": rail_bill(paid_at=datetime(2026, 12, 10, 6, tzinfo=UTC))},
        Side.RAIL,
        Mismatch.LATE,
        "bill-1",
    ),
    "rail marked as paid by hand": (
        {"rail": rail_bill(payment=rail_payment(method="PAID_MANUALLY")), "cash": None},
        Side.RAIL,
        Mismatch.PAID_OUTSIDE,
        "bill-1",
    ),
    "rail paid, and open again": (
        {"rail": rail_bill(RailState.READY), "proved": PROVED},
        Side.RAIL,
        Mismatch.UNEXPECTED_RAIL_STATE,
        "bill-1",
    ),
    "ledger amount": (
        {"ledger": ledger(ledger_payment(allocations=(LedgerAllocation("1184", usd("1250.01")),)))},
        Side.LEDGER,
        Mismatch.AMOUNT,
        "1822",
    ),
    "ledger less, nothing left": (
        {"ledger": ledger(ledger_payment(allocations=(LedgerAllocation("1184", usd("1000")),)))},
        Side.LEDGER,
        Mismatch.AMOUNT,
        "1822",
    ),
    "ledger partial": (
        {
            "ledger": ledger(
                ledger_payment(allocations=(LedgerAllocation("1184", usd("1000")),)),
                balance=usd("250"),
            )
        },
        Side.LEDGER,
        Mismatch.PARTIAL,
        "1822",
    ),
    "ledger currency": (
        {"ledger": ledger(ledger_payment(allocations=(LedgerAllocation("1184", EUR),)))},
        Side.LEDGER,
        Mismatch.CURRENCY,
        "1822",
    ),
    "ledger twice": (
        {"ledger": ledger(ledger_payment(), ledger_payment(payment_id="1823"))},
        Side.LEDGER,
        Mismatch.DUPLICATE,
        "1822",
    ),
    "ledger vendor": (
        {"ledger": ledger(ledger_payment(vendor_id="99"))},
        Side.LEDGER,
        Mismatch.VENDOR,
        "1822",
    ),
    "ledger account": (
        {"ledger": ledger(ledger_payment(account_id="41"))},
        Side.LEDGER,
        Mismatch.ACCOUNT,
        "1822",
    ),
    "ledger voided": (
        {"ledger": ledger(ledger_payment(voided=True, amount=usd("0"), allocations=()))},
        Side.LEDGER,
        Mismatch.LEDGER_DELETED,
        "1822",
    ),
    "ledger deleted": (
        {"ledger": ledger(ledger_payment(deleted=True))},
        Side.LEDGER,
        Mismatch.LEDGER_DELETED,
        "1822",
    ),
    "ledger moved to another bill": (
        {"ledger": ledger(ledger_payment(allocations=(LedgerAllocation("77", usd("1250")),)))},
        Side.LEDGER,
        Mismatch.LEDGER_EDITED,
        "1822",
    ),
    "ledger taken off every bill": (
        {"ledger": ledger(ledger_payment(allocations=()))},
        Side.LEDGER,
        Mismatch.LEDGER_EDITED,
        "1822",
    ),
    "ledger late": (
        {"ledger": ledger(ledger_payment(paid_on=date(2026, 12, 3)))},
        Side.LEDGER,
        Mismatch.LATE,
        "1822",
    ),
    "ledger dated before the payment": (
        {"ledger": ledger(ledger_payment(paid_on=date(2026, 11, 18)))},
        Side.LEDGER,
        Mismatch.DATE,
        "1822",
    ),
    "ledger edited after the proof: amount": (
        {
            "ledger": ledger(
                ledger_payment(allocations=(LedgerAllocation("1184", usd("1000")),)),
                balance=usd("250"),
            ),
            "proved": PROVED,
        },
        Side.LEDGER,
        Mismatch.LEDGER_EDITED,
        "1822",
    ),
    "ledger edited after the proof: an account that nobody named": (
        {
            "expected": expectation(ledger_account_id=None),
            "ledger": ledger(ledger_payment(account_id="41")),
            "proved": PROVED,
        },
        Side.LEDGER,
        Mismatch.LEDGER_EDITED,
        "1822",
    ),
    "ledger edited after the proof: date": (
        {"ledger": ledger(ledger_payment(paid_on=date(2026, 12, 24))), "proved": PROVED},
        Side.LEDGER,
        Mismatch.LEDGER_EDITED,
        "1822",
    ),
    "ledger booked again after the proof": (
        {"ledger": ledger(ledger_payment(), ledger_payment(payment_id="9")), "proved": PROVED},
        Side.LEDGER,
        Mismatch.DUPLICATE,
        "1822",
    ),
    "cash amount": (
        {"cash": cash(bank_line(amount=usd("1249.99")))},
        Side.CASH,
        Mismatch.AMOUNT,
        "line-1",
    ),
    "cash currency": (
        {"cash": cash(bank_line(amount=EUR))},
        Side.CASH,
        Mismatch.CURRENCY,
        "line-1",
    ),
    "cash account": (
        {"cash": cash(bank_line(account_id="savings"))},
        Side.CASH,
        Mismatch.ACCOUNT,
        "line-1",
    ),
    "cash late": (
        {"cash": cash(bank_line(posted_on=date(2026, 12, 1)))},
        Side.CASH,
        Mismatch.LATE,
        "line-1",
    ),
    "cash early": (
        {"cash": cash(bank_line(posted_on=date(2026, 11, 18)))},
        Side.CASH,
        Mismatch.DATE,
        "line-1",
    ),
    "cash twice": (
        {"cash": cash(bank_line(), bank_line(line_id="line-2"))},
        Side.CASH,
        Mismatch.DUPLICATE,
        "line-2",
    ),
    "cash returned": (
        {"cash": cash(bank_line(), credits_seen=(RETURN,))},
        Side.CASH,
        Mismatch.RETURNED,
        "line-9",
    ),
    "cash in parts that fall short": (
        {
            "cash": cash(
                bank_line(amount=usd("500")), bank_line(line_id="line-2", amount=usd("700"))
            )
        },
        Side.CASH,
        Mismatch.PARTIAL,
        "line-1",
    ),
    "cash in parts that are too much": (
        {
            "cash": cash(
                bank_line(amount=usd("600")), bank_line(line_id="line-2", amount=usd("700"))
            )
        },
        Side.CASH,
        Mismatch.AMOUNT,
        "line-1",
    ),
    "cash names another vendor": (
        {"cash": replace(cash(), payee="Acme Supplies", other_payee="Lakeside Catering")},
        Side.CASH,
        Mismatch.VENDOR,
        "line-1",
    ),
}
