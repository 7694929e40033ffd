"""Ramp's handshake, signature, retries, and the faults of its deliveries."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.simulators.conftest import Bench

HOOK = {"endpoint_url": "http://127.0.0.1:9/new", "event_types": ["bills.updated", "bills.paid"]}


def deliver(bench: Bench, status: int | None = 200) -> list[Any]:
    due = bench.ramp.due_deliveries()
    for delivery in due:
        bench.ramp.record_delivery_result(delivery.id, status)
    return due


def edit(bench: Bench, memo: str = "m") -> None:
    key = bench.sample.clients[0].bill_id(1)
    assert bench.ramp_call("PATCH", f"/bills/{key}", {"memo": memo}).status_code == 200


def test_the_handshake_makes_a_subscription_active(bench: Bench) -> None:
    deliver(bench)
    made = bench.ramp_call("POST", "/webhooks", HOOK).json()
    assert made["status"] == "pending_verification"
    assert made["secret"].startswith("ramp_sec_")
    (challenge,) = deliver(bench)
    body = json.loads(challenge.body)
    assert body["type"] == "webhooks.verification"
    assert "X-Ramp-Webhook-ID" not in challenge.headers
    path = f"/webhooks/{made['id']}"
    assert bench.ramp_call("POST", f"{path}/verify", {"challenge": "guess"}).status_code == 400
    right = {"challenge": body["challenge"]}
    assert bench.ramp_call("POST", f"{path}/verify", right).json() == {"success": True}
    shown = bench.ramp_call("GET", path).json()
    assert shown["status"] == "active"
    assert "secret" not in shown
    assert bench.ramp_call("DELETE", path).status_code == 204


def test_a_pending_subscription_hears_nothing_else(bench: Bench) -> None:
    deliver(bench)
    bench.ramp_call("POST", "/webhooks", HOOK)
    edit(bench)
    urls = [delivery.url for delivery in deliver(bench) if delivery.event_type == "bills.updated"]
    assert urls == ["http://127.0.0.1:9/ramp/1"]


@pytest.mark.parametrize(
    ("setting", "value"), [("signature_encoding", "hex"), ("signature_encoding", "base64")]
)
def test_bodies_are_thin_and_signed(bench: Bench, setting: str, value: str) -> None:
    deliver(bench)
    bench.ramp.configure({setting: value, "signature_header": "X-Ramp-Webhook-Signature"})
    edit(bench)
    (delivery,) = deliver(bench)
    secret = bench.sample.clients[0].ramp_secret
    digest = hmac.new(secret.encode(), delivery.body, hashlib.sha256).digest()
    wanted = digest.hex() if value == "hex" else base64.b64encode(digest).decode()
    assert delivery.headers["X-Ramp-Webhook-Signature"] == wanted
    body = json.loads(delivery.body)
    assert set(body) == {"id", "type", "created_at", "business_id", "object"}
    assert delivery.headers["X-Ramp-Webhook-ID"] == body["id"]
    assert body["object"] == {"id": bench.sample.clients[0].bill_id(1)}


def test_ten_attempts_on_trouble_with_the_same_id(bench: Bench) -> None:
    deliver(bench)
    edit(bench)
    seen = []
    for _ in range(400):
        seen += deliver(bench, None)
        bench.base.move(seconds=2)
    assert [delivery.attempt for delivery in seen] == list(range(1, 11))
    assert len({delivery.body for delivery in seen}) == 1


@pytest.mark.parametrize(("status", "attempts"), [(401, 1), (302, 1), (429, 2), (503, 2)])
def test_only_429_and_5xx_are_repeated(bench: Bench, status: int, attempts: int) -> None:
    deliver(bench)
    edit(bench)
    seen = deliver(bench, status)
    bench.base.move(seconds=120)
    seen += deliver(bench)
    assert len(seen) == attempts


def test_drop_duplicate_delay_and_reorder(bench: Bench) -> None:
    deliver(bench)
    add = bench.ramp.faults.add
    add({"kind": "drop_webhook", "times": 1, "match": {"event_type": "bills.updated"}})
    edit(bench)
    assert deliver(bench) == []
    add({"kind": "duplicate_webhook", "times": 1})
    edit(bench)
    twice = deliver(bench)
    bench.base.move(seconds=1)
    twice += deliver(bench)
    assert len(twice) == 2
    assert twice[0].body == twice[1].body
    add({"kind": "delay_webhook", "times": 1, "params": {"seconds": 30}})
    edit(bench)
    assert deliver(bench) == []
    bench.base.move(seconds=30)
    assert len(deliver(bench)) == 1
    add({"kind": "reorder_webhook", "times": 1})
    edit(bench, "first")
    bench.base.move(seconds=1)
    edit(bench, "second")
    bench.base.move(seconds=5)
    first, second = deliver(bench)
    assert first.id > second.id


def test_a_fault_can_be_rolled_with_the_seed(bench: Bench) -> None:
    deliver(bench)
    bench.ramp.faults.add({"kind": "drop_webhook", "probability": 0.5})
    for _ in range(60):
        edit(bench)
    assert 15 < len(deliver(bench)) < 45


def test_forbidden_headers_and_plain_http_are_refused(bench: Bench) -> None:
    for headers in ({"Host": "x"}, {"X-Forwarded-For": "x"}, {"A": ""}, {"A": "x" * 1001}):
        body = {**HOOK, "additional_headers": headers}
        assert bench.ramp_call("POST", "/webhooks", body).status_code == 422
    body = {**HOOK, "endpoint_url": "http://hooks.example.test/x"}
    assert bench.ramp_call("POST", "/webhooks", body).status_code == 422


def test_payment_events_can_name_the_payment(bench: Bench) -> None:
    deliver(bench)
    bench.ramp.configure({"payment_event_object": "payment"})
    key = bench.sample.clients[0].bill_id(1)
    answer = bench.ramp_call("PATCH", f"/bills/{key}", {"payment_date": "2026-11-09"}).json()
    (delivery,) = deliver(bench)
    assert json.loads(delivery.body)["object"]["id"] == answer["payment"]["id"]
    found = bench.ramp_call("GET", f"/bills?payment_id={answer['payment']['id']}").json()
    assert [bill["id"] for bill in found["data"]] == [key]


def test_holds_failures_and_returns_are_silent(bench: Bench) -> None:
    deliver(bench)
    key = bench.sample.clients[0].bill_id(1)
    bench.ramp_call("POST", f"/bills/{key}/hold", {})
    bench.ramp_call("POST", f"/bills/{key}/release")
    for action in ("await_release", "hold_by_provider", "fail_payment"):
        bench.ramp.act(action, bill_id=key)
    bench.base.at = datetime(2026, 11, 6, tzinfo=UTC)
    assert deliver(bench) == []
