"""Cash typed in while the bank cannot be asked: two people, one bank day, then the bank."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from rowcol.domain.client import AcceptedBalance, AccountCash, GuardrailSettings
from rowcol.domain.connection import Connection, ConnectionState
from rowcol.domain.facts import AccountBalance, BalanceReading, BalanceSource, ReadInterval
from rowcol.domain.guardrail import Allowed, covers
from rowcol.domain.manual_balance import ManualBalances, ManualState, Statement
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, ActorKind, Role
from rowcol.domain.sync_run import NeededBy
from rowcol.domain.tray import TrayItem, TrayState, tray_id
from rowcol.service import manual_balances as manual
from rowcol.service.balances import accept_balance
from rowcol.service.ports import ConnectionBroken, RailUnavailable
from rowcol.service.sync.balance import refresh_balance
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import usd


class Bank:
    """Plaid that answers with a balance, or raises."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.trouble, self.asked = desk, None, 0
        self.cash = usd("7000")

    def counting(self, _meter: object) -> Bank:
        return self

    def bank(self, _firm: str, _client: str) -> Bank:
        return self

    def balances(self, *, live: bool) -> BalanceReading:
        self.asked += 1
        if self.trouble is not None:
            raise self.trouble
        now = self.desk.clock.now()
        account = AccountBalance("operating-1", None, "", "depository", None, self.cash, self.cash)
        source = BalanceSource.LIVE if live else BalanceSource.CACHED
        seen = now if live else now - timedelta(hours=9)
        return BalanceReading((account,), source, seen, ReadInterval(now, now))

    trouble: Exception | None


class Broken(Desk):
    """The client's only login at its bank waits for a person; the last balance is a day old."""

    def __init__(self) -> None:
        super().__init__(
            operating_account_ids=("operating-1",),
            bank_item_ids=("item-1",),
            guardrail=GuardrailSettings(floor=usd("100")),
        )
        for name in ("anna", "ben"):
            self.join(name, Role.RELEASER)
        self.connected(ConnectionState.NEEDS_LOGIN)
        self.rails = Bank(self)
        rails: Any = self.rails
        self.environment = replace(self.environment, rails=rails)
        self.pass_days(3)  # a Monday

    def connected(self, state: ConnectionState) -> None:
        known = self.books.get(Connection, "plaid-item-1")
        version = known.version if known is not None else 0
        assert self.books.save(
            Connection("plaid-item-1", version, "sealed", state=state, logged_state=state)
        )

    def entered(self, cash: str = "5000", **changes: Any) -> manual.Entered:
        fields: dict[str, Any] = {
            "accounts": (AccountCash("operating-1", usd(cash)),),
            "statement": Statement("online banking, page 1", "ab" * 32),
            "as_of": self.clock.now() - timedelta(minutes=10),
        }
        return manual.Entered(**(fields | changes))

    def person(self, name: str, age_seconds: int | None = 10) -> Actor:
        shown = None if age_seconds is None else self.clock.now() - timedelta(seconds=age_seconds)
        return Actor(ActorKind.PERSON, name, shown)

    def enter(
        self, who: str | Actor = "anna", cash: str = "5000", **changes: Any
    ) -> ManualBalances | Refusal:
        actor = self.person(who) if isinstance(who, str) else who
        entered = self.entered(cash, **changes)
        return self.act_as(actor, lambda change: manual.enter(self.environment, change, entered))

    def approve(self, who: str | Actor = "ben") -> ManualBalances | Refusal:
        actor = self.person(who) if isinstance(who, str) else who
        return self.act_as(
            actor, lambda change: manual.approve(self.environment, change, self.waiting())
        )

    def waiting(self) -> str:
        waiting = manual.shown(self.books).waiting
        assert waiting is not None
        return waiting.id

    def balance(self) -> AcceptedBalance:
        found = self.books.head("USD").balance
        assert found is not None
        return found

    def is_open(self, subject: str, kind: str) -> bool:
        item = self.books.get(TrayItem, tray_id(subject, kind))
        return item is not None and item.state is TrayState.OPEN

    def covers(self) -> Allowed | Refusal:
        return covers(self.client(), self.books.head("USD"), usd("50"), self.clock.now())


