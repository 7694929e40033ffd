"""Data checks of one bill of Ramp: a small function for each, and their table.

Pure. Only bills of which something may still be paid are judged; the rest has no problem.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from rowcol.domain.bill import Bill
from rowcol.domain.calendar import BANK_ZONE, add_bank_days, local_date
from rowcol.domain.facts import RailBill
from rowcol.domain.hygiene.copies import KeptVendor, VendorState
from rowcol.domain.hygiene.problem import RAIL_SITE, Check, Problem, in_ledger

# Ramp copies an approved bill to the ledger by itself, or when its people say so.
COPIED_WITHIN_BANK_DAYS = 3


@dataclass(frozen=True, slots=True)
class BillCase:
    """A bill with what it is judged by.

    `ledger`: whether the client has one connected. `vendor`: as the ledger has it; None when the
    bill names none there. `ledger_bill_gone`: the ledger's bill was deleted.
    """

    bill: Bill
    currency: str
    now: datetime
    ledger: bool = False
    closed_through: date | None = None
    vendor: KeptVendor | None = None
    ledger_bill_gone: bool = field(default=False)

    @property
    def rail(self) -> RailBill:
        """The bill as Ramp shows it."""
        return self.bill.rail

    @property
    def name(self) -> str:
        """The bill in words."""
        return f"bill {self.rail.invoice_number or self.bill.id} of {self.vendor_name}"

    @property
    def vendor_name(self) -> str:
        """The vendor in words."""
        return self.rail.vendor_name or "an unnamed vendor"


def vendor_missing(case: BillCase) -> Problem | None:
    """A bill that names nobody who is paid."""
    if case.rail.vendor_id and case.rail.vendor_name.strip():
        return None
    found = "no vendor" if not case.rail.vendor_id else "a vendor without a name"
    title = f"Bill {case.rail.invoice_number or case.bill.id} has no vendor"
    return Problem(title, "a vendor", found, RAIL_SITE)


def vendor_inactive(case: BillCase) -> Problem | None:
    """The ledger does not book for a vendor that was made inactive there."""
    vendor = case.vendor
    if vendor is None or vendor.state is not VendorState.INACTIVE:
        return None
    title = f"{case.vendor_name} is inactive in QuickBooks, and {case.name} is open"
    return Problem(title, "an active vendor", f"{vendor.name or vendor.ledger_id} is inactive",
                   in_ledger("vendordetail", "nameId", vendor.ledger_id))  # fmt: skip


def vendor_merged(case: BillCase) -> Problem | None:
    """One side knows one vendor where the other knows two, or none any more."""
    vendor = case.vendor
    if vendor is None:
        return None
    if vendor.state is VendorState.GONE:
        title = f"{case.vendor_name} is not in QuickBooks any more: merged or deleted there"
        return Problem(title, f"vendor {vendor.ledger_id} in QuickBooks", "not to be found",
                       RAIL_SITE)  # fmt: skip
    if len(vendor.rail_vendor_ids) < 2:
        return None
    many = len(vendor.rail_vendor_ids)
    title = f"{many} vendors in Ramp are one in QuickBooks: {vendor.name or case.vendor_name}"
    return Problem(title, "one vendor in Ramp", ", ".join(vendor.rail_vendor_ids[:5]), RAIL_SITE)


def no_due_date(case: BillCase) -> Problem | None:
    """Nobody knows when to pay it."""
    if case.rail.due_on is not None:
        return None
    return Problem(f"The {case.name} has no due date", "a due date", "none", RAIL_SITE)


def amount_not_positive(case: BillCase) -> Problem | None:
    """Nothing can be paid of a bill of zero or less."""
    if case.rail.amount.minor > 0:
        return None
    title = f"The {case.name} asks for {case.rail.amount}"
    return Problem(title, "an amount above zero", str(case.rail.amount), RAIL_SITE)


def due_before_issue(case: BillCase) -> Problem | None:
    """One of the two dates is wrong. Due on the day of issue is usual."""
    due, issued = case.rail.due_on, case.rail.issued_on
    if due is None or issued is None or due >= issued:
        return None
    title = f"The {case.name} is due before it was issued"
    return Problem(title, f"due on {issued} or later", f"due on {due}", RAIL_SITE)


def foreign_currency(case: BillCase) -> Problem | None:
    """The client's books are in one currency."""
    currency = case.rail.amount.currency
    if currency == case.currency:
        return None
    title = f"The {case.name} is in {currency}; the client's books are in {case.currency}"
    return Problem(title, case.currency, currency, RAIL_SITE)


def not_in_ledger(case: BillCase) -> Problem | None:
    """Approved and never copied, after the days that Ramp may take; or deleted in the ledger."""
    if not case.ledger or not case.rail.approved:
        return None
    if case.rail.ledger_bill_id is not None:
        if not case.ledger_bill_gone:
            return None
        title = f"The {case.name} was deleted in QuickBooks, and is open in Ramp"
        return Problem(title, f"bill {case.rail.ledger_bill_id} in QuickBooks", "deleted",
                       RAIL_SITE)  # fmt: skip
    since = case.bill.approved_seen_at
    if case.rail.ledger_synced or since is None:
        return None
    last = add_bank_days(local_date(since, BANK_ZONE), COPIED_WITHIN_BANK_DAYS)
    if local_date(case.now, BANK_ZONE) <= last:
        return None
    title = f"The {case.name} is approved in Ramp and is not in QuickBooks"
    return Problem(title, f"in QuickBooks by {last}", "not there", RAIL_SITE)


def closed_period(case: BillCase) -> Problem | None:
    """The ledger takes nothing of that day any more. What it has already may stay open."""
    closed, issued = case.closed_through, case.rail.issued_on
    booked = case.rail.ledger_bill_id is not None or case.rail.ledger_synced
    if closed is None or issued is None or booked or issued > closed:
        return None
    title = f"The {case.name} is dated in a period that is closed in QuickBooks"
    return Problem(title, f"a date after {closed}", f"dated {issued}", RAIL_SITE)


BILL_CHECKS: tuple[Check[BillCase], ...] = (
    Check("vendor_missing", vendor_missing, "a vendor with an id and a name"),
    Check("vendor_inactive", vendor_inactive, "the vendor is active, or nobody has read it yet"),
    Check("vendor_merged", vendor_merged, "one vendor in Ramp for one in QuickBooks"),
    Check("no_due_date", no_due_date, "any due date"),
    Check("amount_not_positive", amount_not_positive, "one cent and more"),
    Check("due_before_issue", due_before_issue, "due on the day of issue, or one date is missing"),
    Check("foreign_currency", foreign_currency, "the currency of the client's books"),
    Check(
        "not_in_ledger", not_in_ledger,
        f"not approved, or approved {COPIED_WITHIN_BANK_DAYS} bank days ago at most,"
        " or Ramp says that it copied it",
    ),
    Check("closed_period", closed_period, "it is in QuickBooks already, or dated after the close"),
)  # fmt: skip


def is_judged(bill: Bill) -> bool:
    """Whether something may still be paid of it."""
    return not bill.is_closed
