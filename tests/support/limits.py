"""A firm with several clients in memory: payments put by people's plans, and their usage."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar

from local.memory_store import MemoryStore
from local.memory_views import MemoryViews
from local.simulation.clock import CountingIds, SimulatedClock
from rowcol.domain.calendar import BANK_ZONE, local_date
from rowcol.domain.client import Client
from rowcol.domain.lifecycle import Status
from rowcol.domain.limits import Level, Limits, LimitSet
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import Actor, ActorKind, Member, Role, Scope
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.limit_changes import Target
from rowcol.service.limit_usage import Day, usage_of
from rowcol.service.limits import counted_days, within_limits
from rowcol.service.listing import every_id
from rowcol.service.onboard import register_client, register_firm, register_member
from rowcol.service.ports import Surroundings
from rowcol.service.store import Books, Counter, Store
from tests.support.domain.builders import NOW, payment, usd

R = TypeVar("R")
FIRM = "maple"
ANNA, BEN, CARL = "anna", "ben", "carl"
THE_FIRM = Target(Level.FIRM, FIRM)
ADMIN: dict[str, tuple[Role, ...]] = {"*": (Role.FIRM_ADMIN,)}


def of_client(client: str) -> Target:
    """A client's limits."""
    return Target(Level.CLIENT, client)


def of_user(user: str) -> Target:
    """A person's limits."""
    return Target(Level.USER, user)


def limit_set(
    per_transaction: str | None = None,
    per_day: str | None = None,
    verification_from: str | None = None,
    **changes: Any,
) -> LimitSet:
    """Limits in dollars."""
    per_payment, per_whole_day, threshold = (
        usd(text) if text else None for text in (per_transaction, per_day, verification_from)
    )
    return LimitSet(per_payment, per_whole_day, threshold, **changes)


class House:
    """The firm "maple"; each client in its zone, anna, ben and carl its admins."""

    def __init__(
        self,
        zones: Mapping[str, str] | None = None,
        firm_zone: str = BANK_ZONE,
        now: datetime = NOW,
        store: Callable[[Callable[[], datetime]], Any] = MemoryStore,
    ) -> None:
        self.clock = SimulatedClock(now)
        self.store: Any = store(self.clock.now)
        jitter = random.Random(11)  # noqa: S311  # seeded
        surroundings = Surroundings(self.clock, CountingIds(), jitter, lambda _: None)
        nothing: Any = None
        self.environment = Environment(self.store, MemoryViews(), nothing, nothing, surroundings)
        register_firm(self.store, FIRM, "Maple Street", zone=firm_zone)
        for person in (ANNA, BEN, CARL):
            register_member(self.store, FIRM, Member(person, 0, ADMIN))
        self.clients = dict(zones or {"bluebird": BANK_ZONE})
        for client, zone in self.clients.items():
            register_client(self.store, FIRM, Client(client, 0, client.title(), "USD", zone))

    def books(self, client: str = "bluebird") -> Books:
        """A client's books."""
        found: Books = self.store.books(Scope(FIRM, client))
        return found

    def set(self, target: Target, limits: LimitSet) -> None:
        """Limits as two people would have agreed on them."""
        books = self.store.books(target.scope(FIRM))
        known = target.found(books.get(Limits, target.id))
        assert books.save(replace(known, limits=limits))

    def act(
        self,
        plan: Callable[[Change], R | Refusal],
        client: str = "bluebird",
        person: str = ANNA,
        shown_at: datetime | None = None,
    ) -> R | Refusal:
        """Run a plan as a person who showed a second factor at an instant, or never."""
        actor = Actor(ActorKind.PERSON, person, shown_at)
        surroundings = self.environment.surroundings
        result: Any = transact(self.store, surroundings, Scope(FIRM, client), actor, plan)
        return result  # type: ignore[no-any-return]  # no command is asked for, so none answers

    def ask(
        self,
        amount: str,
        day: date | None = None,
        client: str = "bluebird",
        person: str = ANNA,
        shown_at: datetime | None = None,
    ) -> Payment | Refusal:
        """A person asks for a payment, on a day or now, as `decide` does: check, then put."""

        def plan(change: Change) -> Payment | Refusal:
            today = local_date(change.now, BANK_ZONE)
            asked = payment(
                Status.SCHEDULED if day else Status.PENDING,
                id=self.environment.surroundings.ids.new("pay"),
                version=0,
                amount=usd(amount),
                pay_on=day or today,
                created_by=person,
                counted=None if day else counted_days(change, today),
            )
            return within_limits(self.environment, change, asked) or put(change, asked)

        return self.act(plan, client, person, shown_at)

    def move(
        self, payment_id: str, client: str = "bluebird", person: str = ANNA, **changes: Any
    ) -> Payment | Refusal:
        """A person's command changes a stored payment, without asking about limits."""

        def plan(change: Change) -> Payment | Refusal:
            found = change.get(Payment, payment_id)
            assert found is not None
            return put(change, replace(found, **changes))

        return self.act(plan, client, person)

    def counter(self, target: Target, day: date) -> Counter:
        """A level's usage of a day."""
        name = Day(target.level, target.subject, "USD", day).counter
        found: Counter = self.store.books(target.scope(FIRM)).counters([name])[name]
        return found

    def payments(self) -> list[tuple[Scope, Payment]]:
        """Every stored payment."""
        return stored_payments(self.store, FIRM, self.clients)


def put(change: Change, changed: Payment) -> Payment:
    """Store it and say so."""
    change.put(changed)
    change.state("payment.changed", payment=changed)
    return changed


def asked(result: Payment | Refusal) -> Payment:
    """A payment that nothing refused."""
    assert isinstance(result, Payment), result
    return result


def refused(result: object) -> Refusal:
    """A refusal."""
    assert isinstance(result, Refusal), result
    return result


def stored_payments(store: Store, firm: str, clients: Iterable[str]) -> list[tuple[Scope, Payment]]:
    """Every payment of these clients, with its books."""
    found: list[tuple[Scope, Payment]] = []
    for client in clients:
        books = store.books(Scope(firm, client))
        each = books.get_many(Payment, every_id(books, Payment, "")).values()
        found += [(books.scope, payment) for payment in each]
    return found


def folded(payments: Iterable[tuple[Scope, Payment]]) -> dict[tuple[Scope, str], Counter]:
    """What counters must say, from the payments alone."""
    totals: dict[tuple[Scope, str], Counter] = {}
    for scope, each in payments:
        for day, held in usage_of(each, scope).items():
            key = (day.scope(scope), day.counter)
            known = totals.get(key, Counter())
            totals[key] = Counter(known.total + held.total, known.used + held.used)
    return totals


def moved_counters(store: Any) -> dict[tuple[Scope, str], Counter]:
    """The counters of a store in memory that are not zero."""
    return {key: counter for key, counter in store.counters.items() if counter != Counter()}
