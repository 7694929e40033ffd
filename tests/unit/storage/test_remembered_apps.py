"""The product's own credentials: read once in five minutes, old ones while SSM is silent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from rowcol.service.intake_ports import IntakeUnavailable
from rowcol.service.ports import RailUnavailable
from rowcol.storage.secrets import REMEMBERED_MAX, RememberedApps
from tests.conformance.world import MovableClock


class Source:
    """Parameters as they are now."""

    def __init__(self) -> None:
        self.apps: dict[str, Mapping[str, str]] = {"qbo": {"client_id": "one"}}
        self.silent = False
        self.reads = 0

    def app(self, rail: str) -> Mapping[str, str]:
        self.reads += 1
        if self.silent or rail not in self.apps:
            raise IntakeUnavailable("parameters")
        return self.apps[rail]


@pytest.fixture
def source() -> Source:
    return Source()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def apps(source: Any, clock: MovableClock) -> RememberedApps:
    return RememberedApps(source, clock.now)


def test_credentials_are_read_once_in_five_minutes(
    apps: RememberedApps, source: Source, clock: MovableClock
) -> None:
    assert [apps.app("qbo")["client_id"] for _ in range(5)] == ["one"] * 5
    clock.move(seconds=299)
    source.apps["qbo"] = {"client_id": "two"}
    assert apps.app("qbo")["client_id"] == "one"
    assert source.reads == 1
    clock.move(seconds=1)
    assert apps.app("qbo")["client_id"] == "two"


def test_what_is_missing_is_not_asked_for_at_every_call(
    apps: RememberedApps, source: Source, clock: MovableClock
) -> None:
    for _ in range(5):
        with pytest.raises(RailUnavailable):
            apps.app("ramp")
    assert source.reads == 1
    source.apps["ramp"] = {"client_id": "new"}
    clock.move(seconds=30)
    assert apps.app("ramp")["client_id"] == "new"


def test_old_credentials_serve_for_an_hour_while_parameters_are_silent(
    apps: RememberedApps, source: Source, clock: MovableClock
) -> None:
    apps.app("qbo")
    source.silent = True
    for _ in range(11):
        clock.move(minutes=5)
        assert apps.app("qbo")["client_id"] == "one"
    clock.move(minutes=5)
    with pytest.raises(RailUnavailable):
        apps.app("qbo")
    source.silent = False
    clock.move(seconds=30)
    assert apps.app("qbo")["client_id"] == "one"


def test_the_memory_is_bounded(apps: RememberedApps, source: Source) -> None:
    for number in range(REMEMBERED_MAX + 1):
        source.apps[f"rail-{number}"] = {"client_id": str(number)}
        apps.app(f"rail-{number}")
    reads = source.reads
    apps.app("rail-0")
    assert source.reads == reads + 1
    assert len(apps._memory) == REMEMBERED_MAX
