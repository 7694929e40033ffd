"""When customers will pay: from how long each of them took for the invoices it has paid.

Days-to-pay is the median of the days from an invoice's date to the day on which the ledger first
showed it paid in full. docs/decisions/0024-runway.md says why so.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue
from rowcol.domain.invoice import Invoice
from rowcol.domain.money import Money
from rowcol.domain.runway import FAR_DAYS, Certainty, Flow, FlowKind, counted_on
from rowcol.domain.scope import key_of

PAID_KEPT = 12
PAID_KEPT_EVERYBODY = 60
# Fewer paid invoices than these tell no habit.
PAID_MIN = 3
# As long after its usual day, and after its due date, an open invoice is doubtful.
DOUBTFUL_DAYS = 60
# An invoice whose usual day has passed is expected so many days from now.
LATE_DAYS_MIN = 7
LATE_DAYS_MAX = 30
TERM_DAYS = 30
EVERYBODY = "everybody"


@dataclass(frozen=True, slots=True)
class PaidInvoice:
    """An invoice seen paid: `days` after its date, `late_days` after it was due (0: in time)."""

    invoice_id: str
    paid_on: date
    days: int
    late_days: int


@dataclass(frozen=True, slots=True)
class PayingHabit(NeverDue):
    """How one customer paid lately, or all of a client's together (id EVERYBODY). Latest last."""

    id: str
    version: int
    name: str
    paid: tuple[PaidInvoice, ...] = ()

    kind = "paying_habit"

    @property
    def list_key(self) -> str | None:
        """Customers by name; all of a client's together are nobody."""
        return None if self.id == EVERYBODY else f"{self.name.casefold()[:64]}#{self.id}"

    @property
    def is_known(self) -> bool:
        """Whether enough were paid to tell a habit."""
        return len(self.paid) >= PAID_MIN

    @property
    def days(self) -> int:
        """Median of the days to pay; the longer one of two in the middle."""
        return _median(one.days for one in self.paid)

    @property
    def late_days(self) -> int:
        """Median of the days after the due date."""
        return _median(one.late_days for one in self.paid)

    def without(self, invoice_id: str) -> PayingHabit:
        """The same without an invoice: it is open again, or its reading was wrong."""
        kept = tuple(one for one in self.paid if one.invoice_id != invoice_id)
        return replace(self, paid=kept)

    def taking(self, paid: PaidInvoice, kept: int) -> PayingHabit:
        """The same with an invoice, once; the latest `kept` of them stay."""
        every = (*self.without(paid.invoice_id).paid, paid)
        in_order = sorted(every, key=lambda one: (one.paid_on, one.invoice_id))
        return replace(self, paid=tuple(in_order[-kept:]))


def habit_id(invoice: Invoice) -> str:
    """Whose habit an invoice tells of: its customer's; one without an id is known by name."""
    ledger = invoice.ledger
    return key_of("customer", ledger.customer_id or f"name {ledger.customer_name}")


def paid_invoice(invoice: Invoice) -> PaidInvoice | None:
    """What a paid invoice tells; None when it is not known when it was written or paid."""
    ledger, paid_on = invoice.ledger, invoice.paid_on
    if ledger.issued_on is None or paid_on is None:
        return None
    late_days = max((paid_on - ledger.due_on).days, 0) if ledger.due_on else 0
    return PaidInvoice(invoice.id, paid_on, max((paid_on - ledger.issued_on).days, 0), late_days)


class Basis(StrEnum):
    """What an expected day rests on: the customer's habit, all customers', or the due date."""

    CUSTOMER = "customer"
    CLIENT = "client"
    TERMS = "terms"


@dataclass(frozen=True, slots=True)
class ExpectedReceipt:
    """When an open invoice is expected to be paid, on what grounds, and how sure that is.

    `usual_on`: the day by habit or terms, which may have passed. `count`, `days`: how many paid
    invoices tell it, and their median; zero by terms.
    """

    day: date
    usual_on: date
    basis: Basis
    count: int
    days: int
    certainty: Certainty
    why: str


