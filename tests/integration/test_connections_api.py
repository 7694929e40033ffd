"""A client is connected through the deployed API: consent, the browser's return, a test, an end."""

from __future__ import annotations

import uuid
from typing import Any

import httpx
import pytest

from local.demo.firm import DemoClient
from tests.support.rig.stack import Rig

BEN = "ben-partner"


@pytest.fixture(scope="module")
def client(rig: Rig) -> DemoClient:
    return rig.client(("100.00",))


def ask(
    rig: Rig, client: DemoClient, method: str, path: str, *, step_up: bool = False
) -> httpx.Response:
    headers = {
        "Authorization": f"Bearer {rig.token(BEN, step_up=step_up)}",
        "Idempotency-Key": str(uuid.uuid4()),
    }
    url = f"{rig.api_url}/clients/{client.id}/connections{path}"
    return rig.http.request(method, url, headers=headers)


def shown(rig: Rig, client: DemoClient, rail: str) -> dict[str, Any]:
    rows = ask(rig, client, "GET", "").json()["items"]
    return next(row for row in rows if row["rail"] == rail)


@pytest.mark.parametrize(("rail", "told"), [("ramp", "business_id"), ("qbo", "realm_id")])
def test_a_client_consents_and_is_connected(
    rig: Rig, client: DemoClient, rail: str, told: str
) -> None:
    asked = ask(rig, client, "POST", f"/{rail}/authorize")
    assert asked.status_code == 201, asked.text
    page = httpx.URL(asked.json()["url"])
    local = f"http://127.0.0.1:{rig.ports.by_rail[rail]}{page.path}"
    chosen = {**dict(page.params), told: getattr(client, told)}
    agreed = rig.http.get(local, params=chosen)
    assert agreed.status_code == 302, agreed.text
    back = agreed.headers["location"]
    assert back.startswith(f"{rig.api_url}/connections/{rail}/callback")
    came = rig.http.get(back)
    assert (came.status_code, "connected" in came.text) == (200, True), came.text
    again = rig.http.get(back)
    assert "state_unknown" in again.text
    row = shown(rig, client, rail)
    assert (row["state"], row["connected_by"], row["tenant_id"]) == (
        "healthy",
        BEN,
        getattr(client, told),
    )
    tried = ask(rig, client, "POST", f"/{rail}/test")
    assert tried.status_code == 200, tried.text
    assert tried.json()["checks"][0] == {
        **tried.json()["checks"][0],
        "check": "credentials",
        "found": "ok",
    }
