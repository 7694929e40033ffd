"""Two firms with clients, bills and money, and rails that do as they are told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from local.memory_views import MemoryViews
from local.openapi import operations
from local.simulation.clock import CountingIds, SimulatedClock
from local.simulation.watched_store import WatchedStore, Written
from rowcol.domain.bill import Bill
from rowcol.domain.calendar import next_bank_day
from rowcol.domain.client import Client, GuardrailSettings
from rowcol.domain.facts import (
    AccountBalance,
    BalanceReading,
    BalanceSource,
    RailState,
    ReadInterval,
)
from rowcol.domain.limits import CLIENT_LIMITS, Level, Limits, LimitSet
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment
from rowcol.domain.scope import ActorKind, Member, Role, Scope
from rowcol.domain.staging_rules import Rule, StagingRules, Then
from rowcol.edge.operation import table
from rowcol.service.balances import accept_balance
from rowcol.service.environment import Environment
from rowcol.service.onboard import register_client, register_firm, register_member
from rowcol.service.ports import Surroundings
from rowcol.service.rail_facts import refresh_bill
from tests.support.api import Web
from tests.support.console.turns import seeded
from tests.support.desk import QuietExecutions
from tests.support.domain.builders import NOW, client, rail_bill, rail_payment
from tests.support.ramp_bill import RampBill
from tests.support.signing import Robot, registered

FIRM, OTHER_FIRM = "maple", "oak"
CLIENTS = {FIRM: ("bluebird", "cedar"), OTHER_FIRM: ("acorn",)}
OPERATIONS = table(operations())
_UNDATED = rail_payment(planned_on=None, effective_on=None)


def dollars(amount: int) -> Money:
    """Whole dollars."""
    return Money(amount * 100, "USD")


class TickingClock(SimulatedClock):
    """No two things happen at one instant."""

    def now(self) -> datetime:
        """A millisecond later than the last time."""
        self.at += timedelta(milliseconds=1)
        return self.at


class Ramps:
    """Ramp, QBO and the bank of every client: one `RampBill` each bill, an empty ledger."""

    def __init__(self, clock: SimulatedClock) -> None:
        self.clock = clock
        self.bills: dict[str, RampBill] = {}
        self.cash: dict[str, Money] = {}
        self.client = ""

    def counting(self, meter: object) -> Ramps:
        """The same: no calls are counted here."""
        return self

    def execution(self, firm: str, client: str) -> Ramps:
        """Ramp."""
        return self

    def ledger(self, firm: str, client: str) -> Ramps:
        """QBO: it has none of the bills, which say so themselves."""
        return self

    def bank(self, firm: str, client: str) -> Bank:
        """Plaid."""
        return Bank(self, client)

    def read_bill(self, bill_id: str) -> Any:
        """A bill as Ramp shows it."""
        return self.bills[bill_id].read_bill(bill_id)

    def set_payment_date(self, bill_id: str, day: date) -> Any:
        """Ramp is asked to pay."""
        return self.bills[bill_id].set_payment_date(bill_id, day)

    def clear_payment_date(self, bill_id: str) -> Any:
        """Ramp is asked not to pay."""
        return self.bills[bill_id].clear_payment_date(bill_id)

    def paid_bills(self, since: datetime) -> Any:
        """None was paid before."""
        return iter(())

    def open_bills(self) -> Any:
        """What RowCol reads one by one here."""
        return iter(())

    def bills_of_payment(self, payment_id: str) -> Any:
        """Each is paid alone."""
        return ()


class Bank:
    """What Plaid shows of one client."""

    def __init__(self, ramps: Ramps, client: str) -> None:
        self.ramps, self.client = ramps, client

    def balances(self, *, live: bool) -> BalanceReading:
        """The money there is."""
        now, cash = self.ramps.clock.now(), self.ramps.cash[self.client]
        account = AccountBalance(
            "operating-1", "0001", "Operating", "depository", "checking", cash, cash
        )
        return BalanceReading((account,), BalanceSource.LIVE, now, ReadInterval(now, now))


class Firms:
    """Everything a seed decides before anybody acts. `told` hears of every write."""

    def __init__(self, seed: int, told: Callable[[Written], None]) -> None:
        self.chance = seeded(f"console/{seed}")
        self.clock = TickingClock(NOW + timedelta(hours=self.chance.random() * 9))
        self.store = WatchedStore(self.clock.now, lambda _call: None, told)
        self.ramps = Ramps(self.clock)
        rails: Any = self.ramps
        surroundings = Surroundings(
            self.clock, CountingIds(), seeded(f"jitter/{seed}"), self.clock.pause
        )
        self.executions = QuietExecutions()
        self.environment = Environment(
            self.store, MemoryViews(), rails, self.executions, surroundings
        )
        self.webs = {firm: Web(self.environment, OPERATIONS, firm) for firm in CLIENTS}
        self.people: dict[str, list[str]] = {}
        self.robots: dict[str, Robot] = {}

    def furnish(self) -> None:
        """Members, clients, money and bills."""
        for firm, names in CLIENTS.items():
            register_firm(self.store, firm, firm)
            self.people[firm] = self._members(firm, 1 if firm == OTHER_FIRM else 6)
            for name in names:
                self._client(firm, name)

    def _members(self, firm: str, most: int) -> list[str]:
        names = [f"{firm}-p{number}" for number in range(self.chance.randint(min(2, most), most))]
        for name in names:
            register_member(self.store, firm, Member(name, 0, self.roles(firm)))
        machines = [f"{firm}-m{number}" for number in range(self.chance.randint(0, 2))]
        for name in machines:
            answers = self.chance.choice(names)
            member = Member(name, 0, self.roles(firm), True, ActorKind.MACHINE, answers)
            register_member(self.store, firm, member)
            key = Ed25519PrivateKey.from_private_bytes(name.encode().ljust(32))
            registered(
                self.store, firm, key, self.clock.now(), member_id=name, responsible_id=answers
            )
            self.robots[name] = Robot(self.environment, OPERATIONS, key, firm)
        return names + machines

    def roles(self, firm: str) -> dict[str, tuple[Role, ...]]:
        """Any rights: for all clients or some, mostly enough to do something."""
        held: dict[str, tuple[Role, ...]] = {}
        for client_id in ("*", *CLIENTS[firm]):
            if self.chance.random() < 0.7:
                weights = [1, 2, 5, 5, 3, 3]
                count = self.chance.choice([1, 1, 2])
                held[client_id] = tuple(
                    dict.fromkeys(self.chance.choices(list(Role), weights, k=count))
                )
        return held

    def _client(self, firm: str, name: str) -> None:
        chance = self.chance
        floor = dollars(chance.choice([0, 500, 2000]))
        threshold = chance.choice([None, dollars(1), dollars(600)])
        register_client(
            self.store,
            firm,
            client(
                id=name,
                version=0,
                operating_account_ids=("operating-1",),
                guardrail=GuardrailSettings(enabled=chance.random() < 0.85, floor=floor),
                dual_control_from=threshold,
            ),
        )
        scope = Scope(firm, name)
        self.ramps.cash[name] = dollars(chance.choice([1000, 3000, 8000]))
        self.accept(scope)
        wanted = LimitSet(
            dollars(1500) if chance.random() < 0.3 else None,
            dollars(chance.choice([1500, 3000])) if chance.random() < 0.4 else None,
            dollars(chance.choice([300, 900])) if chance.random() < 0.4 else None,
        )
        limits = Limits(CLIENT_LIMITS, 0, Level.CLIENT, name, wanted)
        assert self.store.books(scope).save(limits)
        if chance.random() < 0.4:
            self._rules(scope)
        for number in range(chance.randint(2, 4)):
            self.bill(scope, f"{name}-bill-{number}")

    def _rules(self, scope: Scope) -> None:
        """Some bills stage themselves, some ask for two people."""
        then = self.chance.choice([(Then.AUTO_STAGE,), (Then.AUTO_STAGE, Then.SECOND_PERSON)])
        rule = Rule("every", "Every bill", ((),), then)
        since = {rule.id: self.clock.now()}
        assert self.store.books(scope).save(StagingRules(rules=(rule,), since=since))

    def bill(self, scope: Scope, name: str) -> None:
        """A bill appears at Ramp, approved, some with a date; and is read."""
        dated = self.chance.random() < 0.2
        state = RailState.SCHEDULED if dated else RailState.READY
        day = next_bank_day(self.clock.now().date() + timedelta(days=self.chance.randint(2, 9)))
        shown = rail_bill(
            state,
            bill_id=name,
            paid_at=None,
            ledger_bill_id=None,
            vendor_id=f"{scope.client}-vendor-{self.chance.randint(1, 2)}",
            amount=dollars(self.chance.choice([200, 700, 1200, 2500])),
            due_on=self.clock.now().date() + timedelta(days=self.chance.randint(1, 30)),
            payment=replace(_UNDATED, planned_on=day if dated else None),
        )
        self.ramps.bills[name] = RampBill(self.clock, shown)
        refresh_bill(self.environment, scope, name)

    # ---- what rails and time do

    def accept(self, scope: Scope) -> None:
        """The balance is read."""
        self.clock.pause(1)
        bank = self.ramps.bank(scope.firm, scope.client)
        accept_balance(self.environment, scope, bank.balances(live=True))

    def scopes(self) -> list[Scope]:
        """Every client."""
        return [Scope(firm, name) for firm, names in CLIENTS.items() for name in names]

    def known(self, kind: type[Any], scope: Scope) -> list[Any]:
        """All aggregates of a kind, in order, past the hooks."""
        found = [
            item
            for key, item in list(self.store.items.items())
            if key[0] == scope.firm and key[1] == scope.client and key[2] == str(kind.kind)
        ]
        return sorted(found, key=lambda item: str(item.id))

    def bills(self, scope: Scope) -> list[Bill]:
        """A client's bills."""
        return self.known(Bill, scope)

    def payments(self, scope: Scope) -> list[Payment]:
        """A client's payments."""
        return self.known(Payment, scope)

    def settings(self, scope: Scope) -> Client:
        """A client as stored."""
        found: Client = self.store.items[(scope.firm, scope.client, Client.kind, scope.client)]
        return found


__all__ = ["CLIENTS", "FIRM", "OTHER_FIRM", "Firms", "dollars"]
