"""Consents under way in memory, and in a table as moto plays it."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from local.memory_consents import MemoryConsents
from rowcol.service.connection_ports import Consents
from rowcol.storage.consents import DynamoConsents
from tests.conformance.consents import ConsentSuite, OnTables
from tests.support.storage.tables import create_tables


class TestInMemory(ConsentSuite):
    @pytest.fixture
    def consents(self) -> Consents:
        return MemoryConsents()


class TestOnMoto(OnTables):
    @pytest.fixture
    def consents(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Consents]:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "testing")
        with mock_aws():
            client = boto3.client("dynamodb", region_name="us-east-1")
            yield DynamoConsents(create_tables(client, "consents").idempotency, lambda: client)

    def test_one_of_many_takes_it(self, consents: Consents) -> None:
        """Moto serves one thread only; the engine's run of this suite has the race."""
