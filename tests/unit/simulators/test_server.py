"""The same rails over HTTP: control API, deliveries, dropped connections, and kill -9."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from local.simulators.core import Ambient
from local.simulators.document import Document
from local.simulators.ramp import RampCore
from local.simulators.sample import RAMP_APP, sample_world
from local.simulators.server import SimulatorServer

ROOT = Path(__file__).resolve().parents[3]
WAIT_SECONDS = 20.0


def wait_for(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + WAIT_SECONDS
    while not (found := what()):
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)
    return found


@pytest.fixture
def endpoint() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A webhook endpoint that answers 500 once, then 200."""
    seen: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            seen.append({"body": json.loads(body), "headers": dict(self.headers.items())})
            self.send_response(500 if len(seen) == 1 else 200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/hook", seen
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def ramp() -> Iterator[SimulatorServer]:
    core = RampCore(Document(), Ambient(lambda: datetime.now(UTC), "1"))
    with SimulatorServer(core) as server:
        yield server


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10, trust_env=False) as client:
        yield client


def seed(http: httpx.Client, url: str, webhook: str | None = None) -> tuple[str, str]:
    """Seed over HTTP; gives a token and a bill id."""
    hooks = {"ramp": webhook} if webhook else None
    world = sample_world(datetime.now(UTC).date(), webhooks=hooks)
    answer = http.post(f"{url}/_sim/seed", json=world.seeds["ramp"]).json()
    token = answer["businesses"][0]["tokens"]["access_token"]
    return token, world.clients[0].bill_id(1)


def test_control_api(ramp: SimulatorServer, http: httpx.Client) -> None:
    token, bill = seed(http, ramp.url)
    head = {"authorization": f"Bearer {token}"}
    bills = f"{ramp.url}/developer/v1/bills"
    assert http.get(f"{ramp.url}/_sim/health").json()["ready"] is True
    page = http.get(f"{bills}?page_size=2", headers=head).json()
    assert page["page"]["next"].startswith(f"{bills}?")
    fault = {"kind": "throttle", "times": 1, "match": {"path": "/bills$"}}
    assert http.post(f"{ramp.url}/_sim/faults", json=fault).json()["hits"] == 0
    assert http.get(bills, headers=head).status_code == 429
    assert http.get(bills, headers=head).status_code == 200
    assert http.get(f"{ramp.url}/_sim/faults").json()["faults"][0]["hits"] == 1
    calls = http.get(f"{ramp.url}/_sim/calls").json()
    assert calls["paths"]["GET /developer/v1/bills"]["statuses"] == {"200": 2, "429": 1}
    act = {"action": "await_release", "bill_id": bill}
    shown = http.post(f"{ramp.url}/_sim/actions", json=act).json()
    assert shown["status_summary"] == "AWAITING_RELEASE"
    clock = http.post(f"{ramp.url}/_sim/clock", json={"freeze": True}).json()
    moved = http.post(f"{ramp.url}/_sim/clock", json={"advance_seconds": 86_400}).json()
    assert moved["frozen_at"] > clock["frozen_at"]
    assert http.post(f"{ramp.url}/_sim/clock", json={"tomorrow": 1}).status_code == 400
    assert http.post(f"{ramp.url}/_sim/faults", json={"kind": "x"}).status_code == 400
    assert http.get(f"{ramp.url}/_sim/nothing").status_code == 404
    assert http.get(f"{ramp.url}/_sim/state").json()["tables"]["bills"] == 3
    assert http.post(f"{ramp.url}/_sim/reset", json={}).json() == {"reset": True}
    assert "bills" not in http.get(f"{ramp.url}/_sim/state").json()["tables"]


def test_browsers_and_other_names_cannot_reach_the_levers(
    ramp: SimulatorServer, http: httpx.Client
) -> None:
    url = f"{ramp.url}/_sim/state"
    assert http.get(url, headers={"origin": "https://evil.test"}).status_code == 403
    assert http.get(url, headers={"host": "rebound.test"}).status_code == 403


