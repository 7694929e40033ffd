"""Every operation and every notice of Plaid's simulator fits what the vendor publishes."""

from __future__ import annotations

import json
import sys

import pytest

from tests.contract.simulators.plaid_tour import PlaidTour
from tests.contract.simulators.subset import HERE, Checker, sources


@pytest.mark.parametrize("source", sources())
def test_every_operation_is_reached_and_fits(source: str) -> None:
    tour = PlaidTour()
    checker = Checker("plaid", source).watch(tour.bench.plaid)
    tour.successes()
    tour.refusals(list(checker.operations()))
    missing = checker.missing()
    told = f"\nplaid, {source}: {len(checker.reached)} answers; operations not reached: {missing}\n"
    sys.stdout.write(told)
    assert missing == []


@pytest.mark.skipif(not HERE, reason="the rail contracts are not here")
def test_every_notice_fits() -> None:
    tour = PlaidTour()
    checker = Checker("plaid", "published")
    core = tour.bench.plaid
    core.configure({"legacy_notices": True, "webhook_user_id": "usr_9nSp2KuZ2x4JDw"})
    tour.successes()
    client = tour.bench.sample.clients[0]
    core.act("expire_consent", item_id=client.item_id, at="2026-11-08T00:00:00Z")
    core.act("notice", item_id=client.item_id, webhook_type="ITEM", webhook_code="ERROR")
    line = core.act("post_line", account_id=client.plaid_account_id, amount="5", name="X")
    core.act("poll", item_id=client.item_id)
    core.act("remove_line", line_id=line["line_id"])
    core.act("poll", item_id=client.item_id)
    schemas = checker.spec["x-webhook-schemas"]
    seen = set()
    for delivery in core.due_deliveries():
        body = json.loads(delivery.body)
        name = f"{body['webhook_type']}: {body['webhook_code']}"
        seen.add(name)
        schema = schemas[name]
        checker.validate({"$ref": schema} if isinstance(schema, str) else schema, body)
    sys.stdout.write(f"\nplaid notices not seen: {sorted(set(schemas) - seen)}\n")
    assert set(schemas) <= seen
