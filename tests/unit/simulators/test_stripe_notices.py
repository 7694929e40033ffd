"""Stripe's deliveries: signatures, rotation, retries, duplicates, thin events (contract, 3)."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import pytest

from local.simulators.messages import ControlError, Delivery, Json
from tests.unit.simulators.conftest import Bench, make_bench


def endpoint(bench: Bench) -> str:
    return str(next(iter(bench.stripe.document.rows("endpoints"))))


def deliveries(bench: Bench, **fault: Any) -> list[Delivery]:
    if fault:
        bench.stripe.faults.add(fault)
    bench.stripe.configure({"duplicate_probability": 0.0, "webhook_delay_seconds": [0, 0]})
    bench.stripe.act("charge", amount="10.00")
    return bench.stripe.due_deliveries()


def parts(delivery: Delivery) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in delivery.headers["stripe-signature"].split(","):
        name, _, value = part.partition("=")
        found.setdefault(name, []).append(value)
    return found


def digest(secret: str, delivery: Delivery) -> str:
    message = f"{parts(delivery)['t'][0]}.".encode() + delivery.body
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def test_every_live_secret_signs(bench: Bench) -> None:
    old = bench.sample.clients[0].stripe_secret
    (plain,) = deliveries(bench)
    assert parts(plain)["v1"] == [digest(old, plain)]
    assert len(parts(plain)["v0"]) == 1  # another scheme, to be passed over
    fresh = bench.stripe.act("roll_secret", endpoint_id=endpoint(bench), expires_in_seconds=3600)
    (both,) = deliveries(bench)
    assert parts(both)["v1"] == [digest(fresh["secret"], both), digest(old, both)]
    bench.base.move(hours=2)
    (new,) = deliveries(bench)
    assert parts(new)["v1"] == [digest(fresh["secret"], new)]
    with pytest.raises(ControlError, match="0 to 86400"):
        bench.stripe.act("roll_secret", endpoint_id=endpoint(bench), expires_in_seconds=90_000)


@pytest.mark.parametrize(
    ("kind", "seconds"), [("future_timestamp", 3600), ("stale_timestamp", -3600)]
)
def test_timestamps_that_lie(bench: Bench, kind: str, seconds: int) -> None:
    (odd,) = deliveries(bench, kind=kind, times=1)
    assert int(parts(odd)["t"][0]) == int(bench.base.at.timestamp()) + seconds
    assert parts(odd)["v1"] == [digest(bench.sample.clients[0].stripe_secret, odd)]
    (wrong,) = deliveries(bench, kind="wrong_signature", times=1)
    assert parts(wrong)["v1"] != [digest(bench.sample.clients[0].stripe_secret, wrong)]


def test_live_tries_for_up_to_three_days(bench: Bench) -> None:
    (first,) = deliveries(bench)
    begun, attempts = bench.base.at, 1
    while bench.stripe.record_delivery_result(first.id, 500) == "pending":
        row = next(r for r in bench.stripe.outbox.pending() if r["id"] == first.id)
        bench.base.at = bench.stripe.instant(row["due_at"])
        (again,) = [one for one in bench.stripe.due_deliveries() if one.id == first.id]
        attempts += 1
        assert again.headers["stripe-signature"] != first.headers["stripe-signature"]
    assert attempts == 10
    assert timedelta(days=2) < bench.base.at - begun <= timedelta(days=3)


def test_test_mode_tries_three_times(bench: Bench) -> None:
    seed: Json = {"id": "acct_test", "livemode": False, "api_key": "sk_test_1"}
    hooks = [{"url": "http://127.0.0.1:9/test", "secret": "whsec_t"}]
    bench.stripe.seed({"accounts": [{**seed, "endpoints": hooks}]})
    bench.stripe.configure({"duplicate_probability": 0.0, "webhook_delay_seconds": [0, 0]})
    bench.stripe.act("charge", amount="1.00", account="acct_test")
    (sent,) = bench.stripe.due_deliveries()
    assert json.loads(sent.body)["livemode"] is False
    states = []
    for _ in range(3):
        states.append(bench.stripe.record_delivery_result(sent.id, None))
        bench.base.move(hours=3)
        bench.stripe.due_deliveries()
    assert states == ["pending", "pending", "failed"]


def test_notices_come_in_any_order_and_twice() -> None:
    bench = make_bench("9")
    bench.stripe.configure({"duplicate_probability": 0.2})
    for _ in range(30):
        bench.stripe.act("charge", amount="1.00")
        bench.base.move(seconds=1)
    bench.base.move(minutes=1)
    ids = [json.loads(one.body)["id"] for one in bench.stripe.due_deliveries()]
    told = [row["object"]["id"] for row in bench.stripe.document.rows("events").values()]
    assert set(ids) == set(told)
    assert len(ids) > len(told)
    assert list(dict.fromkeys(ids)) != told


def test_thin_events_and_the_event_bus(bench: Bench) -> None:
    account = bench.sample.clients[0].stripe_account
    url = "http://127.0.0.1:9/thin"
    wanted = ["charge.succeeded"]
    bench.stripe.act("add_endpoint", account=account, url=url, thin=True, enabled_events=wanted)
    sent = {one.url: json.loads(one.body) for one in deliveries(bench)}
    thin = sent[url]
    snapshot = next(body for address, body in sent.items() if address != url)
    assert (thin["object"], thin["type"]) == ("v2.core.event", "v1.charge.succeeded")
    assert thin["related_object"]["id"] == snapshot["data"]["object"]["id"]
    assert thin["snapshot_event"] == snapshot["id"]
    assert snapshot["pending_webhooks"] == 2
    envelope = bench.stripe.act("eventbridge", event_id=snapshot["id"])
    assert (envelope["detail-type"], envelope["detail"]) == ("charge.succeeded", snapshot)


def test_an_endpoint_gets_what_it_asked_for(bench: Bench) -> None:
    account = bench.sample.clients[0].stripe_account
    url = "http://127.0.0.1:9/payouts"
    bench.stripe.act("add_endpoint", account=account, url=url, enabled_events=["payout.paid"])
    assert [one.url for one in deliveries(bench)] != [url]
    key = next(iter(bench.stripe.document.rows("charges")))
    bench.stripe.act("send_event", kind="payout.paid", object_id=key)
    assert url in [one.url for one in bench.stripe.due_deliveries()]
