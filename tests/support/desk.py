"""One client's books in memory, and people who change them: what tests of use cases need."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from local.memory_store import MemoryStore
from local.memory_views import MemoryViews
from local.simulation.clock import CountingIds, SimulatedClock
from rowcol.domain.bill import Bill
from rowcol.domain.client import Client
from rowcol.domain.facts import RailBill, RailState, ReadInterval
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import SYSTEM, Actor, ActorKind, Member, Role, Scope
from rowcol.service.change import Asked, Change, transact
from rowcol.service.due_work import sweep_due
from rowcol.service.environment import Environment
from rowcol.service.ports import Surroundings
from rowcol.service.rail_facts import Applied, record_reading
from rowcol.service.store import Command, Commit
from tests.support.domain.builders import NOW, balance, client, rail_bill

R = TypeVar("R")
SCOPE = Scope("maple", "bluebird")


class NoRails:
    """No rail may be asked in this test."""

    def counting(self, meter: object) -> NoRails:
        """Nothing to count."""
        return self

    def __getattr__(self, name: str) -> object:
        raise AssertionError(f"asked a rail: {name}")


class QuietExecutions:
    """A workflow engine that does nothing and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def start(self, scope: Scope, payment_id: str, attempt: int) -> None:
        self.asked.append(f"start {payment_id} {attempt}")

    def resume(self, token: str, output: dict[str, object]) -> bool:
        self.asked.append(f"resume {token}")
        return True

    def clear_date(self, scope: Scope, bill_id: str) -> None:
        self.asked.append(f"clear {bill_id}")

    def refresh_balance(self, scope: Scope) -> None:
        self.asked.append("refresh")

    def advance_batch(self, scope: Scope, batch_id: str) -> None:
        self.asked.append(f"batch {batch_id}")

    def run_decisions(self, scope: Scope, batch_id: str, attempt: int) -> None:
        self.asked.append(f"decisions {batch_id} {attempt}")

    def send_digest(self, scope: Scope, member_id: str) -> None:
        self.asked.append(f"digest {member_id}")


class Desk:
    """Bluebird's books at NOW, 10,000.00 in the bank; `act` runs a plan as a person."""

    def __init__(self, now: datetime = NOW, **settings: object) -> None:
        self.clock = SimulatedClock(now)
        self.store = MemoryStore(self.clock.now)
        jitter = random.Random(7)  # noqa: S311  # seeded
        surroundings = Surroundings(self.clock, CountingIds(), jitter, self.clock.pause)
        self.executions = QuietExecutions()
        rails: Any = NoRails()
        self.environment = Environment(
            self.store, MemoryViews(), rails, self.executions, surroundings
        )
        self.books = self.store.books(SCOPE)
        known = replace(client(**settings), version=0)
        head = replace(self.books.head(known.currency), balance=balance("10000", observed_at=now))
        self.books.commit(Commit(SCOPE, head, (known,), ()))

    def act(
        self, plan: Callable[[Change], R | Refusal], person: str = "anna", key: str | None = None
    ) -> R | Refusal | Command:
        """Run a plan as a person; with a key it answers the same again."""
        actor = Actor(ActorKind.PERSON, person, self.clock.now())
        asked = Asked(key, {"key": key}) if key else None
        surroundings = self.environment.surroundings
        return transact(
            self.store, surroundings, SCOPE, actor, plan, asked=asked, answer=lambda _: {}
        )

    def act_as(self, actor: Actor, plan: Callable[[Change], R | Refusal]) -> R | Refusal:
        """Run a plan as whoever it is."""
        surroundings = self.environment.surroundings
        result = transact(self.store, surroundings, SCOPE, actor, plan)
        assert not isinstance(result, Command)  # none was asked for
        return result

    def join(self, name: str, *roles: Role, **changes: Any) -> Member:
        """Make somebody a member of the firm, or change them; an approver unless said."""
        books = self.store.books(Scope(SCOPE.firm))
        known = books.get(Member, name)
        version = known.version if known is not None else 0
        held = {"*": roles or (Role.APPROVER,)}
        assert books.save(Member(name, version, held, **changes))
        found = books.get(Member, name)
        assert found is not None
        return found

    def work(self, plan: Callable[[Change], R | Refusal]) -> R | Refusal | Command:
        """Run a plan of the system."""
        return transact(self.store, self.environment.surroundings, SCOPE, SYSTEM, plan)

    def read(self, state: RailState = RailState.READY, **bill: object) -> Bill:
        """Ramp is read and shows a bill so; gives it as it is then stored."""
        began = self.clock.now()
        self.clock.pause(1)
        reading: RailBill = replace(
            rail_bill(state, paid_at=None, **bill), read=ReadInterval(began, self.clock.now())
        )
        applied = self.work(lambda change: record_reading(change, reading))
        assert isinstance(applied, Applied)
        return self.bill(reading.bill_id)

    def bill(self, name: str = "bill-1") -> Bill:
        """A stored bill."""
        found = self.books.get(Bill, name)
        assert found is not None
        return found

    def payment(self, name: str) -> Payment:
        """A stored payment."""
        found = self.books.get(Payment, name)
        assert found is not None
        return found

    def client(self) -> Client:
        """The client as stored."""
        found = self.books.get(Client, SCOPE.client)
        assert found is not None
        return found

    def types(self) -> list[str]:
        """The types of the log's entries, in order."""
        return [entry.type for entry in self.books.entries()]

    def pass_days(self, days: float) -> None:
        """Time passes; nothing is swept."""
        self.clock.pause(timedelta(days=days).total_seconds())

    def sweep(self) -> None:
        """The minute sweep."""
        swept = sweep_due(self.environment)
        assert swept.failed == 0

    def today(self) -> date:
        """The date in UTC."""
        return self.clock.now().date()
