"""Writes docs/hygiene.md from the tables of checks: `python -m local.hygiene_page`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from rowcol.domain.hygiene.bill_checks import BILL_CHECKS
from rowcol.domain.hygiene.booked_checks import BOOKED_CHECKS
from rowcol.domain.hygiene.invoice_checks import INVOICE_CHECKS
from rowcol.domain.hygiene.ledger_checks import (
    CREDIT_CHECKS,
    DRAFT_CHECKS,
    LEDGER_BILL_CHECKS,
    PAYMENT_CHECKS,
)
from rowcol.domain.hygiene.problem import Check
from rowcol.domain.hygiene.twin_checks import BILL_TWINS, INVOICE_TWINS
from rowcol.domain.tray_kinds import kind_of

PAGE = Path(__file__).parents[1] / "docs" / "hygiene.md"
# Kind and when it is not a problem, of each check of a table.
Rows = Iterable[tuple[str, str]]


def _told(checks: Iterable[Check[Any]]) -> Rows:
    return [(one.kind, one.why) for one in checks]


TABLES: tuple[tuple[str, Rows], ...] = (
    (
        "Bills in Ramp",
        _told((*BILL_CHECKS, *(one for each in BILL_TWINS.values() for one in each))),
    ),
    (
        "Invoices in QuickBooks",
        _told((*INVOICE_CHECKS, *(one for each in INVOICE_TWINS.values() for one in each))),
    ),
    ("Invoices that were paid through Stripe", _told(BOOKED_CHECKS)),
    ("Bills, credits and payments in QuickBooks, drafts in Ramp",
     _told((*LEDGER_BILL_CHECKS, *CREDIT_CHECKS, *DRAFT_CHECKS, *PAYMENT_CHECKS))),
)  # fmt: skip
HEAD = (
    "# Data hygiene\n"
    "\n"
    "Every bill, invoice, credit and draft is judged in the write that brings a reading of "
    "it, and all that is open once a night; each problem is one item of [the "
    "tray](tray.md), with both values and what mends it. It closes itself when the data is "
    "in order, paid, or gone. Written by `python -m local.hygiene_page`; a test compares "
    "the two. Why it is done so: [0048](decisions/0048-hygiene.md).\n"
    "\n"
    "Nothing is corrected from here: QuickBooks is read only, and Ramp's bills are its "
    "people's.\n"
)
FOOT = (
    "\n"
    "## When each is looked at\n"
    "| What | When |\n"
    "|---|---|\n"
    "| a bill in Ramp | with every reading that says something new of its data: each "
    "notice, each sweep |\n"
    "| numbers and amounts of other bills | in the same write, by a small index per vendor "
    "and number, and per vendor and amount; no other bill is read |\n"
    "| an invoice | with every reading of it, and when a person records what was decided on"
    " it |\n"
    "| vendors, bills and credits in QuickBooks | with the change feed, in the same call as"
    " payments; all open ones together the first time, and when the feed may lack deletions"
    " |\n"
    "| a vendor that was merged, the closing date | once a night, and when QuickBooks says "
    "so: two calls |\n"
    "| what Stripe collected of an invoice, or gave back | with every reading of the invoice "
    "and of its customer's payments, credit memos and refund receipts; once a night |\n"
    "| what time alone makes a problem | once a night |\n"
    "\n"
    "A number is the same when only punctuation, case, leading zeros or O and 0 differ: "
    "`INV-0042`, `inv 42`, `INV#00042`. `11-1` and `1-11` are not, nor is a text without a "
    "digit a number. Both of a pair are told while something may be paid of them.\n"
    "\n"
    "A customer's credit is a payment or a credit memo of which a part is set against nothing. "
    "What tells of the part of a credit memo that is left has not been measured: `RemainingCredit` "
    "is read, else `Balance`; a memo that shows neither counts as used up.\n"
)


def page() -> str:
    """The whole page."""
    parts = [HEAD]
    for title, rows in TABLES:
        parts += [f"\n## {title}", "| Kind | Severity | What is wrong | What mends it | Not when |"]
        parts.append("|---|---|---|---|---|")
        parts += [_line(kind, why) for kind, why in rows]
    return "\n".join(parts) + "\n" + FOOT


def _line(name: str, why: str) -> str:
    kind = kind_of(name)
    blocks = ", blocks staging" if kind.blocks_staging else ""
    severity = f"{kind.severity.value}{blocks}"
    return f"| `{name}` | {severity} | {kind.words} | {kind.remedy} | {why} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
