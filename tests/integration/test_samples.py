"""Every file of events/, invoked on the engine, leads to what is written down for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from local.demo.firm import demo_bills
from tests.support.rig.stack import Rig
from tests.support.samples.compose import CLIENT, EXPECTED, Sample, all_samples
from tests.support.webhooks.base import EVENTS, NOW, Case, endpoints
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


@pytest.mark.usefixtures("samples_endpoints")
@pytest.mark.parametrize("case", WEBHOOKS.values(), ids=WEBHOOKS)
def test_a_webhook_sample_is_answered_as_decided(rig: Rig, case: Case) -> None:
    function = f"{case.rail}_webhook"
    offset = (NOW - datetime.now(UTC)).total_seconds()
    (rig.data / "clock.json").write_text(json.dumps({"offset_seconds": offset}), encoding="utf-8")
    found = rig.engine.invoke(function, load(f"{function}/{case.name}.json"))
    assert found["statusCode"] == case.status, found
    assert found["body"] == ""
