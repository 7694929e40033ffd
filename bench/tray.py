"""`GET /tray` for 100 clients with 500 and with 5,000 live items: AWS calls, bytes, and CPU.

The views' real adapter reads an index that is answered from prepared pages of a megabyte, so what
is measured is the product's own work. Calls of the records are counted as the store makes them.
"""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bench.result import Figure, Section, under
from bench.stored_shapes import size_bytes
from rowcol.domain.money import Money
from rowcol.domain.plain import canonical, to_plain
from rowcol.domain.scope import Role, Scope
from rowcol.domain.tray import Severity, TrayItem, tray_id
from rowcol.domain.tray_kinds import KINDS
from rowcol.edge.http import serve
from rowcol.edge.tray_queries import READS
from rowcol.service.project import TRAY
from rowcol.service.queue_facts import tray_facts
from rowcol.service.view_ports import ViewRow
from rowcol.storage.tray import tray_attributes
from rowcol.storage.views import DynamoViews
from tests.support.desk import Desk
from tests.support.domain.builders import NOW
from tests.support.queue_world import FIRM, client_names, member, register

CLIENTS = client_names(100)
SIZES = (500, 5_000)
PAGE, PAGE_BYTES = 200, 1_000_000
CALLS_BAR, ITEM_BYTES_BAR, ANSWER_MB_BAR, GROWTH_BAR = 9.0, 400.0, 4.0, 1.5


def rows(count: int, seed: int) -> list[ViewRow]:
    """So many live items over all clients, of all kinds, a third of them somebody's."""
    chance, kinds = random.Random(seed), sorted(KINDS)  # seeded
    made: list[ViewRow] = []
    for number in range(count):
        scope = Scope(FIRM, CLIENTS[number % len(CLIENTS)])
        kind, subject = kinds[number % len(kinds)], f"payment-pay_01M8YVA7QEYTDNAT2CTNX{number:05d}"
        item = TrayItem(
            tray_id(subject, kind), 0, subject, kind, chance.choice(list(Severity)),
            f"QuickBooks does not agree on the payment to Northwind Utilities: {kind}",
            "2,310.75 USD", "2,130.75 USD", NOW - timedelta(hours=chance.randrange(2_000)),
            party="Northwind Utilities", party_id="vendor-7", amount=Money(231_075, "USD"),
            owner=chance.choice(["ann-advisor", None, None]),
        )  # fmt: skip
        shown = to_plain(item)
        made.append(ViewRow(scope, TRAY, item.id, number, shown, None, None, tray_facts(shown)))
    return made


class Table:
    """The index `tray` as DynamoDB answers it, in pages of a megabyte, and its rows by key."""

    def __init__(self, made: Sequence[ViewRow]) -> None:
        self.items = {(f"{row.scope.firm}/{row.scope.client}/{TRAY}", row.key): row for row in made}
        found = [_index_item(row) for row in made]
        found.sort(key=lambda item: item["tray_order"]["S"])
        self.bytes, self.pages = 0, [list[Any]()]
        for item in found:
            size = sum(len(name) + size_bytes(value) for name, value in item.items())
            if self.bytes // PAGE_BYTES != (self.bytes + size) // PAGE_BYTES:
                self.pages.append([])
            self.bytes += size
            self.pages[-1].append(item)
        self.asked = 0

    def query(self, **given: Any) -> dict[str, Any]:
        """The next page."""
        place = given.get("ExclusiveStartKey", {"page": 0})["page"]
        self.asked += 1
        more = {"LastEvaluatedKey": {"page": place + 1}} if place + 1 < len(self.pages) else {}
        return {"Items": self.pages[place], **more}

    def batch_get_item(self, **given: Any) -> dict[str, Any]:
        """Whole rows, a hundred at most."""
        self.asked += 1
        [(table, wanted)] = given["RequestItems"].items()
        found = [self.items[key["pk"]["S"], key["sk"]["S"]] for key in wanted["Keys"]]
        return {"Responses": {table: [_item(row) for row in found]}, "UnprocessedKeys": {}}


def _index_item(row: ViewRow) -> dict[str, Any]:
    keys = {"pk": {"S": f"{row.scope.firm}/{row.scope.client}/{TRAY}"}, "sk": {"S": row.key}}
    return {**keys, **tray_attributes(row)}


def _item(row: ViewRow) -> dict[str, Any]:
    whole = {"sequence": {"N": str(row.sequence)}, "row": {"S": canonical(row.row)}}
    return {**_index_item(row), **whole}


@dataclass(frozen=True, slots=True)
class Run:
    """What one answer took. `calls`: of all tables."""

    items: int
    calls: int
    index_bytes: int
    answer_bytes: int
    seconds: float

    @property
    def each_us(self) -> float:
        """CPU microseconds a live item."""
        return self.seconds * 1e6 / self.items


def answered(count: int, samples: int) -> Run:
    """A page of 200 of a firm with so many live items; the run that was disturbed least."""
    desk, table = Desk(), Table(rows(count, seed=6))
    register(desk.store, FIRM, CLIENTS)
    member(desk.store, FIRM, "ada", {"*": (Role.FIRM_ADMIN,)})
    client: Any = table
    environment = replace(desk.environment, views=DynamoViews("views", lambda: client))
    event = {
        "httpMethod": "GET",
        "resource": "/tray",
        "queryStringParameters": {"limit": str(PAGE)},
        "requestContext": {"authorizer": {"sub": "ada", "firm": FIRM}},
    }
    records: list[str] = []
    desk.store.on_call = records.append
    seconds, body = [], ""
    for _ in range(samples):
        table.asked = 0
        records.clear()
        began = time.process_time()
        body = serve(event, READS, environment)["body"]
        seconds.append(time.process_time() - began)
    told = json.loads(body)
    if told["counts"]["live"] != count or len(told["items"]) != PAGE:
        raise ValueError(body[:500])
    return Run(count, table.asked + len(records), table.bytes, len(body), min(seconds))


def section(samples: int) -> Section:
    """Both sizes."""
    logging.disable(logging.INFO)  # a line for each answer would stand between the figures
    try:
        few, many = (answered(count, samples) for count in SIZES)
    finally:
        logging.disable(logging.NOTSET)
    figures = [
        Figure(
            f"{run.items} live items",
            f"{run.calls} calls, {run.seconds * 1000:.0f} ms CPU, "
            f"{run.answer_bytes / 1000:.0f} KB answer",
        )
        for run in (few, many)
    ]
    each = many.index_bytes / many.items
    figures += [
        under("  calls of AWS, 5,000 items", float(many.calls), CALLS_BAR, digits=0),
        under("  bytes a live item in the index", each, ITEM_BYTES_BAR, digits=0),
        under("  answer of 200 items", many.answer_bytes / 1e6, ANSWER_MB_BAR, " MB"),
        under("  CPU a live item, 5,000 / 500", many.each_us / few.each_us, GROWTH_BAR, "x"),
    ]
    note = "A call more for each megabyte of live items; closed ones cost nothing."
    return Section("GET /tray across clients", tuple(figures), (note,))
