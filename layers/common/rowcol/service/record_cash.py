"""Find the bank's lines of posted records: they clear money in transit and verify the record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from rowcol.domain.calendar import local_date
from rowcol.domain.cash_matching.cash_match import CashMatch, MatchState
from rowcol.domain.cash_matching.exact import is_return
from rowcol.domain.client import Client
from rowcol.domain.evidence import CashFact, Mismatch
from rowcol.domain.facts import BankLine, ReadInterval
from rowcol.domain.link import Link
from rowcol.domain.payment import Payment, Posting, Verification
from rowcol.domain.posting import is_money_in
from rowcol.domain.record_lines import RecordLines, lines_of, watched_until, window
from rowcol.domain.scope import Scope, key_of
from rowcol.domain.tray import Severity
from rowcol.service.cash_matches.decide_match import end
from rowcol.service.cash_matches.returned import with_return
from rowcol.service.cash_matches.waiting import Waiting, refused_lines
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.listing import every_id
from rowcol.service.proof import PLAID
from rowcol.service.received_notes import note_record
from rowcol.service.tray import close_item, open_item

RECORDS = "record#"
RETURNED = Mismatch.RETURNED.value


def observe_records(
    environment: Environment,
    scope: Scope,
    read: ReadInterval | None,
    waiting: Waiting | None = None,
) -> int:
    """Match stored lines to every posted record that is looked at. Returns how much was new.

    After the rail payments: a line that one of them has claimed is not looked at. Lines and claims
    are read once for all records; a write is tried only where there may be news.
    """
    books = environment.store.books(scope)
    payments = books.get_many(Payment, every_id(books, Payment, RECORDS)).values()
    if not payments:
        return 0
    today = environment.now().date()
    spans = {payment.id: _span(payment) for payment in payments}
    first, last = min(span[0] for span in spans.values()), max(span[1] for span in spans.values())
    waits = waiting or Waiting(books, books.get(Client, scope.client))
    lines = waits.lines.between(first, last, today)
    amounts = {minor for payment in payments for minor in _amounts(payment)}
    near = [line for line in lines if abs(line.amount.minor) in amounts]
    claims = books.get_many(Link, [key_of("bank", line.line_id) for line in near])
    seen_at, news = read.began_at if read is not None else environment.now(), 0
    for payment in payments:
        since, until = spans[payment.id]
        own = tuple(line for line in near if since <= line.posted_on <= until)
        if not _may_be_news(payment, own, claims, today):
            continue
        plan = _Observation(payment.id, own, seen_at, waits)
        surroundings = environment.surroundings
        news += transact(environment.store, surroundings, scope, PLAID, plan) is True
    return news


def _amounts(payment: Payment) -> set[int]:
    """Amounts of lines that may tell of a record: its own, and those of a person's match."""
    cash = payment.cash
    matched = (*cash.debits, *cash.credits) if cash is not None and cash.confirmed else ()
    return {payment.amount.minor, *(abs(line.amount.minor) for line in matched)}


def _span(payment: Payment) -> tuple[date, date]:
    first, last = window(payment)
    return first, max(last, payment.watch_until or last)


def _may_be_news(
    payment: Payment, lines: tuple[BankLine, ...], claims: Mapping[str, Link], today: date
) -> bool:
    if payment.cash is not None and payment.cash.confirmed is not None:
        own = (*payment.cash.debits, *payment.cash.credits)
        names = {line.line_id for line in own}
        back = any(
            is_return(line, one, payment.watch_until)
            for line in lines
            for one in own
            if line.line_id not in names
        )
        return back or (
            payment.watch_until is not None and today > payment.watch_until - timedelta(days=1)
        )
    found = lines_of(payment, lines, _of_others(payment, lines, claims.get))
    seen = (found.debits, found.credits) if found is not None else None
    known = (payment.cash.debits, payment.cash.credits) if payment.cash is not None else None
    # The clients' day may be a day ahead of the one that is looked at here.
    over = payment.watch_until is not None and today > payment.watch_until - timedelta(days=1)
    return seen != known or over


