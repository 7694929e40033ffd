"""What following a reading of a bill is going to ask for, read in one call.

Only a saving: what is left out here is read when it is asked for. So each line says what the code
that it serves asks itself, and nothing is read that this reading gives no reason for.
"""

from __future__ import annotations

from typing import Any

from rowcol.domain.bill import Bill
from rowcol.domain.payment import Payment
from rowcol.domain.recurrence import VendorRecurrences
from rowcol.domain.staging_rules import STAGING_RULES, StagingRules
from rowcol.domain.tray import TrayItem, tray_id
from rowcol.domain.vendor import Vendor, vendor_id
from rowcol.domain.vendor_learning import teaches
from rowcol.service.auto_stage import is_untouched
from rowcol.service.change import Change
from rowcol.service.hygiene import bills
from rowcol.service.recurrences.attach import attachable, vendor_key


def read_for(change: Change, known: Bill | None, bill: Bill) -> None:
    """Read what `bill` needs to be followed. `known`: as it was before this reading."""
    wanted: dict[type[Any], Any] = {
        TrayItem: [tray_id(f"bill-{bill.id}", kind) for kind in bill.tray_kinds]
    }
    vendor = bill.rail.vendor_id
    if bill.live_payment_id is not None:
        wanted[Payment] = (bill.live_payment_id,)
    if vendor and (known is None or teaches(known.rail) != teaches(bill.rail)):
        wanted[Vendor] = (vendor_id(vendor),)
    if vendor and attachable(bill):
        wanted[VendorRecurrences] = (vendor_key(vendor),)
    if bill.approved_seen_at is not None and is_untouched(bill):
        wanted[StagingRules] = (STAGING_RULES,)
    if bills.is_news(known, bill):
        wanted |= bills.asked_for(change, (bill,))
    change.load_together(wanted)