def expected_receipt(
    invoice: Invoice, own: PayingHabit | None, everybody: PayingHabit | None, today: date
) -> ExpectedReceipt:
    """When an open invoice will be paid: a bank day, never before today.

    One whose usual day has passed is expected as many days from today as its payer is usually late,
    from LATE_DAYS_MIN to LATE_DAYS_MAX. More than DOUBTFUL_DAYS after both that day and its due
    date it is doubtful, and so is one without any date.
    """
    usual = _usual(invoice, own, everybody, today)
    if usual.on >= today:
        certainty = Certainty.LIKELY if usual.is_told else Certainty.DOUBTFUL
        return _expected(usual, usual.on, certainty, usual.why, today)
    late_days = usual.habit.late_days if usual.habit else 0
    late_days = min(max(late_days, LATE_DAYS_MIN), LATE_DAYS_MAX)
    why = f"{usual.why}; that was {usual.on}, so {late_days} days from today"
    overdue_days = (today - max(usual.on, invoice.ledger.due_on or usual.on)).days
    certainty = Certainty.LIKELY
    if overdue_days > DOUBTFUL_DAYS:
        certainty = Certainty.DOUBTFUL
        why += f"; doubtful, it is {overdue_days} days late (more than {DOUBTFUL_DAYS})"
    return _expected(usual, today + timedelta(days=late_days), certainty, why, today)


@dataclass(frozen=True, slots=True)
class _Usual:
    """The day on which an invoice would usually be paid. `is_told`: by dates of its own."""

    on: date
    basis: Basis
    habit: PayingHabit | None
    why: str
    is_told: bool = True


def _usual(
    invoice: Invoice, own: PayingHabit | None, everybody: PayingHabit | None, today: date
) -> _Usual:
    far = today + timedelta(days=FAR_DAYS)
    issued_on, due_on = invoice.ledger.issued_on, invoice.ledger.due_on
    if issued_on is not None:
        issued_on = min(issued_on, far)
        for basis, habit, who in (
            (Basis.CUSTOMER, own, "this customer"),
            (Basis.CLIENT, everybody, "the client's customers"),
        ):
            if habit is not None and habit.is_known:
                why = (
                    f"{who} paid the last {len(habit.paid)} invoices {habit.days} days after their"
                    " date (median)"
                )
                return _Usual(issued_on + timedelta(days=habit.days), basis, habit, why)
    if due_on is not None:
        why = "on its due date, no habit is known yet"
        return _Usual(min(due_on, far), Basis.TERMS, None, why)
    if issued_on is not None:
        why = f"{TERM_DAYS} days after its date: no due date, no habit is known yet"
        return _Usual(issued_on + timedelta(days=TERM_DAYS), Basis.TERMS, None, why)
    why = "doubtful, it has neither a date nor a due date"
    return _Usual(today + timedelta(days=TERM_DAYS), Basis.TERMS, None, why, is_told=False)


def _expected(
    usual: _Usual, day: date, certainty: Certainty, why: str, today: date
) -> ExpectedReceipt:
    count, days = (len(usual.habit.paid), usual.habit.days) if usual.habit else (0, 0)
    on = counted_on(day, today)
    return ExpectedReceipt(on, usual.on, usual.basis, count, days, certainty, why)


def receipt_flow(
    invoice: Invoice,
    open_amount: Money,
    own: PayingHabit | None,
    everybody: PayingHabit | None,
    today: date,
) -> Flow:
    """What is open of an invoice as money to come in."""
    expected = expected_receipt(invoice, own, everybody, today)
    ledger = invoice.ledger
    label = ", ".join(part for part in (ledger.customer_name, ledger.doc_number) if part)
    return Flow(
        invoice.id,
        FlowKind.RECEIPT,
        expected.day,
        open_amount,
        expected.certainty,
        label,
        expected.why,
        ledger.due_on,
    )


def _median(values: Iterable[int]) -> int:
    in_order = sorted(values)
    return in_order[len(in_order) // 2] if in_order else 0