class _Observation:
    """What the stored lines say of one record, as a plan."""

    def __init__(
        self, payment_id: str, lines: tuple[BankLine, ...], seen_at: datetime, waits: Waiting
    ) -> None:
        self._payment_id = payment_id
        self._lines = lines
        self._waits = waits
        self._seen_at = seen_at

    def __call__(self, change: Change) -> bool:
        """True when something changed."""
        payment = change.get(Payment, self._payment_id)
        if payment is None or payment.watch_until is None or payment.posting is Posting.DRAFT:
            return False
        if payment.cash is not None and payment.cash.confirmed is not None:
            return self._came_back(change, payment, payment.cash) or _over(change, payment)
        near = tuple(one for one in self._lines if abs(one.amount.minor) == payment.amount.minor)
        taken = _taken(change, payment, self._lines) | refused_lines(change, payment, near)
        found = lines_of(payment, self._lines, taken, self._waits.rivals_of(payment))
        known = payment.cash
        if found is None:
            return self._lost(change, payment) if known is not None else _over(change, payment)
        if known is not None and (known.debits, known.credits) == (found.debits, found.credits):
            return _over(change, payment)
        _claim(change, payment, (*found.debits, *found.credits))
        self._waits.settled(payment.id)
        fact = CashFact(
            found.debits,
            found.credits,
            found.method,
            found.explanation,
            self._seen_at,
            self._seen_at,
        )
        seen = replace(
            payment,
            cash=fact,
            verification=_verification(found),
            watch_until=watched_until(found),
        )
        change.put(seen)
        change.state("payment.cash_observed", payment=seen)
        note_record(change, seen)
        _tell(change, seen, found)
        return True

    def _came_back(self, change: Change, payment: Payment, cash: CashFact) -> bool:
        """A return of what a person matched."""
        fact = with_return(change, payment, cash, self._lines)
        if fact is None:
            return False
        seen = replace(payment, cash=fact, verification=Verification.MISMATCH)
        change.put(seen)
        change.state("payment.cash_observed", payment=seen)
        back = fact.debits if is_money_in(payment) else fact.credits
        words = RecordLines(
            fact.debits, fact.credits, fact.method, fact.explanation, back[0], complete=True
        )
        _tell(change, seen, words)
        return True

    def _lost(self, change: Change, payment: Payment) -> bool:
        """Its line was taken back by the bank, or turned out to be another payment's."""
        let_go(change, payment, "its bank line is gone")
        lost = replace(payment, cash=None, verification=Verification.AWAITING)
        change.put(lost)
        change.state("payment.cash_unmatched", payment=lost)
        return True


def _over(change: Change, payment: Payment) -> bool:
    """Stop looking once the last day has passed."""
    today = local_date(change.now, change.client.zone)
    if payment.watch_until is None or today <= payment.watch_until:
        return False
    ended = replace(payment, watch_until=None)
    change.put(ended)
    change.state("payment.watch_ended", payment=ended)
    return True


def _verification(found: RecordLines) -> Verification:
    if found.returned is not None:
        return Verification.MISMATCH
    return Verification.VERIFIED if found.complete else Verification.AWAITING


def _tell(change: Change, payment: Payment, found: RecordLines) -> None:
    subject = f"payment-{payment.id}"
    if found.returned is None:
        close_item(change, subject, RETURNED, "the facts agree")
        return
    open_item(
        change,
        subject,
        RETURNED,
        f"The bank returned the recorded payment of {payment.counterparty_name}",
        expected="no return",
        found=f"{-found.returned.amount} back on {found.returned.posted_on}",
        severity=Severity.HIGH,
    )


def let_go(change: Change, payment: Payment, because: str) -> None:
    """Free the bank lines that a record has claimed: they may be another's, and tell nothing."""
    close_item(change, f"payment-{payment.id}", RETURNED, because)
    cash = payment.cash
    if cash is not None and cash.confirmed is not None:
        match = change.get(CashMatch, cash.confirmed.match_id)
        if match is not None and match.is_confirmed:
            end(change, match, because, MatchState.WITHDRAWN)
    for line in (*cash.debits, *cash.credits) if cash is not None else ():
        claim = change.get(Link, key_of("bank", line.line_id))
        if claim is not None and claim.bill_id == payment.id:
            change.put(claim.freed)


def _taken(change: Change, payment: Payment, lines: tuple[BankLine, ...]) -> frozenset[str]:
    """Lines that others have claimed, as this change sees it."""
    near = [line for line in lines if abs(line.amount.minor) == payment.amount.minor]
    change.load(Link, [key_of("bank", line.line_id) for line in near])
    return _of_others(payment, lines, lambda name: change.get(Link, name))


def _of_others(
    payment: Payment, lines: tuple[BankLine, ...], claim_of: Callable[[str], Link | None]
) -> frozenset[str]:
    found: set[str] = set()
    for line in lines:
        if abs(line.amount.minor) != payment.amount.minor:
            continue
        claim = claim_of(key_of("bank", line.line_id))
        if claim is not None and claim.is_claimed and claim.bill_id != payment.id:
            found.add(line.line_id)
    return frozenset(found)


def _claim(change: Change, payment: Payment, lines: tuple[BankLine, ...]) -> None:
    for line in lines:
        link_id = key_of("bank", line.line_id)
        claim = change.get(Link, link_id) or Link(link_id, 0, payment.id)
        if claim.version == 0 or claim.bill_id != payment.id:
            change.put(replace(claim, bill_id=payment.id))
