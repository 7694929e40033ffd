"""Which tray items about a bill have to be settled before it is staged.

One that is accepted, or that a rule of the client keeps out, is settled for as long as its values
stay; one that is snoozed, or only said to be fixed, is not.
"""

from __future__ import annotations

from rowcol.domain.bill import Bill
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.tray import TrayItem, TrayState, tray_id
from rowcol.domain.tray_kinds import KINDS
from rowcol.service.change import Change

# Kinds of items about a bill that say that what is shown of it may be wrong. The others tell of
# dates, cover or payments, which staging does not depend on.
BLOCKING = tuple(row.kind for row in KINDS.values() if row.blocks_staging)
_WAITS = (TrayState.OPEN, TrayState.FIXED)


def blocking_items(change: Change, bill: Bill) -> tuple[TrayItem, ...]:
    """The open items about a bill for which it may not be staged, in the order of BLOCKING.

    One read of several items at once, of those that this change has not read yet.
    """
    names = [tray_id(f"bill-{bill.id}", kind) for kind in BLOCKING]
    change.load(TrayItem, names)
    found = (change.get(TrayItem, name) for name in names)
    return tuple(item for item in found if item is not None and item.state in _WAITS)


def tray_refusal(change: Change, bill: Bill) -> Refusal | None:
    """`blocked_by_tray` with the kinds and ids of the open items; None when none is open.

    For `service/stage.py`: after what Ramp says of the bill, before the client's rules.
    """
    items = blocking_items(change, bill)
    if not items:
        return None
    return Refusal(
        Code.BLOCKED_BY_TRAY,
        f"the tray asks about this bill first: {items[0].title}",
        {"items": [item.id for item in items], "kinds": [item.item for item in items]},
        remedy="settle these items of the tray; then stage it",
    )
