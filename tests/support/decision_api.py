"""The API of decisions over many clients, and their machine, over one firm in memory."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

from local.openapi import operations
from local.walker.definition import load
from local.walker.execution import Execution
from local.walker.runs import Platform, Status
from rowcol.edge import batch_worker
from rowcol.edge.http import serve
from rowcol.edge.operation import Operations, table
from tests.support.api import Answer, Web
from tests.support.decisions import FIRM, DecisionFirm, Wish

OPERATIONS: Operations = table(operations())
PRECHECK, FINALIZE, APPROVE = "/decisions/precheck", "/decisions/finalize", "/decisions/approve"
BATCH = "/batches/{batch}"
MACHINE = Path(__file__).parents[2] / "statemachines" / "decision_batch.asl.json"
MONDAY = "2026-11-30"


class Api(DecisionFirm):
    """The API over one firm."""

    def __init__(self, clients: int = 3, **settings: Any) -> None:
        super().__init__(clients, **settings)
        self.web = Web(self.environment, OPERATIONS, FIRM.firm)

    def post(self, route: str, body: object, person: str = "anna", **how: Any) -> Answer:
        return self.web.call("POST", route, body, person=person, **how)

    def read(self, batch: str, person: str = "anna", **query: str) -> Answer:
        return self.web.call("GET", BATCH, person=person, path={"batch": batch}, query=query)

    def command(self, name: str, batch: str, person: str = "anna", **how: Any) -> Answer:
        return self.post(f"{BATCH}/{name}", None, person, path={"batch": batch}, **how)

    def rows(self, count: int, **wish: Any) -> list[dict[str, Any]]:
        """Some decisions of each client, in turn."""
        bills = {name: self.bills(name, count) for name in self.clients}
        fields = {"action": "schedule", "pay_on": MONDAY, **wish}
        return [
            {"client": name, "bill_id": bills[name][number], **fields}
            for number in range(count)
            for name in self.clients
        ]

    def late(self) -> None:
        """A second passes with every write, so that a request has no time for all."""
        self.boundary.between = lambda call: self.clock.pause(3) if call == "commit:after" else None

    def in_haste(self, route: str, body: object, key: str = "in-haste-1") -> dict[str, Any]:
        """A call of which six seconds are left."""
        event = {
            "httpMethod": "POST",
            "resource": route,
            "headers": {"Idempotency-Key": key},
            "body": json.dumps(body),
            "requestContext": {"authorizer": {"sub": "anna", "firm": FIRM.firm}},
        }
        until = self.clock.now() + timedelta(seconds=6)
        answer = serve(event, OPERATIONS, self.environment, until)
        return {**json.loads(answer["body"]), "status": answer["statusCode"]}


def walked(api: Api, batch: str, chance: int = 1, fails: str = "") -> Execution:
    """The real machine walks over the real tasks; `fails`: the client whose part always raises."""

    def work(payload: dict[str, Any]) -> dict[str, object]:
        if fails and payload.get("client") == fails:
            raise ValueError("a defect")
        until = api.clock.now() + timedelta(minutes=4)
        return batch_worker.run(api.environment, payload, until)

    draw = random.Random(chance)  # noqa: S311  # whose turn it is
    platform = Platform({"PaymentBatch": work}, api.clock.now, draw)
    machine = load(MACHINE, {"PaymentBatchFunctionArn": "PaymentBatch"})
    execution = Execution(machine, f"{batch}-1", {"firm": "maple", "batch": batch}, platform)
    for _ in range(200):
        execution.run()
        if execution.status is not Status.RUNNING:
            return execution
        api.clock.pause(5)
    raise AssertionError("goes on for ever")


def submitted(api: Api, rows: list[dict[str, Any]]) -> str:
    """A batch as a request leaves it that died right after writing it down."""
    return api.submitted([Wish(row["client"], row["bill_id"]) for row in rows])
