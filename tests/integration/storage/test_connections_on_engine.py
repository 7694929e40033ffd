"""Consents, endpoints and sealed tokens where they lie when deployed."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from local.engine.stack import Stack
from rowcol.service.connection_ports import Consents
from rowcol.service.intake_ports import Endpoint
from rowcol.storage.consents import DynamoConsents
from rowcol.storage.parameters import Parameters
from rowcol.storage.vault import KmsVault, Unopenable
from tests.conformance.consents import OnTables
from tests.support.storage.tables import create_tables

CONTEXT = {"firm": "oak", "client": "bluebird", "connection": "qbo"}


class TestConsentsOnEngine(OnTables):
    @pytest.fixture
    def consents(self, dynamodb: Any) -> Consents:
        return DynamoConsents(create_tables(dynamodb).idempotency, lambda: dynamodb)


def test_an_endpoint_is_written_read_changed_and_forgotten(storage_engine: Stack) -> None:
    ssm, kms = storage_engine.client("ssm"), storage_engine.client("kms")
    key = kms.create_key()["KeyMetadata"]["Arn"]
    parameters = Parameters("/rowcol/test", lambda: ssm, key)
    endpoint = Endpoint("stripe", "k" * 43, "oak", "bluebird", ("whsec_one",), livemode=True)
    parameters.write(endpoint)
    assert parameters.read("stripe", "k" * 43) == endpoint
    stored = ssm.get_parameter(Name=f"/rowcol/test/endpoints/stripe/{'k' * 43}")["Parameter"]
    assert stored["Type"] == "SecureString"
    parameters.write(Endpoint("stripe", "k" * 43, "oak", "bluebird", ("whsec_two", "whsec_one")))
    found = parameters.read("stripe", "k" * 43)
    assert found is not None
    assert found.secrets == ("whsec_two", "whsec_one")
    parameters.delete("stripe", "k" * 43)
    parameters.delete("stripe", "k" * 43)
    assert parameters.read("stripe", "k" * 43) is None


def test_a_token_is_sealed_by_a_data_key_of_its_owner(storage_engine: Stack) -> None:
    kms = storage_engine.client("kms")
    vault = KmsVault(kms.create_key()["KeyMetadata"]["Arn"], lambda: kms)
    sealed = vault.sealer(CONTEXT).seal("token-1")
    assert "token-1" not in base64.b64decode(sealed[2:]).decode("latin-1")
    assert vault.open(sealed, CONTEXT) == "token-1"
    blob = bytearray(base64.b64decode(sealed[2:]))
    blob[-1] ^= 1
    with pytest.raises(Unopenable):
        vault.open("1." + base64.b64encode(bytes(blob)).decode(), CONTEXT)
