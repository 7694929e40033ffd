"""Dead letters in the tray: of whose work, replayed once, settled; positions of streams too."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.client import Client
from rowcol.domain.scope import Scope
from rowcol.domain.tray import TrayItem
from rowcol.domain.tray_kinds import DEAD_LETTER
from rowcol.edge import log_again
from rowcol.edge.task import BadTaskInput
from rowcol.edge.tray_operations import look_at_dead_letters
from rowcol.service.log_again import PartAsked, TimesAsked, fold_again, relay_again
from rowcol.service.onboard import register_client, register_firm
from rowcol.service.project import BILLS
from tests.support.desk import SCOPE
from tests.support.domain.builders import NOW
from tests.support.events.logs import bill_fact, write
from tests.support.replaying import (
    MemoryQueues,
    MemoryStream,
    dead_letters,
    failure,
    position,
)
from tests.unit.edge.test_replay import ADMIN, ReplayDesk, good

OTHER = Scope(SCOPE.firm, "harbor")
STRANGE = Scope("oak", "willow")


class LetterDesk(ReplayDesk):
    """A second client, another firm's, and queues."""

    def __init__(self) -> None:
        super().__init__()
        home = self.books.get(Client, SCOPE.client)
        assert home is not None
        register_firm(self.store, STRANGE.firm, "Oak")
        for scope in (OTHER, STRANGE):
            made = Client(scope.client, 0, scope.client, "USD", home.zone)
            register_client(self.store, scope.firm, made)
        self.queues, self.stream = MemoryQueues(), MemoryStream()

    def put(self, queue: str, body: str) -> None:
        self.queues.send_message(QueueUrl=queue, MessageBody=body)

    def look(self) -> dict[str, object]:
        letters = dead_letters(self.queues, self.stream)
        told = look_at_dead_letters(self.environment, letters)
        return {name: count for name, count in told.items() if count}

    def items(self, scope: Scope = SCOPE) -> list[TrayItem]:
        """Live items of dead letters in a tray."""
        books = self.store.books(scope)
        every = books.get_many(TrayItem, books.ids(TrayItem, limit=100).ids).values()
        return [one for one in every if one.item == DEAD_LETTER and one.is_live]

    def payload(self, scope: Scope = SCOPE) -> dict[str, Any]:
        [item] = self.items(scope)
        asked = json.loads(item.source or "")
        told: dict[str, Any] = asked["payload"]
        return {**told, "worker": asked["worker"]}


@pytest.fixture
def desk() -> LetterDesk:
    return LetterDesk()


def test_a_dead_letter_is_an_item_until_it_is_replayed(desk: LetterDesk) -> None:
    mine = {"firm": SCOPE.firm, "client": SCOPE.client, "batch": "bat_1"}
    desk.put("work", failure("payment_batch", mine))
    desk.put("work", failure("payment_batch", {"batch": "bat_2"}))
    assert desk.look() == {"told": 1, "nobodys": 1}
    assert desk.look() == {"nobodys": 1}
    [name] = desk.replay(dry_run=True).body["item_ids"]
    assert desk.payload() == {**mine, "worker": "payment_batch"}
    assert len(desk.queues.bodies("work")) == 2
    assert desk.replay(ids=[name]).status == 200
    assert desk.replays.asked == [("payment_batch", mine)]
    assert desk.replay(ids=[name]).code == "not_found"
    assert desk.look() == {"settled": 1, "nobodys": 1}
    assert [one["requestPayload"] for one in desk.queues.bodies("work")] == [{"batch": "bat_2"}]


def test_a_letter_of_a_client_that_is_no_more_stops_no_other(desk: LetterDesk) -> None:
    for client in ("gone", SCOPE.client):
        desk.put("work", failure("payment_batch", {"firm": SCOPE.firm, "client": client}))
    assert desk.look() == {"told": 1}


# ---- positions of streams


def logged(desk: LetterDesk, scope: Scope, *sequences: int) -> str:
    """Entries as the log's stream brings them; gives the last number."""
    numbers = [desk.stream.add(f"{scope.firm}/{scope.client}", f"{at:012d}") for at in sequences]
    return numbers[-1]


@pytest.mark.parametrize("worker", ["event_relay", "view_projection"])
def test_a_position_in_the_logs_stream_is_told_to_each_whose_entries_they_were(
    desk: LetterDesk, worker: str
) -> None:
    first = logged(desk, SCOPE, 7)
    desk.stream.add("maple/bluebird", "000000000007", "MODIFY")
    logged(desk, OTHER, 3)
    logged(desk, STRANGE, 1)
    last = logged(desk, SCOPE, 8)
    logged(desk, SCOPE, 9)  # after what was given up
    desk.put(worker, position(worker, first, last))
    assert desk.look() == {"exchanged": 1}
    assert desk.look() == {"told": 3}
    mine = {"firm": SCOPE.firm, "client": SCOPE.client, "after": 6, "until": 8}
    assert desk.payload() == {**mine, "worker": worker}
    assert desk.payload(OTHER)["until"] == 3
    assert desk.payload(STRANGE)["firm"] == STRANGE.firm
    assert len(desk.queues.bodies(worker)) == 3, "the alarm sounds until all of it is settled"
    [item] = desk.items()
    assert desk.replay(ids=[item.id]).status == 200
    assert desk.replays.asked == [(worker, mine)]
    assert desk.look() == {"settled": 1}
    assert (len(desk.items()), len(desk.items(OTHER))) == (0, 1)


