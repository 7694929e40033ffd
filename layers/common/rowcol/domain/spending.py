"""What leaves a client's bank account beside its bills: the average burn of the runway.

Of the posted debits of operating accounts in the last 90 days, less own transfers and returned
debits, those that paid a bill are told apart: bills are in the runway themselves and must not be
counted twice. Source: design section 5, guardrail; docs/decisions/0024-runway.md.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from rowcol.domain.aggregate import NeverDue, Unlisted
from rowcol.domain.calendar import next_bank_day
from rowcol.domain.cash_matching.exact import is_return
from rowcol.domain.client import Burn
from rowcol.domain.facts import BankLine
from rowcol.domain.money import Money
from rowcol.domain.runway import Certainty, Flow, FlowKind

HISTORY_DAYS = 90
TRANSFER_DAYS = 3
BURN = "burn"
# Bills that Ramp paid before RowCol knew them have no claim on their line; its text names both.
_RAMP_BILL = re.compile(r"\bramp\b.*\bbill\b|\bbill\s?pay\b.*\bramp\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Spending(Unlisted, NeverDue):
    """What the bank's lines of the last `days` days say, as of `through`. One item per client.

    `debits`: of operating accounts, less own transfers and returned debits. `bills`: the part of
    them that paid bills. `days`: as far as the bank's lines reach back, at most 90.
    """

    id: str
    version: int
    through: date
    days: int
    debits: Money
    bills: Money

    kind = "spending"

    @property
    def all_debits(self) -> Burn:
        """As the guardrail's buffer counts them."""
        return Burn(self.debits, self.days)

    @property
    def beside_bills(self) -> Money:
        """What went out and paid no bill; never below zero."""
        return max(self.debits - self.bills, Money.zero(self.debits.currency))


@dataclass(frozen=True, slots=True)
class Accounts:
    """A client's bank accounts: those whose cash counts, and all of its own."""

    operating: frozenset[str]
    own: frozenset[str]


def spent(
    lines: Iterable[BankLine],
    accounts: Accounts,
    paying_bills: Collection[str],
    moved: Collection[str],
    currency: str,
) -> tuple[Money, Money]:
    """All debits that count, and those of them that paid bills.

    `paying_bills`: ids of lines that are known to pay bills; `moved`: ids of lines known as own
    transfers. Pending lines do not count, nor lines of another currency.
    """
    settled = sorted(
        (
            line
            for line in lines
            if not line.pending
            and line.amount.currency == currency
            and line.account_id in accounts.own
        ),
        key=lambda line: (line.posted_on, line.line_id),
    )
    debits = [
        line for line in settled if line.amount.minor > 0 and line.account_id in accounts.operating
    ]
    credits_: dict[int, list[BankLine]] = defaultdict(list)
    for line in settled:
        if line.amount.minor < 0:
            credits_[-line.amount.minor].append(line)
    total = bills = 0
    for debit in debits:
        back = _undone(debit, credits_[debit.amount.minor])
        if back is not None:
            credits_[debit.amount.minor].remove(back)
        if back is not None or debit.line_id in moved:
            continue
        total += debit.amount.minor
        if debit.line_id in paying_bills or _RAMP_BILL.search(debit.text):
            bills += debit.amount.minor
    return Money(total, currency), Money(bills, currency)


def _undone(debit: BankLine, credits_: Iterable[BankLine]) -> BankLine | None:
    """The credit that a debit came back by, or arrived by in another account of the client."""
    for line in credits_:
        near = abs((line.posted_on - debit.posted_on).days) <= TRANSFER_DAYS
        if line.account_id != debit.account_id:
            if near:
                return line
        elif is_return(line, debit):
            return line
    return None


def burn_flows(spending: Spending, seen_on: date, first: date, days: int) -> tuple[Flow, ...]:
    """Average burn as flows: a day's part for each day after the balance was seen.

    Parts of days on which banks are closed leave on the next bank day. Parts add up: to the whole
    history over as many days as it has, never a minor unit more.
    """
    whole, last = spending.beside_bills, first + timedelta(days=days - 1)
    by_day: dict[date, int] = defaultdict(int)
    for ahead in range(1, (last - seen_on).days + 1):
        until, before = (whole.minor * n // spending.days for n in (ahead, ahead - 1))
        by_day[next_bank_day(max(seen_on + timedelta(days=ahead), first))] += until - before
    kind, likely, currency = FlowKind.BURN, Certainty.LIKELY, whole.currency
    why = f"{whole} in {spending.days} days that paid no bill, evenly"
    return tuple(
        Flow(BURN, kind, day, Money(-minor, currency), likely, "Average burn", why, movable=False)
        for day, minor in sorted(by_day.items())
        if minor
    )
