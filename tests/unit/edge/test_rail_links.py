"""Links lead to the rails that a stack talks to; what is proved by its hash stays as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.rail_links import link_here, refusal_here, shown_here
from rowcol.rails.ramp.capabilities import SANDBOX_APPS
from rowcol.wiring_links import sites_of
from tests.support.api import Web
from tests.support.furnished import OPERATIONS
from tests.unit.edge.test_rails import ORDER, RAILS, House

PRODUCTION = {
    "RAMP_BASE_URL": "https://api.ramp.com",
    "QBO_BASE_URL": "https://quickbooks.api.intuit.com",
    "RAMP_APP_URL": "",
}
SANDBOX = {
    "RAMP_BASE_URL": "https://demo-api.ramp.com",
    "QBO_BASE_URL": "https://sandbox-quickbooks.api.intuit.com",
    "STRIPE_APP_URL": "https://dashboard.stripe.com/test/",
}


def test_production_changes_nothing() -> None:
    assert sites_of(PRODUCTION) == {}
    shown = {"link": "https://app.ramp.com/bills"}
    assert shown_here(shown, {}) is shown


@pytest.mark.parametrize(
    ("link", "here"),
    [
        ("https://app.ramp.com/bills", "https://demo.ramp.com/bills"),
        ("https://app.ramp.com", "https://demo.ramp.com"),
        ("https://app.qbo.intuit.com/app/bill?txnId=7", None),
        ("https://dashboard.stripe.com/payouts", "https://dashboard.stripe.com/test/payouts"),
        ("https://app.ramp.com.example/bills", "https://app.ramp.com.example/bills"),
        ("/clients/bluebird/tray", "/clients/bluebird/tray"),
    ],
)
def test_a_sandbox_has_its_own_sites(link: str, here: str | None) -> None:
    expected = here or "https://app.sandbox.qbo.intuit.com/app/bill?txnId=7"
    assert link_here(link, sites_of(SANDBOX)) == expected


def test_a_setting_wins() -> None:
    sites = sites_of({**SANDBOX, "RAMP_APP_URL": "https://ramp.example"})
    assert link_here("https://app.ramp.com/bills", sites) == "https://ramp.example/bills"
    assert SANDBOX_APPS["demo-api.ramp.com"] == "https://demo.ramp.com"  # the contract, section 1


def test_every_link_of_an_answer_is_here_and_what_is_hashed_is_not_touched() -> None:
    link, ours = "https://app.ramp.com/bills", "https://demo.ramp.com/bills"
    entry = {"hash": "ab", "data": {"tray": {"link": link}}}
    shown = {"items": [{"link": link, "title": link, "more": {"link": None}}], "entries": [entry]}
    found: Any = shown_here(shown, sites_of(SANDBOX))
    assert found["items"] == [{"link": ours, "title": link, "more": {"link": None}}]
    assert found["entries"] == [entry]


def test_a_refusal_leads_there_too() -> None:
    refused = Refusal(
        Code.BILL_NOT_APPROVED, "only Ramp approves", link="https://app.ramp.com/bills"
    )
    assert refusal_here(refused, sites_of(SANDBOX)).link == "https://demo.ramp.com/bills"
    assert refusal_here(replace(refused, link=None), sites_of(SANDBOX)).link is None


def test_the_api_answers_with_them() -> None:
    house = House()
    house.web = Web(replace(house.environment, sites=sites_of(SANDBOX)), OPERATIONS, house.web.firm)
    told = house.call("GET", RAILS)
    assert told.status == 200, told.body
    assert "https://demo.ramp.com/bills" in str(told.body)
    refused = house.call("POST", f"{ORDER}/hold", {"reason": "disputed"})
    assert refused.body["link"].startswith("https://demo.ramp.com")
    assert "https://app.ramp.com" not in str(told.body)
    assert "https://app.qbo.intuit.com" not in str(told.body)
