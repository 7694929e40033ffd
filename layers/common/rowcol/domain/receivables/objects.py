"""Objects of Stripe as they stand, read from what was told of them.

Each function answers None while what was told is not enough: a refund may be heard of before its
charge, a charge before its fee.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from rowcol.domain.money import Money
from rowcol.domain.plain import instant
from rowcol.domain.receivables.amounts import Part, part_of
from rowcol.domain.receivables.told import DISPUTES_OVER, Field, ObjectKind, StripeObject


@dataclass(frozen=True, slots=True)
class Entry:
    """A balance transaction: what one object did to the balance. `net` is gross less fee.

    `payout_id`: the automatic payout that took it along, None until then.
    """

    id: str
    category: str
    gross: Money
    fee: Money
    created_at: datetime
    available_on: date | None = None
    payout_id: str | None = None
    source_id: str | None = None
    charge_id: str | None = None
    description: str = ""

    @property
    def net(self) -> Money:
        """What reached the balance, or left it."""
        return self.gross - self.fee

    @property
    def part(self) -> Part:
        """What it is to the payout that holds it."""
        return part_of(self.category)


@dataclass(frozen=True, slots=True)
class Charge:
    """What a customer paid: `amount` gross, as the invoice counts it.

    `settled`, `fee`: as it reached the balance, when an export of payments said so. `reference`:
    the number of the ledger's invoice, which stood in `reference_by` (metadata, description).
    """

    id: str
    amount: Money
    status: str
    created_at: datetime
    refunded: Money
    settled: Money | None = None
    fee: Money | None = None
    payout_id: str | None = None
    entry_id: str | None = None
    customer_id: str | None = None
    customer_name: str = ""
    ledger_customer_id: str | None = None
    stripe_invoice_id: str | None = None
    reference: str | None = None
    reference_by: str = ""

    @property
    def is_paid(self) -> bool:
        """Whether the customer's money came."""
        return self.status == "succeeded"


@dataclass(frozen=True, slots=True)
class Refund:
    """Money given back to a customer, as a positive amount."""

    id: str
    amount: Money
    status: str
    created_at: datetime
    charge_id: str | None = None


class DisputeState(StrEnum):
    """Whether somebody must answer, the bank decides, or it is over."""

    NEEDS_RESPONSE = "needs_response"
    UNDER_REVIEW = "under_review"
    OVER = "over"
    UNKNOWN = "unknown"


_DISPUTES: Mapping[str, DisputeState] = {
    "warning_needs_response": DisputeState.NEEDS_RESPONSE,
    "needs_response": DisputeState.NEEDS_RESPONSE,
    "appeal_needs_response": DisputeState.NEEDS_RESPONSE,
    "warning_under_review": DisputeState.UNDER_REVIEW,
    "under_review": DisputeState.UNDER_REVIEW,
    "appeal_under_review": DisputeState.UNDER_REVIEW,
    **dict.fromkeys(DISPUTES_OVER, DisputeState.OVER),
}


@dataclass(frozen=True, slots=True)
class Dispute:
    """A customer's bank asks for money back. `due_at`: until when evidence counts, if anybody said.

    `status` is Stripe's word, empty when only a file told of it.
    """

    id: str
    amount: Money
    status: str
    state: DisputeState
    created_at: datetime
    due_at: datetime | None = None
    reason: str = ""
    charge_id: str | None = None


class PayoutState(StrEnum):
    """On its way, said to be paid, or back: `failed` may come after `paid`."""

    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
    CANCELED = "canceled"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Payout:
    """Money from Stripe's balance to the bank.

    `amount` None: only its rows are known, which then must add up to what the bank shows.
    """

    id: str
    currency: str
    state: PayoutState
    arrives_on: date | None
    amount: Money | None = None
    created_at: datetime | None = None
    trace_id: str | None = None
    entry_id: str | None = None
    failure_code: str | None = None
    automatic: bool | None = None

    @property
    def has_come_back(self) -> bool:
        """Whether the money is on the balance again."""
        return self.state in (PayoutState.FAILED, PayoutState.CANCELED)


