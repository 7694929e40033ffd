"""Read what a client's runway is made of, and tell what a decision does to it. Writes nothing.

Reads of one gathering: head and spending; seven lists (bills that hold money and others not over,
payments not over and records looked for at the bank, open invoices, active recurrences, payouts on
their way), one query per PAGE_IDS ids; and eight kinds of items, one batch read per 100. With up to
50 open bills and 50 open invoices that is at most 17 calls, whatever history there is; a further
100 of a kind are one more, of bills and invoices two to four (what is allocated to them, who pays
them, what Stripe collected for them).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from rowcol.domain.allocation import Allocated, AllocationTarget, allocated_id
from rowcol.domain.bill import Bill
from rowcol.domain.client import Client, Head
from rowcol.domain.invoice import OPEN, Invoice
from rowcol.domain.payment import Payment
from rowcol.domain.receipts import EVERYBODY, PayingHabit, habit_id
from rowcol.domain.receivables.collected import Collected
from rowcol.domain.receivables.payout_record import OPEN as COMING
from rowcol.domain.receivables.payout_record import PayoutRecord
from rowcol.domain.recurrence import Recurrence, RecurrenceState
from rowcol.domain.runway_effect import RunwayEffect, effect_of
from rowcol.domain.runway_sources import Sources
from rowcol.domain.spending import Spending
from rowcol.service.change import Change
from rowcol.service.listing import HELD, every_id
from rowcol.service.spending import SPENDING
from rowcol.service.store import Books

PAGE_IDS = 1000
LIVE = "live#"
RECORDS = "record#"


def gather(books: Books, client: Client, now: datetime, head: Head | None = None) -> Sources:
    """Everything the runway of one client is made of, as it is `now`; the head is read if none."""
    held = every_id(books, Bill, HELD, PAGE_IDS)
    bills = books.get_many(Bill, (*held, *every_id(books, Bill, LIVE, PAGE_IDS)))
    listed = [
        name for prefix in (LIVE, RECORDS) for name in every_id(books, Payment, prefix, PAGE_IDS)
    ]
    live = [bill.live_payment_id for bill in bills.values() if bill.live_payment_id is not None]
    payments = books.get_many(Payment, dict.fromkeys((*listed, *live)))
    invoices = books.get_many(Invoice, every_id(books, Invoice, OPEN, PAGE_IDS))
    active = f"{RecurrenceState.ACTIVE.value}#"
    return Sources(
        client,
        head if head is not None else books.head(client.currency),
        now,
        bills,
        payments,
        books.get_many(Allocated, _targets(bills, invoices)),
        invoices,
        books.get_many(PayingHabit, _payers(invoices.values())),
        books.get_many(Recurrence, every_id(books, Recurrence, active, PAGE_IDS)),
        books.get(Spending, SPENDING),
        books.get_many(PayoutRecord, every_id(books, PayoutRecord, COMING, PAGE_IDS)),
        books.get_many(Collected, invoices),
    )


def decision_effect(change: Change, bill_id: str) -> RunwayEffect:
    """The runway before and after what a change has planned for one bill. Pure but for `gather`.

    To be asked at the end of a plan: before is the bill as this change read it, after the bill and
    its live payment as it has put them. Everything else is gathered once, beside the transaction.
    A change that did not touch the bill has no effect. Raises KeyError for a bill it never read.
    """
    before, after = change.before(Bill, bill_id), change.get(Bill, bill_id)
    if before is None or after is None:
        raise KeyError(bill_id)
    sources = gather(change.books, change.client, change.now, change.head)
    name = after.live_payment_id
    payment = change.get(Payment, name) if name is not None else None
    return effect_of(sources.deciding(before, None), sources.deciding(after, payment))


def _targets(bills: Iterable[str], invoices: Iterable[str]) -> list[str]:
    return [
        *(allocated_id(AllocationTarget.BILL, name) for name in bills),
        *(allocated_id(AllocationTarget.INVOICE, name) for name in invoices),
    ]


def _payers(invoices: Iterable[Invoice]) -> Mapping[str, None]:
    return dict.fromkeys((EVERYBODY, *(habit_id(invoice) for invoice in invoices)))
