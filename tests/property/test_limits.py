"""Any order of asking, cancelling, refusing, moving and taking keeps counters the payments' sum.

A model that adds up by hand says what each answer must be.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
)

from rowcol.domain.client import Client
from rowcol.domain.lifecycle import TABLE, Status
from rowcol.domain.limits import Level, LimitSet
from rowcol.domain.money import Money
from rowcol.domain.payment import HELD, Hold, Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.service.limit_changes import Target
from tests.support.domain.builders import FRIDAY, NOW
from tests.support.limits import (
    ANNA,
    BEN,
    FIRM,
    THE_FIRM,
    House,
    folded,
    moved_counters,
    of_client,
    of_user,
)

CLIENTS = ("bluebird", "cedar")
ZONES = ("America/New_York", "Pacific/Honolulu", "Pacific/Auckland", "UTC")
TARGETS = (THE_FIRM, *map(of_client, CLIENTS), of_user(ANNA), of_user(BEN))
MOVES = frozenset((row.source, row.target) for row in TABLE if row.source is not None)
# Taken, and not proved since that nothing moved; given back; all others are reserved.
TAKEN = {Status.PROCESSING, Status.DONE, Status.REVERSING, Status.REVERSED, Status.REISSUED}
OVER = {Status.CANCELLED, Status.REJECTED, Status.RESCHEDULED}

amounts = st.integers(1, 120)
days = st.one_of(st.none(), st.integers(0, 3).map(lambda ahead: FRIDAY + timedelta(days=ahead)))
limits = st.one_of(st.none(), st.integers(1, 200).map(lambda minor: Money(minor, "USD")))


class LimitsMachine(RuleBasedStateMachine):
    """Two clients of one firm, two people, and a model of what is left."""

    made = Bundle("made")

    def __init__(self) -> None:
        super().__init__()
        self.house = House(dict.fromkeys(CLIENTS, ZONES[0]))
        self.zones = dict.fromkeys((*CLIENTS, FIRM_WIDE), ZONES[0])
        self.limits: dict[Target, LimitSet] = dict.fromkeys(TARGETS, LimitSet())
        # By payment: amount, status, and by whose day it counts where.
        self.held: dict[str, tuple[int, Status, dict[Target, date]]] = {}

    # ---- the model

    def today(self, zone: str) -> date:
        return self.house.clock.now().astimezone(ZoneInfo(zone)).date()

    def places(self, client: str, person: str, day: date | None) -> dict[Target, date]:
        """Where a payment counts: each level has a today of its own."""
        firm, own = self.today(self.zones[FIRM_WIDE]), self.today(self.zones[client])
        return {
            THE_FIRM: day or firm,
            of_client(client): day or own,
            of_user(person): day or firm,
        }

    def total(self, target: Target, day: date, without: str | None = None) -> int:
        return sum(
            minor
            for name, (minor, status, places) in self.held.items()
            if name != without and status not in OVER and places.get(target) == day
        )

    def expected(
        self, minor: int, places: dict[Target, date], moved: str | None = None
    ) -> Code | None:
        """What must refuse: a payment above a limit, or a day that grows beyond one."""
        for target in places:
            limit = self.limits[target].per_transaction
            if limit is not None and limit.minor < minor:
                return Code.LIMIT_TRANSACTION
        for target, day in places.items():
            limit = self.limits[target].per_day
            stays = moved is not None and self.held[moved][2].get(target) == day
            if limit is None or stays:
                continue
            if self.total(target, day, moved) + minor > limit.minor:
                return Code.LIMIT_DAILY
        return None

    # ---- what happens

    @rule(
        target=made,
        minor=amounts,
        day=days,
        client=st.sampled_from(CLIENTS),
        person=st.sampled_from((ANNA, BEN)),
    )
    def ask(self, minor: int, day: date | None, client: str, person: str) -> object:
        places = self.places(client, person, day)
        expected = self.expected(minor, places)
        result = self.house.ask(str(Money(minor, "USD"))[:-4], day, client, person)
        assert (result.code if isinstance(result, Refusal) else None) == expected
        if isinstance(result, Refusal):
            return multiple()
        self.held[result.id] = (minor, result.status, places)
        return (client, result.id)

    @rule(payment=made, status=st.sampled_from(Status), data=st.data())
    def go_on(self, payment: tuple[str, str], status: Status, data: st.DataObject) -> None:
        """Any move of the table, by anybody: none of them is refused by limits."""
        client, name = payment
        minor, known, places = self.held[name]
        if (known, status) not in MOVES:
            return
        hold = Hold("test", "held", NOW) if status in HELD else None
        result = self.house.move(name, client, status=status, hold=hold)
        assert isinstance(result, Payment)
        self.held[name] = (minor, status, places)

    @rule(payment=made, ahead=st.integers(0, 4), person=st.sampled_from((ANNA, BEN)))
    def reschedule(self, payment: tuple[str, str], ahead: int, person: str) -> None:
        """Another asked date: it counts there, for the person who decided it."""
        client, name = payment
        minor, status, places = self.held[name]
        stored = self.house.books(client).get(Payment, name)
        assert stored is not None
        day = FRIDAY + timedelta(days=ahead)
        if status in TAKEN | OVER or day == stored.pay_on:
            return
        moved = dict.fromkeys(places, day)
        grows = any(places[target] != day for target in places)
        asker = {of_user(person): day} if of_user(person) not in places else {}
        expected = self.expected_move(minor, moved, asker, name) if grows else None
        result = self.house.move(name, client, person, pay_on=day, counted=None)
        assert (result.code if isinstance(result, Refusal) else None) == expected
        if expected is None:
            self.held[name] = (minor, status, moved)

    def expected_move(
        self, minor: int, moved: dict[Target, date], asker: dict[Target, date], name: str
    ) -> Code | None:
        limit = next((self.limits[target].per_transaction for target in asker), None)
        if limit is not None and limit.minor < minor:
            return Code.LIMIT_TRANSACTION
        return self.expected(minor, moved, name)

    @rule(target_=st.sampled_from(TARGETS), per_payment=limits, per_day=limits)
    def agree(self, target_: Target, per_payment: Money | None, per_day: Money | None) -> None:
        wanted = LimitSet(per_payment, per_day)
        self.house.set(target_, wanted)
        self.limits[target_] = wanted

    @rule(hours=st.integers(1, 30))
    def wait(self, hours: int) -> None:
        if self.today("UTC") < FRIDAY + timedelta(days=5):
            self.house.clock.at += timedelta(hours=hours)

    @rule(owner=st.sampled_from((*CLIENTS, FIRM_WIDE)), zone=st.sampled_from(ZONES))
    def relocate(self, owner: str, zone: str) -> None:
        books = self.house.store.books(Scope(FIRM, owner))
        known = books.get(Client, owner)
        assert known is not None
        assert books.save(replace(known, zone=zone))
        self.zones[owner] = zone

    # ---- what always holds

    @invariant()
    def counters_are_the_sum_of_the_payments(self) -> None:
        assert folded(self.house.payments()) == moved_counters(self.house.store)

    @invariant()
    def counters_are_what_the_model_says(self) -> None:
        for target in TARGETS:
            for ahead in range(-2, 9):
                day = FRIDAY + timedelta(days=ahead)
                counter = self.house.counter(target, day)
                used = sum(
                    minor
                    for minor, status, places in self.held.values()
                    if status in TAKEN and places.get(target) == day
                )
                assert (counter.total, counter.used) == (self.total(target, day), used)


LimitsMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestLimits = LimitsMachine.TestCase
assert set(Level) == {target.level for target in TARGETS}
