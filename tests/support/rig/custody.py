"""What tests of the custody machine ask again and again."""

from __future__ import annotations

import json
from typing import Any

from local.demo.firm import FIRM, DemoClient
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment, Step
from rowcol.domain.tray import TrayItem
from tests.support.rig.stack import Rig


def waits_for_rail(payment: Payment) -> bool:
    return payment.custody.step is Step.AWAIT_RAIL and payment.custody.token is not None


def is_held(payment: Payment) -> bool:
    return payment.status is Status.HOLD


def commanded(rig: Rig, client: DemoClient, place: int = 1) -> str:
    """A payment that Ramp has, with its execution waiting."""
    payment = rig.pay(client, place)
    rig.until(client, payment, waits_for_rail)
    return payment


def executions(rig: Rig, payment: str) -> list[dict[str, Any]]:
    """The payment's executions, newest first."""
    listed = rig.engine.client("stepfunctions").list_executions(
        stateMachineArn=rig.engine.machines["PaymentCustodyMachine"], maxResults=1000
    )
    found: list[dict[str, Any]] = listed["executions"]
    return [row for row in found if row["name"].startswith(payment)]


def run(rig: Rig, client: DemoClient, payment: str, attempt: object) -> dict[str, Any]:
    """Start an execution by hand and wait for its end."""
    machines = rig.engine.client("stepfunctions")
    task = {"firm": FIRM, "client": client.id, "payment": payment, "attempt": attempt}
    started = machines.start_execution(
        stateMachineArn=rig.engine.machines["PaymentCustodyMachine"], input=json.dumps(task)
    )
    return rig.engine.wait_for_execution(started["executionArn"])


def judged(rig: Rig, client: DemoClient, payment: str) -> list[str]:
    """Outcomes of the payment's verdicts as logged, in order."""
    entries = rig.books(client).entries_of_payment(payment)
    found: list[Any] = [
        entry.data["verdict"] for entry in entries if entry.type == "payment.judged"
    ]
    return [verdict["outcome"] for verdict in found]


def open_kinds(rig: Rig, client: DemoClient) -> set[str]:
    """Kinds of the open items, but for those about the simulated customers, who pay late."""
    books = rig.books(client)
    ids = books.ids(TrayItem, prefix="open#").ids
    kinds = {item.item for item in books.get_many(TrayItem, ids).values()}
    return kinds - {"overdue_without_contact"}


def ramp_address(rig: Rig, client: DemoClient) -> str:
    return f"{rig.api_url}/webhooks/ramp/{client.endpoint_key}"
