"""Once a day, judge everything again: what time alone makes a problem, and what a crash left.

Facts are judged in the write that brings them; the round finds the rest. It reads what is open and
writes only what differs. A run that ends half way is repeated by the next one, without harm.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TypeVar

from rowcol.domain.bill import Bill
from rowcol.domain.client import Client
from rowcol.domain.draft import Draft
from rowcol.domain.hygiene.copies import (
    OPEN,
    PREFERENCES_ID,
    KeptBill,
    KeptCredit,
    KeptPreferences,
    KeptVendor,
    bill_key,
    vendor_key,
)
from rowcol.domain.hygiene.kinds import HYGIENE
from rowcol.domain.invoice import OPEN as OPEN_INVOICES
from rowcol.domain.invoice import Invoice
from rowcol.domain.payment import Payment
from rowcol.domain.receivables.payout_record import ARRIVED, PayoutRecord
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.tray import TrayItem, TrayState, tray_id
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.fitting import in_parts
from rowcol.service.hygiene import bills, invoices
from rowcol.service.hygiene.booked import judge_watched
from rowcol.service.hygiene.ledger_subjects import (
    CREDIT,
    DRAFT,
    LEDGER_BILL,
    PAYMENT,
    judge_credit,
    judge_draft,
    judge_ledger_bill,
    judge_payment_date,
)
from rowcol.service.hygiene.ledger_vendors import LIVE, refresh_vendors
from rowcol.service.listing import HELD, every_id
from rowcol.service.proof import payments_to_prove
from rowcol.service.rail_budget_ports import Left
from rowcol.service.receivables.payouts import payout_rows
from rowcol.service.received_notes import note_payout
from rowcol.service.store import Aggregate, Books

A = TypeVar("A", bound=Aggregate)
Judge = Callable[[Change, A], None]
Prefetch = Callable[[Change, list[A]], None]
QBO = "qbo"
TOGETHER = 100
_SPARED = frozenset({Left.LAST, Left.NOTHING})


def refresh_reference(environment: Environment, scope: Scope) -> int:
    """Read once a day what the change feed does not tell: preferences, and merged vendors.

    Two metered calls, left out when few are left. Raises RailError.
    """
    if environment.budgets.left(QBO, scope) in _SPARED:
        return 0
    return refresh_preferences(environment, scope) + refresh_vendors(environment, scope)


def refresh_preferences(environment: Environment, scope: Scope) -> int:
    """Read the company's settings: one metered call. Raises RailError."""
    found = environment.rails.ledger(scope.firm, scope.client).preferences()
    books = environment.store.books(scope)
    known = books.get(KeptPreferences, PREFERENCES_ID)
    news = known is None or known.closed_through != found.closed_through
    if news:
        version = known.version if known is not None else 0
        at = found.read.ended_at
        books.save(KeptPreferences(PREFERENCES_ID, version, found.closed_through, at))
    return int(news)


@dataclass
class _Round:
    """One round: which subjects it has judged, and of how many something was news."""

    environment: Environment
    scope: Scope
    seen: set[str] = field(default_factory=set)
    news: int = 0

    @property
    def books(self) -> Books:
        """The client's books."""
        return self.environment.store.books(self.scope)

    def over(
        self,
        kind: type[A],
        names: Iterable[str],
        judge: Judge[A],
        subject: Callable[[str], str],
        kinds: Sequence[str],
        prefetch: Prefetch[A] | None = None,
    ) -> None:
        """Judge many, as many in a write as fit; nothing is written where nothing differs."""
        every = list(dict.fromkeys(names))
        self.seen.update(subject(name) for name in every)
        for start in range(0, len(every), TOGETHER):
            self._write(kind, every[start : start + TOGETHER], judge, subject, kinds, prefetch)

    def _write(
        self,
        kind: type[A],
        part: Sequence[str],
        judge: Judge[A],
        subject: Callable[[str], str],
        kinds: Sequence[str],
        prefetch: Prefetch[A] | None,
    ) -> None:
        def prepare(change: Change, names: Sequence[str]) -> None:
            change.load(kind, names)
            change.load(TrayItem, [tray_id(subject(n), k) for n in names for k in kinds])
            if prefetch is not None:
                known = (change.get(kind, name) for name in names)
                prefetch(change, [one for one in known if one is not None])

        def one(change: Change, name: str) -> bool:
            stated, found = len(change.facts), change.get(kind, name)
            if found is not None:
                judge(change, found)
            return len(change.facts) > stated

        self.news += in_parts(self.environment, self.scope, SYSTEM, part, one, prepare=prepare)


