"""The four functions as they are deployed: what importing them loads, and one call of AWS per
delivery.
"""

from __future__ import annotations

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from rowcol import wiring_intake
from rowcol.wiring_intake import WebhookHandler
from tests.support.webhooks.base import FIRM, KEYS, RAMP_SECRET, Case
from tests.support.webhooks.cases import all_cases
from tests.support.webhooks.ports import StandingClock
from tests.unit.webhooks.test_inbox import make_table

ROOT = pathlib.Path(__file__).resolve().parents[3]
HEAVY = ("boto3", "httpx", "pydantic", "aws_lambda_powertools", "jwt")
PROBE = "import handler, json, sys; print(json.dumps(sorted(sys.modules)))"
BY_NAME = {(case.rail, case.name): case for case in all_cases()}


@pytest.mark.parametrize("rail", sorted(KEYS))
def test_importing_needs_no_environment_and_loads_nothing_heavy(rail: str) -> None:
    folders = (ROOT / "layers" / "common", ROOT / "functions" / f"{rail}_webhook")
    environment = {"PYTHONPATH": os.pathsep.join(map(str, folders)), "PATH": os.environ["PATH"]}
    done = subprocess.run(
        [sys.executable, "-c", PROBE], env=environment, capture_output=True, text=True, check=True
    )
    loaded = set(json.loads(done.stdout))
    assert not loaded & set(HEAVY)
    assert rail == "plaid" or "cryptography" not in loaded


def load(rail: str) -> WebhookHandler:
    path = ROOT / "functions" / f"{rail}_webhook" / "handler.py"
    spec = importlib.util.spec_from_file_location(f"{rail}_handler", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.handler
    assert isinstance(made, WebhookHandler)
    made.clock = StandingClock()
    return made


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """AWS behind the deployed wiring; every call is counted."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
        "INBOX_TABLE": "inbox",
        "PARAMETER_PREFIX": "/rowcol/test",
        "PLAID_BASE_URL": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    made = (wiring_intake.session, wiring_intake.dynamodb, wiring_intake.ssm)
    for cached in made:
        cached.cache_clear()
    with mock_aws():
        make_table(wiring_intake.dynamodb())
        settings = {"firm": FIRM, "client": "c", "secrets": [RAMP_SECRET]}
        name = f"/rowcol/test/endpoints/ramp/{KEYS['ramp']}"
        wiring_intake.ssm().put_parameter(
            Name=name, Value=json.dumps(settings), Type="SecureString"
        )
        counted: Counter[str] = Counter()
        for client in (wiring_intake.dynamodb(), wiring_intake.ssm()):
            events: Any = client.meta.events
            events.register("before-call", lambda model, **_: counted.update([model.name]))
        yield counted
    for cached in made:
        cached.cache_clear()


def send(handler: WebhookHandler, case: Case) -> object:
    return handler(case.event(), None)["statusCode"]


def test_one_call_for_a_new_delivery_and_one_for_a_duplicate(
    calls: Counter[str], capsys: pytest.CaptureFixture[str]
) -> None:
    handler = load("ramp")
    assert send(handler, BY_NAME["ramp", "pretty_body"]) == 200
    assert calls == {"GetParameter": 1, "PutItem": 1}
    for name in ("bill_paid", "bill_paid_again"):
        calls.clear()
        assert send(handler, BY_NAME["ramp", name]) == 200
        assert calls == {"PutItem": 1}
    calls.clear()
    assert send(handler, BY_NAME["ramp", "id_reused"]) == 200
    assert calls == {"PutItem": 2}
    outcomes = [json.loads(line)["outcome"] for line in capsys.readouterr().out.splitlines()]
    assert outcomes == ["stored", "stored", "duplicate", "quarantined"]


def test_rejections_cost_nothing_but_one_sweep_request(
    calls: Counter[str], capsys: pytest.CaptureFixture[str]
) -> None:
    handler = load("ramp")
    for _ in range(5):
        assert send(handler, BY_NAME["ramp", "bad_signature"]) == 401
        assert send(handler, BY_NAME["ramp", "unknown_endpoint"]) == 401
    assert calls == {"GetParameter": 2, "PutItem": 1}
    assert len(capsys.readouterr().out.splitlines()) == 10


def test_a_missing_table_is_503(
    calls: Counter[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("INBOX_TABLE", "nowhere")
    assert send(load("ramp"), BY_NAME["ramp", "bill_paid"]) == 503
    assert calls["PutItem"] == 1
    assert "ResourceNotFoundException" in capsys.readouterr().out


def test_plaid_without_its_app_parameter_is_503(
    calls: Counter[str], capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"/rowcol/test/endpoints/plaid/{KEYS['plaid']}"
    settings = json.dumps({"firm": FIRM, "secrets": [], "environment": "production"})
    wiring_intake.ssm().put_parameter(Name=name, Value=settings, Type="SecureString")
    assert send(load("plaid"), BY_NAME["plaid", "sync_updates"]) == 503
    assert calls["PutItem"] == 0
    assert "apps/plaid" in capsys.readouterr().out
