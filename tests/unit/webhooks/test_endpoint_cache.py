"""The memory of endpoints: age, refresh, ration, bounded size, trouble."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import botocore.session
import pytest
from moto import mock_aws

from rowcol.service.endpoint_cache import (
    REMEMBERED_MAX,
    UNKNOWN_LOOKUPS_PER_SECOND_MAX,
    EndpointCache,
)
from rowcol.service.intake_ports import Endpoint, IntakeUnavailable
from rowcol.storage.parameters import Parameters
from tests.support.webhooks.base import KEYS, endpoints
from tests.support.webhooks.ports import Endpoints, StandingClock

RAMP = ("ramp", KEYS["ramp"])


@pytest.fixture
def source() -> Endpoints:
    return Endpoints()


@pytest.fixture
def clock() -> StandingClock:
    return StandingClock()


@pytest.fixture
def cache(source: Endpoints, clock: StandingClock) -> EndpointCache:
    return EndpointCache(source, clock)


def test_known_and_unknown_are_remembered_for_five_minutes(
    cache: EndpointCache, source: Endpoints, clock: StandingClock
) -> None:
    for _ in range(3):
        assert cache.read(*RAMP) == endpoints()[RAMP]
        assert cache.read("ramp", "nobody-at-all-here") is None
        clock.advance(99)
    assert len(source.reads) == 2
    clock.advance(10)
    cache.read(*RAMP)
    cache.read("ramp", "nobody-at-all-here")
    assert len(source.reads) == 4


def test_refresh_waits_half_a_minute_and_tells_only_news(
    cache: EndpointCache, source: Endpoints, clock: StandingClock
) -> None:
    cache.read(*RAMP)
    source.known[RAMP] = replace(source.known[RAMP], secrets=("next",))
    assert cache.refresh(*RAMP) is None
    clock.advance(30)
    assert cache.refresh(*RAMP) == source.known[RAMP]
    clock.advance(30)
    assert cache.refresh(*RAMP) is None
    assert len(source.reads) == 3
    assert cache.refresh("ramp", "never-seen-before") is None


def test_a_silent_source_leaves_known_endpoints_working_for_a_while(
    cache: EndpointCache, source: Endpoints, clock: StandingClock
) -> None:
    cache.read(*RAMP)
    source.down = True
    clock.advance(899)
    assert cache.read(*RAMP) is not None
    clock.advance(2)
    with pytest.raises(IntakeUnavailable):
        cache.read(*RAMP)
    with pytest.raises(IntakeUnavailable):
        cache.read("ramp", "nobody-at-all-here")


def test_a_flood_of_addresses_is_rationed_and_drives_out_no_known_one(
    cache: EndpointCache, source: Endpoints, clock: StandingClock
) -> None:
    cache.read(*RAMP)
    refused = 0
    for number in range(3 * REMEMBERED_MAX):
        clock.advance(0.04)
        try:
            cache.read("ramp", f"flood-address-{number:06d}")
        except IntakeUnavailable:
            refused += 1
        assert len(cache._memory) <= REMEMBERED_MAX
    assert refused > 0
    before = len(source.reads)
    assert cache.read(*RAMP) is not None
    assert len(source.reads) == before


def test_the_ration_is_per_second(cache: EndpointCache, clock: StandingClock) -> None:
    for number in range(UNKNOWN_LOOKUPS_PER_SECOND_MAX - 1):
        cache.read("ramp", f"address-{number:012d}")
    cache.read(*RAMP)
    with pytest.raises(IntakeUnavailable):
        cache.read("ramp", "one-address-too-many")
    clock.advance(1)
    assert cache.read("ramp", "one-address-too-many") is None


def test_when_all_are_known_the_oldest_is_forgotten(
    source: Endpoints, clock: StandingClock
) -> None:
    source.known = {
        ("qbo", f"known-address-{n:06d}"): Endpoint("qbo", f"known-address-{n:06d}", "firm")
        for n in range(REMEMBERED_MAX + 1)
    }
    cache = EndpointCache(source, clock)
    for name in source.known:
        clock.advance(0.06)
        cache.read(*name)
    assert len(cache._memory) == REMEMBERED_MAX


def test_an_endpoint_never_shows_its_secrets() -> None:
    endpoint = endpoints()[RAMP]
    assert endpoint.secrets[0] not in repr(endpoint)


@pytest.fixture
def ssm(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield botocore.session.get_session().create_client("ssm")


def put(ssm: Any, name: str, value: object) -> None:
    text = value if isinstance(value, str) else json.dumps(value)
    ssm.put_parameter(Name=f"/rowcol/test/{name}", Value=text, Type="SecureString")


def test_parameters_give_endpoints(ssm: Any) -> None:
    settings = {
        "firm": "firm_a",
        "client": "client_a",
        "secrets": ["one", "two"],
        "business_id": "b",
        "pending": True,
    }
    put(ssm, "endpoints/ramp/ramp-endpoint-0123456789", settings)
    parameters = Parameters("/rowcol/test", lambda: ssm)
    assert parameters.read("ramp", "ramp-endpoint-0123456789") == Endpoint(
        "ramp",
        "ramp-endpoint-0123456789",
        "firm_a",
        "client_a",
        ("one", "two"),
        business_id="b",
        pending=True,
    )
    assert parameters.read("ramp", "nobody-at-all-here") is None


def test_app_credentials(ssm: Any) -> None:
    put(ssm, "apps/plaid", {"client_id": "c", "secret": "s"})
    parameters = Parameters("/rowcol/test", lambda: ssm)
    assert parameters.app("plaid") == {"client_id": "c", "secret": "s"}
    with pytest.raises(IntakeUnavailable):
        parameters.app("qbo")


@pytest.mark.parametrize(
    "value",
    ["{", "[]", '{"secrets":["x"]}', '{"firm":"","secrets":[]}', '{"firm":"f","secrets":[""]}'],
)
def test_an_odd_parameter_is_trouble_not_an_unknown_address(ssm: Any, value: str) -> None:
    put(ssm, "endpoints/ramp/ramp-endpoint-0123456789", value)
    with pytest.raises(IntakeUnavailable):
        Parameters("/rowcol/test", lambda: ssm).read("ramp", "ramp-endpoint-0123456789")