@pytest.fixture
def desk() -> Broken:
    return Broken()


def code(outcome: object) -> Code | None:
    return outcome.code if isinstance(outcome, Refusal) else None


def test_it_counts_only_after_a_second_person_agreed(desk: Broken) -> None:
    assert code(desk.covers()) is Code.BALANCE_STALE
    assert isinstance(desk.enter(), ManualBalances)
    assert code(desk.covers()) is Code.BALANCE_STALE  # nothing counts on it yet
    assert desk.is_open(manual.SUBJECT, manual.WAITS)
    done = desk.approve()
    assert isinstance(done, ManualBalances)
    assert (done.waiting, done.recent[0].state) == (None, ManualState.APPROVED)
    assert desk.balance().source is BalanceSource.MANUAL
    assert not desk.is_open(manual.SUBJECT, manual.WAITS)
    desk.clock.pause(50)
    allowed = desk.covers()
    assert isinstance(allowed, Allowed)
    assert allowed.numbers["balance_source"] == "manual"
    assert allowed.numbers["balance_age_seconds"] == 650
    told = [kind for kind in desk.types() if kind.startswith("balance.")]
    assert told == ["balance.manual_entered", "balance.manual_approved", "balance.accepted"]
    entry = done.recent[0]
    assert (entry.asked_by, entry.decided_by) == ("anna", "ben")
    assert entry.connections == {"item-1": "needs_login"}


def test_it_ends_with_its_bank_day(desk: Broken) -> None:
    desk.enter()
    desk.approve()
    until = manual.shown(desk.books).recent[0].until
    assert until == datetime.fromisoformat("2026-11-24T05:00:00+00:00")  # Monday's midnight, ET
    desk.clock.pause((until - desk.clock.now()).total_seconds() - 1)
    assert isinstance(desk.covers(), Allowed)
    desk.clock.pause(1)
    refused = desk.covers()
    assert isinstance(refused, Refusal)
    assert refused.code is Code.BALANCE_STALE
    assert refused.numbers["balance_source"] == "manual"
    assert refused.numbers["until"] == until


def test_the_same_hands_never_do_both(desk: Broken) -> None:
    desk.enter()
    assert code(desk.approve("anna")) is Code.SAME_PERSON
    of_anna = Actor(ActorKind.MACHINE, "robot", None, responsible_id="anna")
    of_ben = Actor(ActorKind.MACHINE, "other-robot", None, responsible_id="ben")
    assert code(desk.approve(of_anna)) is Code.SAME_PERSON
    assert code(desk.approve(of_ben)) is Code.SECOND_PERSON_REQUIRED
    assert code(desk.enter(of_ben)) is Code.EVIDENCE_REQUIRED
    assert desk.balance().source is BalanceSource.LIVE


@pytest.mark.parametrize("age_seconds", [None, 400])
def test_who_agrees_shows_a_second_factor(desk: Broken, age_seconds: int | None) -> None:
    desk.enter()
    assert code(desk.approve(desk.person("ben", age_seconds))) is Code.STEP_UP_REQUIRED


def test_who_entered_it_must_still_have_the_right_to(desk: Broken) -> None:
    desk.enter()
    desk.join("anna", Role.VIEWER)
    assert code(desk.approve()) is Code.FORBIDDEN


def test_never_while_the_bank_can_be_asked(desk: Broken) -> None:
    desk.connected(ConnectionState.HEALTHY)
    refused = desk.enter()
    assert isinstance(refused, Refusal)
    assert refused.code is Code.LIVE_BALANCE_POSSIBLE
    assert refused.numbers["connections"] == {"item-1": "healthy"}
    assert refused.numbers["balance_age_seconds"] == 3 * 86400
    desk.connected(ConnectionState.DEGRADED)
    assert isinstance(desk.enter(), ManualBalances)
    desk.connected(ConnectionState.HEALTHY)  # repaired before anybody agreed
    assert code(desk.approve()) is Code.LIVE_BALANCE_POSSIBLE


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"statement": Statement("  ")}, Code.EVIDENCE_REQUIRED),
        ({"accounts": ()}, Code.UNKNOWN_VALUE),
        ({"accounts": (AccountCash("savings", usd("1")),)}, Code.UNKNOWN_VALUE),
        ({"accounts": (AccountCash("operating-1", usd("1")),) * 2}, Code.UNKNOWN_VALUE),
    ],
)
def test_it_is_complete_and_shown_where_from(
    desk: Broken, changes: dict[str, Any], expected: Code
) -> None:
    assert code(desk.enter(**changes)) is expected