def hygiene_round(environment: Environment, scope: Scope) -> int:
    """Judge all that is open, and what an open item still tells of; how much was news."""
    one = _Round(environment, scope)
    books = one.books
    live = (*every_id(books, Bill, LIVE), *every_id(books, Bill, HELD))
    _remap(one, live)
    _bills(one, live)
    _invoices(one, every_id(books, Invoice, OPEN_INVOICES))
    _ledger_bills(one, every_id(books, KeptBill, OPEN))
    one.over(KeptCredit, every_id(books, KeptCredit, OPEN), judge_credit, _named(CREDIT), ())
    one.over(Draft, every_id(books, Draft, ""), judge_draft, _named(DRAFT), ("stale_draft",))
    _payments(one, [payment.id for payment in payments_to_prove(books)])
    _left_over(one)
    return one.news + judge_watched(environment, scope) + _notes(one)


def _named(what: str) -> Callable[[str], str]:
    return lambda name: f"{what}-{name}"


def _bills(one: _Round, names: Iterable[str]) -> None:
    def judge(change: Change, bill: Bill) -> None:
        bills.judge_bill(change, bill, bill)

    one.over(Bill, names, judge, _named(bills.BILL), bills.KINDS, bills.prefetch)


def _invoices(one: _Round, names: Iterable[str]) -> None:
    def judge(change: Change, invoice: Invoice) -> None:
        invoices.judge_invoice(change, invoice, invoice)

    what = _named(invoices.INVOICE)
    one.over(Invoice, names, judge, what, invoices.KINDS, invoices.prefetch)


def _ledger_bills(one: _Round, names: Iterable[str]) -> None:
    def subject(name: str) -> str:
        return f"{LEDGER_BILL}-{name.removeprefix(bill_key(''))}"

    one.over(KeptBill, names, judge_ledger_bill, subject, ("not_in_rail",))


def _payments(one: _Round, names: Iterable[str]) -> None:
    kinds = ("payment_closed_period",)
    one.over(Payment, names, judge_payment_date, _named(PAYMENT), kinds)


def _remap(one: _Round, live: Sequence[str]) -> None:
    """Which of Ramp's vendors map to each of the ledger's, as the bills that are open say today."""
    mapped: dict[str, set[str]] = {}
    for start in range(0, len(live), TOGETHER):
        for bill in one.books.get_many(Bill, live[start : start + TOGETHER]).values():
            rail = bill.rail
            if rail.vendor_ledger_id is not None and rail.vendor_id is not None:
                mapped.setdefault(vendor_key(rail.vendor_ledger_id), set()).add(rail.vendor_id)
    known = one.books.get_many(KeptVendor, every_id(one.books, KeptVendor, ""))
    for vendor in known.values():
        now = tuple(sorted(mapped.get(vendor.id, ())))
        if now != vendor.rail_vendor_ids:
            one.books.save(replace(vendor, rail_vendor_ids=now))


def _notes(one: _Round) -> int:
    """Notes of received invoices that a run which died has not asked for; none unless wanted."""
    client = one.books.get(Client, one.scope.client)
    if client is None or not client.ledger_notes:
        return 0
    today = one.environment.now().date()
    months = sorted({f"{day:%Y-%m}" for day in (today - timedelta(days=31), today)})
    names = [
        name for month in months for name in every_id(one.books, PayoutRecord, ARRIVED + month)
    ]
    count = 0
    for record in one.books.get_many(PayoutRecord, names).values():
        charges = [row.charge_id for row in payout_rows(one.books, record.payout.id)]
        count += note_payout(one.environment, one.scope, record.id, charges)
    return count


def _left_over(one: _Round) -> None:
    """Items about what is not open any more: the write that ended it was to close them."""
    books = one.books
    live = [state for state in TrayState if state is not TrayState.CLOSED]
    listed = [name for state in live for name in every_id(books, TrayItem, f"{state.value}#")]
    items = books.get_many(TrayItem, listed).values()
    left: dict[str, list[str]] = {}
    for item in items:
        if item.item in HYGIENE and item.is_live and item.subject not in one.seen:
            what, _, name = item.subject.partition("-")
            left.setdefault(what, []).append(name)
    _bills(one, left.get(bills.BILL, ()))
    _invoices(one, left.get(invoices.INVOICE, ()))
    _ledger_bills(one, [bill_key(name) for name in left.get(LEDGER_BILL, ())])
    one.over(KeptCredit, left.get(CREDIT, ()), judge_credit, _named(CREDIT), ())
    one.over(Draft, left.get(DRAFT, ()), judge_draft, _named(DRAFT), ())
    _payments(one, left.get(PAYMENT, ()))
