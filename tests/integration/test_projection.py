"""Poison in the log's stream, and a rebuild by the command, on the engine with its permissions."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from local.demo import firm
from local.view_texts import Texts, texts_of, texts_of_the_log
from local.views_command import Target, all_targets, of_lambda, run
from rowcol.domain.event_versions import CURRENT
from rowcol.domain.log import Fact, sealed
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.tray import TrayItem, TrayState, tray_id
from rowcol.service.store import Commit, Committed
from rowcol.service.view_ports import ViewRow
from rowcol.service.view_state import ITEM, SUBJECT, folded
from rowcol.storage.views import DynamoViews
from tests.support.rig.stack import Rig, eventually


@pytest.fixture(scope="module")
def client(rig: Rig) -> firm.DemoClient:
    rig.early()
    return rig.client(("310.00", "420.00"))


def scope_of(client: firm.DemoClient) -> Scope:
    return Scope(firm.FIRM, client.id)


def views_of(rig: Rig) -> DynamoViews:
    made = rig.engine.client("dynamodb")
    return DynamoViews(rig.engine.tables["ViewsTable"], lambda: made)


def write(rig: Rig, client: firm.DemoClient, *facts: Fact) -> int:
    """Log facts as they are; gives the position of the last. Others may write meanwhile."""

    def written() -> int | None:
        books = rig.books(client)
        head = books.head("USD")
        sequence, chain, entries = head.sequence, head.chain, []
        for fact in facts:
            sequence += 1
            at = rig.timeline.now()
            entry = sealed(scope_of(client), sequence, at, SYSTEM, fact, chain)
            chain = entry.hash
            entries.append(entry)
        after = replace(head, sequence=sequence, chain=chain)
        outcome = books.commit(Commit(scope_of(client), after, (), tuple(entries)))
        return sequence if isinstance(outcome, Committed) else None

    return eventually(written, "facts are written")


def settled(rig: Rig, client: firm.DemoClient) -> None:
    """Wait until the stream has brought everything to the views."""
    eventually(
        lambda: folded(views_of(rig), scope_of(client)).through == rig.log_length(client),
        "the views are at the head",
    )


def live(rig: Rig, client: firm.DemoClient) -> Texts:
    return texts_of(views_of(rig), scope_of(client))


def log(rig: Rig, client: firm.DemoClient) -> Texts:
    return texts_of_the_log(rig.books(client))


def command(rig: Rig, client: firm.DemoClient, *, check: bool = False) -> tuple[int, list[str]]:
    """`rowcol views rebuild --client ...`: its status and lines."""
    invoke = of_lambda(rig.engine.client("lambda"), rig.engine.functions["view_projection"])
    shown = io.StringIO()
    console = Console(file=shown, width=500, highlight=False)
    status = run(invoke, [Target(firm.FIRM, client.id)], console, check=check)
    return status, shown.getvalue().splitlines()


def item(rig: Rig, client: firm.DemoClient) -> TrayItem | None:
    return rig.books(client).get(TrayItem, tray_id(SUBJECT, ITEM))


def bill_fact(name: str, version: int = CURRENT) -> Fact:
    return Fact("bill.reported", {"bill": {"id": name}}, None, name, version)


def test_every_client_is_listed(rig: Rig, client: firm.DemoClient) -> None:
    invoke = of_lambda(rig.engine.client("lambda"), rig.engine.functions["view_projection"])
    assert Target(firm.FIRM, client.id) in all_targets(invoke)


def test_whatever_is_in_the_table_a_rebuild_gives_the_bytes_of_the_log(
    rig: Rig, client: firm.DemoClient
) -> None:
    settled(rig, client)
    wanted = log(rig, client)
    assert wanted
    assert live(rig, client) == wanted
    assert command(rig, client, check=True)[0] == 0
    views, scope = views_of(rig), scope_of(client)
    first = views.page(scope, "bills").rows[0]
    views.apply([replace(first, row={"id": first.key}), ViewRow(scope, "tray", "ghost", 1, {})])
    views.remove(views.page(scope, "bills").rows[1])
    assert live(rig, client) != wanted
    status, lines = command(rig, client, check=True)
    assert status == 1
    assert f"bills/{first.key} differs at position {first.sequence}" in lines[1]
    status, lines = command(rig, client)
    assert (status, lines[0].endswith("1 strange rows taken away")) == (0, True)
    assert live(rig, client) == wanted
    assert command(rig, client, check=True)[0] == 0


def test_poison_is_put_aside_said_and_keeps_nothing_back(rig: Rig, client: firm.DemoClient) -> None:
    last = write(rig, client, bill_fact("poison", CURRENT + 1), bill_fact("after-poison"))
    found = eventually(lambda: item(rig, client), "the tray item")
    assert (found.state, found.found) == (
        TrayState.OPEN,
        f"position {last - 1}: UnknownEventVersion",
    )
    shown = eventually(
        lambda: views_of(rig).get(scope_of(client), "bills", "after-poison"), "the row behind it"
    )
    assert shown.sequence == last

    def letter() -> dict[str, Any] | None:
        queue = rig.engine.queues["ViewProjectionDeadLetters"]
        answer = rig.engine.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
        letters = [json.loads(message["Body"]) for message in answer.get("Messages", ())]
        exhausted = "RetryAttemptsExhausted"
        return next(
            (one for one in letters if one["requestContext"]["condition"] == exhausted), None
        )

    assert eventually(letter, "the dead letter")["DDBStreamBatchInfo"]["batchSize"] == 1
    settled(rig, client)
    eventually(
        lambda: views_of(rig).get(scope_of(client), "tray", found.id), "the item in the views"
    )
    assert found == item(rig, client)  # opened once, whatever the number of repeats
    status, lines = command(rig, client)
    assert status == 1
    assert f"  cannot be folded: position {last - 1} (UnknownEventVersion)" in lines
    status, lines = command(rig, client, check=True)
    assert (status, lines[1]) == (1, f"  first difference: behind at position {last - 1}")


def test_a_mended_client_is_closed_by_the_rebuild(rig: Rig) -> None:
    rig.early()
    other = rig.client(("99.00",))
    settled(rig, other)
    views, scope = views_of(rig), scope_of(other)
    gap = {"first": 2, "last": 2, "error": "NotDelivered"}
    views.apply([ViewRow(scope, "behind", f"{2:012d}", 2, gap)])
    write(rig, other, bill_fact("bill-x"))
    assert command(rig, other, check=True)[0] == 1
    assert command(rig, other)[0] == 0
    assert command(rig, other, check=True)[0] == 0
    assert item(rig, other) is None
    settled(rig, other)
    assert live(rig, other) == log(rig, other)
