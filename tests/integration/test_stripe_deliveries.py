"""Stripe's simulator delivers to the deployed endpoint: signatures, rotation, what is refused."""

from __future__ import annotations

import secrets
from datetime import timedelta

from local.demo.firm import DemoClient
from local.simulators.messages import Json
from tests.support.rig.stack import Rig, eventually


def new_client(rig: Rig) -> DemoClient:
    made = DemoClient(f"c-{secrets.token_hex(4)}", "Test Client", 50_000, 1_000)
    rig.add_clients((made,), lambda client, today: [])
    return made


def charge(rig: Rig, client: DemoClient) -> str:
    body = {"action": "charge", "account": client.stripe_account, "amount": "12.34"}
    return str(rig.post("stripe", "actions", body)["id"])


def told(rig: Rig, key: str) -> Json | None:
    """The delivery about an object, once it was answered."""
    rows: list[Json] = list(rig.state("stripe", "deliveries").values())
    found = [row for row in rows if row["details"]["object_id"] == key and row["log"]]
    return found[0] if found else None


def answered(rig: Rig, key: str) -> Json:
    return eventually(lambda: told(rig, key), "the endpoint answered")


def test_events_are_taken_and_lies_refused(rig: Rig) -> None:
    client = new_client(rig)
    taken = answered(rig, charge(rig, client))
    assert (taken["state"], taken["log"][0]["status"]) == ("delivered", 200)
    for kind in ("future_timestamp", "stale_timestamp", "wrong_signature"):
        url = {"url": taken["url"]}
        fault = {"kind": kind, "times": 1, "match": url}
        rig.post("stripe", "faults", fault)
        refused = answered(rig, charge(rig, client))
        assert refused["log"][0]["status"] in (400, 401), kind


def test_a_payout_lands_at_the_bank(rig: Rig) -> None:
    client = new_client(rig)
    charge(rig, client)
    rig.go_on(rig.timeline.now() + timedelta(days=12))
    lines = rig.state("plaid", "bank_lines").values()
    mine = [line for line in lines if line["account_id"] == client.bank_account_id]
    assert [line["amount_minor"] for line in mine if "STRIPE" in line["name"]] == [-1168]
