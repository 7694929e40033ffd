"""Which balance is read: the free one or the paid one, by who needs it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.client import GuardrailSettings
from rowcol.domain.facts import BalanceSource
from rowcol.domain.sync_run import NeededBy, SyncOutcome, SyncRun
from rowcol.service.sync.balance import CAPPED, refresh_balance
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import usd
from tests.support.scripted_bank import CursorBank

HOUR = 3600.0


class CashDesk(Desk):
    """Bluebird, whose accepted balance is too old to decide on."""

    def __init__(self, per_day: int = 24) -> None:
        guardrail = GuardrailSettings(floor=usd("100"), live_reads_per_day_max=per_day)
        super().__init__(operating_account_ids=("operating-1",), guardrail=guardrail)
        self.bank = CursorBank(self.clock, cached_age_seconds=20 * HOUR)
        rails: Any = self.bank
        self.environment = replace(self.environment, rails=rails)
        self.clock.pause(25 * HOUR)

    def refresh(self, why: NeededBy, *, live: bool = False) -> str:
        return refresh_balance(self.environment, SCOPE, why, live=live)

    @property
    def run(self) -> SyncRun:
        return self.books.syncs().runs[0]

    @property
    def source(self) -> BalanceSource:
        head = self.books.head("USD")
        assert head.balance is not None
        return head.balance.source


@pytest.mark.parametrize("why", [NeededBy.SCHEDULE, NeededBy.FULL, NeededBy.WEBHOOK])
def test_who_looks_or_compares_takes_what_plaid_has(why: NeededBy) -> None:
    desk = CashDesk()
    assert desk.refresh(why) == "unknown"
    assert desk.bank.balance_calls == ["cached"]
    assert desk.source is BalanceSource.CACHED
    assert (desk.run.why, desk.run.outcome, desk.run.read) == (
        why,
        SyncOutcome.READ,
        {"cached": 1},
    )


def test_a_guardrail_asks_the_bank_when_plaids_is_old() -> None:
    desk = CashDesk()
    assert desk.refresh(NeededBy.GUARDRAIL) == "accepted"
    assert desk.bank.balance_calls == ["cached", "live"]
    assert desk.source is BalanceSource.LIVE
    assert desk.run.calls == {"plaid:accounts/balance/get": 1, "plaid:accounts/get": 1}
    balance = desk.books.head("USD").balance
    assert balance is not None
    assert balance.why is NeededBy.GUARDRAIL


def test_a_guardrail_takes_plaids_when_the_bank_was_seen_lately() -> None:
    desk = CashDesk()
    desk.bank.cached_age_seconds = HOUR - 1
    assert desk.refresh(NeededBy.GUARDRAIL) == "accepted"
    assert desk.bank.balance_calls == ["cached"]
    assert desk.source is BalanceSource.CACHED


def test_a_young_balance_costs_no_call_and_is_noted() -> None:
    desk = CashDesk()
    desk.refresh(NeededBy.GUARDRAIL)
    desk.clock.pause(HOUR - 1)
    assert desk.refresh(NeededBy.GUARDRAIL) == "fresh"
    assert (desk.run.outcome, desk.run.calls) == (SyncOutcome.FRESH, {})
    assert desk.bank.balance_calls == ["cached", "live"]


def test_a_person_asks_for_that_of_now_but_not_twice_within_a_minute() -> None:
    desk = CashDesk()
    desk.refresh(NeededBy.PERSON, live=True)
    desk.clock.pause(59)
    assert desk.refresh(NeededBy.PERSON, live=True) == "fresh"
    desk.clock.pause(1)
    desk.refresh(NeededBy.PERSON, live=True)
    assert desk.bank.balance_calls == ["live", "live"]


def test_paid_calls_of_a_day_are_capped_and_counted_before_they_are_made() -> None:
    desk = CashDesk(per_day=2)
    for _ in range(4):
        desk.refresh(NeededBy.PERSON, live=True)
        desk.clock.pause(120)
    assert desk.bank.balance_calls.count("live") == 2
    assert desk.run.detail == CAPPED
    assert desk.refresh(NeededBy.GUARDRAIL, live=True) in {"fresh", "unknown", "accepted"}
    assert desk.bank.balance_calls.count("live") == 2
    desk.clock.pause(timedelta(days=1).total_seconds())
    desk.refresh(NeededBy.GUARDRAIL)
    assert desk.bank.balance_calls.count("live") == 3


def test_a_cap_of_none_never_pays() -> None:
    desk = CashDesk(per_day=0)
    assert desk.refresh(NeededBy.GUARDRAIL) == "unknown"
    assert desk.bank.balance_calls == ["cached"]
    assert desk.run.detail == CAPPED
