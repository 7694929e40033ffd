"""The simulators beside the samples of the rails' contracts: same keys, same states, same errors;
and every sample request is taken."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from local.simulators.messages import Json
from local.simulators.sample import RAMP_APP
from tests.contract.simulators.plaid_tour import PlaidTour
from tests.contract.simulators.ramp_tour import RampTour
from tests.contract.simulators.subset import HERE, samples

pytestmark = pytest.mark.skipif(not HERE, reason="the rail contracts are not here")
_STATES: dict[str, Callable[[RampTour, str], None]] = {
    "bill.approval_pending": lambda tour, key: _set(tour, key, "PENDING", "APPROVAL_PENDING"),
    "bill.rejected": lambda tour, key: _act(tour, "reject", key),
    "bill.details_missing": lambda tour, key: _act(
        tour, "set_state", key, state="PAYMENT_DETAILS_MISSING"
    ),
    "bill.ready": lambda tour, key: None,
    "bill.scheduled": lambda tour, key: _patch(tour, key, payment_date="2026-11-09"),
    "bill.rescheduled": lambda tour, key: _patch(tour, key, payment_date="2026-11-10"),
    "bill.awaiting_release": lambda tour, key: _scheduled(tour, "await_release", key),
    "bill.on_hold": lambda tour, key: tour.want(200, "POST", f"/bills/{key}/hold"),
    "bill.held_by_provider": lambda tour, key: _running(tour, "hold_by_provider", key),
    "bill.payment_error": lambda tour, key: _running(tour, "fail_payment", key),
    "bill.archived": lambda tour, key: tour.want(204, "DELETE", f"/bills/{key}"),
    "bill.card": lambda tour, key: _patch(tour, key, payment_method="CARD"),
    "bill.processing": lambda tour, key: _later(tour, key, 1),
    "bill.paid": lambda tour, key: _later(tour, key, 6),
}


def _act(tour: RampTour, action: str, key: str, **more: Any) -> None:
    tour.bench.ramp.act(action, bill_id=key, **more)


def _set(tour: RampTour, key: str, approval: str, state: str) -> None:
    _patch(tour, key, payment_date="2026-11-10")
    _act(tour, "set_value", key, field="approval_status", value=approval)
    _act(tour, "set_state", key, state=state)


def _patch(tour: RampTour, key: str, **body: Any) -> None:
    tour.want(200, "PATCH", f"/bills/{key}", json=body)


def _scheduled(tour: RampTour, action: str, key: str) -> None:
    _patch(tour, key, payment_date="2026-11-09")
    _act(tour, action, key)


def _running(tour: RampTour, action: str, key: str) -> None:
    _later(tour, key, 1)
    _act(tour, action, key)


def _later(tour: RampTour, key: str, days: int) -> None:
    _patch(tour, key, payment_date="2026-11-05")
    tour.bench.ramp.advance(seconds=days * 86_400 + 8 * 3600)
    core, client = tour.bench.ramp, tour.bench.sample.clients[0]
    tour.token = core.oauth.connect(RAMP_APP["client_id"], client.business_id, ["bills:read"])[
        "access_token"
    ]


def lacking(sample: Any, shown: Any, path: str = "") -> list[str]:
    """Keys of a sample that an answer lacks, deeply; lists by their first element."""
    if isinstance(sample, dict) and isinstance(shown, dict):
        found = [f"{path}.{key}" for key in sample if key not in shown]
        for key in set(sample) & set(shown):
            found += lacking(sample[key], shown[key], f"{path}.{key}")
        return found
    if isinstance(sample, list) and isinstance(shown, list) and sample and shown:
        return lacking(sample[0], shown[0], f"{path}[]")
    return []


@pytest.mark.parametrize("name", sorted(_STATES))
def test_bills_in_every_state_look_like_the_samples(name: str) -> None:
    sample = samples("ramp")[name]["value"]
    tour = RampTour.begin()
    key = tour.bills[0]
    _STATES[name](tour, key)
    shown = tour.want(200, "GET", f"/bills/{key}")
    assert lacking(sample, shown) == []
    for field in ("status", "status_summary", "approval_status"):
        assert shown[field] == sample[field], field
    assert (shown["archived_at"] is None) == (sample["archived_at"] is None)
    assert (shown["paid_at"] is None) == (sample["paid_at"] is None)
    wanted, payment = sample["payment"], shown["payment"]
    for field in ("payment_date", "effective_date", "trace_id"):
        if name not in ("bill.on_hold", "bill.card"):
            assert (payment[field] is None) == (wanted[field] is None), field
    assert set(payment["details"]) == set(wanted["details"])


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("entities.list", "/entities"),
        ("bank_accounts.list", "/bank-accounts"),
        ("bills.list.page1", "/bills?page_size=2"),
        ("accounting.all_connections", "/accounting/all-connections"),
    ],
)
def test_lists_look_like_the_samples(name: str, path: str) -> None:
    tour = RampTour.begin()
    assert lacking(samples("ramp")[name]["value"], tour.want(200, "GET", path)) == []


def test_ramp_takes_the_sample_requests() -> None:
    tour, known = RampTour.begin(), samples("ramp")
    client = tour.bench.sample.clients[0]
    entity = tour.want(200, "GET", "/entities")["data"][0]
    bill = json.loads(json.dumps(known["bill.create.request"]["value"]))
    contact = tour.want(200, "GET", f"/vendors/{client.vendor_id}/contacts")["data"][0]["id"]
    bill.update(vendor_id=client.vendor_id, entity_id=entity["id"])
    if "vendor_contact_id" in bill:
        bill["vendor_contact_id"] = contact
    details = bill.get("payment_details") or {}
    own = {"source_bank_account_id": client.ramp_account_id}
    own["vendor_account_id"] = client.vendor_account_id
    details.update({key: value for key, value in own.items() if key in details})
    made = tour.want(201, "POST", "/bills", json=bill)
    for name in ("bill.patch.reschedule", "bill.patch.unschedule", "bill.patch.method"):
        tour.want(200, "PATCH", f"/bills/{tour.bills[0]}", json=known[name]["value"])
    hold = known["bill.hold.request"]["value"]
    tour.want(200, "POST", f"/bills/{made['id']}/hold", json=hold)
    wish = known["webhooks.create.request"]["value"]
    hook = tour.want(201, "POST", "/webhooks", json=wish)
    assert lacking(known["webhooks.create.response"]["value"], hook) == []
    mock = tour.want(
        201, "POST", "/webhooks/mock-webhook-event", json=known["webhooks.mock.request"]["value"]
    )
    assert lacking(known["webhooks.mock.response"]["value"], mock) == []
    draft = tour.want(201, "POST", "/bills/drafts", json={"vendor_id": client.vendor_id})
    assert lacking(known["draft"]["value"], draft) == []


def test_ramp_errors_are_the_samples() -> None:
    tour, known = RampTour.begin(), samples("ramp")
    core, client = tour.bench.ramp, tour.bench.sample.clients[0]
    reader = core.oauth.connect(RAMP_APP["client_id"], client.business_id, ["bills:read"])
    path = f"/bills/{tour.bills[0]}"
    date = {"payment_date": "2026-11-09"}
    draft = tour.want(201, "POST", "/bills/drafts", json={"vendor_id": client.vendor_id})
    answers = {
        "error.422.page_size": tour.want(422, "GET", "/bills?page_size=1"),
        "error.403.scope": tour.want(403, "PATCH", path, json=date, token=reader["access_token"]),
        "error.400.draft_incomplete": tour.want(400, "POST", f"/bills/drafts/{draft['id']}/submit"),
        "error.404": tour.want(404, "GET", f"/bills/{draft['id']}"),
    }
    core.configure({"profile": "M0526"})
    answers["error.422.unknown_field"] = tour.want(422, "PATCH", path, json=date)
    core.faults.add({"kind": "throttle"})
    answers["error.429"] = tour.want(429, "GET", "/bills")
    for name, shown in answers.items():
        assert shown["error_v2"].pop("error_id")
        assert shown == known[name]["value"], name


def test_plaid_answers_look_like_the_samples() -> None:
    tour, known = PlaidTour(), samples("plaid")
    tour.successes()
    client = tour.bench.sample.clients[0]
    tour.token = client.plaid_access_token
    line = {"account_id": client.plaid_account_id, "amount": "1", "name": "X"}
    tour.bench.plaid.act("post_line", **line)
    tour.bench.plaid.act("poll", item_id=client.item_id)
    key = tour.bench.plaid.notices.signing_key()
    shown: Json = {
        "accounts.get": tour.item("/accounts/get"),
        "accounts.balance.get": tour.item("/accounts/balance/get"),
        "transactions.sync.page1": tour.item("/transactions/sync"),
        "item.get": tour.item("/item/get"),
        "webhook_verification_key.get": tour.want(200, "/webhook_verification_key/get", key_id=key),
    }
    for name in ("new", "update_mode"):
        body = dict(known[f"link.token.create.request.{name}"]["value"])
        if "access_token" in body:
            body["access_token"] = tour.token
        shown["link.token.create.response"] = tour.want(200, "/link/token/create", **body)
    for name, answer in shown.items():
        sample = json.loads(json.dumps(known[name]["value"]))
        for account in sample.get("accounts", []):
            account.pop("persistent_account_id", None)  # three banks only
        assert lacking(sample, answer) == [], name
    for name, sample in known.items():
        if name.startswith("error.") and sample["value"]["error_type"] == "ITEM_ERROR":
            code = sample["value"]["error_code"]
            if code == "PRODUCT_NOT_READY":
                continue
            reason = sample["value"].get("error_code_reason")
            tour.bench.plaid.act("item_error", item_id=client.item_id, code=code, reason=reason)
            error = tour.item("/accounts/get", status=sample["status"])
            assert set(error) >= set(sample["value"])
            same = ("error_type", "error_code", "error_code_reason")
            assert [error.get(field) for field in same] == [
                sample["value"].get(field) for field in same
            ]
