"""The edge: proxy events to deliveries, one line per delivery, and the files in events/."""

from __future__ import annotations

import base64
import json

import pytest

from rowcol.edge.webhook import handle, to_delivery
from rowcol.service.intake import Answer, accept
from rowcol.storage.inbox_memory import MemoryInbox
from tests.support.webhooks.base import EVENTS, Case
from tests.support.webhooks.cases import all_cases
from tests.support.webhooks.ports import make_ports


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: f"{case.rail}-{case.name}")
def test_each_file_is_what_is_composed_and_what_was_signed(case: Case) -> None:
    path = EVENTS / f"{case.rail}_webhook" / f"{case.name}.json"
    event = json.loads(path.read_text())
    assert event == case.event()
    assert to_delivery(event).raw == case.raw


def test_there_is_no_other_file() -> None:
    on_disk = {(p.parent.name, p.stem) for p in EVENTS.glob("*_webhook/*.json")}
    assert on_disk == {(f"{case.rail}_webhook", case.name) for case in all_cases()}


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: f"{case.rail}-{case.name}")
def test_the_line_names_the_outcome_and_never_the_content(case: Case) -> None:
    ports = make_ports(case.rail, MemoryInbox())
    lines: list[str] = []
    response = handle(case.rail, case.event(), lambda d: accept(d, ports), lines.append)
    assert response["statusCode"] == case.status
    (line,) = lines
    record = json.loads(line)
    metric = record["_aws"]["CloudWatchMetrics"][0]
    assert record[metric["Metrics"][0]["Name"]] == 1
    assert metric["Dimensions"] == [["rail"]]
    assert record["rail"] == case.rail
    for secret in (*case.headers.values(), case.raw.decode("utf-8", "replace") or "no body"):
        assert secret not in line
    if record.get("code") == "endpoint_unknown":
        assert "endpoint_key" not in record
    # What a rail itself may have lost is counted apart from strangers at the door.
    names = [one["Name"] for one in metric["Metrics"]]
    is_here = case.status == 401 and record.get("code") != "endpoint_unknown"
    assert ("WebhookRejectedHere" in names) is ("WebhookRejectedHere" in record) is is_here


def test_headers_of_any_case_are_found_and_sent_twice_are_joined() -> None:
    several = {"X-RAMP-Signature": ["a", "b"], "Cookie": ["c"]}
    assert to_delivery({"multiValueHeaders": several}).headers == {"x-ramp-signature": "a,b"}
    assert to_delivery({"headers": {"STRIPE-signature": "t=1"}}).headers == {
        "stripe-signature": "t=1"
    }


def test_the_body_is_the_bytes_that_were_sent() -> None:
    raw = b'{"a":"\xc3\xa9"}\n\xff'
    encoded = {"body": base64.b64encode(raw).decode(), "isBase64Encoded": True}
    assert to_delivery(encoded).raw == raw
    assert to_delivery({"body": "é\r\n"}).raw == b"\xc3\xa9\r\n"
    assert to_delivery({"body": None}).raw == b""
    assert to_delivery({"body": "not base64!", "isBase64Encoded": True}).raw == b""


def test_a_hostile_request_id_cannot_break_the_line() -> None:
    lines: list[str] = []
    event = {"requestContext": {"requestId": 'x\n{"level":"INFO"}\u2028\u202e' + "y" * 500}}
    handle("ramp", event, lambda _: Answer(401, "rejected", "signature_missing"), lines.append)
    assert lines[0].isascii()
    assert "\n" not in lines[0]
    assert len(json.loads(lines[0])["request_id"]) == 200
