"""Sixteen writers at once over the store in memory: usage is exact and no limit is passed."""

from __future__ import annotations

import sys
from collections import Counter as Tally
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment
from rowcol.domain.scope import Scope
from rowcol.service.limit_changes import Target
from tests.support.domain.builders import FRIDAY, NOW
from tests.support.limit_racing import CLIENTS, WRITERS, Writer, race, word
from tests.support.limits import (
    ANNA,
    BEN,
    FIRM,
    THE_FIRM,
    House,
    folded,
    limit_set,
    moved_counters,
    of_client,
    of_user,
)

TURNS = 12
SHARED = "client-0"
HURRY = 40


@pytest.fixture(autouse=True)
def _threads_take_turns() -> Iterator[None]:
    """Between any two steps, not only when one waits."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


@pytest.mark.parametrize("one_client", [False, True], ids=["own clients", "one client"])
@pytest.mark.parametrize("target", [THE_FIRM, of_user(ANNA)], ids=lambda each: str(each.level))
def test_a_shared_day_is_filled_to_the_cent_and_not_passed(
    target: Target, one_client: bool
) -> None:
    house = House(CLIENTS)
    house.set(target, limit_set(per_day="100.00"))

    def work(writer: Writer) -> Tally[str]:
        client = SHARED if one_client else writer.client
        return Tally(
            word(writer.until_done(partial(writer.ask, "1.00", FRIDAY, client)))
            for _ in range(TURNS)
        )

    answers = race(house, work, HURRY)
    assert answers == {"paid": 100, "limit_daily": WRITERS * TURNS - 100}
    assert house.counter(target, FRIDAY).total == 10_000


def test_asking_taking_and_giving_back_in_any_mixture() -> None:
    house = House(CLIENTS)
    house.set(THE_FIRM, limit_set(per_day="60.00"))
    house.set(of_client(SHARED), limit_set(per_day="20.00"))
    house.set(of_user(BEN), limit_set(per_day="25.00"))

    def work(writer: Writer) -> Tally[str]:
        answers: Tally[str] = Tally()
        for _ in range(TURNS):
            client = writer.chance.choice([SHARED, writer.client])
            person = writer.chance.choice([ANNA, BEN])
            amount = f"{writer.chance.randrange(1, 500) / 100:.2f}"
            made = writer.until_done(partial(writer.ask, amount, FRIDAY, client, person))
            answers[word(made)] += 1
            if isinstance(made, Payment):
                end = writer.chance.choice([Status.CANCELLED, Status.PROCESSING, Status.REJECTED])
                writer.until_done(partial(writer.move, made.id, client, status=end))
        return answers

    answers = race(house, work, HURRY)
    assert folded(house.payments()) == moved_counters(house.store)
    assert answers["paid"] > WRITERS
    assert answers["limit_daily"] > 0
    for target, most in ((THE_FIRM, 6_000), (of_client(SHARED), 2_000), (of_user(BEN), 2_500)):
        assert house.counter(target, FRIDAY).total <= most


@pytest.mark.parametrize(
    "midnight",
    [
        datetime(2026, 11, 21, 5, 0, tzinfo=UTC),
        datetime(2026, 11, 2, 5, 0, tzinfo=UTC),  # the end of the day of 25 hours
        datetime(2026, 3, 9, 4, 0, tzinfo=UTC),  # the end of the day of 23 hours
    ],
    ids=["any", "clocks back", "clocks forward"],
)
def test_each_side_of_midnight_has_a_day_of_its_own(midnight: datetime) -> None:
    house = House(CLIENTS, now=midnight)
    house.set(THE_FIRM, limit_set(per_day="50.00"))
    before, after = (midnight - timedelta(hours=6)).date(), midnight.date()

    def work(writer: Writer) -> Tally[str]:
        answers: Tally[str] = Tally()
        for turn in range(TURNS):
            early = (turn + writer.number) % 2
            writer.clock.at = midnight - timedelta(seconds=1) if early else midnight
            client = writer.client
            result = writer.until_done(partial(writer.ask, "1.00", None, client))
            answers[f"{word(result)} {'before' if early else 'after'}"] += 1
        return answers

    answers = race(house, work, HURRY)
    each = WRITERS * TURNS // 2 - 50
    assert answers == {
        "paid before": 50, "paid after": 50,
        "limit_daily before": each, "limit_daily after": each,
    }  # fmt: skip
    for day in (before, after):
        assert house.counter(THE_FIRM, day).total == 5_000


def test_a_limit_lowered_meanwhile_is_passed_by_nobody_who_asks_later() -> None:
    house = House(CLIENTS)
    house.set(THE_FIRM, limit_set(per_day="100.00"))

    def work(writer: Writer) -> Tally[str]:
        if writer.number == 0:
            house.set(THE_FIRM, limit_set(per_day="30.00"))
            seen = house.counter(THE_FIRM, FRIDAY).total
            return Tally({"seen": seen})
        client = writer.client
        return Tally(
            word(writer.until_done(partial(writer.ask, "1.00", FRIDAY, client)))
            for _ in range(TURNS)
        )

    answers = race(house, work, HURRY)
    # At most what was taken before the agreement, or the new limit.
    assert house.counter(THE_FIRM, FRIDAY).total <= max(answers["seen"], 3_000)
    assert answers["paid"] * 100 == house.counter(THE_FIRM, FRIDAY).total


def test_each_refusal_is_in_the_log_of_its_client() -> None:
    house = House(CLIENTS)
    house.set(THE_FIRM, limit_set(per_day="10.00"))

    def work(writer: Writer) -> Tally[str]:
        client = writer.client
        return Tally(
            word(writer.until_done(partial(writer.ask, "1.00", FRIDAY, client))) for _ in range(2)
        )

    answers = race(house, work, HURRY)
    assert answers == {"paid": 10, "limit_daily": 22}
    denied = [
        entry
        for client in CLIENTS
        for entry in house.store.books(Scope(FIRM, client)).entries()
        if entry.type == "command.denied"
    ]
    assert len(denied) == 22
    assert {entry.at for entry in denied} == {NOW}
