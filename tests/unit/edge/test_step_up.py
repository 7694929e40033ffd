"""Step-up by RFC 9470: what counts as a second factor, and how one is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from rowcol.domain.limits import LimitSet
from rowcol.domain.payment import Payment
from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge import problem, signature_challenge, step_up
from rowcol.edge.operation import Call, NoBody, Operation, Reply, table
from rowcol.edge.writing import Shown, write
from rowcol.service.change import Change
from rowcol.service.environment import MULTI_FACTOR
from rowcol.service.limits import within_limits
from rowcol.service.second_factor import LEEWAY_SECONDS
from tests.support.api import Answer, Web
from tests.support.domain.builders import FRIDAY, NOW, payment, usd
from tests.support.limits import (
    ANNA,
    BEN,
    FIRM,
    THE_FIRM,
    House,
    asked,
    limit_set,
    of_client,
    of_user,
    put,
    refused,
)

AGE = 300
SECOND = timedelta(seconds=1)
ROUTE = "/clients/{client}/pay"
WANTED = Refusal(Code.STEP_UP_REQUIRED, "no", {"max_age": 120})


# ---- when a factor is needed


@pytest.mark.parametrize(
    "target", [THE_FIRM, of_client("bluebird"), of_user(ANNA)], ids=lambda t: str(t.level)
)
def test_from_the_threshold_of_any_level_a_factor_is_asked_for(target: Any) -> None:
    house = House()
    house.set(target, limit_set(verification_from="100", step_up_age_seconds_max=AGE))
    asked(house.ask("99.99", FRIDAY))
    found = refused(house.ask("100", FRIDAY))
    assert found.code is Code.STEP_UP_REQUIRED
    assert found.numbers == {
        "level": target.level.value,
        "threshold": usd("100"),
        "asked": usd("100"),
        "max_age": AGE,
        "age_seconds": None,
    }
    asked(house.ask("100", FRIDAY, shown_at=NOW))


@pytest.mark.parametrize(
    ("ago", "enough"),
    [
        (timedelta(0), True),
        (timedelta(seconds=AGE), True),
        (timedelta(seconds=AGE + 1), False),
        (timedelta(days=30), False),
        (timedelta(seconds=-LEEWAY_SECONDS), True),  # another machine's clock is ahead
        (timedelta(seconds=-LEEWAY_SECONDS - 1), False),
    ],
)
def test_how_old_it_may_be(ago: timedelta, enough: bool) -> None:
    house = House()
    house.set(THE_FIRM, limit_set(verification_from="1", step_up_age_seconds_max=AGE))
    result = house.ask("5", FRIDAY, shown_at=NOW - ago)
    assert isinstance(result, Payment) is enough


def test_the_strictest_of_the_levels_that_ask() -> None:
    house = House()
    house.set(THE_FIRM, limit_set(verification_from="10", step_up_age_seconds_max=3600))
    house.set(of_user(ANNA), limit_set(verification_from="100", step_up_age_seconds_max=60))
    ten_minutes_ago = NOW - timedelta(minutes=10)
    asked(house.ask("50", FRIDAY, shown_at=ten_minutes_ago))
    numbers = refused(house.ask("100", FRIDAY, shown_at=ten_minutes_ago)).numbers
    assert (numbers["max_age"], numbers["age_seconds"]) == (60, 600)
    asked(house.ask("100", FRIDAY, person=BEN, shown_at=ten_minutes_ago))


def test_limits_are_told_before_a_factor_is_asked_for() -> None:
    house = House()
    house.set(THE_FIRM, LimitSet(per_day=usd("10"), verification_from=usd("1")))
    assert refused(house.ask("11", FRIDAY)).code is Code.LIMIT_DAILY
    assert refused(house.ask("10", FRIDAY)).code is Code.STEP_UP_REQUIRED


def test_the_log_keeps_when_the_factor_was_shown() -> None:
    house = House()
    house.set(THE_FIRM, limit_set(verification_from="1"))
    shown = NOW - timedelta(seconds=17)
    asked(house.ask("5", FRIDAY, shown_at=shown))
    assert house.books().entries()[-1].actor.authenticated_at == shown


# ---- which token proves one


@pytest.mark.parametrize(
    ("context", "at"),
    [
        ({"acr": MULTI_FACTOR, "auth_time": "1795186800"}, 1795186800),
        ({"acr": "mfa", "auth_time": "0"}, 0),
        ({"acr": "password", "auth_time": "1795186800"}, None),
        ({"acr": "", "auth_time": "1795186800"}, None),
        ({"auth_time": "1795186800"}, None),
        ({"acr": ["mfa"], "auth_time": "1795186800"}, None),
        ({"acr": "mfa"}, None),
        ({"acr": "mfa", "auth_time": ""}, None),
        ({"acr": "mfa", "auth_time": 1795186800}, None),
        ({"acr": "mfa", "auth_time": "-5"}, None),
        ({"acr": "mfa", "auth_time": "1795186800.5"}, None),
        ({"acr": "mfa", "auth_time": "١٧٩٥"}, None),
        ({"acr": "mfa", "auth_time": "9" * 12}, None),
    ],
)
def test_a_factor_counts_by_acr_and_auth_time(context: Mapping[str, Any], at: int | None) -> None:
    found = step_up.shown_at(context, (MULTI_FACTOR, "mfa"))
    assert found == (datetime.fromtimestamp(at, UTC) if at is not None else None)


# ---- the challenge


def test_the_challenge_is_that_of_the_rfc() -> None:
    header = step_up.challenge(WANTED, ("urn:one", "urn:two"))
    scheme, _, rest = header.partition(" ")
    pairs = dict(re.findall(r'([a-z_]+)="([^"\\]*)"', rest))
    assert scheme == "Bearer"
    assert header == "Bearer " + ", ".join(f'{name}="{value}"' for name, value in pairs.items())
    assert pairs == {
        "error": "insufficient_user_authentication",
        "error_description": "A second factor shown at most 120 seconds ago is needed",
        "acr_values": "urn:one urn:two",
        "max_age": "120",
    }


def test_the_problem_carries_what_a_rest_api_takes_from_the_header() -> None:
    answer = problem.response(WANTED, ("urn:one",))
    assert answer["statusCode"] == 401
    assert answer["headers"]["WWW-Authenticate"] == step_up.challenge(WANTED, ("urn:one",))
    assert '"acr_values": "urn:one", "max_age": 120' in answer["body"]


def test_no_other_refusal_is_a_challenge() -> None:
    for code in Code:
        answer = problem.response(Refusal(code, "no", {"max_age": 300}), ("urn:one",))
        if code in signature_challenge.CODES:
            assert answer["statusCode"] == 401
            assert answer["headers"]["WWW-Authenticate"].startswith("Signature ")
        elif code is not Code.STEP_UP_REQUIRED:
            assert answer["statusCode"] != 401
            assert "WWW-Authenticate" not in answer["headers"]


# ---- through the API


def _pay(call: Call) -> Reply | Refusal:
    def plan(change: Change) -> Payment | Refusal:
        name = call.environment.surroundings.ids.new("pay")
        wish = payment(id=name, version=0, amount=usd("100"), created_by=call.caller.actor.id)
        return within_limits(call.environment, change, wish) or put(change, wish)

    return write(call, plan, lambda made: Shown({"id": made.id}), "pay", 201)


PAY = Operation(
    "POST", ROUTE, "pay", "Pay", "Test", _pay, Permission.VIEW, {201: dict}, body=NoBody
)


def pay(house: House, key: str = "the-same-key", **shown: Any) -> Answer:
    web = Web(house.environment, table((PAY,)), FIRM)
    return web.call("POST", ROUTE, {}, person=ANNA, key=key, path={"client": "bluebird"}, **shown)


def guarded_house() -> House:
    house = House()
    house.set(THE_FIRM, limit_set(verification_from="100", step_up_age_seconds_max=AGE))
    return house


def test_the_same_command_goes_through_once_the_factor_was_shown() -> None:
    house = guarded_house()
    refused_first = pay(house)
    assert (refused_first.status, refused_first.code) == (401, "step_up_required")
    assert (refused_first.body["acr_values"], refused_first.body["max_age"]) == (MULTI_FACTOR, AGE)
    assert refused_first.headers["WWW-Authenticate"].startswith("Bearer error=")
    assert house.payments() == []
    # A client that follows the RFC sends the very same request again, with another token.
    paid = pay(house, shown_at=NOW)
    assert paid.status == 201
    assert pay(house).body == paid.body  # and the answer is then the command's own
    assert len(house.payments()) == 1


def test_a_password_alone_is_no_second_factor() -> None:
    assert pay(guarded_house(), shown_at=NOW, acr="urn:password").status == 401


def test_the_accepted_values_are_a_setting() -> None:
    house = guarded_house()
    values = ("phr", "phrh")
    object.__setattr__(house.environment, "acr_values", values)
    assert pay(house).body["acr_values"] == "phr phrh"
    assert pay(house, shown_at=NOW).status == 401
    assert pay(house, shown_at=NOW, acr="phrh").status == 201
