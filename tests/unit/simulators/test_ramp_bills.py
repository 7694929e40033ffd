"""Ramp's calls on bills, as section 12 of its contract demands."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.unit.simulators.conftest import Bench

BILL = "/bills/{}"


def bill_id(bench: Bench, place: int = 1) -> str:
    return bench.sample.clients[0].bill_id(place)


def read(bench: Bench, place: int = 1) -> Any:
    return bench.ramp_call("GET", f"/bills/{bill_id(bench, place)}").json()


@pytest.mark.parametrize(
    ("now", "asked", "taken"),
    [
        ("2026-11-05T15:00", "2026-11-07", "2026-11-09"),  # Saturday
        ("2026-11-05T15:00", "2026-11-11", "2026-11-12"),  # holiday
        ("2026-11-05T15:00", "2026-11-01", "2026-11-05"),  # past
        ("2026-11-05T18:59", "2026-11-05", "2026-11-05"),  # 13:59 in New York
        ("2026-11-05T19:00", "2026-11-05", "2026-11-06"),  # the cutoff
        ("2026-11-06T19:30", "2026-11-06", "2026-11-09"),  # Friday after the cutoff
    ],
)
def test_dates_are_moved_to_the_next_possible_day(
    bench: Bench, now: str, asked: str, taken: str
) -> None:
    bench.base.at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    answer = bench.ramp_call("PATCH", f"/bills/{bill_id(bench)}", {"payment_date": asked})
    assert answer.status_code == 200
    assert answer.json()["payment"]["payment_date"] == f"{taken}T00:00:00+00:00"
    assert answer.json()["status_summary"] == "PAYMENT_SCHEDULED"


def test_null_unschedules_and_may_be_repeated(bench: Bench) -> None:
    path = f"/bills/{bill_id(bench)}"
    bench.ramp_call("PATCH", path, {"payment_date": "2026-11-09"})
    for _ in range(2):
        answer = bench.ramp_call("PATCH", path, {"payment_date": None})
        assert answer.status_code == 200
        assert answer.json()["status_summary"] == "PAYMENT_READY"
    bench.to(datetime(2026, 11, 12, tzinfo=UTC))
    assert read(bench)["status_summary"] == "PAYMENT_READY"


def test_unknown_keys_are_422_and_change_nothing(bench: Bench) -> None:
    body = {"payment_date": "2026-11-09", "paymentdate": "x"}
    answer = bench.ramp_call("PATCH", f"/bills/{bill_id(bench)}", body)
    assert answer.status_code == 422
    assert answer.json()["error_v2"]["error_code"] == "DEVELOPER_7001"
    assert answer.json()["error_v2"]["additional_info"] == {"paymentdate": ["Unknown field."]}
    assert read(bench)["status_summary"] == "PAYMENT_READY"


def test_an_older_profile_does_not_know_the_levers(bench: Bench) -> None:
    bench.ramp.configure({"profile": "OA25/M0526"})
    path = f"/bills/{bill_id(bench)}"
    answer = bench.ramp_call("PATCH", path, {"payment_date": "2026-11-09"})
    assert answer.status_code == 422
    assert "payment_date" in answer.json()["error_v2"]["additional_info"]
    assert bench.ramp_call("POST", f"{path}/hold", {}).status_code == 404
    assert "bank_debit_trace_id" not in read(bench)["payment"]
    subscription = {"endpoint_url": "https://x.test/", "event_types": ["bills.paid"]}
    assert bench.ramp_call("POST", "/webhooks", subscription).status_code == 201
    subscription["event_types"] = ["bills.paid", "payments.updated"]
    assert bench.ramp_call("POST", "/webhooks", subscription).status_code == 422


def test_unapproved_bills_refuse_changes_until_somebody_approves(bench: Bench) -> None:
    client = bench.sample.clients[0]
    extra = {
        "id": client.business_id,
        "bills": [
            {
                "vendor_id": client.vendor_id,
                "amount": "10.00",
                "approval_status": "PENDING",
                "payment_date": "2026-11-09",
            }
        ],
    }
    seeded = bench.ramp.seed({"businesses": [extra]})
    key = seeded["businesses"][0]["bills"][0]
    assert bench.ramp_call("PATCH", f"/bills/{key}", {"payment_date": None}).status_code == 400
    assert bench.ramp_call("GET", f"/bills/{key}").json()["status_summary"] == "APPROVAL_PENDING"
    approved = bench.ramp.act("approve", bill_id=key)
    assert approved["status_summary"] == "PAYMENT_SCHEDULED"


def test_hold_takes_the_date_and_release_does_not_pay(bench: Bench) -> None:
    path = f"/bills/{bill_id(bench)}"
    bench.ramp_call("PATCH", path, {"payment_date": "2026-11-09"})
    held = bench.ramp_call("POST", f"{path}/hold", {"reason": "check it"}).json()
    assert (held["status_summary"], held["payment"]["payment_date"]) == ("ON_HOLD", None)
    assert bench.ramp_call("POST", f"{path}/hold", {}).status_code == 400
    assert bench.ramp_call("PATCH", path, {"payment_date": "2026-11-10"}).status_code == 400
    lifted = bench.ramp_call("POST", f"{path}/release").json()
    assert (lifted["status_summary"], lifted["payment"]["payment_date"]) == ("PAYMENT_READY", None)
    assert bench.ramp_call("POST", f"{path}/release").status_code == 400


def test_delete_archives_and_is_refused_for_paid_and_batched(bench: Bench) -> None:
    assert bench.ramp_call("DELETE", f"/bills/{bill_id(bench, 1)}").status_code == 204
    gone = read(bench, 1)
    assert gone["status_summary"] == "ARCHIVED"
    assert gone["archived_at"] is not None
    listed = bench.ramp_call("GET", "/bills").json()["data"]
    assert bill_id(bench, 1) not in {bill["id"] for bill in listed}
    archived = bench.ramp_call("GET", "/bills?is_archived=true").json()["data"]
    assert [bill["id"] for bill in archived] == [bill_id(bench, 1)]
    both = [bill_id(bench, 2), bill_id(bench, 3)]
    batch = bench.ramp.act("batch", bill_ids=both, payment_date="2026-11-09")
    assert {bill["payment"]["id"] for bill in batch["bills"]} == {batch["payment_id"]}
    assert {bill["payment"]["amount"]["amount"] for bill in batch["bills"]} == {50000}
    assert [bill["amount"]["amount"] for bill in batch["bills"]] == [20000, 30000]
    assert bench.ramp_call("DELETE", f"/bills/{both[0]}").status_code == 400
    assert bench.ramp_call("PATCH", f"/bills/{both[0]}", {"payment_date": None}).status_code == 400
    bench.to(datetime(2026, 11, 14, tzinfo=UTC))
    assert read(bench, 2)["status"] == "PAID"
    assert bench.ramp_call("DELETE", f"/bills/{both[0]}").status_code == 400


def test_decimals_in_integer_cents_out_and_approved_at_once(bench: Bench) -> None:
    client = bench.sample.clients[0]
    entity = bench.ramp_call("GET", "/entities").json()["data"][0]
    body = {
        "vendor_id": client.vendor_id,
        "entity_id": entity["id"],
        "invoice_number": "N-1",
        "invoice_currency": "USD",
        "issued_at": "2026-11-01",
        "due_at": "2026-11-30",
        "payment_method": "ACH",
        "line_items": [{"amount": "12.34"}, {"amount": "0.01"}],
    }
    answer = bench.ramp_call("POST", "/bills", body)
    assert answer.status_code == 201
    assert answer.json()["amount"]["amount"] == 1235
    assert answer.json()["approval_status"] == "APPROVED"
    del body["due_at"]
    assert bench.ramp_call("POST", "/bills", body).status_code == 422


def test_pages_are_absolute_and_sizes_bounded(bench: Bench) -> None:
    assert bench.ramp_call("GET", "/bills?page_size=1").status_code == 422
    assert bench.ramp_call("GET", "/bills?page_size=101").status_code == 422
    first = bench.ramp_call("GET", "/bills?page_size=2&payment_status=OPEN").json()
    following = first["page"]["next"]
    assert following.startswith("https://api.ramp.com/developer/v1/bills?")
    path = following.removeprefix("https://api.ramp.com/developer/v1")
    second = bench.ramp_call("GET", path).json()
    assert second["page"]["next"] is None
    places = [bill["id"] for bill in first["data"] + second["data"]]
    assert places == [bill_id(bench, place) for place in (1, 2, 3)]


def test_drafts_wait_for_approval_and_cannot_be_deleted(bench: Bench) -> None:
    client = bench.sample.clients[0]
    draft = bench.ramp_call("POST", "/bills/drafts", {"vendor_id": client.vendor_id})
    assert draft.status_code == 201
    key = draft.json()["id"]
    path = f"/bills/drafts/{key}"
    refused = bench.ramp_call("POST", f"{path}/submit")
    assert refused.status_code == 400
    assert refused.json()["error_v2"]["error_code"] == "BILL_PAY_7145"
    vendor = bench.ramp_call("GET", f"/vendors/{client.vendor_id}/contacts").json()
    change = {
        "due_at": "2026-11-30",
        "issued_at": "2026-11-01",
        "payment_method": "ACH",
        "vendor_contact_id": vendor["data"][0]["id"],
        "line_items": [{"amount": "5.00"}],
    }
    assert bench.ramp_call("PATCH", path, change).status_code == 200
    assert bench.ramp_call("DELETE", path).status_code == 405
    submitted = bench.ramp_call("POST", f"{path}/submit")
    assert submitted.status_code == 201
    assert submitted.json()["draft_bill_id"] == key
    assert submitted.json()["status_summary"] == "APPROVAL_PENDING"
