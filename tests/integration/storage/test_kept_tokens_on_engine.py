"""Threads that need a new token at one moment refresh once, with real keys and tables."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.engine.stack import Stack
from rowcol.domain.connection import Connection
from rowcol.service.connections import Granted, KeptTokens, connect, context_of
from rowcol.storage.vault import KmsVault
from tests.conformance.races import together
from tests.conformance.world import CEDAR, MovableClock, World
from tests.support.domain.builders import NOW
from tests.support.storage.tables import create_tables, world_on
from tests.support.storage.tokens import OWNER, Endpoint, surroundings_of

SLOW_SECONDS = 0.3


@dataclass
class Connected:
    """A client's connection in real tables, its token an hour old when the test begins."""

    world: World
    vault: KmsVault
    endpoint: Endpoint

    def tokens(self) -> KeptTokens:
        # Polling another's lease: bounded by KeptTokens itself, a hundredth of its wait here.
        pauses = surroundings_of(self.world.clock, lambda seconds: time.sleep(seconds / 10))
        books = self.world.books(OWNER)
        return KeptTokens(books, self.vault, "qbo", self.endpoint.refresh, pauses)


@pytest.fixture
def connected(storage_engine: Stack, dynamodb: Any) -> Connected:
    kms = storage_engine.client("kms")
    vault = KmsVault(kms.create_key()["KeyMetadata"]["Arn"], lambda: kms)
    clock = MovableClock()
    world = world_on(dynamodb, create_tables(dynamodb), clock)
    ends = NOW + timedelta(hours=1)
    connect(world.books(OWNER), vault, "qbo", Granted("access-0", ends, "refresh-0"))
    clock.move(hours=1)
    # The rail takes its time, so that everybody arrives while the first refresh is under way.
    return Connected(world, vault, Endpoint(clock, lambda: time.sleep(SLOW_SECONDS)))


@pytest.mark.parametrize("threads", [2, 50])
def test_a_token_that_has_ended_is_refreshed_once(connected: Connected, threads: int) -> None:
    found = together(lambda _: connected.tokens().token(), threads)
    assert found == ["access-1"] * threads
    assert connected.endpoint.asked == ["refresh-0"]
    assert not connected.endpoint.killed


@pytest.mark.parametrize("threads", [2, 8])
def test_a_token_that_was_refused_is_renewed_once(connected: Connected, threads: int) -> None:
    found = together(lambda _: connected.tokens().renewed("access-0"), threads)
    assert found == ["access-1"] * threads
    assert connected.endpoint.asked == ["refresh-0"]
    assert not connected.endpoint.killed


def test_another_client_cannot_open_a_token(connected: Connected) -> None:
    stored = connected.world.books(OWNER).get(Connection, "qbo")
    assert stored is not None
    assert connected.vault.open(stored.access, context_of(OWNER, "qbo")) == "access-0"
    assert "access-0" not in stored.access
    for scope, name in ((CEDAR, "qbo"), (OWNER, "ramp")):
        with pytest.raises(ClientError) as refused:
            connected.vault.open(stored.access, context_of(scope, name))
        assert refused.value.response["Error"]["Code"] == "InvalidCiphertextException"
