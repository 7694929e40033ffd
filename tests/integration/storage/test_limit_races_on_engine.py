"""Sixteen writers at once over the engine's tables: usage is exact and no limit is passed."""

from __future__ import annotations

from collections import Counter as Tally
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment
from rowcol.service.limit_changes import Target
from rowcol.storage.store import DynamoStore
from tests.support.domain.builders import FRIDAY
from tests.support.limit_racing import CLIENTS, WRITERS, Writer, race, word
from tests.support.limits import ANNA, THE_FIRM, House, limit_set, of_client, of_user
from tests.support.storage.tables import create_tables

TURNS = 3
SHARED = "client-0"
HURRY = 4


def house_on(client: Any, **options: Any) -> House:
    """The firm and its sixteen clients in fresh tables."""
    tables = create_tables(client, "limits")
    return House(CLIENTS, store=lambda now: DynamoStore(tables, lambda: client, now), **options)


@pytest.mark.parametrize("target", [THE_FIRM, of_user(ANNA)], ids=lambda each: str(each.level))
def test_sixteen_clients_fill_a_day_that_they_share(dynamodb: Any, target: Target) -> None:
    house = house_on(dynamodb)
    house.set(target, limit_set(per_day="20.00"))

    def work(writer: Writer) -> Tally[str]:
        ask = partial(writer.ask, "1.00", FRIDAY, writer.client)
        return Tally(word(writer.until_done(ask)) for _ in range(TURNS))

    answers = race(house, work, HURRY)
    assert answers == {"paid": 20, "limit_daily": WRITERS * TURNS - 20}
    assert house.counter(target, FRIDAY).total == 2_000


def test_sixteen_people_fill_the_day_of_one_client(dynamodb: Any) -> None:
    house = house_on(dynamodb)
    house.set(of_client(SHARED), limit_set(per_day="10.00"))

    def work(writer: Writer) -> Tally[str]:
        return Tally(
            [word(writer.until_done(partial(writer.ask, "1.00", FRIDAY, SHARED))) for _ in "12"]
        )

    answers = race(house, work, HURRY)
    assert answers == {"paid": 10, "limit_daily": 2 * WRITERS - 10}


# The ends of the days of 25 and of 23 hours.
@pytest.mark.parametrize(
    "midnight",
    [datetime(2026, 11, 2, 5, tzinfo=UTC), datetime(2026, 3, 9, 4, tzinfo=UTC)],
    ids=["clocks back", "clocks forward"],
)
def test_both_sides_of_midnight(dynamodb: Any, midnight: datetime) -> None:
    house = house_on(dynamodb, now=midnight)
    house.set(THE_FIRM, limit_set(per_day="10.00"))

    def work(writer: Writer) -> Tally[str]:
        answers: Tally[str] = Tally()
        for early in (True, False):
            writer.clock.at = midnight - timedelta(seconds=1) if early else midnight
            made = writer.until_done(partial(writer.ask, "1.00", None, writer.client))
            answers[f"{word(made)} {'before' if early else 'after'}"] += 1
        return answers

    answers = race(house, work, HURRY)
    assert answers == {
        "paid before": 10, "paid after": 10, "limit_daily before": 6, "limit_daily after": 6,
    }  # fmt: skip
    for day in ((midnight - timedelta(hours=6)).date(), midnight.date()):
        assert house.counter(THE_FIRM, day).total == 1_000


def test_asking_and_giving_back_in_any_mixture(dynamodb: Any) -> None:
    house = house_on(dynamodb)
    house.set(THE_FIRM, limit_set(per_day="30.00"))

    def work(writer: Writer) -> Tally[str]:
        answers: Tally[str] = Tally()
        for _ in range(TURNS):
            amount = f"{writer.chance.randrange(1, 400) / 100:.2f}"
            made = writer.until_done(partial(writer.ask, amount, FRIDAY, writer.client))
            answers[word(made)] += 1
            if isinstance(made, Payment):
                end = writer.chance.choice([Status.CANCELLED, Status.PROCESSING, Status.REJECTED])
                writer.until_done(partial(writer.move, made.id, writer.client, status=end))
        return answers

    answers = race(house, work, HURRY)
    assert sum(answers.values()) == WRITERS * TURNS
    assert answers["paid"] > 0
    counter = house.counter(THE_FIRM, FRIDAY)
    assert counter.total == counter.used <= 3_000
