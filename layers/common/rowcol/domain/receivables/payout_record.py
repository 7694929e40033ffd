"""What RowCol makes of a payout: what it is made of, and whether the bank has its money.

`paid` is Stripe's word and may be followed by `failed`; a payout is over when the bank shows it
(stripe contract, sections 2 and 4).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from rowcol.domain.aggregate import NeverDue
from rowcol.domain.calendar import add_bank_days
from rowcol.domain.cash_matching.exact import match
from rowcol.domain.cash_matching.text import names
from rowcol.domain.cash_matching.wanted import Wanted
from rowcol.domain.facts import BankLine
from rowcol.domain.money import Money
from rowcol.domain.receivables.composition import Composition, PayoutSums
from rowcol.domain.receivables.objects import Payout, PayoutState

WINDOW_BANK_DAYS = 3
# A trace id tells the line whenever the bank books it.
TRACED_DAYS = 10
# As long as a payout that has arrived is watched for its line being taken back.
WATCHED_DAYS = 60
_FAR = "9999-12-31"
_STRIPE = "Stripe"


class PayoutStanding(StrEnum):
    """On its way, shown by the bank, not shown though its time is over, or back on the balance.

    FORGOTTEN: the only file that told of it was undone.
    """

    EXPECTED = "expected"
    ARRIVED = "arrived"
    MISSING = "missing"
    BACK = "back"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class FoundLine:
    """The bank's line of a payout, how it was found and why in words. `amount`: money in, or below
    zero money out.
    """

    line_id: str
    account_id: str
    amount: Money
    posted_on: date
    method: str
    explanation: str
    found_at: datetime


@dataclass(frozen=True, slots=True)
class PayoutRecord(NeverDue):
    """The aggregate. `unexplained`: its amount less its rows; None while either is not known.

    `sums` None: no row of it is known. `rows_in_other_currencies` are not among them.
    """

    id: str
    version: int
    payout: Payout
    sums: PayoutSums | None = None
    unexplained: Money | None = None
    rows_in_other_currencies: int = 0
    standing: PayoutStanding = PayoutStanding.EXPECTED
    line: FoundLine | None = None

    kind = "payout"

    @property
    def amount(self) -> Money | None:
        """Stripe's own amount; without it that of its rows, which a report gives in full."""
        if self.payout.amount is not None:
            return self.payout.amount
        return self.sums.net if self.sums is not None else None

    @property
    def list_key(self) -> str | None:
        """Those that may still come by their day, then those that came, then those that did not."""
        if self.standing is PayoutStanding.FORGOTTEN:
            return None
        day = self.payout.arrives_on
        group = {PayoutStanding.ARRIVED: "arrived", PayoutStanding.BACK: "back"}.get(
            self.standing, "open"
        )
        return f"{group}#{day.isoformat() if day is not None else _FAR}#{self.id}"

    @property
    def window(self) -> tuple[date, date] | None:
        """Days on which the bank may book it; None while no day is known."""
        first = self.payout.arrives_on
        return (first, add_bank_days(first, WINDOW_BANK_DAYS)) if first is not None else None


OPEN, ARRIVED, BACK = "open#", "arrived#", "back#"


def composed_as(
    known: PayoutRecord | None, record_id: str, payout: Payout, made_of: Composition
) -> PayoutRecord:
    """The record with what is told of the payout now; the bank's side stays as it was."""
    record = known or PayoutRecord(record_id, 0, payout)
    has_rows = made_of.sums.count > 0
    return replace(
        record,
        payout=payout,
        sums=made_of.sums if has_rows else None,
        unexplained=made_of.unexplained if has_rows else None,
        rows_in_other_currencies=made_of.other_currencies,
    )


def line_in(
    record: PayoutRecord, lines: Iterable[BankLine], taken: frozenset[str], at: datetime
) -> FoundLine | None:
    """The bank's line of a payout; None when none fits.

    By trace id; else by the exact net amount within the window and a text that names Stripe. Never
    by an equal amount alone. Equal payouts are alike: each takes the first line that is left. One
    below zero, by which Stripe takes back what its balance lacks, has a line of money out.
    `taken`: ids of lines that somebody else has claimed.
    """
    amount, window = record.amount, record.window
    if amount is None or not amount.minor or window is None:
        return None
    trace = record.payout.trace_id
    wanted = Wanted(
        -amount,
        *window,
        account_id=None,
        trace_id=trace,
        vendor_name=_STRIPE,
        by_rail=False,
    )
    near = [
        line
        for line in lines
        if line.amount == -amount
        and not line.pending
        and (names(_STRIPE, line.text) or (trace is not None and line.reference == trace))
    ]
    found = match(wanted, near, taken)
    if found is None:
        return None
    line = found.debits[0]  # money in is a negative debit
    words = {
        "trace_id": f"bank reference {record.payout.trace_id} is the payout's",
    }.get(found.method, f"{amount} on {line.posted_on}, within {window[0]}..{window[1]}, of Stripe")
    return FoundLine(line.line_id, line.account_id, amount, line.posted_on, found.method, words, at)


def standing_of(record: PayoutRecord, today: date, *, bank_is_later: bool) -> PayoutStanding:
    """How a payout stands today. `bank_is_later`: the bank shows lines from after its window."""
    if record.payout.has_come_back:
        return PayoutStanding.BACK
    if record.line is not None:
        return PayoutStanding.ARRIVED
    window = record.window
    is_over = window is not None and today > window[1] and bank_is_later
    is_said_paid = record.payout.state in (PayoutState.PAID, PayoutState.UNKNOWN)
    # Of a payout whose amount nobody knows, or of nothing, no line can be missed.
    moves = record.amount is not None and record.amount.minor != 0
    is_missed = is_over and is_said_paid and moves
    return PayoutStanding.MISSING if is_missed else PayoutStanding.EXPECTED
