"""Judge the data of a bill in the write that brings a reading of it.

Nothing is read or written for a reading that says of the data what the one before said. What time
alone makes a problem is found by the round (round.py), which judges in the same way.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from rowcol.domain.bill import Bill
from rowcol.domain.facts import RailState
from rowcol.domain.hygiene.bill_checks import BILL_CHECKS, BillCase, is_judged
from rowcol.domain.hygiene.copies import (
    PREFERENCES_ID,
    KeptBill,
    KeptPreferences,
    KeptVendor,
    bill_key,
    vendor_key,
)
from rowcol.domain.hygiene.index import DocumentIndex, Entry
from rowcol.domain.hygiene.problem import problems_of
from rowcol.domain.hygiene.twin_checks import BILL_TWINS
from rowcol.service.hygiene.twins import Document, drop_twins, follow_twins, twin_kinds
from rowcol.service.hygiene.writing import settle
from rowcol.service.store import Wanted
from rowcol.service.tray import close_item

if TYPE_CHECKING:
    from rowcol.service.change import Change

BILL = "bill"
NOT_IN_RAIL = "not_in_rail"
KINDS: tuple[str, ...] = (*(check.kind for check in BILL_CHECKS), *twin_kinds(BILL_TWINS))


def follow_bill(change: Change, known: Bill | None, bill: Bill) -> None:
    """Judge a bill when a reading says something new of its data. `known`: as it was before."""
    if is_news(known, bill):
        judge_bill(change, bill, known)


def is_news(known: Bill | None, bill: Bill) -> bool:
    """Whether a reading says of the data what the one before it did not."""
    return known is None or _told(known) != _told(bill)


def judge_bill(change: Change, bill: Bill, known: Bill | None = None) -> None:
    """Judge a bill by what is known now; opens and closes its items and those of its twins."""
    subject = f"{BILL}-{bill.id}"
    vendor = _map_vendor(change, known, bill)
    if is_judged(bill):
        settle(change, subject, problems_of(BILL_CHECKS, _case(change, bill, vendor)))
    elif known is not None:
        closed = f"Ramp shows the bill {bill.rail.state.value}"
        settle(change, subject, dict.fromkeys(check.kind for check in BILL_CHECKS), closed)
    if known is None or known.rail.ledger_bill_id != bill.rail.ledger_bill_id:
        _found_in_rail(change, bill)
    before = _document(known) if known is not None else None
    if bill.rail.archived or bill.rail.state in (RailState.ARCHIVED, RailState.REJECTED):
        if before is not None:
            drop_twins(change, before, BILL, BILL_TWINS)
        return
    follow_twins(change, before, _document(bill), BILL, BILL_TWINS)


def prefetch(change: Change, many: Iterable[Bill]) -> None:
    """Read at once what judging several bills asks for."""
    change.load_together(asked_for(change, many))


def asked_for(change: Change, many: Iterable[Bill]) -> Wanted:
    """What judging bills asks for, their tray items left out."""
    places: set[str] = set()
    vendors: set[str] = set()
    booked: set[str] = set()
    for bill in many:
        places.update(_document(bill).index_ids(BILL_TWINS).values())
        if bill.rail.vendor_ledger_id is not None:
            vendors.add(vendor_key(bill.rail.vendor_ledger_id))
        if bill.rail.ledger_bill_id is not None:
            booked.add(bill_key(bill.rail.ledger_bill_id))
    if change.client.ledger_realm_id is None:
        return {DocumentIndex: places}
    return {
        DocumentIndex: places,
        KeptVendor: vendors,
        KeptBill: booked,
        KeptPreferences: (PREFERENCES_ID,),
    }


def _told(bill: Bill) -> tuple[object, ...]:
    """What the checks read of a bill."""
    rail = bill.rail
    return (
        rail.vendor_id,
        rail.vendor_name,
        rail.vendor_ledger_id,
        rail.invoice_number,
        rail.amount,
        rail.issued_on,
        rail.due_on,
        rail.approved,
        rail.ledger_bill_id,
        rail.ledger_synced,
        bill.is_closed,
        rail.archived,
    )


def _document(bill: Bill) -> Document:
    rail = bill.rail
    entry = Entry(bill.id, rail.invoice_number, rail.amount, rail.issued_on, is_judged(bill))
    party = f"{BILL}/{rail.vendor_id}" if rail.vendor_id else None
    return Document(entry, party, rail.vendor_name or "an unnamed vendor")


def _case(change: Change, bill: Bill, vendor: KeptVendor | None) -> BillCase:
    """The bill with what the ledger says; without a ledger it is judged by itself."""
    client = change.client
    case = BillCase(bill, client.currency, change.now)
    if client.ledger_realm_id is None:
        return case
    known = change.get(KeptPreferences, PREFERENCES_ID)
    booked = bill.rail.ledger_bill_id
    kept = change.get(KeptBill, bill_key(booked)) if booked is not None else None
    return replace(
        case,
        ledger=True,
        closed_through=known.closed_through if known is not None else None,
        vendor=vendor,
        ledger_bill_gone=kept is not None and kept.gone,
    )


def _map_vendor(change: Change, known: Bill | None, bill: Bill) -> KeptVendor | None:
    """Which of Ramp's vendors is which in the ledger, as open bills show it."""
    if change.client.ledger_realm_id is None:
        return None
    here, mine = bill.rail.vendor_ledger_id, bill.rail.vendor_id
    there = known.rail.vendor_ledger_id if known is not None else None
    if there is not None and there != here:
        before = change.get(KeptVendor, vendor_key(there))
        if before is not None and mine in before.rail_vendor_ids:
            left = tuple(one for one in before.rail_vendor_ids if one != mine)
            change.put(replace(before, rail_vendor_ids=left))
    if here is None or mine is None or not is_judged(bill):
        return None
    name = vendor_key(here)
    found = change.get(KeptVendor, name)
    vendor = found or KeptVendor(name, 0, here)
    if mine not in vendor.rail_vendor_ids:
        every = tuple(sorted({*vendor.rail_vendor_ids, mine}))
        vendor = replace(vendor, rail_vendor_ids=every)
    if vendor != found:
        change.put(vendor)
    return vendor


def _found_in_rail(change: Change, bill: Bill) -> None:
    """The ledger's bill that nobody knew here is this one."""
    name = bill.rail.ledger_bill_id
    if name is None or change.get(KeptBill, bill_key(name)) is None:
        return
    close_item(change, f"ledger_bill-{name}", NOT_IN_RAIL, "it is in Ramp")
