"""A firm with clients whose bills wait for decisions, asked one by one."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, TypeVar

from local.memory_store import MemoryStore, quiet
from local.memory_views import MemoryViews
from local.simulation.boundary import Boundary
from local.simulation.clock import CountingIds, SimulatedClock
from rowcol.domain.bill import Bill, DecisionAction
from rowcol.domain.client import GuardrailSettings
from rowcol.domain.facts import RailState, ReadInterval
from rowcol.domain.payment import Payment
from rowcol.domain.permission import Role
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import Actor, ActorKind, Member, Scope
from rowcol.domain.tray import TrayItem, TrayState
from rowcol.service.bulk.decision_verbs import decision_item, stage_and_decide
from rowcol.service.change import transact
from rowcol.service.decide import Decide
from rowcol.service.decision_batches.submit import Row
from rowcol.service.environment import Environment
from rowcol.service.onboard import register_client, register_firm, register_member
from rowcol.service.ports import Surroundings
from rowcol.service.rail_facts import record_reading
from rowcol.service.rights import Rights, rights_of
from rowcol.service.stage import stage
from rowcol.service.wishes import Outcome
from tests.support.desk import NoRails, QuietExecutions
from tests.support.domain.builders import NOW, balance, client, rail_bill, rail_payment, usd

R = TypeVar("R")
FIRM = Scope("maple")
ASKER, STAGER = "anna", "boris"
UNDATED = rail_payment(planned_on=None, effective_on=None)
MONDAY = date(2026, 11, 30)
_KEPT = ("items", "due_items", "commands", "tokens", "counters")


@dataclass(frozen=True)
class Wish:
    """A decision on a bill of a client."""

    client: str
    bill: str
    action: DecisionAction = DecisionAction.SCHEDULE
    pay_on: date | None = MONDAY
    until: date | None = None
    reason: str | None = None

    @property
    def decide(self) -> Decide:
        """As the single command takes it."""
        return Decide(self.bill, self.action, self.pay_on, self.until, self.reason)

    @property
    def row(self) -> Row:
        """As a batch takes it."""
        return Row(self.client, decision_item(self.decide))


class FirmBooks:
    """Clients `c00`, `c01`, ... with 100,000.00 in the bank. Anna decides what Boris staged."""

    def __init__(self, clients: int = 3, now: datetime = NOW, **settings: Any) -> None:
        self.clock = SimulatedClock(now)
        self.boundary = Boundary()
        self.store = MemoryStore(self.clock.now)
        jitter = random.Random(11)  # noqa: S311  # seeded
        surroundings = Surroundings(self.clock, CountingIds(), jitter, self.clock.pause)
        self.executions = QuietExecutions()
        self.factor = True
        self.made: dict[str, int] = {}
        rails: Any = NoRails()
        self.environment = Environment(
            self.store, MemoryViews(), rails, self.executions, surroundings
        )
        register_firm(self.store, FIRM.firm, "Maple")
        for name in (ASKER, STAGER, "carla"):
            self.member(name, Role.RELEASER)
        self.clients = [f"c{number:02d}" for number in range(clients)]
        guardrail = {"guardrail": GuardrailSettings(floor=usd("500"))}
        for name in self.clients:
            fields = {**guardrail, **settings}
            register_client(self.store, FIRM.firm, client(id=name, version=0, **fields))
            self.cash(name, "100000")
        self.store.on_call = self.boundary

    def keep(self) -> Callable[[], None]:
        """Remember how all is; gives what makes it so again."""
        store, now = self.store, self.clock.now()
        kept = {name: dict(getattr(store, name)) for name in _KEPT}
        logs = {scope: list(log) for scope, log in store.logs.items()}
        listed = {key: dict(names) for key, names in store.listed.items()}
        asked = list(self.executions.asked)

        def restore() -> None:
            for name, values in kept.items():
                setattr(store, name, dict(values))
            store.logs = {scope: list(log) for scope, log in logs.items()}
            store.listed = {key: dict(names) for key, names in listed.items()}
            self.executions.asked = list(asked)
            self.clock.at = now
            self.boundary.between = lambda _call: None

        return restore

    # ---- the firm

    def member(self, name: str, *roles: Role, of: str = "*") -> None:
        """Give somebody these roles and no others."""
        register_member(self.store, FIRM.firm, Member(name, 0, {of: roles}))

    def rights(self, name: str = ASKER) -> Rights:
        """What somebody may."""
        found = rights_of(self.store, FIRM.firm, name)
        assert found is not None
        return found

    def actor(self, name: str = ASKER) -> Actor:
        """Somebody; with a second factor shown just now, unless `factor` is switched off."""
        return Actor(ActorKind.PERSON, name, self.clock.now() if self.factor else None)

    def cash(self, name: str, amount: str) -> None:
        """A client's balance, as accepted now."""
        books = self.store.books(Scope(FIRM.firm, name))
        head = books.head("USD")
        observed = balance(amount, observed_at=self.clock.now())
        assert books.save(replace(head, balance=observed))

    def scope(self, name: str) -> Scope:
        """A client's scope."""
        return Scope(FIRM.firm, name)

    def act(self, name: str, plan: Any, person: str | None = None) -> Any:
        """Run a plan in a client's books, as a person or the system."""
        actor = self.actor(person) if person else Actor(ActorKind.SYSTEM, "rowcol")
        surroundings = self.environment.surroundings
        return transact(self.store, surroundings, self.scope(name), actor, plan)

    # ---- bills

    def shows(
        self, name: str, bill: str, state: RailState = RailState.READY, **fields: Any
    ) -> None:
        """Ramp is read and shows a bill so."""
        began = self.clock.now()
        self.clock.pause(0.01)
        shown = {"payment": UNDATED, "amount": usd("100.00"), "paid_at": None, **fields}
        reading = replace(
            rail_bill(state, bill_id=bill, **shown), read=ReadInterval(began, self.clock.now())
        )
        self.act(name, lambda change: record_reading(change, reading))

    def bills(self, name: str, count: int, *, staged: bool = True, **fields: Any) -> list[str]:
        """Some bills of a client, staged by Boris or not; gives their ids."""
        hook, self.store.on_call = self.store.on_call, quiet
        known = self.made.get(name, 0)
        self.made[name] = known + count
        names = [f"{name}-b{known + number:03d}" for number in range(count)]
        for bill in names:
            self.shows(name, bill, **fields)
            if staged:
                self.stage(name, bill)
        self.store.on_call = hook
        return names

    def stage(self, name: str, bill: str, person: str = STAGER) -> None:
        """Stage one."""
        made = self.act(name, lambda change: stage(self.environment, change, bill), person)
        assert isinstance(made, Outcome), made

    def bill(self, name: str, bill: str) -> Bill:
        """A stored bill."""
        found = self.store.books(self.scope(name)).get(Bill, bill)
        assert found is not None
        return found

    def decide(self, wish: Wish, person: str = ASKER) -> Outcome | Refusal:
        """The single calls: staging where it is still to be done, and deciding."""
        answer = self.act(
            wish.client,
            lambda change: stage_and_decide(self.environment, change, wish.row.item),
            person,
        )
        assert isinstance(answer, Outcome | Refusal)
        return answer

    # ---- what is seen

    def payments(self, name: str) -> list[Payment]:
        """Every payment of a client."""
        found = (item for key, item in self.store.items.items() if key[1] == name)
        return [item for item in found if isinstance(item, Payment)]

    def held(self, name: str) -> tuple[int, int]:
        """Covered and uncovered reserves of a client, by its head; its bills say the same."""
        head = self.store.books(self.scope(name)).head("USD")
        bills = [item for key, item in self.store.items.items() if key[1:3] == (name, Bill.kind)]
        open_ = [bill.open_reserve for bill in bills if bill.open_reserve is not None]
        told = [
            sum(each.amount.minor for each in open_ if each.covered is covered)
            for covered in (True, False)
        ]
        assert told == [head.covered_total.minor, head.uncovered_total.minor]
        return head.covered_total.minor, head.uncovered_total.minor

    def usage(self) -> dict[tuple[str, str], int]:
        """What limits hold, by books and counter; zeros are left out."""
        found = self.store.counters.items()
        return {
            (scope.client, name): one.total for (scope, name), one in found if one.total or one.used
        }

    def items(self, name: str) -> set[tuple[str, str]]:
        """Open tray items of a client: subject and kind. Its bills ask for the same amounts, which
        the tray wonders about by itself: that is not what these firms are for.
        """
        found = (item for key, item in self.store.items.items() if key[1] == name)
        return {
            (item.subject, item.item)
            for item in found
            if isinstance(item, TrayItem)
            and item.state is TrayState.OPEN
            and item.item != "similar_bill"
        }

    def claims(self, name: str) -> set[str]:
        """Bills that a batch has claimed."""
        bills = (item for item in self.store.items.values() if isinstance(item, Bill))
        return {bill.id for bill in bills if bill.claim is not None and bill.claim.batch_id == name}

    def writes(self) -> list[str]:
        """Start counting commits; the list grows."""
        self.boundary.names = []
        return self.boundary.names
