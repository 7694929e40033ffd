"""On the engine: the day's checkpoint, evidence that rests on it, files of lists by links.

The engine's CloudFormation leaves Object Lock out: tests/unit/storage tries it as moto plays it.
"""

from __future__ import annotations

import csv
import io
import json
import urllib.error
import urllib.request
from typing import Any

import pytest

from local.demo.firm import DemoClient
from rowcol.domain.chain_file import end_of, verify_lines
from rowcol.domain.checkpoint import checkpoint_read
from rowcol.service.evidence import verify_evidence
from tests.support.rig.calls import call
from tests.support.rig.stack import Rig, eventually


@pytest.fixture(scope="module")
def client(rig: Rig) -> DemoClient:
    rig.early()
    return rig.client(("10.00", "20.00"))


def fetched(link: str) -> bytes:
    with urllib.request.urlopen(link, timeout=30) as answer:  # noqa: S310  # of our own engine
        content: bytes = answer.read()
        return content


def exported(rig: Rig, client: DemoClient, **asked: Any) -> tuple[dict[str, Any], bytes]:
    """A finished export and its file."""
    answer = call(rig, "POST", f"/clients/{client.id}/exports", json.dumps(asked))
    assert answer.status_code == 202, answer.text

    def done() -> dict[str, Any] | None:
        found: dict[str, Any] = call(rig, "GET", answer.headers["location"]).json()
        return found if found["state"] != "running" else None

    shown = eventually(done, "the export to end")
    assert shown["state"] == "done", shown
    return shown, fetched(shown["link"])


def test_lists_come_by_links_as_text_workbook_and_lines(rig: Rig, client: DemoClient) -> None:
    shown, content = exported(rig, client, list="listBills", format="csv", with_bom=True)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == shown["rows"] == 2
    assert len(content) == shown["size_bytes"]
    _, book = exported(rig, client, list="listBills", format="xlsx")
    assert book.startswith(b"PK")
    _, log = exported(rig, client, list="listAudit", format="jsonl")
    lines = log.splitlines(keepends=True)
    assert verify_lines(lines[:-1], end_of(lines[-1])).intact
    with pytest.raises(urllib.error.HTTPError):
        fetched(shown["link"].replace("X-Amz-Signature=", "X-Amz-Signature=0"))


def test_every_list_can_be_read_by_the_function_that_exports_it(
    rig: Rig, client: DemoClient
) -> None:
    """With the rights that the template gives it."""
    for name in ("listPayments", "listSyncs", "listTray", "listConnections", "listVendors"):
        exported(rig, client, list=name, format="csv")


def test_a_checkpoint_is_taken_once_and_is_what_proofs_rest_on(
    rig: Rig, client: DemoClient
) -> None:
    payment = rig.pay(client)
    first = rig.engine.invoke("checkpoints", {})
    again = rig.engine.invoke("checkpoints", {})
    assert (first["hash"], first["day"]) == (again["hash"], again["day"])
    assert again["is_new"] is False
    proof = call(rig, "GET", f"/clients/{client.id}/audit/verify").json()
    assert proof["intact"] is True
    assert proof["checkpoint"]["hash"] == first["hash"]
    pack = call(rig, "GET", f"/clients/{client.id}/payments/{payment}/evidence").json()
    s3, bucket = rig.engine.client("s3"), rig.engine.outputs["CheckpointsBucket"]
    key = f"checkpoints/{first['day']}.json"
    text = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    assert checkpoint_read(text).statement.hash == first["hash"]
    assert verify_evidence.problems(pack, json.loads(text)) == []
    page = call(rig, "GET", f"/clients/{client.id}/payments/{payment}/evidence?format=html")
    assert verify_evidence.read(page.text)[1] == []
