"""What only the clock knows, told while reading: what is late, ended, silent; and cash."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.client import Client, GuardrailSettings
from rowcol.domain.scope import Scope
from rowcol.service.queue import BANK_SILENT_AFTER
from tests.support.domain.builders import balance, client
from tests.support.furnished import ADMIN, CLIENT, FIRM, SECOND
from tests.support.open_house import OpenHouse
from tests.support.queue_world import open_rows

QUIET = "quiet"


@pytest.fixture(scope="module")
def furniture() -> OpenHouse:
    made = OpenHouse()
    assert made.store.books(Scope(FIRM, QUIET)).save(replace(client(id=QUIET), version=0))
    made.environment.views.apply(list(open_rows(FIRM, (QUIET,), 60, seed=3)))
    made.keep()
    return made


@pytest.fixture
def house(furniture: OpenHouse) -> Iterator[OpenHouse]:
    yield furniture
    furniture.restore()


def glance(house: OpenHouse, name: str) -> Any:
    body = house.web.call("GET", "/console", person=ADMIN).body
    [found] = [one for one in body["clients"] if one["client"] == name]
    return found


def test_what_is_late_is_late_in_the_clients_zone(house: OpenHouse) -> None:
    for item in house.everything(ADMIN):
        late = item["due_on"] is not None and item["due_on"] < "2026-11-20"
        assert item["overdue_since"] == (item["due_on"] if late else None)


def test_an_override_ends_with_its_day(house: OpenHouse) -> None:
    def kind() -> tuple[str, str | None]:
        [item] = [one for one in house.everything(ADMIN) if one["bill_id"] == f"{CLIENT}-override"]
        return item["kind"], item["until"]

    assert kind()[0] == "second_person"
    assert kind()[1] is not None
    now = house.clock.now()
    house.clock.pause(6 * 3600 + 60)
    assert kind() == ("to_decide", None)
    house.clock.at = now


def set_bank(house: OpenHouse, name: str, **how: Any) -> None:
    """A client whose guardrail counts on a balance."""
    books = house.store.books(Scope(FIRM, name))
    known, head = books.get(Client, name), books.head("USD")
    assert known is not None
    assert books.save(replace(known, guardrail=GuardrailSettings()))
    assert books.save(replace(head, balance=balance("10000", **how) if how else None))


def connections(house: OpenHouse, name: str) -> list[tuple[str, str | None]]:
    items = house.everything(ADMIN, kind="connection", client=name)
    return [(one["code"], one["since"]) for one in items]


def test_a_bank_that_was_not_seen_for_a_day_is_told_while_reading(house: OpenHouse) -> None:
    name, now = QUIET, house.clock.now()
    set_bank(house, name, observed_at=now - BANK_SILENT_AFTER + timedelta(seconds=5))
    assert connections(house, name) == []
    set_bank(house, name, observed_at=now - BANK_SILENT_AFTER - timedelta(days=2))
    assert connections(house, name) == [("balance_stale", "2026-11-17")]
    [item] = house.everything(ADMIN, kind="connection", client=name)
    assert (item["sequence"], item["severity"]) == (None, "medium")
    assert [one["name"] for one in item["actions"]] == ["refreshBalance"]
    set_bank(house, name)
    assert connections(house, name) == [("balance_unknown", None)]


def test_a_bank_that_is_known_to_be_broken_is_told_once(house: OpenHouse) -> None:
    set_bank(house, CLIENT)
    assert [code for code, _ in connections(house, CLIENT)] == ["connection_broken"] * 2
    assert len(house.everything(ADMIN, kind="connection", client=CLIENT)) == 2


def test_where_no_guardrail_counts_on_it_the_bank_may_be_silent(house: OpenHouse) -> None:
    codes = {code for code, _ in connections(house, SECOND)}
    assert codes == {"connection_broken"}


def test_cash_has_its_parts(house: OpenHouse) -> None:
    head = house.store.books(Scope(FIRM, CLIENT)).head("USD")
    cash = glance(house, CLIENT)["cash"]
    assert cash["covered"]["minor"] == head.covered_total.minor
    assert cash["balance"] == {"minor": 1_000_000, "currency": "USD"}
    assert cash["source"] == "live"
    assert glance(house, QUIET)["cash"]["balance"] is None