def entry_of(known: StripeObject) -> Entry | None:
    """The entry, when its amounts are known."""
    told = _Told(known, ObjectKind.ENTRY)
    gross, fee = told.money(Field.GROSS), told.money(Field.FEE)
    created_at = told.instant(Field.CREATED_AT)
    if gross is None or fee is None or created_at is None:
        return None
    return Entry(
        known.stripe_id,
        told.text(Field.CATEGORY),
        gross,
        fee,
        created_at,
        told.day(Field.AVAILABLE_ON),
        told.maybe(Field.PAYOUT),
        told.maybe(Field.SOURCE),
        told.maybe(Field.CHARGE),
        told.text(Field.DESCRIPTION),
    )


def charge_of(known: StripeObject) -> Charge | None:
    """The charge, when its amount is known."""
    told = _Told(known, ObjectKind.CHARGE)
    amount, created_at = told.money(Field.AMOUNT), told.instant(Field.CREATED_AT)
    if amount is None or created_at is None:
        return None
    return Charge(
        known.stripe_id,
        amount,
        told.text(Field.STATUS),
        created_at,
        told.money(Field.REFUNDED) or Money.zero(amount.currency),
        told.money(Field.SETTLED, Field.SETTLED_CURRENCY),
        told.money(Field.FEE, Field.SETTLED_CURRENCY),
        told.maybe(Field.PAYOUT),
        told.maybe(Field.ENTRY),
        told.maybe(Field.CUSTOMER),
        told.text(Field.CUSTOMER_NAME),
        told.maybe(Field.LEDGER_CUSTOMER),
        told.maybe(Field.INVOICE),
        told.maybe(Field.REFERENCE),
        told.text(Field.REFERENCE_BY),
    )


def refund_of(known: StripeObject) -> Refund | None:
    """The refund, when its amount is known."""
    told = _Told(known, ObjectKind.REFUND)
    amount, created_at = told.money(Field.AMOUNT), told.instant(Field.CREATED_AT)
    if amount is None or created_at is None:
        return None
    charge_id = told.maybe(Field.CHARGE)
    return Refund(known.stripe_id, amount, told.text(Field.STATUS), created_at, charge_id)


def dispute_of(known: StripeObject) -> Dispute | None:
    """The dispute, when its amount is known."""
    told = _Told(known, ObjectKind.DISPUTE)
    amount, created_at = told.money(Field.AMOUNT), told.instant(Field.CREATED_AT)
    if amount is None or created_at is None:
        return None
    status = told.text(Field.STATUS)
    return Dispute(
        known.stripe_id,
        amount,
        status,
        _DISPUTES.get(status, DisputeState.UNKNOWN),
        created_at,
        told.instant(Field.DUE_AT),
        told.text(Field.REASON),
        told.maybe(Field.CHARGE),
    )


def payout_of(known: StripeObject) -> Payout | None:
    """The payout, when its currency is known."""
    told = _Told(known, ObjectKind.PAYOUT)
    currency = told.maybe(Field.CURRENCY)
    if currency is None:
        return None
    automatic = told.maybe(Field.AUTOMATIC)
    return Payout(
        known.stripe_id,
        currency,
        _payout_state(told.text(Field.STATUS)),
        told.day(Field.ARRIVES_ON),
        told.money(Field.AMOUNT),
        told.instant(Field.CREATED_AT),
        told.maybe(Field.TRACE_ID),
        told.maybe(Field.ENTRY),
        told.maybe(Field.FAILURE_CODE),
        None if automatic is None else automatic == "true",
    )


def _payout_state(text: str) -> PayoutState:
    try:
        return PayoutState(text)
    except ValueError:
        return PayoutState.UNKNOWN


class _Told:
    """Fields of one object, as what they are. Whoever wrote them wrote them so."""

    def __init__(self, known: StripeObject, kind: ObjectKind) -> None:
        if known.type is not kind:
            raise ValueError(f"{known.id} is no {kind.value}")
        self._told = known.told

    def maybe(self, field: Field) -> str | None:
        return self._told.get(field) or None

    def text(self, field: Field) -> str:
        return self._told.get(field, "")

    def instant(self, field: Field) -> datetime | None:
        text = self.maybe(field)
        return instant(text) if text is not None else None

    def day(self, field: Field) -> date | None:
        text = self.maybe(field)
        return date.fromisoformat(text) if text is not None else None

    def money(self, field: Field, currency: Field = Field.CURRENCY) -> Money | None:
        minor, code = self.maybe(field), self.maybe(currency)
        return Money(int(minor), code) if minor is not None and code is not None else None
