"""Reserves inside a change: opened with a bill, covered when cash allows, ended once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rowcol.domain import reserve as rules
from rowcol.domain.bill import Bill
from rowcol.domain.guardrail import Allowed, covers
from rowcol.domain.money import Money
from rowcol.domain.reserve import Reserve, ReserveState
from rowcol.service.change import Change


def open_reserve(change: Change, bill: Bill, needed_on: date, *, observed: bool) -> Bill:
    """Earmark the bill's amount, covered if cash allows. An observed reserve that is decided on becomes a decided one."""
    held = bill.open_reserve
    if held is not None:
        return replace(
            bill, reserve=replace(held, observed=held.observed and observed, needed_on=needed_on)
        )
    covered = not observed and _covered(change, bill.amount)
    fresh = Reserve(bill.amount, covered, needed_on, change.now, observed)
    change.head = rules.opened(change.head, fresh)
    return replace(bill, reserve=fresh)


def end_reserve(change: Change, bill: Bill, state: ReserveState, reason: str) -> Bill:
    """Post or release the bill's open reserve; a bill without one is returned as it is."""
    held = bill.open_reserve
    if held is None:
        return bill
    change.head, closed = rules.ended(change.head, held, state, change.now, reason)
    return replace(bill, reserve=closed)


def cover(change: Change, bill: Bill) -> Bill:
    """Turn an uncovered open reserve into a covered one if cash now allows it."""
    held = bill.open_reserve
    if held is None or held.covered or not _covered(change, held.amount):
        return bill
    change.head, held = rules.resized(change.head, held, held.amount, True)
    return replace(bill, reserve=held)


def uncover(change: Change, bill: Bill) -> Bill:
    """Turn a covered open reserve into an uncovered one: the balance fell."""
    held = bill.open_reserve
    if held is None or not held.covered:
        return bill
    change.head, held = rules.resized(change.head, held, held.amount, False)
    return replace(bill, reserve=held)


def resize(change: Change, bill: Bill, amount: Money) -> Bill:
    """Follow a changed bill amount; an increase is covered only if cash allows the difference."""
    held = bill.open_reserve
    if held is None or held.amount == amount:
        return bill
    grows = amount > held.amount
    covered = held.covered and (not grows or _covered(change, amount - held.amount))
    change.head, held = rules.resized(change.head, held, amount, covered)
    return replace(bill, reserve=held)


def _covered(change: Change, amount: Money) -> bool:
    if not change.client.guardrail.enabled:
        return True
    return isinstance(covers(change.client, change.head, amount, change.now), Allowed)