def test_it_is_of_now(desk: Broken) -> None:
    now = desk.clock.now()
    assert code(desk.enter(as_of=now + timedelta(seconds=1))) is Code.DATE_FUTURE
    assert code(desk.enter(as_of=now - timedelta(days=3))) is Code.BALANCE_STALE
    desk.enter()
    desk.approve()
    older = desk.entered().as_of - timedelta(minutes=1)
    assert code(desk.enter(as_of=older)) is Code.BALANCE_NEWER


def test_a_later_one_replaces_the_one_that_waits(desk: Broken) -> None:
    desk.enter(cash="5000")
    first = desk.waiting()
    desk.enter("ben", cash="6000")
    outcome = desk.act_as(
        desk.person("ben"), lambda change: manual.approve(desk.environment, change, first)
    )
    assert code(outcome) is Code.NO_PENDING_CHANGE
    assert isinstance(desk.approve("anna"), ManualBalances)
    assert desk.balance().pool == usd("6000")
    assert [entry.state for entry in manual.shown(desk.books).recent] == [
        ManualState.APPROVED,
        ManualState.REPLACED,
    ]


def test_a_no_and_a_day_that_ends(desk: Broken) -> None:
    desk.enter()
    desk.act_as(desk.person("ben"), lambda change: manual.reject(change, desk.waiting()))
    assert manual.shown(desk.books).recent[0].state is ManualState.REJECTED
    desk.enter()
    desk.pass_days(1)
    desk.sweep()
    known = manual.shown(desk.books)
    assert (known.waiting, known.recent[0].state) == (None, ManualState.EXPIRED)
    assert not desk.is_open(manual.SUBJECT, manual.WAITS)
    assert desk.balance().source is BalanceSource.LIVE


def test_overdrawn_is_what_it_is(desk: Broken) -> None:
    desk.enter(cash="-20")
    desk.approve()
    assert code(desk.covers()) is Code.GUARDRAIL_INSUFFICIENT


def test_the_next_live_balance_takes_its_place(desk: Broken) -> None:
    desk.enter()
    desk.approve()
    desk.connected(ConnectionState.HEALTHY)
    assert refresh_balance(desk.environment, SCOPE, NeededBy.GUARDRAIL) == "accepted"
    assert (desk.balance().source, desk.balance().pool) == (BalanceSource.LIVE, usd("7000"))


def test_a_live_balance_wins_whatever_time_was_typed_in(desk: Broken) -> None:
    desk.enter(as_of=desk.clock.now())
    desk.approve()
    reading = desk.rails.balances(live=True)
    accept_balance(desk.environment, SCOPE, replace(reading, observed_at=desk.clock.now()))
    assert desk.balance().source is BalanceSource.LIVE


@pytest.mark.parametrize(
    "trouble",
    [ConnectionBroken("plaid", "login", "ITEM_LOGIN_REQUIRED"), RailUnavailable("plaid", "down")],
)
def test_while_the_bank_is_silent_it_stands_in_and_is_never_taken_for_the_bank(
    desk: Broken, trouble: Exception
) -> None:
    desk.rails.trouble = trouble
    desk.enter()
    desk.approve()
    assert refresh_balance(desk.environment, SCOPE, NeededBy.GUARDRAIL) == "fresh"
    assert desk.rails.asked == 1  # the bank is asked all the same
    assert desk.balance().source is BalanceSource.MANUAL


def test_the_broken_connection_stays_in_the_tray(desk: Broken) -> None:
    desk.rails.trouble = ConnectionBroken("plaid", "login", "ITEM_LOGIN_REQUIRED")
    refresh_balance(desk.environment, SCOPE, NeededBy.GUARDRAIL)
    assert desk.is_open("connection-bank", "connection_broken")
    desk.enter()
    desk.approve()
    assert desk.is_open("connection-bank", "connection_broken")
