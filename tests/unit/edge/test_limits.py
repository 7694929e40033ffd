"""Routes of limits: who may look and change, versions, two people, today's usage."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.lifecycle import Status
from rowcol.domain.scope import Member, Role, Scope
from rowcol.edge import limits, problem
from rowcol.edge.operation import table
from rowcol.service.onboard import register_firm, register_member
from tests.support.api import Answer, Web
from tests.support.domain.builders import FRIDAY
from tests.support.limits import (
    ANNA,
    BEN,
    CARL,
    FIRM,
    THE_FIRM,
    House,
    asked,
    limit_set,
    of_client,
    of_user,
)

OPERATIONS = table((*limits.COMMANDS.values(), *limits.READS.values()))
USD = {"currency": "USD"}
WANTED: dict[str, Any] = {
    "per_transaction": {"minor": 10_000, **USD},
    "per_day": {"minor": 50_000, **USD},
    "verification_from": {"minor": 5_000, **USD},
    "step_up_age_seconds_max": 120,
}
FIRM_ROUTE, CLIENT_ROUTE, USER_ROUTE = limits.PATHS.values()
ROUTES = pytest.mark.parametrize(
    ("route", "path"),
    [(FIRM_ROUTE, {}), (CLIENT_ROUTE, {"client": "bluebird"}), (USER_ROUTE, {"user": CARL})],
    ids=list(limits.PATHS),
)


def web(house: House) -> Web:
    return Web(house.environment, OPERATIONS, FIRM)


def proposed(house: House, route: str, path: dict[str, str], person: str = ANNA) -> Answer:
    version = int(get(house, route, path, person).headers["ETag"].strip('"'))
    return web(house).call("PUT", route, WANTED, person=person, version=version, path=path)


def get(house: House, route: str, path: dict[str, str], person: str = ANNA) -> Answer:
    return web(house).call("GET", route, person=person, path=path)


def decide(
    house: House, verb: str, route: str, path: dict[str, str], person: str, change_id: str
) -> Answer:
    body = {"change_id": change_id}
    return web(house).call("POST", f"{route}/{verb}", body, person=person, path=path)


@ROUTES
def test_limits_change_by_two_people(route: str, path: dict[str, str]) -> None:
    house = House()
    first = get(house, route, path)
    assert (first.status, first.headers["ETag"]) == (200, '"0"')
    assert first.body["limits"]["per_day"] is None
    change = proposed(house, route, path)
    assert change.status == 202
    pending = change.body["pending"]
    assert (pending["by"], pending["wanted"]) == (ANNA, WANTED)
    assert change.body["limits"]["per_day"] is None
    seen = get(house, route, path)
    assert seen.body["pending"] == pending
    assert seen.headers["ETag"] == change.headers["ETag"] == '"1"'
    approved = decide(house, "approve", route, path, BEN, pending["id"])
    assert (approved.status, approved.body["limits"]) == (200, WANTED)
    after = get(house, route, path)
    assert (after.body["limits"], after.body["pending"]) == (WANTED, None)
    assert after.headers["ETag"] == approved.headers["ETag"] == '"2"'


@ROUTES
def test_refusals_of_the_second_step(route: str, path: dict[str, str]) -> None:
    house = House()
    change_id = proposed(house, route, path).body["pending"]["id"]
    same = decide(house, "approve", route, path, ANNA, change_id)
    assert (same.status, same.code) == (403, "same_person")
    none = decide(house, "reject", route, path, BEN, "lim_unknown")
    assert (none.status, none.code) == (409, "no_pending_change")
    assert decide(house, "reject", route, path, BEN, change_id).status == 200
    gone = decide(house, "approve", route, path, BEN, change_id)
    assert (gone.status, gone.code) == (409, "no_pending_change")


@ROUTES
def test_the_version_seen_must_be_the_latest(route: str, path: dict[str, str]) -> None:
    house = House()
    call = web(house).call
    missing = call("PUT", route, WANTED, person=ANNA, path=path)
    assert (missing.status, missing.code) == (428, "version_required")
    stale = call("PUT", route, WANTED, person=ANNA, version=3, path=path)
    assert (stale.status, stale.code) == (412, "version_mismatch")
    assert call("PUT", route, WANTED, person=ANNA, version=0, path=path).status == 202


def test_the_same_key_gives_the_same_answer_and_one_entry() -> None:
    house = House()
    change_id = proposed(house, FIRM_ROUTE, {}).body["pending"]["id"]
    answers = [
        web(house).call(
            "POST", f"{FIRM_ROUTE}/approve", {"change_id": change_id}, person=BEN, key="once-only"
        )
        for _ in range(2)
    ]
    assert answers[0].body == answers[1].body
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    types = [entry.type for entry in house.store.books(Scope(FIRM)).entries()]
    assert types == ["limits.proposed", "limits.approved"]


# ---- who may


def member(house: House, name: str, **roles: Role) -> None:
    held: dict[str, tuple[Role, ...]] = {
        "*" if key == "all" else key: (role,) for key, role in roles.items()
    }
    register_member(house.store, FIRM, Member(name, 0, held))


@pytest.mark.parametrize(
    ("roles", "route", "path", "status"),
    [
        ({"all": Role.RELEASER}, FIRM_ROUTE, {}, 403),
        ({"bluebird": Role.FIRM_ADMIN}, FIRM_ROUTE, {}, 404),
        ({"bluebird": Role.CLIENT_OWNER}, CLIENT_ROUTE, {"client": "bluebird"}, 202),
        ({"bluebird": Role.FIRM_ADMIN}, CLIENT_ROUTE, {"client": "bluebird"}, 202),
        ({"bluebird": Role.RELEASER}, CLIENT_ROUTE, {"client": "bluebird"}, 403),
        ({"cedar": Role.CLIENT_OWNER}, CLIENT_ROUTE, {"client": "bluebird"}, 404),
        ({"all": Role.CLIENT_OWNER}, USER_ROUTE, {"user": ANNA}, 403),
        ({"bluebird": Role.CLIENT_OWNER}, USER_ROUTE, {"user": ANNA}, 404),
        ({"all": Role.FIRM_ADMIN}, USER_ROUTE, {"user": ANNA}, 202),
    ],
)
def test_who_may_propose(
    roles: dict[str, Role], route: str, path: dict[str, str], status: int
) -> None:
    house = House()
    member(house, "dora", **roles)
    answer = web(house).call("PUT", route, WANTED, person="dora", version=0, path=path)
    assert answer.status == status


def test_everybody_may_see_their_own_limits_and_only_admins_others() -> None:
    house = House()
    member(house, "dora", bluebird=Role.PREPARER)
    member(house, "egon", all=Role.RELEASER)
    assert get(house, USER_ROUTE, {"user": "dora"}, "dora").status == 200
    assert get(house, USER_ROUTE, {"user": ANNA}, "dora").status == 404
    assert get(house, USER_ROUTE, {"user": ANNA}, "egon").status == 403
    assert get(house, FIRM_ROUTE, {}, "egon").status == 200
    assert get(house, FIRM_ROUTE, {}, "dora").status == 404
    assert get(house, CLIENT_ROUTE, {"client": "bluebird"}, "dora").status == 200


def test_another_firms_users_and_clients_are_not_there() -> None:
    house = House()
    register_firm(house.store, "other", "Other Firm")
    register_member(house.store, "other", Member("olga", 0, {"*": (Role.FIRM_ADMIN,)}))
    nobodys = ((USER_ROUTE, {"user": "olga"}), (CLIENT_ROUTE, {"client": "nowhere"}))
    for route, path in nobodys:
        assert get(house, route, path).status == 404
        put = web(house).call("PUT", route, WANTED, person=ANNA, version=0, path=path)
        assert put.status == 404
        for verb in ("approve", "reject"):
            assert decide(house, verb, route, path, ANNA, "lim_1").status in (404, 409)
    assert house.store.books(Scope("other")).entries() == ()
    assert [entry.type for entry in house.store.books(Scope(FIRM)).entries()] == [
        "command.denied"
    ] * 2


# ---- bad input


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("per_day", {"minor": 0, **USD}, "amount_not_positive"),
        ("per_day", {"minor": -1, **USD}, "amount_not_positive"),
        ("per_transaction", {"minor": 10.5, **USD}, "amount_precision"),
        ("verification_from", {"minor": 10**14, **USD}, "amount_too_large"),
        ("per_day", {"minor": 1, "currency": "EUR"}, "currency_mismatch"),
        ("per_day", 100, "invalid_input"),
        ("step_up_age_seconds_max", 29, "invalid_input"),
        ("step_up_age_seconds_max", 86_401, "invalid_input"),
        ("per_year", None, "invalid_input"),
    ],
)
def test_bad_limits_have_codes_and_write_nothing(field: str, value: object, code: str) -> None:
    house = House()
    body = {**WANTED, field: value}
    answer = web(house).call("PUT", FIRM_ROUTE, body, person=ANNA, version=0)
    assert answer.code == code
    assert house.store.books(Scope(FIRM)).entries() == ()


def test_a_limit_is_never_removed_by_leaving_it_out() -> None:
    house = House()
    body = {name: value for name, value in WANTED.items() if name != "per_day"}
    answer = web(house).call("PUT", FIRM_ROUTE, body, person=ANNA, version=0)
    assert (answer.status, answer.code) == (400, "invalid_input")


# ---- usage


def test_today_shows_used_reserved_and_left() -> None:
    house = House()
    for target in (THE_FIRM, of_client("bluebird"), of_user(ANNA)):
        house.set(target, limit_set(per_day="500"))
    made = asked(house.ask("100"))
    house.move(made.id, status=Status.PROCESSING)
    house.ask("30")
    house.ask("70", FRIDAY + timedelta(days=3))
    for route, path in (
        (FIRM_ROUTE, {}),
        (CLIENT_ROUTE, {"client": "bluebird"}),
        (USER_ROUTE, {"user": ANNA}),
    ):
        assert get(house, route, path).body["today"] == {
            "day": "2026-11-20",
            "zone": "America/New_York",
            "used": {"minor": 10_000, **USD},
            "reserved": {"minor": 3_000, **USD},
            "left": {"minor": 37_000, **USD},
        }
    house.set(THE_FIRM, limit_set(per_day="1"))
    assert get(house, FIRM_ROUTE, {}).body["today"]["left"]["minor"] == 0
    house.set(THE_FIRM, limit_set())
    assert get(house, FIRM_ROUTE, {}).body["today"]["left"] is None


def test_today_is_each_levels_own() -> None:
    house = House({"bluebird": "Pacific/Honolulu"}, firm_zone="Pacific/Auckland")
    firm = get(house, FIRM_ROUTE, {}).body["today"]
    client = get(house, CLIENT_ROUTE, {"client": "bluebird"}).body["today"]
    assert (firm["day"], client["day"]) == ("2026-11-21", "2026-11-20")


def test_a_change_that_is_too_old_is_not_shown() -> None:
    house = House()
    proposed(house, FIRM_ROUTE, {})
    house.clock.at += timedelta(days=30)
    assert get(house, FIRM_ROUTE, {}).body["pending"] is None


def test_every_declared_code_has_a_status() -> None:
    for operation in OPERATIONS.values():
        for code in operation.refusals:
            assert 400 <= problem.status_of(code) < 500
