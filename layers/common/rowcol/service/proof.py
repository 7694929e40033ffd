"""Bring ledger and bank facts to a payment: targeted reads, matching, and waking its custody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from rowcol.domain.bill import Bill
from rowcol.domain.cash_matching.exact import Matched, match, still_matched
from rowcol.domain.cash_matching.wanted import Wanted, names_invoice
from rowcol.domain.facts import BankLine, LedgerBill, LedgerPayment, ReadInterval
from rowcol.domain.lifecycle import Status
from rowcol.domain.link import Link, StoredLine
from rowcol.domain.payment import Payment
from rowcol.domain.scope import Actor, ActorKind, Scope, key_of
from rowcol.domain.verdict import (
    RETURN_WATCH_DAYS,
    CashFact,
    LedgerFact,
    cash_window,
    expected_cash,
)
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.hold import woken
from rowcol.service.ledger_reading import LookedAt
from rowcol.service.listing import every_id
from rowcol.service.store import Books

LINES_PER_PAGE = 500
QBO = Actor(ActorKind.RAIL, "qbo")
PLAID = Actor(ActorKind.RAIL, "plaid")
# Statuses in which money has moved or may move: only then is there something to prove.
_NEVER = ReadInterval(datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))
PROVABLE = frozenset(
    {Status.PROCESSING, Status.DONE, Status.REVERSING, Status.REVERSED, Status.PENDING}
)


def observe_ledger(
    environment: Environment,
    scope: Scope,
    payment_id: str,
    *,
    wake: bool,
    look: LookedAt | None = None,
) -> bool:
    """Read the payment's bill and its BillPayments from the ledger and keep what changed.

    One read of the bill and one per linked payment, less what `look` has seen. True when the fact
    is new. Raises RailError.
    """
    books = environment.store.books(scope)
    payment = books.get(Payment, payment_id)
    bill = books.get(Bill, payment.bill_id) if payment and payment.bill_id else None
    if payment is None or bill is None or bill.rail.ledger_bill_id is None:
        return False
    at = look or LookedAt(environment.rails.ledger(scope.firm, scope.client), environment.now())
    fact = _read_ledger(environment, at, bill.rail.ledger_bill_id, payment.ledger)

    def plan(change: Change) -> bool:
        current = change.get(Payment, payment_id)
        if current is None or _same_ledger(current.ledger, fact):
            return False
        if current.ledger is not None and fact.read.began_at < current.ledger.read.ended_at:
            return False
        if current.ledger is None and not fact.payments:
            return False
        for booked in fact.payments:
            link_id = key_of("qbo-payment", booked.payment_id)
            if change.get(Link, link_id) is None:
                change.put(Link(link_id, 0, current.rail_bill_id))
        fresh = replace(current, ledger=fact)
        fresh = woken(fresh, change.now) if wake and fresh.status in PROVABLE else fresh
        change.put(fresh)
        change.state("payment.ledger_observed", payment=fresh)
        return True

    return transact(environment.store, environment.surroundings, scope, QBO, plan) is True


def _read_ledger(
    environment: Environment, at: LookedAt, bill_id: str, known: LedgerFact | None
) -> LedgerFact:
    ledger = at.ledger
    bill = ledger.read_bill(bill_id)
    linked = set(bill.payment_ids) if bill else set()
    earlier = {payment.payment_id: payment for payment in known.payments} if known else {}
    payments: list[LedgerPayment] = []
    for payment_id in sorted(linked | set(earlier)):
        found = ledger.read_payment(payment_id)
        if found is not None:
            payments.append(found)
        elif payment_id in earlier:
            payments.append(replace(earlier[payment_id], deleted=True))
    return LedgerFact(bill, tuple(payments), ReadInterval(at.began_at, environment.now()))


def _same_ledger(known: LedgerFact | None, fact: LedgerFact) -> bool:
    return known is not None and _bare(known) == _bare(fact)


def _bare(fact: LedgerFact) -> tuple[LedgerBill | None, tuple[LedgerPayment, ...]]:
    bare_bill = replace(fact.bill, read=_NEVER, sync_token="") if fact.bill else None
    return bare_bill, tuple(replace(item, read=_NEVER, sync_token="") for item in fact.payments)


def observe_cash(
    environment: Environment,
    scope: Scope,
    payment_id: str,
    read_through: ReadInterval | None,
    *,
    wake: bool,
    stored: StoredLines | None = None,
) -> bool:
    """Match stored bank lines to the payment and claim them for it. True when the fact is new.

    A line is claimed once (for one rail payment, whose bills share it), in the same write. The
    rail's own trace id is stronger than an equal amount: it takes a line over, and the payment that
    had it is looked at again. `stored`: lines that whoever looks at many payments has read.
    """
    books = environment.store.books(scope)
    payment = books.get(Payment, payment_id)
    if payment is None or payment.status not in PROVABLE:
        return False
    first, last = cash_window(payment.expectation, payment.rail)
    seen = payment.cash.debits if payment.cash is not None else ()
    first = min(first, *(line.posted_on for line in seen)) if seen else first
    lines = (stored or StoredLines(books)).between(
        first, last + timedelta(days=RETURN_WATCH_DAYS), environment.now().date()
    )

    foreign = _naming_others(books, payment, lines)

    def plan(change: Change) -> bool:
        current = change.get(Payment, payment_id)
        if current is None:
            return False
        taken = _taken(change, current, lines) | foreign
        found = match(_wanted(current), lines, taken)
        known = current.cash
        if found is None and known is not None and known.debits:
            before = Matched(known.debits, known.credits, known.method, known.explanation)
            found = still_matched(_wanted(current), before, lines, taken)
        if found is None and known is not None and taken & set(_line_ids(known.debits)):
            lost = woken(replace(current, cash=None), change.now)
            change.put(lost)
            change.state("payment.cash_unmatched", payment=lost)
            return True
        if found is None or (
            known and (known.debits, known.credits) == (found.debits, found.credits)
        ):
            return False
        _claim(change, current, found)
        seen_at = read_through.began_at if read_through else change.now
        kept = (
            known.seen_at
            if known and _line_ids(known.debits) == _line_ids(found.debits)
            else seen_at
        )
        fact = CashFact(found.debits, found.credits, found.method, found.explanation, kept, seen_at)
        fresh = replace(current, cash=fact)
        fresh = woken(fresh, change.now) if wake else fresh
        change.put(fresh)
        change.state("payment.cash_observed", payment=fresh)
        return True

    return transact(environment.store, environment.surroundings, scope, PLAID, plan) is True


def _naming_others(books: Books, payment: Payment, lines: tuple[BankLine, ...]) -> frozenset[str]:
    """Lines of the same amount whose text names another of our invoices: never this payment's.

    The others are read only when there is such a line at all that does not name its own.
    """
    wanted = _wanted(payment)
    near = [
        line
        for line in lines
        if line.amount == wanted.amount
        and not names_invoice(line, payment.invoice_number)
        and (wanted.trace_id is None or line.reference != wanted.trace_id)
    ]
    if not near:
        return frozenset()
    others = [other.invoice_number for other in payments_to_prove(books) if other.id != payment.id]
    return frozenset(
        line.line_id for line in near if any(names_invoice(line, number) for number in others)
    )


def _line_ids(lines: tuple[BankLine, ...]) -> tuple[str, ...]:
    return tuple(line.line_id for line in lines)


def _wanted(payment: Payment) -> Wanted:
    first, last = cash_window(payment.expectation, payment.rail)
    rail = payment.rail.payment if payment.rail else None
    return Wanted(
        expected_cash(payment.expectation, payment.rail),
        first,
        last,
        payment.expectation.bank_account_id,
        rail.debit_trace_id if rail else None,
        payment.counterparty_name,
        payment.invoice_number,
        amount_alone=payment.status is not Status.PENDING,
    )


def group_of(payment: Payment) -> str:
    """Who may claim a bank line: the rail's (batch) payment when known, else the bill."""
    rail = payment.rail.payment if payment.rail else None
    return rail.payment_id if rail else payment.rail_bill_id


