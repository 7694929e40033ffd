"""Routes of vendors, of calls to them, and of what is looked for in payments."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rowcol.domain.vendor import vendor_id
from tests.support.api import Answer
from tests.support.furnished import ADMIN, CLIENT, Furnished

VENDORS = "/clients/{client}/vendors"
ONE = f"{VENDORS}/{{vendor}}"
SETTINGS = "/clients/{client}/fraud-settings"
VENDOR = vendor_id("vendor-1")
FLOORS = {
    "hold_from": {"minor": 100_000, "currency": "USD"},
    "first_amount_from": {"minor": 900_000, "currency": "USD"},
}


@pytest.fixture(scope="module")
def furniture() -> Furnished:
    made = Furnished()
    made.keep()
    return made


@pytest.fixture
def house(furniture: Furnished) -> Iterator[Furnished]:
    yield furniture
    furniture.restore()


def ask(house: Furnished, method: str, route: str, body: object = None, **how: Any) -> Answer:
    path = {"client": CLIENT, "vendor": how.pop("vendor", VENDOR)}
    named = {name: value for name, value in path.items() if f"{{{name}}}" in route}
    person = how.pop("person", ADMIN)
    return house.web.call(method, route, body, person=person, path=named, **how)


def test_vendors_are_listed_with_what_a_payment_to_each_would_show(house: Furnished) -> None:
    first = ask(house, "GET", VENDORS, query={"limit": "1"})
    rest = ask(house, "GET", VENDORS, query={"cursor": first.body["next_cursor"]})
    rows = [*first.body["items"], *rest.body["items"]]
    assert [row["id"] for row in rows] == [vendor_id(f"{CLIENT}-supplier"), VENDOR]
    assert rest.body["next_cursor"] is None
    [signal] = rows[1]["signals"]
    assert (signal["kind"], signal["effect"], signal["answered_by"]) == ("new_payee", "hold", None)


def test_terms_are_set_for_the_version_seen(house: Furnished) -> None:
    seen = ask(house, "GET", ONE)
    version = int(seen.headers["ETag"].strip('"'))
    terms = {
        "critical": True,
        "discount_basis_points": 200,
        "discount_days": 10,
        "late_fee": {"minor": 2_500, "currency": "USD"},
        "late_basis_points_per_day": 5,
        "grace_days": 3,
    }
    changed = ask(house, "PUT", f"{ONE}/terms", terms, version=version)
    assert (changed.status, changed.body) == (200, terms)
    shown = ask(house, "GET", ONE)
    assert shown.headers["ETag"] == changed.headers["ETag"]
    assert shown.body["vendor"]["terms"] == terms
    assert ask(house, "PUT", f"{ONE}/terms", terms, version=version).code == "version_mismatch"


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({"late_fee": {"minor": 1, "currency": "EUR"}}, "currency_mismatch"),
        ({"late_fee": {"minor": 0, "currency": "USD"}}, "amount_not_positive"),
        ({"discount_basis_points": 10_001}, "invalid_input"),
        ({"grace_days": -1}, "invalid_input"),
    ],
)
def test_terms_that_cannot_be_are_refused(house: Furnished, terms: Any, code: str) -> None:
    assert ask(house, "PUT", f"{ONE}/terms", terms, version=1).code == code


def test_a_vendor_that_nobody_knows_is_not_there(house: Furnished) -> None:
    assert ask(house, "GET", ONE, vendor="vendor-nobody").status == 404


CALL = {
    "account_id": "vendor-account-1",
    "account_confirmed": True,
    "number_from": "contract",
    "spoken_to": "M. Osei",
    "reference": "call 17",
}


def test_a_call_is_kept_once_for_its_key_and_answers_for_the_account(house: Furnished) -> None:
    answers = [ask(house, "POST", f"{ONE}/call-backs", CALL, key="call-key-1") for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 200]
    assert answers[0].body == answers[1].body
    shown = ask(house, "GET", ONE).body
    [kept] = shown["vendor"]["call_backs"]
    assert (kept["by"], kept["spoken_to"], kept["number_from"]) == (ADMIN, "M. Osei", "contract")
    assert [one["answered_by"] for one in shown["signals"]] == [kept["id"]]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"account_id": "another"}, "bank_details_changed"),
        ({"number_from": "the_invoice"}, "unknown_value"),
        ({"spoken_to": ""}, "invalid_input"),
        ({"reference": " "}, "evidence_required"),
    ],
)
def test_a_call_that_proves_nothing_is_refused(house: Furnished, change: Any, code: str) -> None:
    assert ask(house, "POST", f"{ONE}/call-backs", {**CALL, **change}).code == code


def test_settings_need_a_second_factor_and_are_in_the_log(house: Furnished) -> None:
    seen = ask(house, "GET", SETTINGS)
    assert seen.body["settings"]["hold_from"]["minor"] == 500_000
    assert seen.body["pending"]["weaker"] == ["hold_from"]
    version = int(seen.headers["ETag"].strip('"'))
    refused = ask(house, "PUT", SETTINGS, FLOORS, version=version)
    assert (refused.status, refused.code) == (401, "step_up_required")
    now = house.clock.now()
    body = {**FLOORS, "account_days": 60}
    changed = ask(house, "PUT", SETTINGS, body, version=version, shown_at=now)
    assert changed.status == 200, changed.body
    assert changed.body["changed_by"] == ADMIN
    assert ask(house, "GET", SETTINGS).body == changed.body
    [fact] = [one for one in house.books.entries() if one.type == "fraud_settings.changed"]
    before: Any = fact.data["fraud_settings_before"]
    after: Any = fact.data["fraud_settings"]
    assert (before["account_days"], after["account_days"]) == (30, 60)
    # What waited was made against the settings of before.
    assert fact.data["replaced_change_id"] == seen.body["pending"]["id"]
    again = ask(house, "PUT", SETTINGS, body, version=version, shown_at=now)
    assert again.code == "version_mismatch"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"hold_from": {"minor": 1, "currency": "EUR"}}, "currency_mismatch"),
        ({"new_payee": "ignore"}, "unknown_value"),
        ({"splitting_count": 1}, "invalid_input"),
        ({"account_days": 0}, "invalid_input"),
    ],
)
def test_settings_that_cannot_be_are_refused(house: Furnished, change: Any, code: str) -> None:
    now = house.clock.now()
    answer = ask(house, "PUT", SETTINGS, {**FLOORS, **change}, version=1, shown_at=now)
    assert answer.code == code
