"""Answers of the QBO simulator beside the samples of the rail's contract.

Needs the rail contracts beside the repository; without them it is skipped.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.unit.simulators.conftest import make_bench

RAILS = Path(__file__).resolve().parents[3].parent / "shared" / "rails"
pytestmark = pytest.mark.skipif(not RAILS.exists(), reason="the rail contracts are not here")


def shape(value: Any) -> Any:
    """Keys and kinds, deeply; lists by their first element."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else type(value).__name__


def example(name: str) -> Any:
    return json.loads((RAILS / "qbo" / name).read_text(encoding="utf-8"))["body"]


def test_qbo_answers_look_like_the_samples() -> None:
    bench = make_bench()
    client = bench.sample.clients[0]
    bench.ramp_call("PATCH", f"/bills/{client.bill_id(1)}", {"payment_date": "2026-11-09"})
    bench.to(datetime(2026, 11, 12, tzinfo=UTC))
    bill = bench.query("select * from Bill where DocNumber = 'INV-01-001'")["Bill"][0]
    payment = bench.query("select * from BillPayment")["BillPayment"][0]
    read_bill = bench.qbo_call("GET", f"/bill/{bill['Id']}").json()
    read_payment = bench.qbo_call("GET", f"/billpayment/{payment['Id']}").json()
    assert set(read_bill["Bill"]) >= set(example("read_bill.json")["Bill"])
    wanted = shape(example("read_billpayment.json"))
    assert shape(read_payment)["BillPayment"].keys() >= wanted["BillPayment"].keys()
    assert shape(read_payment)["BillPayment"]["Line"] == wanted["BillPayment"]["Line"]
    bench.base.move(seconds=1)
    stale = bench.qbo_call("POST", "/bill", {**bill, "SyncToken": "99"}).json()
    assert stale["Fault"] == example("fault_5010_stale.json")["Fault"]
    missing = bench.qbo_call("GET", "/bill/999999").json()
    assert missing["Fault"] == example("fault_610_not_found.json")["Fault"]
    note = bench.query("select * from Bill where PrivateNote = 'x'")
    sample = example("fault_4001_not_queryable.json")["Fault"]["Error"][0]
    assert note["Fault"]["Error"][0].items() >= sample.items()
    empty = bench.query("select * from Bill where DocNumber = 'NOPE'")
    assert empty == example("query_empty.json")["QueryResponse"]
    bench.base.move(seconds=1)
    nobody = bench.http.get(
        f"https://quickbooks.api.intuit.com/v3/company/{client.realm_id}/bill/1"
    )
    assert shape(nobody.json()) == shape(example("fault_401_expired.json"))
    statuses = [bench.qbo_call("GET", "/companyinfo/1") for _ in range(12)]
    xml = (RAILS / "qbo" / "fault_429.xml").read_text(encoding="utf-8")
    strip = re.compile(r'time="[^"]*"')
    assert strip.sub("", statuses[-1].text).split() == strip.sub("", xml).split()
