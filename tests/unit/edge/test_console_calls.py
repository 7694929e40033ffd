"""What `GET /console` asks of DynamoDB: a bounded number of calls, whatever history there is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from moto import mock_aws

from local.simulation.clock import CountingIds, SimulatedClock
from rowcol.domain.scope import Role
from rowcol.edge.queue import READS
from rowcol.service.environment import Environment
from rowcol.service.ports import Surroundings
from rowcol.service.view_ports import ViewRow
from rowcol.storage.queue import queue_attributes
from rowcol.storage.store import DynamoStore
from rowcol.storage.views import DynamoViews
from tests.support.api import Answer, Web
from tests.support.desk import NoRails, QuietExecutions
from tests.support.domain.builders import NOW
from tests.support.queue_world import (
    FIRM,
    client_names,
    closed_rows,
    member,
    open_rows,
    register,
)
from tests.support.storage.tables import create_tables
from tests.unit.storage.test_shapes import size_bytes

CLIENTS, OPEN = client_names(100), 5_000
ANSWER_BYTES_MAX = 4_000_000
# DynamoDB answers a query with up to a megabyte of the index.
QUERY_BYTES = 1_000_000
PUTS_A_CALL = 25


class Putting:
    """Takes puts one by one and writes them together, which is much faster here."""

    def __init__(self, client: Any) -> None:
        self.client = client
        self.items: list[Any] = []
        self.table = ""

    def put_item(self, **given: Any) -> None:
        self.table = given["TableName"]
        self.items.append({"PutRequest": {"Item": given["Item"]}})

    def write(self) -> None:
        for start in range(0, len(self.items), PUTS_A_CALL):
            chunk = self.items[start : start + PUTS_A_CALL]
            self.client.batch_write_item(RequestItems={self.table: chunk})
        self.items = []


class House:
    """A firm on DynamoDB's adapters, which count their calls."""

    def __init__(self, dynamodb: Any) -> None:
        self.dynamodb = dynamodb
        tables = create_tables(dynamodb)
        self.clock = SimulatedClock(NOW)
        store = DynamoStore(tables, lambda: dynamodb, self.clock.now)
        self.putting: Any = Putting(dynamodb)
        self.filling = DynamoViews(tables.views, lambda: self.putting)
        views = DynamoViews(tables.views, lambda: dynamodb)
        surroundings = Surroundings(self.clock, CountingIds(), None, self.clock.pause)  # type: ignore[arg-type]  # nothing here is random
        rails: Any = NoRails()
        environment = Environment(store, views, rails, QuietExecutions(), surroundings)
        self.web = Web(environment, READS, FIRM)
        self.calls: Counter[str] = Counter()
        register(store, FIRM, CLIENTS)
        register(store, "oak", CLIENTS[:3])
        member(store, FIRM, "ada", {"*": (Role.FIRM_ADMIN,)})
        member(store, FIRM, "vic", {CLIENTS[3]: (Role.VIEWER,), CLIENTS[7]: (Role.PREPARER,)})
        dynamodb.meta.events.register("before-call.dynamodb", self._count)

    def _count(self, model: Any, **_: Any) -> None:
        self.calls[model.name] += 1

    def fill(self, rows: Sequence[ViewRow]) -> None:
        """Without their contents: moto measures whole items against a query's megabyte, DynamoDB
        what the index shows of them."""
        self.filling.apply([replace(row, row={}, facets=None) for row in rows])
        self.putting.write()

    def ask(self, person: str, route: str = "/console", **how: Any) -> tuple[Answer, Counter[str]]:
        self.calls.clear()
        answer = self.web.call("GET", route, person=person, **how)
        assert answer.status == 200, answer.body
        return answer, self.calls.copy()


@pytest.fixture(scope="module")
def rows() -> list[ViewRow]:
    return list(open_rows(FIRM, CLIENTS, OPEN, seed=4))


@pytest.fixture(scope="module")
def house(rows: list[ViewRow]) -> Iterator[House]:
    with mock_aws():
        session = botocore.session.get_session()
        made = House(
            session.create_client(
                "dynamodb", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
            )
        )
        made.fill(rows)
        made.fill(list(open_rows("oak", CLIENTS[:3], 30, seed=5)))
        yield made


def index_bytes(rows: Sequence[ViewRow]) -> int:
    """What these rows take in the index."""
    total = 0
    for row in rows:
        place = f"{row.scope.firm}/{row.scope.client}/{row.view}"
        keys = {"pk": {"S": place}, "sk": {"S": row.key}, "sequence": {"N": "1"}}
        total += size_bytes({**keys, **queue_attributes(row)})
    return total


def test_an_open_row_is_half_a_kilobyte(rows: list[ViewRow]) -> None:
    """So 2,000 of them come with one query."""
    assert index_bytes(rows) / len(rows) < 500


def test_5000_open_items_of_100_clients_are_eight_calls(house: House, rows: list[ViewRow]) -> None:
    answer, calls = house.ask("ada")
    queries = -(-index_bytes(rows) // QUERY_BYTES)
    assert queries == 3
    # The person; the firm's clients; clients, heads and when their feeds were read; the queue.
    assert calls == {"GetItem": 1, "BatchGetItem": 3, "Query": 1 + queries}
    assert answer.body["counts"]["total"] == OPEN
    assert len(answer.body["clients"]) == 100
    assert sum(one["counts"]["total"] for one in answer.body["clients"]) == OPEN


def test_the_next_page_costs_the_same(house: House) -> None:
    first, before = house.ask("ada", query={"limit": "200"})
    cursor = first.body["next_cursor"]
    second, calls = house.ask("ada", query={"limit": "200", "cursor": cursor})
    assert calls == before
    assert len(second.body["items"]) == 200
    for page in (first, second):
        assert len(json.dumps(page.body)) < ANSWER_BYTES_MAX


def test_a_person_of_two_clients_reads_these_only(house: House) -> None:
    answer, calls = house.ask("vic")
    assert calls == {"GetItem": 1, "BatchGetItem": 3, "Query": 2}
    assert [one["client"] for one in answer.body["clients"]] == [CLIENTS[3], CLIENTS[7]]
    assert answer.body["counts"]["total"] == OPEN // len(CLIENTS) * 2
    assert {one["client"] for one in answer.body["items"]} == {CLIENTS[3], CLIENTS[7]}


def test_one_client_is_one_query(house: House) -> None:
    path = {"client": CLIENTS[7]}
    answer, calls = house.ask("vic", "/clients/{client}/console", path=path)
    assert calls == {"GetItem": 2, "BatchGetItem": 2, "Query": 1}
    assert answer.body["counts"]["total"] == OPEN // len(CLIENTS)


def test_history_costs_nothing(house: House) -> None:
    """Thousands of paid bills later, and of items that are done."""
    before = [house.ask("ada")[1], house.ask("vic")[1]]
    house.fill(list(closed_rows(FIRM, CLIENTS, 3_000)))
    done = [
        replace(row, key=f"x{row.key}", queue=None) for row in open_rows(FIRM, CLIENTS, 2_000, 9)
    ]
    house.fill(done)
    assert [house.ask("ada")[1], house.ask("vic")[1]] == before
