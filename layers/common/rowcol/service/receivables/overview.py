"""What customers owe and what is on its way: the sums of a client's receivables."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rowcol.domain.client import Client
from rowcol.domain.money import Money, total
from rowcol.domain.receipts import PayingHabit
from rowcol.domain.receivables.ageing import AgeSums, age_sums
from rowcol.domain.receivables.follow_up import FollowUpState
from rowcol.domain.receivables.objects import Dispute, charge_of, dispute_of
from rowcol.domain.receivables.payout_record import OPEN, PayoutRecord, PayoutStanding
from rowcol.domain.receivables.told import Field, ObjectKind, StripeObject, object_id
from rowcol.service.listing import every_id
from rowcol.service.receivables.open_invoices import (
    CustomerRow,
    OpenInvoices,
    by_customer,
    open_invoices,
    paid_up,
    part_of,
)
from rowcol.service.store import Books

CUSTOMERS_SHOWN = 200
ROWS_SHOWN = 100
RECENT_DAYS = 14
CHARGES_READ_MAX = 1000


@dataclass(frozen=True, slots=True)
class ExpectedPayout:
    """A payout that the bank has not shown yet."""

    id: str
    stripe_id: str
    amount: Money | None
    arrives_on: date | None
    standing: PayoutStanding


@dataclass(frozen=True, slots=True)
class OnTheWay:
    """Payouts on their way, and recent charges that are in no payout as far as anybody has said.

    `recent_gross`: of charges of RECENT_DAYS; their fees may not be known. Events alone do not tell
    which payout takes a charge along: the payout reconciliation report does.
    """

    payouts: tuple[ExpectedPayout, ...]
    payout_count: int
    payouts_total: Money
    recent_charges: int
    recent_gross: Money


@dataclass(frozen=True, slots=True)
class ReceivablesShown:
    """Sums in the client's currency; invoices in others are counted and left out.

    `collected_not_booked`: paid through Stripe and still open in QuickBooks.
    """

    currency: str
    open: AgeSums
    collected_not_booked: Money
    in_other_currencies: int
    by_state: dict[str, int]
    customers: tuple[CustomerRow, ...]
    customer_count: int
    expected: OnTheWay
    disputes: tuple[Dispute, ...]
    dispute_count: int
    disputed: Money


def receivables(books: Books, client: Client, now: datetime) -> ReceivablesShown:
    """All of it, as it is now."""
    currency = client.currency
    every = open_invoices(books, client, now)
    own = [one for one in every.invoices if one.balance.currency == currency]
    customers = by_customer(every, currency)
    disputes = open_disputes(books)
    return ReceivablesShown(
        currency,
        age_sums(map(part_of, own), currency),
        total((one.balance - one.left for one in own), currency),
        len(every.invoices) - len(own),
        _by_state(every),
        customers[:CUSTOMERS_SHOWN],
        len(customers),
        _on_the_way(books, currency, now),
        disputes[:ROWS_SHOWN],
        len(disputes),
        total((one.amount for one in disputes if one.amount.currency == currency), currency),
    )


def customers(books: Books, client: Client, now: datetime) -> tuple[CustomerRow, ...]:
    """Every customer: who owes most that is overdue first, then those that owe nothing, by name."""
    owing = by_customer(open_invoices(books, client, now), client.currency)
    names = every_id(books, PayingHabit, "")
    found = books.get_many(PayingHabit, names)
    habits = (found[name] for name in names if name in found)
    return (*owing, *paid_up(habits, owing, client.currency))


def _by_state(every: OpenInvoices) -> dict[str, int]:
    counts = {state.value: 0 for state in FollowUpState}
    for one in every.invoices:
        counts[one.state.value] += 1
    return counts


def open_disputes(books: Books) -> tuple[Dispute, ...]:
    """Disputes that are not over, the one due first first."""
    names = every_id(books, StripeObject, f"{ObjectKind.DISPUTE.value}#open#")
    found = books.get_many(StripeObject, names)
    told = (dispute_of(found[name]) for name in names if name in found)
    return tuple(one for one in told if one is not None)


def _on_the_way(books: Books, currency: str, now: datetime) -> OnTheWay:
    names = every_id(books, PayoutRecord, OPEN)
    found = books.get_many(PayoutRecord, names)
    records = [found[name] for name in names if name in found]
    own = [one for one in records if one.payout.currency == currency]
    amounts = (one.amount for one in own)
    count, gross = _recent(books, currency, now)
    return OnTheWay(
        tuple(map(_expected, records[:ROWS_SHOWN])),
        len(records),
        total((amount for amount in amounts if amount is not None), currency),
        count,
        gross,
    )


def _expected(record: PayoutRecord) -> ExpectedPayout:
    payout = record.payout
    return ExpectedPayout(record.id, payout.id, record.amount, payout.arrives_on, record.standing)


def _recent(books: Books, currency: str, now: datetime) -> tuple[int, Money]:
    since = now - timedelta(days=RECENT_DAYS)
    names: list[str] = []
    for month in sorted({f"{day:%Y-%m}" for day in (since, now)}):
        prefix = f"{ObjectKind.CHARGE.value}#-#{month}"
        names += every_id(books, StripeObject, prefix, CHARGES_READ_MAX)
    heard = books.get_many(StripeObject, names[-CHARGES_READ_MAX:]).values()
    charges = [one for each in heard if (one := charge_of(each)) is not None]
    recent = [
        one
        for one in charges
        if one.is_paid and one.created_at >= since and one.amount.currency == currency
    ]
    paid_out = _paid_out(books, (one.entry_id for one in recent))
    left = [one for one in recent if one.entry_id not in paid_out]
    return len(left), total((one.amount for one in left), currency)


def _paid_out(books: Books, entry_ids: Iterable[str | None]) -> frozenset[str]:
    by_id = {object_id(ObjectKind.ENTRY, name): name for name in entry_ids if name is not None}
    found = books.get_many(StripeObject, by_id)
    return frozenset(by_id[name] for name, one in found.items() if one.told.get(Field.PAYOUT))