def _taken(change: Change, payment: Payment, lines: tuple[BankLine, ...]) -> frozenset[str]:
    wanted = _wanted(payment)
    near = [
        line
        for line in lines
        if abs(line.amount.minor) == abs(wanted.amount.minor) or line.reference == wanted.trace_id
    ]
    claims = {line.line_id: change.get(Link, key_of("bank", line.line_id)) for line in near}
    group = group_of(payment)
    own = {line.line_id for line in near if line.reference and line.reference == wanted.trace_id}
    return frozenset(
        line_id
        for line_id, claim in claims.items()
        if claim is not None and claim.is_claimed and claim.bill_id != group and line_id not in own
    )


def _claim(change: Change, payment: Payment, found: Matched) -> None:
    for line in (*found.debits, *found.credits):
        link_id = key_of("bank", line.line_id)
        claim = change.get(Link, link_id) or Link(link_id, 0, group_of(payment))
        if claim.version == 0 or claim.bill_id != group_of(payment):
            change.put(replace(claim, bill_id=group_of(payment)))


class StoredLines:
    """Bank lines as stored, each month read once however many payments look at it."""

    def __init__(self, books: Books) -> None:
        self._books = books
        self._months: dict[str, tuple[BankLine, ...]] = {}

    def between(self, first: date, last: date, today: date) -> tuple[BankLine, ...]:
        """Lines posted from `first` to `last`."""
        found: list[BankLine] = []
        day = first.replace(day=1)
        while day <= min(last, today + timedelta(days=7)):
            month = f"{day.year:04d}-{day.month:02d}"
            if month not in self._months:
                self._months[month] = self._read(month)
            found += [line for line in self._months[month] if first <= line.posted_on <= last]
            day = (day + timedelta(days=32)).replace(day=1)
        return tuple(found)

    def _read(self, month: str) -> tuple[BankLine, ...]:
        ids = every_id(self._books, StoredLine, month, LINES_PER_PAGE)
        found = self._books.get_many(StoredLine, ids).values()
        return tuple(stored.line for stored in found if not stored.removed)


def stored_lines(books: Books, first: date, last: date, today: date) -> tuple[BankLine, ...]:
    """Bank lines posted from `first` to `last`, read month by month."""
    return StoredLines(books).between(first, last, today)


def payments_to_prove(books: Books) -> tuple[Payment, ...]:
    """Payments whose proof is open, and verified ones still watched for a return."""
    ids: list[str] = []
    for prefix in ("live#", "watch#"):
        ids += every_id(books, Payment, prefix)
    return tuple(
        payment for payment in books.get_many(Payment, ids).values() if payment.status in PROVABLE
    )