def test_webhooks_are_delivered_and_retried(
    ramp: SimulatorServer, http: httpx.Client, endpoint: tuple[str, list[dict[str, Any]]]
) -> None:
    address, seen = endpoint
    seed(http, ramp.url, address)
    client = sample_world(datetime.now(UTC).date()).clients[0]
    bill = {"vendor_id": client.vendor_id, "amount": "9.00"}
    later = {"businesses": [{"id": client.business_id, "bills": [bill]}]}
    http.post(f"{ramp.url}/_sim/seed", json=later)
    wait_for(lambda: len(seen) == 3)  # created and approved, one of them twice
    ids = [delivery["body"]["id"] for delivery in seen]
    assert ids.count(ids[0]) <= 2
    assert all("X-Ramp-Signature" in delivery["headers"] for delivery in seen)

    def states() -> set[str]:
        rows = http.get(f"{ramp.url}/_sim/deliveries").json()["deliveries"]
        return {row["state"] for row in rows}

    wait_for(lambda: states() == {"delivered"})


def test_a_dropped_connection(ramp: SimulatorServer, http: httpx.Client) -> None:
    token, bill = seed(http, ramp.url)
    head = {"authorization": f"Bearer {token}"}
    http.post(f"{ramp.url}/_sim/faults", json={"kind": "disconnect_with_effect", "times": 1})
    url = f"{ramp.url}/developer/v1/bills/{bill}"
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        http.patch(url, headers=head, json={"memo": "written all the same"})
    assert http.get(url, headers=head).json()["memo"] == "written all the same"


def start(data: Path) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    status = data / "status.json"
    status.unlink(missing_ok=True)
    command = [sys.executable, "-m", "local.simulators", "--data", str(data)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    wait_for(lambda: status.exists() or process.poll() is not None)
    found: dict[str, Any] = json.loads(status.read_text(encoding="utf-8"))
    return process, found


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(WAIT_SECONDS)


def test_all_rails_as_processes_and_nothing_acknowledged_is_lost(
    tmp_path: Path, http: httpx.Client
) -> None:
    process, status = start(tmp_path)
    urls = status["urls"]
    world = sample_world(datetime.now(UTC).date())
    answers = {
        rail: http.post(f"{urls[rail]}/_sim/seed", json=world.seeds[rail]).json() for rail in urls
    }
    token = answers["ramp"]["businesses"][0]["tokens"]["access_token"]
    bill = world.clients[0].bill_id(1)
    day = "2030-01-07"
    path = f"/developer/v1/bills/{bill}"
    head = {"authorization": f"Bearer {token}"}
    written = http.patch(urls["ramp"] + path, headers=head, json={"payment_date": day})
    assert written.status_code == 200
    os.kill(status["pids"]["ramp"], signal.SIGKILL)
    process.wait(WAIT_SECONDS)  # the launcher ends with the first rail that does

    process, status = start(tmp_path)
    urls = status["urls"]
    try:
        kept = http.get(urls["ramp"] + path, headers=head).json()
        assert kept["payment"]["payment_date"] == f"{day}T00:00:00+00:00"
        for rail in ("ramp", "qbo", "plaid"):
            http.post(f"{urls[rail]}/_sim/clock", json={"freeze": True})
            http.post(f"{urls[rail]}/_sim/clock", json={"advance_to": "2030-01-07T23:00:00+00:00"})

        def booked() -> bool:
            for rail in ("ramp", "qbo", "plaid"):
                http.post(f"{urls[rail]}/_sim/clock", json={"advance_seconds": 86_400})
            realm = world.clients[0].realm_id
            rows = http.get(f"{urls['qbo']}/_sim/state/{realm}%2FBillPayment").json()
            lines = http.get(f"{urls['plaid']}/_sim/state/bank_lines").json()
            return len(rows) == 1 and len(lines) == 1

        wait_for(booked)
        issued = http.post(f"{urls['oidc']}/token", json={"sub": "advisor-1"}).json()
        assert issued["token_type"] == "Bearer"
        http.post(f"{urls['ramp']}/_sim/clock", json={"advance_seconds": 10 * 86_400})
        rows = http.get(f"{urls['ramp']}/_sim/state/bills").json()
        assert rows[bill]["status"] == "PAID"
    finally:
        stop(process)


def test_one_rail_alone(tmp_path: Path, http: httpx.Client) -> None:
    status = tmp_path / "ready.json"
    command = [sys.executable, "-m", "local.simulators.plaid", "--data", str(tmp_path / "d")]
    command += ["--status", str(status), "--settings", '{"environment": "sandbox"}']
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    wait_for(status.exists)
    url = json.loads(status.read_text(encoding="utf-8"))["url"]
    assert http.get(f"{url}/_sim/settings").json()["environment"] == "sandbox"
    seeded = http.post(
        f"{url}/_sim/seed", json={"clients": [{"client_id": RAMP_APP["client_id"], "secret": "s"}]}
    )
    assert seeded.status_code == 200
    stop(process)
    assert process.returncode == 0
