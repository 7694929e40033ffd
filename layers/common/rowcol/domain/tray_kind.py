"""What is said once about a kind of tray item: how severe it is, what helps, who may do what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from rowcol.domain.tray import Severity


class Family(StrEnum):
    """What kinds have in common, for people who look for one sort of work."""

    DISCREPANCY = "discrepancy"  # rail, ledger and bank do not say the same of a payment
    BILL_DATA = "bill_data"  # a bill is odd, or stands on one side only
    INVOICE_DATA = "invoice_data"
    CONNECTION = "connection"  # a rail or a bank does not answer
    CASH = "cash"  # balances and money that is not there
    RAIL_ORDER = "rail_order"  # what was asked of Ramp and what Ramp shows
    HELD_PAYMENT = "held_payment"
    APPROVAL = "approval"  # somebody has to agree
    EVENT = "event"  # a webhook that could not be used
    DEAD_LETTER = "dead_letter"  # work that nobody repeats by itself
    SYSTEM = "system"  # RowCol's own lists or steps


class Accept(StrEnum):
    """Who may let an item be as it is. Always with a reason."""

    NOBODY = "nobody"  # it has to be settled, or it ends by itself
    PREPARER = "preparer"
    APPROVER = "approver"
    # Somebody with `administer`, a second factor, and no hand in what the item is about.
    ANOTHER = "another"


@dataclass(frozen=True, slots=True)
class TrayKind:
    """One kind. `words`: what is wrong, `remedy`: what would settle it; both for people to read.

    `severity`: unless whoever opens the item says otherwise. `accept`: who may let it be.
    `by_facts`: it closes when the facts agree, so that a fix which somebody records has to be seen
    in them; where it is False a recorded fix closes it. `offers`: names of operations of the API
    by which RowCol itself can settle it. `blocks_staging`: a bill with such an item is not staged.
    """

    kind: str
    family: Family
    severity: Severity
    words: str
    remedy: str
    accept: Accept = Accept.APPROVER
    by_facts: bool = True
    offers: tuple[str, ...] = ()
    blocks_staging: bool = False

    @property
    def is_severe(self) -> bool:
        """Whether looking away from it needs two people."""
        return self.severity is Severity.HIGH or self.accept is Accept.ANOTHER

    @property
    def may_be_excluded(self) -> bool:
        """Whether a rule may keep it out of the list: not what nobody may accept."""
        return self.accept is not Accept.NOBODY
