"""The tray kinds of data checks: how severe each is, what mends it. Part of the one table of kinds.

Low and middling ones may be let be by who prepares bills; nothing here moves money by itself.
"""

from __future__ import annotations

from rowcol.domain.tray import Severity
from rowcol.domain.tray_kind import Accept, Family, TrayKind

LOW, MEDIUM, HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH
RAMP, QBO = "in Ramp", "in QuickBooks"


def _bill(
    kind: str, severity: Severity, words: str, remedy: str, *, blocks: bool = False
) -> TrayKind:
    accept = Accept.APPROVER if severity is HIGH else Accept.PREPARER
    return TrayKind(kind, Family.BILL_DATA, severity, words, remedy, accept, blocks_staging=blocks)


def _invoice(kind: str, severity: Severity, words: str, remedy: str) -> TrayKind:
    return TrayKind(kind, Family.INVOICE_DATA, severity, words, remedy, Accept.PREPARER)


HYGIENE_KINDS: tuple[TrayKind, ...] = (
    _bill("vendor_missing", HIGH, "a bill names no vendor", f"choose the vendor {RAMP}"),
    _bill(
        "vendor_inactive", MEDIUM, "the vendor is inactive in QuickBooks",
        f"make the vendor active {QBO}, or choose another one for the bill {RAMP}",
    ),
    _bill(
        "vendor_merged", MEDIUM, "a vendor is one on one side and two, or none, on the other",
        f"merge the vendors {RAMP} too, or map the vendor {RAMP} to the one that is left",
    ),
    _bill("no_due_date", MEDIUM, "a bill has no due date", f"set the due date {RAMP}"),
    _bill(
        "amount_not_positive", MEDIUM, "a bill asks for nothing, or for less",
        f"correct the amount {RAMP}; enter a credit as a vendor credit",
    ),
    _bill(
        "due_before_issue", LOW, "a bill is due before it was issued",
        f"correct the wrong one of the two dates {RAMP}",
    ),
    _bill(
        "foreign_currency", MEDIUM, "a bill is in a currency that the client does not use",
        f"correct the currency {RAMP}, or pay it there; it is not decided here",
    ),
    _bill(
        "duplicate_invoice", HIGH, "a bill has the number and the amount of another one",
        f"archive the one that is too much {RAMP}; or say here why both are right", blocks=True,
    ),
    _bill(
        "duplicate_number", MEDIUM, "a bill has the number of another one of its vendor",
        f"archive the one that is too much, or correct its number {RAMP}",
    ),
    _bill(
        "similar_bill", LOW, "a bill asks for the amount of another one of these days",
        f"look at both {RAMP}; archive the one that is too much, or let them be",
    ),
    _bill(
        "not_in_ledger", MEDIUM, "a bill is approved in Ramp and is not in QuickBooks",
        f"have Ramp copy it, in its accounting view; mend {RAMP} what keeps it back",
    ),
    _bill(
        "closed_period", MEDIUM, "a bill is dated in a closed period",
        f"give it a later date {RAMP}, or open the period {QBO}",
    ),
    _bill(
        "not_in_rail", LOW, "a bill is open in QuickBooks and is not in Ramp",
        f"enter it {RAMP}, or record {QBO} how it was paid",
    ),
    _bill(
        "payment_closed_period", MEDIUM, "a payment is dated in a closed period and is not booked",
        f"open the period {QBO}, or have the payment booked on a later day",
    ),
    _bill(
        "vendor_credit_open", LOW, "a vendor's credit is set against nothing",
        f"apply it to an open bill of the vendor {QBO}, or ask the vendor for the money",
    ),
    _bill(
        "stale_draft", LOW, "a draft has been lying in Ramp",
        f"complete and submit the draft {RAMP}, or delete it",
    ),
    _invoice(
        "invoice_no_customer", MEDIUM, "an invoice names no customer", f"choose the customer {QBO}"
    ),
    _invoice(
        "invoice_no_due_date", LOW, "an invoice has no due date", f"set the due date {QBO}"
    ),
    _invoice(
        "invoice_amount", LOW, "an invoice asks for nothing, or for less",
        f"correct the amount {QBO}, or void it",
    ),
    _invoice(
        "invoice_due_before_issue", LOW, "an invoice is due before it was issued",
        f"correct the wrong one of the two dates {QBO}",
    ),
    _invoice(
        "invoice_currency", MEDIUM, "an invoice is in a currency that the client does not use",
        f"correct the currency {QBO}",
    ),
    _invoice(
        "invoice_duplicate", MEDIUM, "an invoice has the number and the amount of another one",
        f"void the one that is too much {QBO}",
    ),
    _invoice(
        "invoice_number_twice", LOW, "two invoices of a customer have one number",
        f"correct the number of one of them {QBO}",
    ),
    _invoice(
        "overdue_without_contact", MEDIUM, "an invoice is overdue and nobody has asked for it",
        "remind the customer, and record it here; or record what the customer answered",
    ),
    _invoice(
        "customer_credit_open", LOW,
        "a customer's payment or credit memo is set against no invoice",
        f"apply it to an open invoice of the customer {QBO}, or pay it back",
    ),
    _invoice(
        "collected_not_booked", MEDIUM,
        "Stripe collected an invoice, and QuickBooks shows it open",
        f"record the payment {QBO}, gross, and Stripe's fee as an expense",
    ),
    _invoice(
        "booked_net", MEDIUM, "a payment through Stripe is booked without Stripe's fee",
        f"correct the payment {QBO} to the gross, and book the fee as an expense",
    ),
    _invoice(
        "refund_not_booked", MEDIUM,
        "a payment was refunded at Stripe, and QuickBooks shows its invoice paid",
        f"enter a refund receipt or a credit memo {QBO}, dated the day of the refund",
    ),
    _invoice(
        "dispute_not_booked", LOW,
        "a customer's bank holds a payment, and QuickBooks shows its invoice paid",
        f"enter a credit memo {QBO}; take it back if the dispute is won",
    ),
)  # fmt: skip
HYGIENE = frozenset(row.kind for row in HYGIENE_KINDS)
