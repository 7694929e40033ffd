"""A bank whose feed behaves as Plaid's: a cursor stands for what was shown, and only net changes
since are told. What came and went between two looks is never mentioned.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from local.simulation.clock import SimulatedClock
from rowcol.domain.facts import (
    AccountBalance,
    BalanceReading,
    BalanceSource,
    BankChanges,
    BankLine,
    ReadInterval,
)
from rowcol.domain.money import Money
from rowcol.service.ports import RailError
from tests.support.domain.builders import usd


@dataclass
class CursorBank:
    """One item. `lines`: what the bank shows now; `shown`: what each cursor stands for."""

    clock: SimulatedClock
    lines: dict[str, BankLine] = field(default_factory=dict)
    shown: list[dict[str, BankLine]] = field(default_factory=list)
    calls: int = 0
    ready: bool = True
    fails_with: RailError | None = None
    meter: Any = None
    cash: Money = field(default_factory=lambda: usd("10000"))
    cached_age_seconds: float = 0.0
    balance_calls: list[str] = field(default_factory=list)

    # ---- the port Rails

    def counting(self, meter: Any) -> CursorBank:
        """Calls are told to the meter of the last run."""
        self.meter = meter
        return self

    def bank(self, firm: str, client: str) -> CursorBank:
        """Of any client."""
        return self

    # ---- the port BankRail

    def changes(self, item_id: str, cursor: str | None) -> BankChanges:
        """Net changes since a cursor."""
        self.calls += 1
        self.meter.spent("plaid", "transactions/sync")
        self.clock.pause(1)
        now = self.clock.now()
        if self.fails_with is not None:
            raise self.fails_with
        if not self.ready:
            return BankChanges((), (), (), cursor, False, ReadInterval(now, now))
        known = self.shown[int(cursor)] if cursor else {}
        added = [line for name, line in self.lines.items() if name not in known]
        modified = [
            line for name, line in self.lines.items() if name in known and known[name] != line
        ]
        removed = tuple(name for name in known if name not in self.lines)
        self.shown.append(dict(self.lines))
        at = str(len(self.shown) - 1)
        read = ReadInterval(now, now)
        return BankChanges(tuple(added), tuple(modified), removed, at, True, read)

    def balances(self, *, live: bool) -> BalanceReading:
        """The cash: of now when live, else as old as said."""
        self.balance_calls.append("live" if live else "cached")
        kind = "accounts/balance/get" if live else "accounts/get"
        self.meter.spent("plaid", kind)
        now = self.clock.now()
        account = AccountBalance(
            "operating-1", "0001", "Operating", "depository", "checking", self.cash, self.cash
        )
        seen = now if live else now - timedelta(seconds=self.cached_age_seconds)
        source = BalanceSource.LIVE if live else BalanceSource.CACHED
        return BalanceReading((account,), source, seen, ReadInterval(now, now))
