"""Bring ledger and bank facts to a payment: targeted reads, matching, and waking its custody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from rowcol.domain.bill import Bill
from rowcol.domain.cash_matching.candidate import is_match
from rowcol.domain.cash_matching.clues import names_rail
from rowcol.domain.cash_matching.exact import Matched, match, still_matched
from rowcol.domain.cash_matching.text import names, own_words
from rowcol.domain.cash_matching.told import other_payee, with_twins
from rowcol.domain.client import Client
from rowcol.domain.facts import BankLine, LedgerBill, LedgerPayment, ReadInterval
from rowcol.domain.link import Link
from rowcol.domain.payment import Payment
from rowcol.domain.scope import Actor, ActorKind, Scope, key_of
from rowcol.domain.vendor import Vendor
from rowcol.domain.verdict import RETURN_WATCH_DAYS, CashFact, LedgerFact, cash_window
from rowcol.service.cash_matches.returned import with_return
from rowcol.service.cash_matches.waiting import Waiting, refused_lines
from rowcol.service.cash_matches.wants import group_of, wanted_by_payment
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.hold import woken
from rowcol.service.hygiene.ledger_subjects import judge_payment_date
from rowcol.service.ledger_reading import LookedAt
from rowcol.service.listing import every_id
from rowcol.service.proof_status import PROVABLE as PROVABLE  # noqa: PLC0414  # known from here as well
from rowcol.service.store import Books
from rowcol.service.stored_lines import StoredLines as StoredLines  # noqa: PLC0414  # as above
from rowcol.service.stored_lines import stored_lines as stored_lines  # noqa: PLC0414  # as above

# A line that bears the payment's own trace is its debit, however early it was posted.
EARLY_BY_TRACE = timedelta(days=14)
QBO = Actor(ActorKind.RAIL, "qbo")
PLAID = Actor(ActorKind.RAIL, "plaid")
_NEVER = ReadInterval(datetime.min.replace(tzinfo=UTC), datetime.min.replace(tzinfo=UTC))


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
        if fact.payments and not (current.ledger is not None and current.ledger.payments):
            judge_payment_date(change, fresh)
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
    waiting: Waiting | None = None,
) -> bool:
    """Match stored bank lines to the payment and claim them for it. True when the fact is new.

    A line is claimed once (for one rail payment, whose bills share it), in the same write. The
    rail's own trace id is stronger than an equal amount: it takes a line over, and the payment that
    had it is looked at again, as does one whose line the bank took back. What a person has
    confirmed stays; only its return is looked for.
    `waiting`: lines and open items that whoever looks at many payments has read.
    """
    books = environment.store.books(scope)
    payment = books.get(Payment, payment_id)
    if payment is None or payment.status not in PROVABLE:
        return False
    first, last = cash_window(payment.expectation, payment.rail)
    seen = payment.cash.debits if payment.cash is not None else ()
    first = min([first - EARLY_BY_TRACE, *(line.posted_on for line in seen)])
    waits = waiting or Waiting(books, books.get(Client, scope.client))
    through = max(last + timedelta(days=RETURN_WATCH_DAYS), payment.watch_until or last)
    through = max([through, *(line.posted_on for line in seen)])
    lines = waits.lines.between(first, through, environment.now().date())

    wanted = wanted_by_payment(payment)
    near = tuple(line for line in lines if abs(line.amount.minor) == abs(wanted.amount.minor))
    rivals = waits.rivals(group_of(payment), wanted.amount.minor) if near else ()

    def plan(change: Change) -> bool:
        current = change.get(Payment, payment_id)
        if current is None:
            return False
        known = current.cash
        if known is not None and known.confirmed is not None:
            back = with_return(change, current, known, lines)
            return back is not None and _keep(change, current, back, wake=wake)
        taken = _taken(change, current, lines) | refused_lines(change, current, near)
        named = names_rail(line for line in lines if line.amount.minor > 0)
        wish = replace(wanted_by_payment(current), rail_is_named=named)
        found = match(wish, lines, taken, rivals)
        if found is not None:
            found = with_twins(wish, found, lines, taken, rivals)
        if found is None and known is not None and known.debits:
            before = Matched(known.debits, known.credits, known.method, known.explanation)
            found = still_matched(wanted_by_payment(current), before, lines, taken)
        if found is None and known is not None and known.debits:
            # The bank took its debit back, or it turned out to be another payment's.
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
        waits.settled(group_of(current))
        return _keep(change, current, _with_payee(books, current, fact), wake=wake)

    return transact(environment.store, environment.surroundings, scope, PLAID, plan) is True


def _keep(change: Change, payment: Payment, fact: CashFact, *, wake: bool) -> bool:
    fresh = replace(payment, cash=fact)
    fresh = woken(fresh, change.now) if wake else fresh
    change.put(fresh)
    change.state("payment.cash_observed", payment=fresh)
    return True


def _with_payee(books: Books, payment: Payment, fact: CashFact) -> CashFact:
    """The fact, and whom the bank names if that is another vendor; vendors are read only then."""
    own, line = payment.counterparty_name, fact.debits[0]
    if names(own, line.text) or not own_words(line.text):
        return fact
    ids = every_id(books, Vendor, "")
    others = (vendor.name for vendor in books.get_many(Vendor, ids).values() if vendor.name != own)
    named = other_payee(line, own, others)
    return replace(fact, payee=own, other_payee=named) if named else fact


def _line_ids(lines: tuple[BankLine, ...]) -> tuple[str, ...]:
    return tuple(line.line_id for line in lines)


def _taken(change: Change, payment: Payment, lines: tuple[BankLine, ...]) -> frozenset[str]:
    wanted = wanted_by_payment(payment)
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
        if claim is not None
        and claim.is_claimed
        and claim.bill_id != group
        and (line_id not in own or is_match(claim.bill_id))
    )


def _claim(change: Change, payment: Payment, found: Matched) -> None:
    for line in (*found.debits, *found.credits):
        link_id = key_of("bank", line.line_id)
        claim = change.get(Link, link_id) or Link(link_id, 0, group_of(payment))
        if claim.version == 0 or claim.bill_id != group_of(payment):
            change.put(replace(claim, bill_id=group_of(payment)))


def payments_to_prove(books: Books) -> tuple[Payment, ...]:
    """Payments whose proof is open, and verified ones still watched for a return."""
    ids: list[str] = []
    for prefix in ("live#", "watch#"):
        ids += every_id(books, Payment, prefix)
    return tuple(
        payment for payment in books.get_many(Payment, ids).values() if payment.status in PROVABLE
    )
