"""Kinds of tray items about money from customers (domain/tray_kinds.py has the table of all)."""

from __future__ import annotations

from rowcol.domain.tray import Severity
from rowcol.domain.tray_kind import Accept, Family, TrayKind

RECEIVABLES_KINDS = (
    TrayKind(
        "payout_failed", Family.CASH, Severity.HIGH, "a payout of Stripe's came back",
        "correct the bank account in Stripe; the money is on the balance there again",
        Accept.APPROVER,
    ),
    TrayKind(
        "payout_missing", Family.CASH, Severity.MEDIUM, "the bank does not show a payout",
        "look for it at the bank under its trace id, or ask Stripe; RowCol looks again by itself",
    ),
    TrayKind(
        "payout_sum", Family.CASH, Severity.LOW, "a payout's rows do not make its amount",
        "import the payout reconciliation report of its days", Accept.PREPARER,
    ),
    TrayKind(
        "dispute_open", Family.CASH, Severity.HIGH, "a customer's bank asks for money back",
        "send the evidence in Stripe before its day, or accept the dispute there",
    ),
    TrayKind(
        "invoice_escalated", Family.INVOICE_DATA, Severity.HIGH, "an overdue invoice was escalated",
        "settle it with the customer; it closes when QuickBooks shows it paid or void",
    ),
)  # fmt: skip
