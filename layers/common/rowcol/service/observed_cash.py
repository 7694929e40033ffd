"""Find the bank debit of a bill that Ramp paid undecided, so that its observed reserve can end."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rowcol.domain.bill import Bill
from rowcol.domain.cash_matching.exact import match
from rowcol.domain.cash_matching.wanted import CashTarget, TargetKind, Wanted
from rowcol.domain.client import Client
from rowcol.domain.facts import BankLine
from rowcol.domain.link import Link
from rowcol.domain.scope import Scope, key_of
from rowcol.domain.verdict import cash_window
from rowcol.service.cash_matches.waiting import Waiting, is_refused
from rowcol.service.cash_matches.wants import (
    reserve_expectation,
    waits_for_debit,
    wanted_by_reserve,
)
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.listing import HELD, every_id
from rowcol.service.proof import PLAID
from rowcol.service.store import Books


def observe_undecided(
    environment: Environment,
    scope: Scope,
    waiting: Waiting | None = None,
) -> int:
    """Match stored lines to every open observed reserve; returns how many debits were found."""
    books = environment.store.books(scope)
    today = environment.now().date()
    waits, found = waiting or Waiting(books, books.get(Client, scope.client)), 0
    for bill in _waiting(books):
        first, last = _window(bill)
        lines = waits.lines.between(first, last, today)
        if lines and _observe(environment, scope, bill, lines, waits):
            waits.settled(_group(bill))
            found += 1
    return found


def _group(bill: Bill) -> str:
    assert bill.rail.payment is not None  # see waits_for_debit
    return bill.rail.payment.payment_id


def _waiting(books: Books) -> list[Bill]:
    bills = books.get_many(Bill, every_id(books, Bill, HELD)).values()
    return [bill for bill in bills if waits_for_debit(bill)]


def _observe(
    environment: Environment,
    scope: Scope,
    known: Bill,
    lines: tuple[BankLine, ...],
    waits: Waiting,
) -> bool:
    minor = wanted_by_reserve(known, None).amount.minor
    near = tuple(line for line in lines if line.amount.minor == minor)
    rivals = waits.rivals(_group(known), minor) if near else ()
    target = CashTarget(TargetKind.BILL, known.id)

    def plan(change: Change) -> bool:
        bill = change.get(Bill, known.id)
        if bill is None or not waits_for_debit(bill) or bill.rail.payment is None:
            return False
        group = bill.rail.payment.payment_id
        claims = {line.line_id: change.get(Link, key_of("bank", line.line_id)) for line in lines}
        taken = frozenset(
            line_id
            for line_id, claim in claims.items()
            if claim and claim.is_claimed and claim.bill_id != group
        )
        taken |= {one.line_id for one in near if is_refused(change, (one.line_id,), (target,))}
        found = match(_wanted(change, bill), lines, taken, rivals)
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


def _window(bill: Bill) -> tuple[date, date]:
    return cash_window(reserve_expectation(bill, None), bill.rail)


def _wanted(change: Change, bill: Bill) -> Wanted:
    rail = bill.rail.payment
    source = rail.source_account_id if rail else None
    return wanted_by_reserve(bill, change.client.bank_account_of(source))
