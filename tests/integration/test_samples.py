"""Every file of events/, invoked on the engine, leads to what is written down for it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from local.demo.firm import demo_bills
from tests.support.rig.stack import Rig
from tests.support.samples.compose import EXPECTED, all_samples
from tests.support.samples.shapes import CLIENT, Sample
from tests.support.webhooks.base import EVENTS, FIRM, KEYS, NOW, Case, endpoints
from tests.support.webhooks.cases import all_cases
from tests.support.webhooks.plaid import PLAID_KEY_ID

SAMPLES = {sample.path: sample for sample in all_samples()}
WEBHOOKS = {f"{case.rail}_webhook/{case.name}.json": case for case in all_cases()}


def test_the_files_are_what_is_composed() -> None:
    on_disk = {str(path.relative_to(EVENTS)) for path in EVENTS.glob("*/*.json")}
    assert on_disk == set(SAMPLES) | set(WEBHOOKS)
    for sample in SAMPLES.values():
        assert json.loads((EVENTS / sample.path).read_text(encoding="utf-8")) == sample.event
    table = {sample.path: sample.expected for sample in SAMPLES.values()}
    assert json.loads(EXPECTED.read_text(encoding="utf-8")) == table


def test_every_function_has_samples(rig: Rig) -> None:
    assert {path.split("/")[0] for path in (*SAMPLES, *WEBHOOKS)} == set(rig.engine.functions)


@pytest.fixture(scope="module")
def sample_client(rig: Rig) -> None:
    """The client that the samples name, with two bills."""
    rig.early()
    rig.add_clients((CLIENT,), lambda client, today: demo_bills(client, today)[:2])
    rig.sweep(CLIENT)


def load(path: str) -> Any:
    return json.loads((EVENTS / path).read_text(encoding="utf-8"))


@pytest.mark.usefixtures("sample_client")
@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES)
def test_a_sample_leads_to_what_is_expected(rig: Rig, sample: Sample) -> None:
    found = rig.engine.invoke(sample.function, load(sample.path))
    expected = sample.expected
    if "error" in expected:
        assert found["errorType"] == expected["error"], found
        return
    assert "errorType" not in found, found
    if "answer" in expected:
        assert {key: found.get(key) for key in expected["answer"]} == expected["answer"]
        return
    assert found["statusCode"] == expected["status"], found
    if "code" in expected:
        assert json.loads(found["body"])["code"] == expected["code"]


@pytest.fixture(scope="module")
def samples_endpoints(rig: Rig) -> Iterator[None]:
    """Endpoints and Plaid's key of the samples; the product's clock comes back afterwards."""
    ssm = rig.engine.client("ssm")
    for (rail, key), endpoint in endpoints().items():
        value = {
            "firm": endpoint.firm,
            "client": endpoint.client,
            "secrets": list(endpoint.secrets),
            "business_id": endpoint.business_id,
            "environment": endpoint.environment,
            "livemode": endpoint.livemode,
            "pending": endpoint.pending,
        }
        ssm.put_parameter(
            Name=f"/rowcol/local/endpoints/{rail}/{key}",
            Value=json.dumps({name: part for name, part in value.items() if part is not None}),
            Type="SecureString",
            Overwrite=True,
        )
    server = rig.servers["plaid"]
    row = {"number": 0, "private": str(0x5EED), "created_at": 1, "expired_at": None}
    with server.lock:
        server.core.document.put("keys", PLAID_KEY_ID, row)
        server.core.document.commit()
    clock = rig.data / "clock.json"
    kept = clock.read_text(encoding="utf-8")
    yield
    clock.write_text(kept, encoding="utf-8")


def at_the_samples_instant(rig: Rig) -> None:
    offset = (NOW - datetime.now(UTC)).total_seconds()
    (rig.data / "clock.json").write_text(json.dumps({"offset_seconds": offset}), encoding="utf-8")


@pytest.mark.usefixtures("samples_endpoints")
@pytest.mark.parametrize("case", WEBHOOKS.values(), ids=WEBHOOKS)
def test_a_webhook_sample_is_answered_as_decided(rig: Rig, case: Case) -> None:
    function = f"{case.rail}_webhook"
    at_the_samples_instant(rig)
    found = rig.engine.invoke(function, load(f"{function}/{case.name}.json"))
    assert found["statusCode"] == case.status, found
    assert found["body"] == ""


@pytest.mark.usefixtures("samples_endpoints")
@pytest.mark.parametrize("case", WEBHOOKS.values(), ids=WEBHOOKS)
def test_a_delivery_through_the_api_is_answered_as_decided(rig: Rig, case: Case) -> None:
    at_the_samples_instant(rig)
    answer = deliver(rig, case.rail, case.endpoint_key or KEYS[case.rail], case.raw, case.headers)
    # A body that is not text reaches no function as it was sent: its signature cannot hold.
    expected = case.status if case.raw.decode("utf-8", "replace").encode() == case.raw else 401
    assert (answer.status_code, answer.content) == (expected, b"")


@pytest.mark.usefixtures("samples_endpoints")
@pytest.mark.parametrize("rail", sorted(KEYS))
def test_hostile_deliveries_are_refused_and_never_stored(rig: Rig, rail: str) -> None:
    before = stored(rig)
    rich = {"X-Ramp-Signature": "0" * 64, "Stripe-Signature": "t=1,v1=00", "Intuit-Signature": "AA"}
    key = KEYS[rail]
    assert deliver(rig, rail, key, b"x" * 600_000, rich).status_code == 413
    for raw in (b"", b"\x00" * 64, b"\xff\xfe", b"[" * 100_000, b"{}"):
        assert deliver(rig, rail, key, raw, rich).status_code == 401
        assert deliver(rig, rail, key, raw, {}).status_code == 401
    for strange in ("x" * 15, "x" * 65, "endpoint%2F..%2Fsecrets", "%00%00%00%00%00%00%00%00"):
        assert deliver(rig, rail, strange, b"{}", rich).status_code in (401, 403, 404)
    assert stored(rig) - before <= {f"{FIRM}/inbox/{rail}/{key}/sweep"}


def deliver(rig: Rig, rail: str, key: str, raw: bytes, headers: dict[str, str]) -> httpx.Response:
    sent = {"Content-Type": "application/json", **headers}
    return rig.http.post(f"{rig.api_url}/webhooks/{rail}/{key}", content=raw, headers=sent)


def stored(rig: Rig) -> set[str]:
    """Rows of the inbox; requests for a sweep without their quarter of an hour."""
    dynamodb = rig.engine.client("dynamodb")
    pages = dynamodb.get_paginator("scan").paginate(TableName=rig.engine.tables["InboxTable"])
    keys = [row["pk"]["S"] for page in pages for row in page["Items"]]
    return {re.sub(r"/sweep-.*", "/sweep", key) for key in keys}
