"""Data checks of one invoice of the ledger: a small function for each, and their table. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from rowcol.domain.hygiene.problem import Check, Problem, in_ledger
from rowcol.domain.invoice import Invoice
from rowcol.domain.receivables.follow_up import FollowUp, overdue_days

# A few days late is a transfer under way; what was said to a customer holds for a month.
LATE_DAYS = 7
CONTACT_HOLDS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class InvoiceCase:
    """An invoice with what it is judged by. `follow_up`: what people recorded about it."""

    invoice: Invoice
    currency: str
    today: date
    follow_up: FollowUp | None = None

    @property
    def name(self) -> str:
        """The invoice in words."""
        return invoice_name(self.invoice)

    @property
    def link(self) -> str:
        """Its page in QuickBooks."""
        return invoice_link(self.invoice)


def invoice_name(invoice: Invoice) -> str:
    """An invoice in words."""
    ledger = invoice.ledger
    customer = ledger.customer_name or "an unnamed customer"
    return f"invoice {ledger.doc_number or invoice.id} of {customer}"


def invoice_link(invoice: Invoice) -> str:
    """An invoice's page in QuickBooks."""
    return in_ledger("invoice", "txnId", invoice.ledger.invoice_id)


def is_judged(invoice: Invoice) -> bool:
    """Whether its data matters: it stands, and is not paid."""
    return invoice.is_payable and (invoice.is_open or invoice.amount.minor <= 0)


def no_customer(case: InvoiceCase) -> Problem | None:
    """An invoice that asks nobody."""
    if case.invoice.ledger.customer_id:
        return None
    return Problem(f"The {case.name} names no customer", "a customer", "none", case.link)


def no_due_date(case: InvoiceCase) -> Problem | None:
    """Nobody knows when it is late."""
    if case.invoice.ledger.due_on is not None:
        return None
    return Problem(f"The {case.name} has no due date", "a due date", "none", case.link)


def amount_not_positive(case: InvoiceCase) -> Problem | None:
    """It asks for nothing. A void is no invoice any more, and is not judged."""
    amount = case.invoice.amount
    if amount.minor > 0:
        return None
    title = f"The {case.name} asks for {amount}"
    return Problem(title, "an amount above zero", str(amount), case.link)


def due_before_issue(case: InvoiceCase) -> Problem | None:
    """One of the two dates is wrong. Due on receipt is usual."""
    due, issued = case.invoice.ledger.due_on, case.invoice.ledger.issued_on
    if due is None or issued is None or due >= issued:
        return None
    title = f"The {case.name} is due before it was issued"
    return Problem(title, f"due on {issued} or later", f"due on {due}", case.link)


def foreign_currency(case: InvoiceCase) -> Problem | None:
    """The client's books are in one currency."""
    currency = case.invoice.amount.currency
    if currency == case.currency:
        return None
    title = f"The {case.name} is in {currency}; the client's books are in {case.currency}"
    return Problem(title, case.currency, currency, case.link)


def without_contact(case: InvoiceCase) -> Problem | None:
    """Late for a week, and nobody recorded a reminder or what the customer answered."""
    if not may_lack_contact(case.invoice, case.today):
        return None
    last = case.follow_up.last if case.follow_up is not None else None
    if last is not None:
        held_until = max(last.at.date() + CONTACT_HOLDS, last.until or date.min)
        if case.today <= held_until:
            return None
    found = f"last asked for on {last.at.date()}" if last is not None else "nobody asked for it"
    # How many days is not said: it would be news every morning.
    title = f"The {case.name} is overdue since {case.invoice.ledger.due_on}, without contact"
    return Problem(title, "a reminder or an answer", found, case.link)


def may_lack_contact(invoice: Invoice, today: date) -> bool:
    """Whether it is late enough for the question."""
    return invoice.is_open and overdue_days(invoice, today) > LATE_DAYS


INVOICE_CHECKS: tuple[Check[InvoiceCase], ...] = (
    Check("invoice_no_customer", no_customer, "any customer"),
    Check("invoice_no_due_date", no_due_date, "any due date"),
    Check("invoice_amount", amount_not_positive, "one cent and more; void, deleted or paid"),
    Check("invoice_due_before_issue", due_before_issue, "due on the day of issue"),
    Check("invoice_currency", foreign_currency, "the currency of the client's books"),
    Check(
        "overdue_without_contact",
        without_contact,
        f"at most {LATE_DAYS} days late; a reminder, a wait or an escalation recorded in the last"
        f" {CONTACT_HOLDS.days} days, or waited for until a later day",
    ),
)
