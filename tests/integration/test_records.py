"""Records through the deployed API: told, confirmed, and the journal as files of their own type."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from typing import Any

import httpx

from local.demo.firm import DemoClient
from rowcol.edge.download import XLSX
from tests.support.rig.calls import call, problem
from tests.support.rig.stack import Rig, eventually


def record(rig: Rig, client: DemoClient, **changes: Any) -> dict[str, Any]:
    """A draft of 12.34, paid today."""
    body = {
        "type": "vendor_payment",
        "amount": {"minor": 1_234, "currency": "USD"},
        "paid_on": str(rig.timeline.now().date()),
        "counterparty_name": "=Lakeside",
        **changes,
    }
    answer = call(rig, "POST", f"/clients/{client.id}/payments", json.dumps(body))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_record_is_confirmed_and_exported_as_text_and_as_a_workbook(rig: Rig) -> None:
    client = rig.client(("10.00",))
    made = record(rig, client)
    one = f"/clients/{client.id}/payments/{made['id']}"
    posted = call(rig, "POST", f"{one}/confirm")
    assert posted.status_code == 200, posted.text
    assert posted.json()["number"].endswith("-000001")
    export = f"/clients/{client.id}/lists/listJournal?format="

    def answered(kind: str, accept: str, fits: Callable[[httpx.Response], bool]) -> httpx.Response:
        """The list follows the write within a moment."""

        def ready() -> httpx.Response | None:
            found = call(rig, "GET", export + kind, Accept=accept)
            assert found.status_code == 200, found.text
            return found if fits(found) else None

        return eventually(ready, "the entry in the journal")

    text = answered("csv", "text/csv", lambda found: found.text.count("\r\n") == 3)
    assert text.headers["content-type"].startswith("text/csv")
    assert [row["counterparty_name"] for row in csv.DictReader(io.StringIO(text.text))] == [
        "'=Lakeside",
        "'=Lakeside",
    ]
    book = answered("xlsx", XLSX, lambda found: found.content.startswith(b"PK"))
    assert book.headers["content-type"] == XLSX
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        assert "=Lakeside" in parts.read("xl/worksheets/sheet1.xml").decode()
    problem(call(rig, "GET", f"{export}xlsx"), 400, "invalid_input")


def test_a_draft_is_changed_and_deleted_by_its_version(rig: Rig) -> None:
    client = rig.client(("10.00",))
    made = record(rig, client)
    one = f"/clients/{client.id}/payments/{made['id']}"
    problem(call(rig, "DELETE", one), 428, "version_required")
    problem(call(rig, "DELETE", one, If_Match='"9"'), 412, "version_mismatch")
    seen = call(rig, "GET", one)
    assert seen.headers["etag"] == '"1"'
    assert call(rig, "DELETE", one, If_Match=seen.headers["etag"]).status_code == 200
    problem(call(rig, "GET", one), 404, "not_found")
