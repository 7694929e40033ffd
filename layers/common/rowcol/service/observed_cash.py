"""Find the bank debit of a bill that Ramp paid undecided, so that its observed reserve can end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rowcol.domain.bill import Bill
from rowcol.domain.cash_matching.exact import match
from rowcol.domain.cash_matching.wanted import Wanted
from rowcol.domain.facts import BankLine
from rowcol.domain.link import Link
from rowcol.domain.scope import Scope, key_of
from rowcol.domain.verdict import Expectation, cash_window, expected_cash
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.listing import HELD, every_id
from rowcol.service.proof import PLAID, stored_lines
from rowcol.service.store import Books


def observe_undecided(environment: Environment, scope: Scope) -> int:
    """Match stored lines to every open observed reserve; returns how many debits were found."""
    books = environment.store.books(scope)
    today = environment.now().date()
    found = 0
    for bill in _waiting(books):
        first, last = _window(bill)
        lines = stored_lines(books, first, last, today)
        found += bool(lines) and _observe(environment, scope, bill.id, lines)
    return found


def _waiting(books: Books) -> list[Bill]:
    bills = books.get_many(Bill, every_id(books, Bill, HELD)).values()
    return [bill for bill in bills if _is_waiting(bill)]


def _is_waiting(bill: Bill) -> bool:
    held = bill.open_reserve
    return (
        held is not None
        and held.observed
        and bill.live_payment_id is None
        and bill.debit_seen_at is None
        and bill.rail.payment is not None
    )


def _observe(
    environment: Environment, scope: Scope, bill_id: str, lines: tuple[BankLine, ...]
) -> bool:
    def plan(change: Change) -> bool:
        bill = change.get(Bill, bill_id)
        if bill is None or not _is_waiting(bill) or bill.rail.payment is None:
            return False
        group = bill.rail.payment.payment_id
        claims = {line.line_id: change.get(Link, key_of("bank", line.line_id)) for line in lines}
        taken = frozenset(
            line_id
            for line_id, claim in claims.items()
            if claim and claim.is_claimed and claim.bill_id != group
        )
        found = match(_wanted(change, bill), lines, taken)
        if found is None:
            return False
        for line in found.debits:
            claim = claims[line.line_id]
            if claim is None or not claim.is_claimed:
                fresh = claim or Link(key_of("bank", line.line_id), 0, group)
                change.put(replace(fresh, bill_id=group))
        seen = replace(bill, debit_seen_at=change.now)
        change.put(seen)
        change.state("bill.debit_observed", bill=seen, explanation=found.explanation)
        return True

    return transact(environment.store, environment.surroundings, scope, PLAID, plan) is True


def _expectation(bill: Bill, account_id: str | None) -> Expectation:
    held = bill.open_reserve
    assert held is not None  # only bills with an open reserve come here
    return Expectation(bill.amount, None, account_id, None, held.needed_on)


def _window(bill: Bill) -> tuple[date, date]:
    return cash_window(_expectation(bill, None), bill.rail)


def _wanted(change: Change, bill: Bill) -> Wanted:
    rail = bill.rail.payment
    source = rail.source_account_id if rail else None
    expectation = _expectation(bill, change.client.bank_account_of(source))
    first, last = cash_window(expectation, bill.rail)
    return Wanted(
        expected_cash(expectation, bill.rail),
        first,
        last,
        expectation.bank_account_id,
        rail.debit_trace_id if rail else None,
        bill.rail.vendor_name,
        bill.rail.invoice_number,
    )
