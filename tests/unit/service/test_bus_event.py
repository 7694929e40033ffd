"""What goes on the bus: where to look and never what is there, ten a call, all or again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from rowcol.domain.event_versions import CURRENT
from rowcol.domain.plain import instant_text, to_plain
from rowcol.service.bus_event import bus_event
from rowcol.service.store import StoreUnavailable
from rowcol.storage.bus import EventBridgeBus
from tests.support.desk import Desk
from tests.support.events.logs import bill_fact, payment_fact, write
from tests.support.events.schemas import event_errors


class Events:
    """EventBridge, which may not take some."""

    def __init__(self, refused: int = 0) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self.refused = refused

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        self.calls.append(Entries)
        return {"FailedEntryCount": self.refused}


def test_an_event_says_where_to_look() -> None:
    desk = Desk()
    [entry] = write(desk, payment_fact("pay_1", memo="a secret"))
    events: Any = Events()
    EventBridgeBus("bus", lambda: events).publish([entry])
    [[put]] = events.calls
    assert (put["EventBusName"], put["Source"], put["DetailType"]) == (
        "bus",
        "rowcol",
        "payment.created",
    )
    assert put["Time"] == entry.at
    detail = json.loads(put["Detail"])
    assert event_errors(detail) == []
    assert detail == {
        "schema_version": 1,
        "firm": "maple",
        "client": "bluebird",
        "sequence": 1,
        "at": instant_text(entry.at),
        "actor": {
            "kind": "system",
            "id": "rowcol",
            "authenticated_at": None,
            "responsible_id": None,
            "asked_at": None,
        },
        "payment_id": "pay_1",
        "bill_id": "bill-1",
        "hash": entry.hash,
        "data_version": CURRENT,
    }


def test_an_old_entry_says_in_which_version_it_is_kept() -> None:
    [entry] = write(Desk(), bill_fact("b1", 1))
    assert to_plain(bus_event(entry))["data_version"] == 1


def test_ten_go_in_a_call() -> None:
    entries = write(Desk(), *(bill_fact(f"b{number}") for number in range(23)))
    events: Any = Events()
    EventBridgeBus("bus", lambda: events).publish(entries)
    assert [len(call) for call in events.calls] == [10, 10, 3]


def test_one_that_was_not_taken_makes_all_come_again() -> None:
    events: Any = Events(refused=1)
    with pytest.raises(StoreUnavailable):
        EventBridgeBus("bus", lambda: events).publish(write(Desk(), bill_fact("b1")))
