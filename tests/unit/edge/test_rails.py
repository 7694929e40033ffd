"""What the rails can be asked for at a client, over HTTP; and orders about bills."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rowcol.domain.scope import Role
from rowcol.wiring_capabilities import CAPABILITIES
from tests.support.api import Answer, Web
from tests.support.furnished import ADMIN, CLIENT, CO_ADMIN, OPERATIONS, Furnished, by_role

RAILS = "/clients/{client}/rails"
ORDER = "/clients/{client}/bills/{bill}"


class House(Furnished):
    """The furnished firm, whose rails say what they can."""

    def __init__(self) -> None:
        super().__init__()
        self.environment = replace(self.environment, capabilities=CAPABILITIES)
        self.web = Web(self.environment, OPERATIONS, self.web.firm)

    def call(self, method: str, route: str, body: Any = None, **how: Any) -> Answer:
        path = {"client": CLIENT, "bill": f"{CLIENT}-bill-5", **how.pop("path", {})}
        return self.web.call(method, route, body, path=path, **{"person": ADMIN, **how})

    def lever(self, rail: str, name: str) -> dict[str, Any]:
        levers = self.call("GET", RAILS).body["rails"][rail]
        found: dict[str, Any] = next(one for one in levers if one["name"] == name)
        return found


def test_an_advisor_sees_why_something_is_refused() -> None:
    house = House()
    answer = house.call("GET", RAILS, person=by_role(Role.VIEWER))
    assert set(answer.body["rails"]) == set(CAPABILITIES)
    missing = house.lever("ramp", "hold")
    assert not missing["usable"]
    assert missing["missing_since"] < missing["tried_again_at"]
    assert missing["detail"] == "unknown field"
    refused = house.call("POST", f"{ORDER}/hold", {"reason": "disputed"})
    assert (refused.status, refused.code) == (422, "capability_missing")
    assert refused.body["link"] == missing["link"]
    assert house.lever("ramp", "lift")["usable"]
    assert not house.lever("ramp", "choose_rtp")["usable"]


def test_an_admin_has_it_tried_again() -> None:
    house = House()
    route = "/clients/{client}/capabilities/{capability}/probe"
    answer = house.call("POST", route, path={"capability": "hold"})
    assert (answer.status, answer.body["usable"]) == (200, True)
    assert house.call("POST", f"{ORDER}/hold", {"reason": "disputed"}).status == 202


def test_notes_are_switched_on_by_who_read_the_settings() -> None:
    house = House()
    assert not house.lever("qbo", "audit_note")["usable"]
    version = int(house.call("GET", RAILS).headers["ETag"].strip('"'))
    route = "/clients/{client}/ledger-notes"
    old = house.call("PUT", route, {"enabled": True}, version=version - 1)
    assert (old.status, old.code) == (412, "version_mismatch")
    assert house.call("PUT", route, {"enabled": True}, version=version).status == 200
    assert house.lever("qbo", "audit_note")["usable"]


def test_a_bill_is_archived_by_two() -> None:
    house = House()
    asked = house.call("POST", f"{ORDER}/archive", {"reason": "billed twice"})
    assert (asked.status, asked.body["state"]) == (201, "waiting")
    path = {"order": asked.body["order_id"]}
    route = f"{ORDER}/archive/{{order}}/approve"
    assert house.call("POST", route, path=path).code == "same_person"
    assert house.call("POST", route, path=path, person=CO_ADMIN).status == 401
    shown = house.call("GET", f"{ORDER}/order").body
    assert (shown["asked"], shown["state"], shown["reason"]) == (
        "archive",
        "waiting",
        "billed twice",
    )
    no = house.call("DELETE", f"{ORDER}/archive/{{order}}", path=path, person=CO_ADMIN)
    assert (no.status, no.body["state"]) == (200, "withdrawn")
