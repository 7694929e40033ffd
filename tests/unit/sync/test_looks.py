"""Looks that are worth a paid or metered call, and looks that are not."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from rowcol.domain.client import GuardrailSettings
from rowcol.domain.facts import (
    BalanceReading,
    BalanceSource,
    LedgerBill,
    LedgerChanges,
    LedgerInvoice,
    RailState,
)
from rowcol.service.sync.ledger import sync_ledger
from tests.support.desk import SCOPE
from tests.support.domain.builders import usd
from tests.support.payment_desk import OpenLedger, PaymentDesk, QuietBank

# Longer than a balance is good for: only the bank itself is young enough to decide on.
OLD = timedelta(minutes=90)
LOOK_HOURS = 2.5


@dataclass
class SeenBank(QuietBank):
    """Plaid's own balance is OLD; `asked` tells which was taken."""

    desk: PaymentDesk
    cash: str = "9600"
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.lines = []

    def balances(self, *, live: bool) -> BalanceReading:
        """Of now, or as Plaid has it."""
        self.asked.append("live" if live else "cached")
        found = super().balances(live=live)
        if live or found.observed_at is None:
            return found
        return replace(found, source=BalanceSource.CACHED, observed_at=found.observed_at - OLD)


def held() -> tuple[PaymentDesk, SeenBank, str]:
    """A payment that waits for cash, and its bank."""
    desk = PaymentDesk(guardrail=GuardrailSettings(floor=usd("9500.00")))
    desk.plaid = bank = SeenBank(desk)
    name = desk.scheduled()
    desk.on_its_day(name)
    assert desk.payment(name).hold is not None
    bank.asked.clear()
    return desk, bank, name


def test_a_hold_that_would_not_fit_costs_no_paid_call() -> None:
    desk, bank, name = held()
    for _ in range(3):
        desk.until(LOOK_HOURS)
    assert set(bank.asked) == {"cached"}
    assert len(bank.asked) >= 3
    assert desk.payment(name).hold is not None


def test_cash_that_plaid_has_seen_is_confirmed_by_the_bank_before_it_lifts() -> None:
    desk, bank, name = held()
    bank.cash = "20000"
    desk.until(LOOK_HOURS)
    assert (bank.asked[0], bank.asked.count("live")) == ("cached", 1)
    assert desk.payment(name).hold is None


@dataclass
class FeedLedger(OpenLedger):
    """A change feed that tells nothing; `reads` are bills read by themselves."""

    complete: bool = True
    reads: list[str] = field(default_factory=list)

    def read_bill(self, bill_id: str) -> LedgerBill | None:
        """The bill, counted."""
        self.reads.append(bill_id)
        return super().read_bill(bill_id)

    def changes(self, since: datetime) -> LedgerChanges:
        """Nothing has changed, as far as it can tell."""
        return LedgerChanges(complete=self.complete)

    def open_invoices(self) -> tuple[LedgerInvoice, ...]:
        """None."""
        return ()


def test_where_deletions_may_be_missing_every_payment_open_to_proof_is_read_again() -> None:
    desk = PaymentDesk()
    desk.qbo = ledger = FeedLedger()
    desk.taken(RailState.PAID)
    sync_ledger(desk.environment, SCOPE)
    ledger.reads.clear()
    sync_ledger(desk.environment, SCOPE)
    assert ledger.reads == []
    ledger.complete = False
    sync_ledger(desk.environment, SCOPE)
    assert len(ledger.reads) == 1
    assert desk.books.syncs().runs[0].detail == "deletions_may_be_missing"
