"""Open invoices with all that is known of them: what is due, paid through Stripe, decided.

Reads: one list per 1,000 open invoices, and per 100 of them one read each of the invoices, of what
Stripe collected, of decisions and of their customers' habits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from rowcol.domain.calendar import local_date
from rowcol.domain.client import Client
from rowcol.domain.invoice import OPEN, Invoice
from rowcol.domain.money import Money
from rowcol.domain.receipts import (
    EVERYBODY,
    ExpectedReceipt,
    PayingHabit,
    expected_receipt,
    habit_id,
)
from rowcol.domain.receivables.ageing import Age, AgeSums, OpenPart, age_of, age_sums
from rowcol.domain.receivables.collected import Collected
from rowcol.domain.receivables.follow_up import (
    FollowUp,
    FollowUpState,
    FollowUpStep,
    overdue_days,
    state_of,
)
from rowcol.domain.scope import key_of
from rowcol.service.listing import every_id
from rowcol.service.store import Books

PAGE_IDS = 1000


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """One open invoice. `collected`: through Stripe, less refunds and disputes; QuickBooks may not
    have booked it. `left`: open and not collected either. `expected`: when it is likely paid, and
    on what grounds.

    `days_to_pay`: of its customer (median), None while too few are known.
    """

    id: str
    doc_number: str | None
    customer_id: str | None
    customer_name: str
    amount: Money
    balance: Money
    issued_on: date | None
    due_on: date | None
    overdue_days: int
    age: Age
    state: FollowUpState
    collected: Money
    left: Money
    expected: ExpectedReceipt
    days_to_pay: int | None
    last_contact_at: datetime | None
    last_decision: FollowUpStep | None

    @property
    def payer(self) -> str:
        """By whom invoices are put together: the customer's id, else its name."""
        return self.customer_id or f"name {self.customer_name}"


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """What one customer owes, and how it pays. `late_days`: median after the due date."""

    customer_id: str | None
    name: str
    sums: AgeSums
    ready: int
    days_to_pay: int | None
    late_days: int | None
    paid_invoices: int


@dataclass(frozen=True, slots=True)
class OpenInvoices:
    """All open invoices of a client by due date, and the habits of those who owe them."""

    invoices: tuple[OpenInvoice, ...]
    habits: Mapping[str, PayingHabit]


def open_invoices(books: Books, client: Client, now: datetime) -> OpenInvoices:
    """Everything that the ledger shows open."""
    names = every_id(books, Invoice, OPEN, PAGE_IDS)
    found = books.get_many(Invoice, names)
    known = [found[name] for name in names if name in found and found[name].is_open]
    ids = [invoice.id for invoice in known]
    collected = books.get_many(Collected, ids)
    decided = books.get_many(FollowUp, ids)
    payers = dict.fromkeys((EVERYBODY, *(habit_id(invoice) for invoice in known)))
    habits = books.get_many(PayingHabit, payers)
    today = local_date(now, client.zone)
    shown = (
        _shown(one, collected.get(one.id), decided.get(one.id), habits, today) for one in known
    )
    return OpenInvoices(tuple(shown), habits)


def _shown(
    invoice: Invoice,
    collected: Collected | None,
    decided: FollowUp | None,
    habits: Mapping[str, PayingHabit],
    today: date,
) -> OpenInvoice:
    ledger, late = invoice.ledger, overdue_days(invoice, today)
    own = habits.get(habit_id(invoice))
    zero = Money.zero(ledger.balance.currency)
    return OpenInvoice(
        invoice.id,
        ledger.doc_number,
        ledger.customer_id,
        ledger.customer_name,
        ledger.amount,
        ledger.balance,
        ledger.issued_on,
        ledger.due_on,
        max(late, 0),
        age_of(late),
        state_of(invoice, decided, today),
        collected.total(zero.currency) if collected is not None else zero,
        collected.rest_of(invoice) if collected is not None else ledger.balance,
        expected_receipt(invoice, own, habits.get(EVERYBODY), today),
        own.days if own is not None and own.is_known else None,
        decided.last_contact_at if decided is not None else None,
        decided.last if decided is not None else None,
    )


def by_customer(every: OpenInvoices, currency: str) -> tuple[CustomerRow, ...]:
    """Customers with open invoices in a currency: who owes most that is overdue comes first."""
    of: dict[str, list[OpenInvoice]] = {}
    for one in every.invoices:
        if one.balance.currency == currency:
            of.setdefault(one.payer, []).append(one)
    rows = [_customer(invoices, every.habits, currency) for invoices in of.values()]
    rows.sort(key=lambda row: (-row.sums.overdue.minor, -row.sums.open.minor, row.name))
    return tuple(rows)


def paid_up(
    habits: Iterable[PayingHabit], rows: Iterable[CustomerRow], currency: str
) -> tuple[CustomerRow, ...]:
    """Customers that owe nothing now, by name, with how they paid."""
    owing = {key_of("customer", row.customer_id or f"name {row.name}") for row in rows}
    return tuple(
        CustomerRow(
            None,
            habit.name,
            age_sums((), currency),
            0,
            habit.days if habit.is_known else None,
            habit.late_days if habit.is_known else None,
            len(habit.paid),
        )
        for habit in habits
        if habit.id not in owing
    )


def _customer(
    invoices: list[OpenInvoice], habits: Mapping[str, PayingHabit], currency: str
) -> CustomerRow:
    first = invoices[0]
    habit = habits.get(_habit_id(first))
    known = habit if habit is not None and habit.is_known else None
    return CustomerRow(
        first.customer_id,
        first.customer_name,
        age_sums(map(part_of, invoices), currency),
        sum(one.state is FollowUpState.READY for one in invoices),
        known.days if known is not None else None,
        known.late_days if known is not None else None,
        len(habit.paid) if habit is not None else 0,
    )


def _habit_id(invoice: OpenInvoice) -> str:
    return key_of("customer", invoice.payer)


def part_of(invoice: OpenInvoice) -> OpenPart:
    """An open invoice as it is added up: as the ledger shows it."""
    return OpenPart(invoice.balance, invoice.overdue_days, invoice.due_on)
