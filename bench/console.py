"""`GET /console` for 100 clients with 500 and with 5,000 open items: queries, bytes, and CPU.

The views' real adapter reads an index that is answered from prepared pages of a megabyte, so what
is measured is the product's own work. CPU an item is compared within one run: it must not grow.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from bench.result import Figure, Section, under
from bench.stored_shapes import size_bytes
from rowcol.domain.scope import Role
from rowcol.edge.http import serve
from rowcol.edge.queue import READS
from rowcol.service.view_ports import ViewRow
from rowcol.storage.queue import queue_attributes
from rowcol.storage.views import DynamoViews
from tests.support.desk import Desk
from tests.support.queue_world import FIRM, client_names, member, open_rows, register

CLIENTS = client_names(100)
SIZES = (500, 5_000)
PAGE_BYTES = 1_000_000
QUERIES_BAR, ITEM_BYTES_BAR, ANSWER_MB_BAR, GROWTH_BAR = 3.0, 500.0, 4.0, 1.5


@dataclass(frozen=True, slots=True)
class Run:
    """What one answer took."""

    open_items: int
    queries: int
    index_bytes: int
    answer_bytes: int
    seconds: float

    @property
    def each_us(self) -> float:
        """CPU microseconds an open item."""
        return self.seconds * 1e6 / self.open_items


class Index:
    """The index `queue` as DynamoDB answers it, in pages of a megabyte."""

    def __init__(self, rows: Sequence[ViewRow]) -> None:
        items = [_index_item(row) for row in rows]
        items.sort(key=lambda item: item["queue_order"]["S"])
        self.bytes = 0
        self.pages: list[list[Any]] = [[]]
        for item in items:
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


def _index_item(row: ViewRow) -> dict[str, Any]:
    return {
        "pk": {"S": f"{row.scope.firm}/{row.scope.client}/{row.view}"},
        "sk": {"S": row.key},
        "sequence": {"N": str(row.sequence)},
        **queue_attributes(row),
    }


def answered(count: int, samples: int) -> Run:
    """The console of a firm with so many open items; the run that was disturbed least."""
    desk, index = Desk(), Index(list(open_rows(FIRM, CLIENTS, count, seed=6)))
    register(desk.store, FIRM, CLIENTS)
    member(desk.store, FIRM, "ada", {"*": (Role.FIRM_ADMIN,)})
    client: Any = index
    environment = replace(desk.environment, views=DynamoViews("views", lambda: client))
    event = {
        "httpMethod": "GET",
        "resource": "/console",
        "requestContext": {"authorizer": {"sub": "ada", "firm": FIRM}},
    }
    seconds, body = [], ""
    for _ in range(samples):
        index.asked = 0
        began = time.process_time()
        answer = serve(event, READS, environment)
        seconds.append(time.process_time() - began)
        body = answer["body"]
    if json.loads(body)["counts"]["total"] != count:
        raise ValueError(body[:500])
    return Run(count, index.asked, index.bytes, len(body), min(seconds))


def section(samples: int) -> Section:
    """Both sizes."""
    logging.disable(logging.INFO)  # a line for each answer would stand between the figures
    try:
        runs = [answered(count, samples) for count in SIZES]
    finally:
        logging.disable(logging.NOTSET)
    few, many = runs
    figures = [
        Figure(
            f"{run.open_items} open items",
            f"{run.queries} queries, {run.seconds * 1000:.0f} ms CPU, "
            f"{run.answer_bytes / 1000:.0f} KB answer",
        )
        for run in runs
    ]
    figures += [
        under("  queries of the queue, 5,000 open", float(many.queries), QUERIES_BAR, digits=0),
        under(
            "  bytes an open item in the index",
            many.index_bytes / many.open_items,
            ITEM_BYTES_BAR,
            digits=0,
        ),
        under("  answer of 50 items", many.answer_bytes / 1e6, ANSWER_MB_BAR, " MB"),
        under("  CPU an open item, 5,000 / 500", many.each_us / few.each_us, GROWTH_BAR, "x"),
    ]
    note = "What is over is in no page of the index: history costs nothing. One firm, 100 clients."
    return Section("GET /console across clients", tuple(figures), (note,))
