"""Keep what is known of a client's vendors, in the write of the fact that taught it.

Vendors come to be with the first bill that names them. What Ramp paid before RowCol was connected
is read once per client (`learn_history`), so that an old payee does not look like a new one.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from rowcol.domain.bill import Bill
from rowcol.domain.calendar import BANK_ZONE, local_date
from rowcol.domain.facts import RailBill
from rowcol.domain.holds import CALLED_BACK
from rowcol.domain.link import Feed
from rowcol.domain.payment import Payment
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.vendor import Vendor, vendor_id
from rowcol.domain.vendor_learning import account_shown, awaiting, learned, released, teaches
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.ports import RailError

logger = logging.getLogger(__name__)
HISTORY = "vendors"
HISTORY_LOOK_BACK = timedelta(days=400)
# Each is a put and at most two facts; a write holds 100 items.
VENDORS_PER_WRITE = 20


def vendor_of(change: Change, bill: Bill) -> Vendor | None:
    """The bill's vendor as it is known, or as the bill alone shows it; None when it names none.

    One read, at most once a change.
    """
    if not bill.rail.vendor_id:
        return None
    return change.get(Vendor, vendor_id(bill.rail.vendor_id)) or learned(None, bill.rail)


def observe_vendor(change: Change, known: Bill | None, bill: Bill) -> None:
    """Keep what a reading of a bill says of its vendor. `known`: the bill as it was before.

    No read and no write for a reading that says of the vendor what the one before said.
    """
    reading = bill.rail
    if not reading.vendor_id or (known is not None and teaches(known.rail) == teaches(reading)):
        return
    before = change.get(Vendor, vendor_id(reading.vendor_id))
    _keep(change, before, learned(before, reading), reading)


def note_waiting(change: Change, payment: Payment, bill: Bill) -> None:
    """Remember with the vendor that a payment is held until the vendor is called back."""
    vendor = vendor_of(change, bill)
    if vendor is None or payment.hold is None or payment.hold.kind not in CALLED_BACK:
        return
    after = awaiting(vendor, payment.id)
    if after != change.get(Vendor, vendor.id):
        change.put(after)


def note_release(change: Change, bill: Bill) -> None:
    """Remember with the vendor that a payment of a bill goes to Ramp now."""
    vendor = vendor_of(change, bill)
    if vendor is not None:
        change.put(released(vendor, bill.rail, local_date(change.now, BANK_ZONE)))


def learn_history(environment: Environment, scope: Scope) -> bool:
    """Read once what Ramp paid in the last 400 days, for the vendors' sake; whether it was read.

    One read of our own when it is known already, else one call to Ramp per 100 paid bills. No bill
    is kept. A crash in between repeats it. Raises RailError.
    """
    books = environment.store.books(scope)
    if books.get(Feed, HISTORY) is not None:
        return False
    began_at = environment.now()
    readings: dict[str, list[RailBill]] = {}
    for reading in environment.rails.execution(scope.firm, scope.client).paid_bills(
        began_at - HISTORY_LOOK_BACK
    ):
        if reading.vendor_id:
            readings.setdefault(reading.vendor_id, []).append(reading)
    vendors = sorted(readings)
    for start in range(0, len(vendors), VENDORS_PER_WRITE):
        part = [readings[name] for name in vendors[start : start + VENDORS_PER_WRITE]]
        _teach_together(environment, scope, part)
    books.save(Feed(HISTORY, 0, read_through=began_at))
    return True


def try_history(environment: Environment, scope: Scope) -> None:
    """The same for a sweep, which has more to do: what fails is left to the next one, or release.

    A payee that looks new meanwhile is held, not paid.
    """
    try:
        learn_history(environment, scope)
    except RailError as error:
        logger.warning(
            "vendors' history not read", extra={"client": scope.client, "detail": error.detail}
        )


def know_before_release(environment: Environment, scope: Scope, bill_id: str) -> None:
    """Make sure that a vendor who looks new is not merely one whose history nobody has read.

    One or two reads; see `learn_history`. Raises RailError.
    """
    books = environment.store.books(scope)
    bill = books.get(Bill, bill_id)
    if bill is None or not bill.rail.vendor_id:
        return
    vendor = books.get(Vendor, vendor_id(bill.rail.vendor_id))
    if vendor is None or vendor.first_paid_on is None:
        learn_history(environment, scope)


def _teach_together(environment: Environment, scope: Scope, part: list[list[RailBill]]) -> None:
    def plan(change: Change) -> bool:
        change.load(Vendor, [vendor_id(bills[0].vendor_id or "") for bills in part])
        for bills in part:
            _teach(change, bills)
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def _teach(change: Change, readings: list[RailBill]) -> None:
    before = vendor = change.get(Vendor, vendor_id(readings[0].vendor_id or ""))
    for reading in readings:
        vendor = learned(vendor, reading)
    _keep(change, before, vendor, None)


def _keep(
    change: Change, before: Vendor | None, after: Vendor | None, reading: RailBill | None
) -> None:
    if after is None or after == before:
        return
    change.put(after)
    vendor = after.named
    if before is None:
        change.state("vendor.first_seen", vendor=vendor, first_paid_on=after.first_paid_on)
        return
    shown = account_shown(reading) if reading is not None else None
    if reading is not None and shown is not None and before.account_of(shown) is None:
        last = before.account.id if before.account is not None else None
        change.state(
            "vendor.account_seen",
            vendor=vendor,
            account_id=shown,
            account_id_before=last,
            from_bill_id=reading.bill_id,
        )