def test_an_exchange_that_breaks_off_tells_nobody_twice(desk: LetterDesk) -> None:
    first, last = logged(desk, SCOPE, 7), logged(desk, OTHER, 3)
    desk.put("event_relay", position("event_relay", first, last))
    desk.queues.fails_after = 2
    assert desk.look() == {"nobodys": 1}
    desk.queues.fails_after = None
    assert desk.look() == {"told": 1, "exchanged": 1}
    assert desk.look() == {"told": 1}
    assert len(desk.queues.bodies("event_relay")) == 3
    [item] = desk.items()
    assert desk.replay(ids=[item.id]).status == 200
    assert desk.look() == {"settled": 2}, "both messages of the one item"
    assert (len(desk.items()), len(desk.items(OTHER))) == (0, 1)


def test_events_that_were_applied_since_are_nobodys_trouble(desk: LetterDesk) -> None:
    keys = [desk.deliver(name, RuntimeError("the rail is away")) for name in ("e1", "e2")]
    numbers = [desk.stream.add(key, "delivery") for key in keys]
    desk.put("event_application", position("event_application", *numbers))
    assert desk.look() == {"exchanged": 1}
    assert desk.look() == {"told": 1}
    assert desk.payload()["inbox_keys"] == keys
    for key in keys:
        desk.says[key] = good()
        desk.redrive(key)
    assert desk.look() == {"settled": 1}
    assert (desk.items(), desk.queues.bodies("event_application")) == ([], [])
    # Once more, when all of it is applied already: there is nothing to tell.
    desk.put("event_application", position("event_application", *numbers))
    assert desk.look() == {"exchanged": 1}
    assert desk.look() == {}


def test_events_are_applied_by_a_replay_at_once(desk: LetterDesk) -> None:
    key = desk.deliver("e1", RuntimeError("the rail is away"))
    number = desk.stream.add(key, "delivery")
    desk.put("event_application", position("event_application", number, number))
    desk.look()
    desk.look()
    assert desk.replay(count=1).status == 200
    [(worker, payload)] = desk.replays.asked
    assert (worker, payload["inbox_keys"]) == ("event_application", [key])


def test_what_the_stream_has_forgotten_is_found_in_the_logs_by_its_time(desk: LetterDesk) -> None:
    desk.stream.trimmed_before = 1_000
    for worker in ("event_application", "event_relay"):
        desk.put(worker, position(worker, "100", "105"))
    assert desk.look() == {"exchanged": 2}
    assert desk.queues.bodies("event_application") == [], "the redrive finds them, and the tray"
    assert desk.look() == {"told": 2}
    asked = desk.payload(Scope(SCOPE.firm))
    assert (asked["worker"], asked["client"]) == ("event_relay", "-")
    assert asked["since"] < NOW.isoformat() < asked["before"]
    assert desk.payload(Scope(STRANGE.firm))["firm"] == STRANGE.firm
    counted = desk.web.call("POST", "/replay", {"count": 1}, person=ADMIN)
    assert counted.status == 200
    assert desk.look() == {"settled": 1}
    assert desk.items(Scope(SCOPE.firm)) == []


# ---- what the workers do


class Remembering:
    """A bus that remembers positions."""

    def __init__(self) -> None:
        self.published: list[tuple[str, int]] = []

    def publish(self, entries: Any) -> None:
        self.published += [(one.client, one.sequence) for one in entries]


def test_a_part_of_a_log_is_relayed_again_and_no_more(desk: LetterDesk) -> None:
    entries = write(desk, *(bill_fact(f"b{number}") for number in range(60)))
    first, last = entries[0].sequence, entries[-1].sequence
    bus = Remembering()
    asked = PartAsked(SCOPE, first - 1, last - 1)
    assert relay_again(desk.environment, bus, asked) == 59
    assert bus.published == [(SCOPE.client, at) for at in range(first, last)]


def test_by_time_all_logs_of_the_firm_are_and_no_other_firms(desk: LetterDesk) -> None:
    desk.clock.pause(3_600)
    since = desk.clock.now()
    entries = write(desk, bill_fact("b1"), bill_fact("b2"))
    before = desk.clock.now() + timedelta(seconds=1)
    desk.clock.pause(3_600)
    write(desk, bill_fact("b3"))
    bus = Remembering()
    relay_again(desk.environment, bus, TimesAsked(SCOPE.firm, since, before))
    assert bus.published == [(SCOPE.client, one.sequence) for one in entries]


def test_views_are_folded_again_from_there(desk: LetterDesk) -> None:
    entries = write(desk, bill_fact("b1"), bill_fact("b2"))
    part = PartAsked(SCOPE, entries[0].sequence - 1, entries[0].sequence)
    assert fold_again(desk.environment, part) == 1
    rows = desk.environment.views.page(SCOPE, BILLS, limit=500).rows
    assert {row.key for row in rows} == {"b1", "b2"}


@pytest.mark.parametrize(
    "event",
    [
        {"firm": "maple"},
        {"firm": "maple", "client": "bluebird", "after": 3, "until": 2},
        {"firm": "maple", "client": "bluebird", "after": "1", "until": 2},
        {"firm": "maple", "client": "bluebird", "since": NOW.isoformat(), "before": "x"},
        {"firm": "maple", "client": "-", "since": "yesterday", "before": "today"},
        {"firm": "../maple", "client": "bluebird", "after": 0, "until": 2},
    ],
)
def test_a_worker_takes_nothing_else(event: dict[str, Any]) -> None:
    assert log_again.is_asked(event)
    with pytest.raises(BadTaskInput):
        log_again.answer(event, lambda _: 0)
