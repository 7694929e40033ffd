"""Which charge at Stripe paid which invoice of the ledger: gross against what the invoice asks.

Exact only by a reference; an equal amount of the same customer is tentative until a person says so
(stripe contract, section 4, rule 3). Never matched by net.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.invoice import Invoice
from rowcol.domain.money import Money, total
from rowcol.domain.receivables.objects import Charge
from rowcol.domain.receivables.references import folded_number
from rowcol.domain.scope import key_of

# A charge may be made before the invoice is written down, and the clocks of two zones differ.
BEFORE_ISSUE = timedelta(days=3)
# Lists of what was collected: with money that went back, and without.
BACK, KEPT = "back#", "kept#"


class ChargeMethod(StrEnum):
    """How a charge was found to pay an invoice."""

    METADATA = "metadata"
    DESCRIPTION = "description"
    STRIPE_INVOICE = "stripe_invoice"
    LEDGER_PAYMENT = "ledger_payment"
    CUSTOMER_AND_AMOUNT = "customer_and_amount"
    PERSON = "person"


class ChargeState(StrEnum):
    """EXACT: by reference or by a person. TENTATIVE: proposed. NONE: no invoice is known for it."""

    EXACT = "exact"
    TENTATIVE = "tentative"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class InvoiceFound:
    """The invoice that a charge pays, and why in words."""

    invoice_id: str
    method: ChargeMethod
    explanation: str

    @property
    def state(self) -> ChargeState:
        """Whether it stands, or waits for a person."""
        is_guess = self.method is ChargeMethod.CUSTOMER_AND_AMOUNT
        return ChargeState.TENTATIVE if is_guess else ChargeState.EXACT


@dataclass(frozen=True, slots=True)
class ChargeMatch(NeverDue):
    """The aggregate: one charge, and the invoice it pays or may pay. `id` as the charge's object.

    `refused_ids`: invoices of which a person said that it does not pay them. `decided_by`: who.
    """

    id: str
    version: int
    charge: Charge
    state: ChargeState = ChargeState.NONE
    found: InvoiceFound | None = None
    decided_by: str | None = None
    decided_at: datetime | None = None
    refused_ids: tuple[str, ...] = ()

    kind = "charge_match"

    @property
    def list_key(self) -> str | None:
        """By state, then by the day of the charge; not one that nothing tells of any more."""
        if not self.charge.is_paid:
            return None
        return f"{self.state.value}#{self.charge.created_at.date().isoformat()}#{self.id}"

    @property
    def invoice_id(self) -> str | None:
        """The invoice, tentative or not."""
        return self.found.invoice_id if self.found is not None else None


@dataclass(frozen=True, slots=True)
class CollectedPart:
    """One charge of an invoice. `disputed`: what a customer's bank holds of it. `fee`: Stripe's, if
    a report told it in the charge's currency. `back_on`: when money last went back, if any did.
    """

    charge_id: str
    amount: Money
    refunded: Money
    state: ChargeState
    disputed: Money
    on: date
    fee: Money | None = None
    back_on: date | None = None

    @property
    def left(self) -> Money:
        """What the customer paid and did not get back."""
        return self.amount - self.refunded - self.disputed

    @property
    def back(self) -> Money:
        """What went back, or is held by the customer's bank."""
        return self.refunded + self.disputed


@dataclass(frozen=True, slots=True)
class Collected(NeverDue):
    """What Stripe collected for one invoice. `id` as the invoice."""

    id: str
    version: int
    parts: tuple[CollectedPart, ...] = ()

    kind = "collected"

    @property
    def list_key(self) -> str | None:
        """By the day of the last charge, or of what went back; those with the latter come first."""
        backs = [part.back_on for part in self.parts if part.back_on is not None]
        days = backs or [part.on for part in self.parts]
        return f"{BACK if backs else KEPT}{max(days).isoformat()}#{self.id}" if days else None

    def standing(self, currency: str) -> tuple[CollectedPart, ...]:
        """Charges that surely pay the invoice, in its currency."""
        return tuple(
            part
            for part in self.parts
            if part.state is ChargeState.EXACT and part.amount.currency == currency
        )

    def total(self, currency: str) -> Money:
        """What stands, less refunds and disputes, in the invoice's currency."""
        return total((part.left for part in self.standing(currency)), currency)

    def rest_of(self, invoice: Invoice) -> Money:
        """What is open in the ledger and was not collected here either, never below zero.

        The ledger may have booked what Stripe collected, or not yet.
        """
        asked, balance = invoice.amount, invoice.ledger.balance
        rest = min(balance, asked - self.total(asked.currency))
        return rest if rest.minor > 0 else Money.zero(asked.currency)

    def with_part(self, part: CollectedPart) -> Collected:
        """The same with a charge, once."""
        return replace(self, parts=(*self.without(part.charge_id).parts, part))

    def without(self, charge_id: str) -> Collected:
        """The same without a charge."""
        kept = tuple(one for one in self.parts if one.charge_id != charge_id)
        return replace(self, parts=kept)


