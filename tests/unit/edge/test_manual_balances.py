"""A balance that people type in, over the API: two people, a second factor, and what is refused."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from rowcol.domain.connection import ConnectionState
from rowcol.domain.scope import Role
from rowcol.edge import manual_balances
from rowcol.edge.operation import table
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE
from tests.unit.service.test_manual_balances import Broken

ROUTE = "/clients/{client}/balances/manual"
OPERATIONS = table((*manual_balances.COMMANDS.values(), *manual_balances.READS.values()))


class Typing(Broken):
    """`anna` and `ben` may release, `vera` may look."""

    def __init__(self) -> None:
        super().__init__()
        self.join("vera", Role.VIEWER)
        self.web = Web(self.environment, OPERATIONS, SCOPE.firm)

    def body(self, **changes: Any) -> dict[str, Any]:
        asked = {
            "accounts": [{"account_id": "operating-1", "minor": 500_000, "currency": "USD"}],
            "statement": {
                "reference": "online banking, page 1",
                "file_sha256": hashlib.sha256(b"pdf").hexdigest(),
            },
            "as_of": self.clock.now().isoformat(),
        }
        return asked | changes

    def type_in(self, person: str = "anna", **changes: Any) -> Answer:
        path = {"client": SCOPE.client}
        return self.web.call("POST", ROUTE, self.body(**changes), person=person, path=path)

    def decide(self, verb: str, person: str, manual: str | None = None, **how: Any) -> Answer:
        path = {"client": SCOPE.client, "manual": manual or self.waiting()}
        return self.web.call("POST", f"{ROUTE}/{{manual}}/{verb}", person=person, path=path, **how)

    def listed(self, person: str = "vera") -> Answer:
        return self.web.call("GET", ROUTE, person=person, path={"client": SCOPE.client})


@pytest.fixture
def desk() -> Typing:
    return Typing()


def test_two_people_make_it_count(desk: Typing) -> None:
    typed = desk.type_in()
    assert typed.status == 201
    assert typed.headers["Location"] == f"/clients/{SCOPE.client}/balances/manual"
    waiting = typed.body["waiting"]
    assert waiting["pool"] == {"minor": 500_000, "currency": "USD"}
    assert (waiting["asked_by"], waiting["state"]) == ("anna", "waiting")
    assert desk.decide("approve", "ben").code == "step_up_required"
    done = desk.decide("approve", "ben", shown_at=desk.clock.now())
    assert done.status == 200
    assert done.body["waiting"] is None
    assert [one["state"] for one in desk.listed().body["recent"]] == ["approved"]


def test_nobody_agrees_with_themselves(desk: Typing) -> None:
    desk.type_in()
    same = desk.decide("approve", "anna", shown_at=desk.clock.now())
    assert (same.status, same.code) == (403, "same_person")
    assert desk.decide("reject", "anna").status == 200
    assert [one["state"] for one in desk.listed().body["recent"]] == ["rejected"]


def test_who_may_only_look_may_not_type_or_agree(desk: Typing) -> None:
    assert desk.type_in("vera").status == 403
    desk.type_in()
    for verb in ("approve", "reject"):
        assert desk.decide(verb, "vera", shown_at=desk.clock.now()).status == 403
    assert desk.listed("nobody").status in (403, 404)


def test_one_that_is_over_or_of_nobody_is_not_decided_on(desk: Typing) -> None:
    desk.type_in()
    first = desk.waiting()
    desk.decide("reject", "ben")
    again = desk.decide("approve", "ben", first, shown_at=desk.clock.now())
    assert (again.status, again.code) == (409, "no_pending_change")
    assert desk.decide("reject", "ben", "mbl_nobody").status == 404


def test_the_same_key_is_one_entry(desk: Typing) -> None:
    path, body = {"client": SCOPE.client}, desk.body()
    answers = [
        desk.web.call("POST", ROUTE, body, person="anna", path=path, key="typed-once-1")
        for _ in range(2)
    ]
    assert answers[0].body["waiting"]["id"] == answers[1].body["waiting"]["id"]
    assert desk.types().count("balance.manual_entered") == 1


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"statement": {"reference": "  "}}, 422, "evidence_required"),
        ({"statement": {"reference": "x", "file_sha256": "no"}}, 400, None),
        ({"accounts": []}, 400, None),
        ({"accounts": [{"account_id": "z", "minor": 1, "currency": "USD"}]}, 400, "unknown_value"),
        (
            {"accounts": [{"account_id": "operating-1", "minor": 1, "currency": "EUR"}]},
            422,
            "currency_mismatch",
        ),
        (
            {"accounts": [{"account_id": "operating-1", "minor": 1.5, "currency": "USD"}]},
            400,
            None,
        ),
        ({"as_of": "2099-01-01T00:00:00Z"}, 422, "date_in_future"),
        ({"as_of": "2020-01-01T00:00:00Z"}, 422, "balance_stale"),
        ({"as_of": "2026-11-20T10:00:00"}, 400, None),
        ({"surprise": True}, 400, None),
    ],
)
def test_what_cannot_be_is_refused(
    desk: Typing, changes: dict[str, Any], status: int, code: str | None
) -> None:
    answer = desk.type_in(**changes)
    assert answer.status == status, answer.body
    assert code is None or answer.code == code
    assert desk.listed().body["waiting"] is None


def test_while_the_bank_can_be_asked_nobody_types(desk: Typing) -> None:
    desk.connected(ConnectionState.HEALTHY)
    refused = desk.type_in()
    assert (refused.status, refused.code) == (409, "live_balance_possible")
    assert refused.body["numbers"]["connections"] == {"item-1": "healthy"}
    assert f"/clients/{SCOPE.client}/balances/refresh" in refused.body["remedy"]
