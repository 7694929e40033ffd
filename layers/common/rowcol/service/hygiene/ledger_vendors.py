"""Vendors of the ledger that bills name: read when first named, followed by the change feed.

A vendor that was merged into another tells nothing of it: it is not to be found any more. So once a
day all active ones are read together, and those that are missing by themselves.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from rowcol.domain.bill import Bill
from rowcol.domain.facts import LedgerVendor
from rowcol.domain.hygiene.copies import UNREAD, KeptVendor, VendorState, state_of, vendor_key
from rowcol.domain.scope import Scope
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.fitting import as_many_as_fit
from rowcol.service.hygiene.bills import judge_bill
from rowcol.service.listing import HELD, every_id
from rowcol.service.proof import QBO

LIVE = "live#"
# More than this that nobody has read are asked for together: one call for up to a thousand.
ONE_BY_ONE_MAX = 3
SINGLE_READS_MAX = 50


def keep_vendors(environment: Environment, scope: Scope, readings: Iterable[LedgerVendor]) -> int:
    """Keep what is told of vendors that bills name; how many were news."""
    states = {vendor_key(one.vendor_id): (state_of(one), one.name) for one in readings}
    return _keep(environment, scope, states)


def read_new_vendors(environment: Environment, scope: Scope) -> int:
    """Read vendors that a bill has named since. Raises RailError."""
    books = environment.store.books(scope)
    names = every_id(books, KeptVendor, UNREAD)
    if not names:
        return 0
    if len(names) > ONE_BY_ONE_MAX:
        return refresh_vendors(environment, scope)
    return _read(environment, scope, names)


def refresh_vendors(environment: Environment, scope: Scope) -> int:
    """Read all active vendors together, and those that bills name and are not among them.

    One call per thousand, and one for each that is inactive or gone. Raises RailError.
    """
    books = environment.store.books(scope)
    names = every_id(books, KeptVendor, "")
    if not names:
        return 0
    found = environment.rails.ledger(scope.firm, scope.client).active_vendors()
    count = keep_vendors(environment, scope, found)
    shown = {vendor_key(one.vendor_id) for one in found}
    return count + _read(environment, scope, [name for name in names if name not in shown])


def _read(environment: Environment, scope: Scope, names: list[str]) -> int:
    ledger = environment.rails.ledger(scope.firm, scope.client)
    known = environment.store.books(scope).get_many(KeptVendor, names[:SINGLE_READS_MAX])
    states: dict[str, tuple[VendorState, str]] = {}
    for name, vendor in known.items():
        found = ledger.read_vendor(vendor.ledger_id)
        gone = VendorState.GONE, vendor.name
        states[name] = (state_of(found), found.name) if found is not None else gone
    return _keep(environment, scope, states)


def _keep(
    environment: Environment, scope: Scope, states: dict[str, tuple[VendorState, str]]
) -> int:
    """Judge the bills of each vendor whose state is news, then keep it with the last of them.

    In this order a crash in between leaves the state news for the next run.
    """
    known = environment.store.books(scope).get_many(KeptVendor, states)
    count = 0
    for name, vendor in known.items():
        state, shown = states[name]
        if (vendor.state, vendor.name) == (state, shown):
            continue
        first = vendor.state is VendorState.UNREAD and state is VendorState.ACTIVE
        _judge(environment, scope, replace(vendor, state=state, name=shown), plain=first)
        count += 1
    return count


def _judge(environment: Environment, scope: Scope, fresh: KeptVendor, *, plain: bool) -> None:
    """`plain`: an active vendor that is read for the first time changes nothing for its bills."""
    books = environment.store.books(scope)
    bill_ids: list[str] = []
    if not plain:
        listed = (*every_id(books, Bill, LIVE), *every_id(books, Bill, HELD))
        found = books.get_many(Bill, listed).values()
        bill_ids = [one.id for one in found if one.rail.vendor_ledger_id == fresh.ledger_id]
    start = 0
    while start <= len(bill_ids):
        start = _judge_part(environment, scope, fresh, bill_ids, start)


def _judge_part(
    environment: Environment, scope: Scope, fresh: KeptVendor, bill_ids: list[str], start: int
) -> int:
    """Judge as many bills as fit into one write; gives where to go on, beyond the end when done."""

    def plan(change: Change) -> int:
        current = change.get(KeptVendor, fresh.id) or fresh
        after = replace(current, state=fresh.state, name=fresh.name, read_at=change.now)
        change.put(after)
        reached = start + len(as_many_as_fit(change, bill_ids[start:], _judge_bill))
        if reached < len(bill_ids):
            change.put(current)
            return reached
        return reached + 1

    reached = transact(environment.store, environment.surroundings, scope, QBO, plan)
    assert isinstance(reached, int)  # the plan never refuses and has no command
    return reached


def _judge_bill(change: Change, name: str) -> None:
    bill = change.get(Bill, name)
    if bill is not None:
        judge_bill(change, bill, bill)