@dataclass(frozen=True, slots=True)
class InvoiceNumber(Unlisted, NeverDue):
    """Finds invoices of the ledger by their number, which people may have given twice."""

    id: str
    version: int
    invoice_ids: tuple[str, ...] = ()

    kind = "invoice_number"

    def with_invoice(self, invoice_id: str) -> InvoiceNumber:
        """The same with an invoice, once."""
        if invoice_id in self.invoice_ids:
            return self
        return replace(self, invoice_ids=(*self.invoice_ids, invoice_id))

    def without(self, invoice_id: str) -> InvoiceNumber:
        """The same without an invoice."""
        return replace(self, invoice_ids=tuple(i for i in self.invoice_ids if i != invoice_id))


def number_id(number: str) -> str:
    """Id of the index of one invoice number."""
    return key_of("number", folded_number(number))


def by_reference(
    charge: Charge, reference: str, method: ChargeMethod, named: Iterable[Invoice]
) -> InvoiceFound | None:
    """The one invoice of a number that the charge names. None for none, several, or another
    currency.
    """
    fitting = [
        invoice
        for invoice in named
        if invoice.is_payable
        and folded_number(invoice.ledger.doc_number or "") == folded_number(reference)
        and invoice.amount.currency == charge.amount.currency
    ]
    if len(fitting) != 1:
        return None
    invoice = fitting[0]
    where = {
        ChargeMethod.METADATA: "the payment's metadata names",
        ChargeMethod.DESCRIPTION: "the payment's description names",
        ChargeMethod.STRIPE_INVOICE: "Stripe's invoice names",
    }.get(method, "it names")
    words = f"{where} {reference}; {charge.amount} gross of {invoice.amount}"
    return InvoiceFound(invoice.id, method, words)


def by_ledger_payment(
    charge: Charge, payment_id: str, paid: Iterable[Invoice]
) -> InvoiceFound | None:
    """The one invoice that the ledger's own payment of this charge is set against."""
    every = tuple(paid)
    if len(every) != 1 or every[0].amount.currency != charge.amount.currency:
        return None
    words = f"payment {payment_id} in QuickBooks has the charge's id as its reference"
    return InvoiceFound(every[0].id, ChargeMethod.LEDGER_PAYMENT, words)


def by_amount(
    charge: Charge,
    customer_id: str | None,
    open_invoices: Iterable[Invoice],
    refused: frozenset[str],
) -> InvoiceFound | None:
    """The only open invoice of the customer that asks for exactly the gross. Tentative."""
    day = charge.created_at.date()
    fitting = [
        invoice
        for invoice in open_invoices
        if invoice.is_payable
        and invoice.id not in refused
        and invoice.amount == charge.amount
        and _is_customer(charge, customer_id, invoice)
        and _is_in_time(invoice, day)
    ]
    if len(fitting) != 1:
        return None
    ledger = fitting[0].ledger
    words = (
        f"the only open invoice of {ledger.customer_name} over {charge.amount};"
        " nothing in the payment names it"
    )
    return InvoiceFound(fitting[0].id, ChargeMethod.CUSTOMER_AND_AMOUNT, words)


def _is_customer(charge: Charge, customer_id: str | None, invoice: Invoice) -> bool:
    if customer_id is not None:
        return invoice.ledger.customer_id == customer_id
    name = charge.customer_name.strip().casefold()
    return bool(name) and invoice.ledger.customer_name.strip().casefold() == name


def _is_in_time(invoice: Invoice, day: date) -> bool:
    issued_on = invoice.ledger.issued_on
    return issued_on is None or issued_on - BEFORE_ISSUE <= day
