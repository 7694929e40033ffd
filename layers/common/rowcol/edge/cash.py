"""Cash as the console shows it: with its parts, how old it is, and whether guards count on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.client import Client, Head
from rowcol.domain.facts import BalanceSource
from rowcol.domain.guardrail import buffer, is_fresh
from rowcol.domain.money import Money
from rowcol.domain.refusal import Refusal


@dataclass(frozen=True, slots=True)
class CashShown:
    """Cash with its parts. `available` = balance - covered - buffer; None when a part is unknown.

    `fresh`: guards may count on the balance. `age_seconds`: since the bank was last seen.
    """

    covered: Money
    uncovered: Money
    buffer: Money | None
    balance: Money | None
    fresh: bool
    available: Money | None
    source: BalanceSource | None
    observed_at: datetime | None
    age_seconds: int | None


def cash_of(client: Client, head: Head, now: datetime) -> CashShown:
    """A client's cash as its head has it."""
    keep = buffer(client, head.burn)
    kept = None if isinstance(keep, Refusal) else keep
    balance = head.balance
    known = balance is not None and kept is not None
    return CashShown(
        head.covered_total,
        head.uncovered_total,
        kept,
        balance.pool if balance else None,
        is_fresh(client, balance, now),
        balance.pool - head.covered_total - kept if known and balance and kept else None,
        balance.source if balance else None,
        balance.observed_at if balance else None,
        int((now - balance.observed_at).total_seconds()) if balance else None,
    )
