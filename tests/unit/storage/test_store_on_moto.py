"""The adapter on moto, in one thread: it ignores request tokens and loses concurrent writes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest
from moto import mock_aws

from tests.conformance.store_suite import SingleThreaded
from tests.conformance.world import World
from tests.support.storage.tables import create_tables, world_on


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[Any]:
    with mock_aws():
        session = botocore.session.get_session()
        yield session.create_client(
            "dynamodb", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
        )


class TestStoreOnMoto(SingleThreaded):
    @pytest.fixture
    def world(self, dynamodb: Any) -> World:
        return world_on(dynamodb, create_tables(dynamodb))
