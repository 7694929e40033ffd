"""Reserves inside a change: opened with a bill, covered when cash allows, ended once."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from rowcol.domain import reserve as rules
from rowcol.domain.bill import Bill
from rowcol.domain.guardrail import Allowed, covers
from rowcol.domain.money import Money
from rowcol.domain.reserve import Reserve, ReserveState
from rowcol.domain.tray import Severity
from rowcol.service.change import Change
from rowcol.service.tray import close_item, open_item


def open_reserve(change: Change, bill: Bill, needed_on: date, *, observed: bool) -> Bill:
    """Earmark the bill's amount, covered if cash allows.

    An observed reserve that is decided on becomes a decided one. An amount that the client's books
    cannot hold (another currency, zero or less) is not earmarked, and the tray says so.
    """
    held = bill.open_reserve
    if held is not None:
        kept = replace(held, observed=held.observed and observed, needed_on=needed_on)
        return resize(change, replace(bill, reserve=kept), bill.amount)
    if not _reservable(change, bill):
        return bill
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
    """Turn an uncovered open reserve into a covered one if cash now allows it.

    One that an override covered, and covers no more, is looked at like an uncovered one.
    """
    held = bill.open_reserve
    if held is not None and is_override_over(change, bill):
        bill = uncover(change, bill)
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


def cover_by_override(change: Change, bill: Bill) -> Bill:
    """Cover an open reserve by the bill's approved override, whatever cash says."""
    held, override = bill.open_reserve, bill.override
    if held is None or override is None or not override.holds(held.amount, change.now):
        return bill
    change.head, held = rules.resized(change.head, held, held.amount, True, override.id)
    return replace(bill, reserve=held)


def is_overridden(change: Change, bill: Bill) -> bool:
    """Whether an override covers the open reserve now."""
    held, override = bill.open_reserve, bill.override
    if held is None or override is None or held.override_id != override.id:
        return False
    return override.holds(held.amount, change.now)


def is_override_over(change: Change, bill: Bill) -> bool:
    """Whether the open reserve counts as covered only by an override that no longer holds."""
    held = bill.open_reserve
    return held is not None and held.override_id is not None and not is_overridden(change, bill)


def resize(change: Change, bill: Bill, amount: Money) -> Bill:
    """Follow a changed bill amount; an increase is covered only if cash allows the difference."""
    held = bill.open_reserve
    if held is None or held.amount == amount:
        return bill
    if not _reservable(change, bill):
        return end_reserve(change, bill, ReserveState.RELEASED, "amount_not_reservable")
    if held.override_id is not None:  # it was for the old amount
        bill = uncover(change, bill)
        return cover(change, replace(bill, reserve=_resized(change, bill, amount)))
    grows = amount > held.amount
    covered = held.covered and (not grows or _covered(change, amount - held.amount))
    change.head, held = rules.resized(change.head, held, amount, covered)
    return replace(bill, reserve=held)


def _resized(change: Change, bill: Bill, amount: Money) -> Reserve | None:
    held = bill.open_reserve
    if held is None:
        return None
    change.head, held = rules.resized(change.head, held, amount, held.covered)
    return held


def _reservable(change: Change, bill: Bill) -> bool:
    """Whether the amount fits the client's books; the tray item follows the answer."""
    subject, amount = f"bill-{bill.id}", bill.amount
    fits = amount.currency == change.client.currency and amount.minor > 0
    if fits:
        close_item(change, subject, "amount", "the amount can be earmarked")
    else:
        title = f"The bill of {bill.rail.vendor_name} cannot be earmarked"
        wanted = f"above zero in {change.client.currency}"
        medium = Severity.MEDIUM  # nothing was paid yet
        open_item(
            change, subject, "amount", title, expected=wanted, found=str(amount), severity=medium
        )
    return fits


def _covered(change: Change, amount: Money) -> bool:
    if not change.client.guardrail.enabled:
        return True
    return isinstance(covers(change.client, change.head, amount, change.now), Allowed)
