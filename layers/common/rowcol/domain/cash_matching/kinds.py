"""The tray kinds of cash matching. MatchPart of the one table of kinds.

At most two items a client for lines, however many there are: each names how many and how old.
"""

from __future__ import annotations

from rowcol.domain.tray import Severity
from rowcol.domain.tray_kind import Accept, Family, TrayKind

PAID_AT_BANK = "bill_paid_at_bank"
TO_CONFIRM = "cash_matches_to_confirm"
UNMATCHED = "bank_lines_unmatched"
CASH_MATCHING_KINDS: tuple[TrayKind, ...] = (
    TrayKind(
        PAID_AT_BANK, Family.BILL_DATA, Severity.HIGH,
        "the bank shows a bill paid that Ramp shows open: it could be paid twice",
        "mark it as paid in Ramp; or undo the match, if the bank line is another bill's",
        Accept.ANOTHER, offers=("undoMatch",), blocks_staging=True,
    ),
    TrayKind(
        TO_CONFIRM, Family.CASH, Severity.MEDIUM,
        "bank lines that probably belong to open items wait for a person's word",
        "look at each proposal and confirm or reject it", Accept.NOBODY,
        offers=("confirmMatch", "rejectMatch"),
    ),
    TrayKind(
        UNMATCHED, Family.CASH, Severity.LOW,
        "bank lines to which nothing here belongs are older than some days",
        "match them by hand, or set them aside with a reason", Accept.PREPARER,
        offers=("confirmMatch",),
    ),
)  # fmt: skip
