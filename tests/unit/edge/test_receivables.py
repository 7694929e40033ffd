"""Receivables over HTTP: what is owed, what is on its way, what was decided, each client's own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from local.openapi import operations
from rowcol.domain.scope import Member, Role
from rowcol.edge.operation import table
from rowcol.service.onboard import register_member
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE
from tests.support.stripe_desk import StripeDesk, charge, dispute, payout

PEOPLE = {"anna": Role.PREPARER, "vic": Role.VIEWER}
ALL = "/clients/{client}/receivables"
DECISION = "/clients/{client}/invoices/{invoice}/decision"
SAID = f"{ALL}/charges/{{charge}}/invoice"
OPERATIONS = table(operations())


class Office(StripeDesk):
    """Three open invoices of two customers, a charge, a payout and a dispute."""

    def __init__(self) -> None:
        super().__init__()
        today = self.today()
        for name, role in PEOPLE.items():
            register_member(self.store, SCOPE.firm, Member(name, 0, {SCOPE.client: (role,)}))
        self.web = Web(self.environment, OPERATIONS, SCOPE.firm)
        self.late = self.bill_customer(due_on=today - timedelta(days=40))
        self.young = self.bill_customer(
            invoice_id="1742", doc_number="INV-2042", due_on=today - timedelta(days=3),
            customer_id="202", customer_name="Juniper Cafe",
        )  # fmt: skip
        self.coming = self.bill_customer(
            invoice_id="1743", doc_number="INV-2043", due_on=today + timedelta(days=9)
        )
        self.tell("charge.succeeded", charge(metadata={"qbo_invoice_doc_number": "INV-2042"}))
        self.tell("payout.paid", payout(status="paid"), "2026-11-13")
        self.tell("charge.dispute.created", dispute(of="ch_9"), "2026-11-15")

    def get(self, route: str = ALL, person: str = "vic", **path: str) -> Answer:
        asked = ("state", "age", "cursor", "limit")
        query: dict[str, str] = {key: path.pop(key) for key in asked if key in path}
        return self.web.call(
            "GET", route, person=person, path={"client": SCOPE.client, **path}, query=query
        )

    def post(self, route: str, body: object, person: str = "anna", **path: str) -> Answer:
        return self.web.call(
            "POST", route, body, person=person, path={"client": SCOPE.client, **path}
        )

    def listed(self, **query: str) -> list[str]:
        answer = self.get(f"{ALL}/invoices", **query)
        return [item["doc_number"] for item in answer.body["items"]]


@pytest.fixture
def office() -> Office:
    return Office()


def usd(minor: int) -> dict[str, Any]:
    return {"minor": minor, "currency": "USD"}


def test_sums_by_age_and_customer_with_what_is_on_its_way(office: Office) -> None:
    shown = office.get().body["receivables"]
    assert (shown["open"]["count"], shown["open"]["open"]) == (3, usd(90_000))
    assert (shown["open"]["overdue_count"], shown["open"]["overdue"]) == (2, usd(60_000))
    assert shown["open"]["by_age"] == {
        "not_due": usd(30_000), "days_1_30": usd(30_000), "days_31_60": usd(30_000),
        "days_61_90": usd(0), "over_90": usd(0),
    }  # fmt: skip
    assert shown["collected_not_booked"] == usd(30_000)
    assert [(row["name"], row["sums"]["overdue"]) for row in shown["customers"]] == [
        ("Blue Heron Hotels", usd(30_000)), ("Juniper Cafe", usd(30_000)),
    ]  # fmt: skip
    [expected] = shown["expected"]["payouts"]
    assert (expected["amount"], expected["arrives_on"]) == (usd(29_100), "2026-11-13")
    assert shown["by_state"]["ready"] == 2
    [open_dispute] = shown["disputes"]
    assert open_dispute["due_at"] == "2026-11-25T23:59:59.000000Z"


def test_open_invoices_by_what_they_ask_for_and_age(office: Office) -> None:
    assert office.listed() == ["INV-2041", "INV-2042", "INV-2043"]
    assert office.listed(state="ready") == ["INV-2041", "INV-2042"]
    assert office.listed(age="days_31_60") == ["INV-2041"]
    first = office.get(f"{ALL}/invoices", limit="2")
    assert first.body["count"] == 3
    rest = office.get(f"{ALL}/invoices", limit="2", cursor=first.body["next_cursor"])
    assert [item["doc_number"] for item in rest.body["items"]] == ["INV-2043"]
    other = office.get(f"{ALL}/invoices", state="ready", cursor=first.body["next_cursor"])
    assert other.code == "invalid_input"


def test_a_reminder_counts_as_contact_and_gives_a_week(office: Office) -> None:
    body = {"verb": "remind", "reason": "called Kim"}
    made = office.post(DECISION, body, invoice=office.late)
    assert made.status == 200
    assert office.listed(state="ready") == ["INV-2042"]
    assert office.listed(state="waiting") == ["INV-2041"]
    [item] = office.get(f"{ALL}/invoices", state="waiting").body["items"]
    assert item["last_contact_at"] is not None
    office.clock.pause(8 * 86_400)
    assert "INV-2041" in office.listed(state="ready")


def test_escalated_ones_are_in_the_tray_until_they_are_paid(office: Office) -> None:
    body = {"verb": "escalate", "reason": "no answer for a month"}
    assert office.post(DECISION, body, invoice=office.late).status == 200
    assert office.listed(state="escalated") == ["INV-2041"]
    assert "no answer" in office.open_items()["invoice_escalated"].title
    office.bill_customer(balance=0, token=1)
    assert "invoice_escalated" not in office.open_items()


@pytest.mark.parametrize(("body", "code"), [
    ({"verb": "wait", "reason": "they asked"}, "invalid_input"),
    ({"verb": "wait", "reason": "they asked", "until": "2020-01-01"}, "date_in_past"),
    ({"verb": "wait", "reason": "they asked", "until": "2099-01-01"}, "date_too_far"),
    ({"verb": "escalate", "reason": "why", "until": "2026-12-01"}, "invalid_input"),
    ({"verb": "remind", "reason": "  "}, "invalid_input"),
    ({"verb": "sue", "reason": "why"}, "unknown_value"),
])  # fmt: skip
def test_what_is_refused_writes_no_decision(
    office: Office, body: dict[str, Any], code: str
) -> None:
    assert office.post(DECISION, body, invoice=office.late).code == code
    shown = office.get(DECISION, invoice=office.late)
    assert shown.body["follow_up"]["steps"] == []


def test_a_viewer_decides_nothing_and_nobody_elses_invoice_is_there(office: Office) -> None:
    body = {"verb": "remind", "reason": "called"}
    assert office.post(DECISION, body, "vic", invoice=office.late).status == 403
    assert office.post(DECISION, body, invoice="inv-no").status == 404
    assert office.get(f"{ALL}/payouts/{{payout}}", payout="payout-po_no").status == 404
    stranger = office.web.call("GET", ALL, person="vic", path={"client": "cormorant"})
    assert stranger.status == 404


def test_a_person_says_which_invoice_a_charge_pays(office: Office) -> None:
    name = "charge-ch_1"
    before = office.get(f"{ALL}/charges").body["items"][0]
    assert (before["state"], before["found"]["invoice_id"]) == ("exact", office.young)
    body = {"invoice_id": office.coming, "reason": "they named the wrong one"}
    assert office.post(SAID, body, charge=name).status == 200
    assert (office.collected(office.young), office.collected(office.coming)) == (0, 30_000)
    # What Stripe says later does not overrule a person.
    again = charge(metadata={"qbo_invoice_doc_number": "INV-2042"}, amount_refunded=10_000)
    office.tell("charge.refunded", again, "2026-11-16")
    assert (office.collected(office.young), office.collected(office.coming)) == (0, 20_000)
    none = {"invoice_id": None, "reason": "it was a deposit"}
    assert office.post(SAID, none, charge=name).status == 200
    assert office.collected(office.coming) == 0


def test_a_payout_says_what_is_unexplained(office: Office) -> None:
    answer = office.get(f"{ALL}/payouts/{{payout}}", payout="payout-po_1")
    assert (answer.body["row_count"], answer.body["payout"]["sums"]) == (0, None)
    assert answer.body["payout"]["payout"]["amount"] == usd(29_100)
