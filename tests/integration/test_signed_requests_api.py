"""A machine decides through the deployed API: key registered, requests signed by `rowcol sign`."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from local.cli import main
from local.demo.firm import FIRM, DemoClient
from rowcol.domain.scope import ActorKind, Scope
from tests.support.rig.stack import Rig

ANN, BEN, ROBOT = "ann-advisor", "ben-partner", "payables-robot"
BILLS = ("400.00", "300.00")


class Robot:
    """The machine, which signs with what the command line prints."""

    def __init__(self, rig: Rig, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.rig, self.folder, self.capsys = rig, folder, capsys
        self.key = folder / "robot.pem"
        # A new one for each test: a key that was revoked is never registered again.
        made = Ed25519PrivateKey.generate().private_bytes(
            Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
        )
        self.key.write_bytes(made)

    def rowcol(self, *arguments: str) -> str:
        """What `rowcol` prints."""
        self.capsys.readouterr()
        assert main(["--data", str(self.rig.data), *arguments]) == 0
        return self.capsys.readouterr().out

    def registration(self) -> str:
        """The body that registers the key."""
        return self.rowcol("machine-key", ROBOT, "--key", str(self.key))

    def signed(
        self, method: str, path: str, body: str = "", key: str | None = None
    ) -> httpx.Request:
        """A signed request, ready to be sent."""
        content = self.folder / "body.json"
        content.write_text(body, encoding="utf-8")
        url = f"{self.rig.api_url}{path}"
        given = [f"Authorization: Bearer {self.rig.token(ROBOT)}"]
        if method == "POST":
            given.append(f"Idempotency-Key: {key or uuid.uuid4()}")
        headers = [part for line in given for part in ("--header", line)]
        printed = self.rowcol(
            "sign", "--key", str(self.key), "--method", method, "--url", url,
            "--body", str(content), *headers,
        )  # fmt: skip
        lines = dict(line.split(": ", 1) for line in printed.splitlines())
        return self.rig.http.build_request(method, url, content=body.encode(), headers=lines)

    def send(self, request: httpx.Request) -> httpx.Response:
        return self.rig.http.send(request)


@pytest.fixture
def robot(rig: Rig, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Robot]:
    """With a key that is registered, and revoked in the end."""
    rig.early()
    made = Robot(rig, tmp_path, capsys)
    token = rig.token(ANN, step_up=True)
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid.uuid4())}
    path = f"{rig.api_url}/machines/{ROBOT}/keys"
    registered = rig.http.post(path, content=made.registration(), headers=headers)
    assert registered.status_code == 201, registered.text
    yield made
    ben = {"Authorization": f"Bearer {rig.token(BEN)}"}
    revoked = rig.http.delete(f"{path}/{registered.json()['id']}", headers=ben)
    assert revoked.status_code == 200, revoked.text
    answer = made.send(made.signed("POST", "/clients/none/decisions", "{}"))
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")


@pytest.fixture(scope="module")
def client(rig: Rig) -> DemoClient:
    rig.early()
    return rig.client(BILLS)


def test_a_machine_decides(rig: Rig, robot: Robot, client: DemoClient) -> None:
    bill = client.bill_id(1)
    staged = robot.send(robot.signed("POST", f"/clients/{client.id}/bills/{bill}/stage"))
    assert staged.status_code == 201, staged.text
    wish = json.dumps({"bill_id": bill, "action": "pay_now"}, indent=2)
    key = str(uuid.uuid4())
    first = robot.signed("POST", f"/clients/{client.id}/decisions", wish, key)
    decided = robot.send(first)
    assert decided.status_code == 202, decided.text
    # Sent once more as it is, it was used; signed anew under the same key, it is answered again.
    again = robot.send(first)
    assert (again.status_code, again.json()["code"]) == (401, "nonce_reused")
    answered = robot.send(robot.signed("POST", f"/clients/{client.id}/decisions", wish, key))
    assert (answered.status_code, answered.json()) == (202, decided.json())
    assert answered.headers["Idempotency-Replayed"] == "true"
    [entry] = rig.books(client).entries_of_payment(decided.json()["payment_id"])[:1]
    assert (entry.actor.kind, entry.actor.id) == (ActorKind.MACHINE, ROBOT)
    assert entry.actor.responsible_id == ANN


def test_nothing_is_done_without(rig: Rig, robot: Robot, client: DemoClient) -> None:
    bill, path = client.bill_id(2), f"/clients/{client.id}/bills/{client.bill_id(2)}/stage"
    before = rig.log_length(client)
    request = robot.signed("POST", path)
    for header in ("Signature", "Signature-Input"):
        del request.headers[header]
    answer = robot.send(request)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_required"), bill
    other = robot.signed("POST", f"/clients/{client.id}/bills/{client.bill_id(1)}/stage")
    moved = rig.http.build_request("POST", f"{rig.api_url}{path}", headers=other.headers)
    answer = robot.send(moved)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
    tampered = robot.signed("POST", f"/clients/{client.id}/decisions", '{"bill_id": "a"}')
    changed = rig.http.build_request(
        "POST", tampered.url, content=b'{"bill_id": "b"}', headers=tampered.headers
    )
    answer = robot.send(changed)
    assert answer.json()["numbers"]["problem"] == "digest_mismatch"
    assert rig.log_length(client) == before
    [refused] = [
        entry
        for entry in rig.store.books(Scope(FIRM)).entries(limit=1_000)
        if entry.type == "machine.signature_refused" and entry.data["reason"] == "not_sent"
    ][-1:]
    assert refused.actor.id == ROBOT


def test_reads_need_no_signature(rig: Rig, robot: Robot, client: DemoClient) -> None:
    headers = {"Authorization": f"Bearer {rig.token(ROBOT)}"}
    answer = rig.http.get(f"{rig.api_url}/clients/{client.id}/console", headers=headers)
    assert answer.status_code == 200, answer.text
    assert robot.key.exists()
