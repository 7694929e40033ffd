"""Shared values in memory and on moto; answers of the table that are lost."""

from __future__ import annotations

from typing import Any

import botocore.session
import pytest
from moto import mock_aws

from local.memory_cells import MemoryCells
from rowcol.service.rail_budget_ports import Cell, Cells
from rowcol.service.store import StoreUnavailable
from rowcol.storage.cells import DynamoCells
from tests.conformance.cells import CellsRaces, CellsSuite
from tests.conformance.world import MovableClock
from tests.support.storage.scripted import Scripted, fails
from tests.support.storage.tables import create_tables


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


class TestMemory(CellsSuite, CellsRaces):
    @pytest.fixture
    def cells(self, clock: MovableClock) -> Cells:
        return MemoryCells(clock.now)


class TestMoto(CellsSuite):
    @pytest.fixture
    def cells(self, clock: MovableClock) -> Any:
        with mock_aws():
            made: Any = botocore.session.get_session().create_client(
                "dynamodb", "us-east-1", aws_access_key_id="test", aws_secret_access_key="test"
            )
            yield DynamoCells(create_tables(made).idempotency, lambda: made, clock.now)


def scripted(*answers: Any) -> tuple[DynamoCells, Scripted]:
    client: Any = Scripted(*answers)
    return DynamoCells("table", lambda: client, MovableClock().now), client


def test_a_put_that_meets_its_own_write_is_kept() -> None:
    def own_write(given: dict[str, Any]) -> Any:
        return fails("ConditionalCheckFailedException", Item=given["Item"])(given)

    cells, client = scripted(own_write)
    until = MovableClock().move(hours=1)
    kept, cell = cells.put("a", "one", Cell(), until)
    assert kept
    assert cell.text == "one"
    assert len(client.asked) == 1


@pytest.mark.parametrize("code", ["ProvisionedThroughputExceededException", "ThrottlingException"])
def test_a_table_that_does_not_answer_is_said(code: str) -> None:
    cells, _ = scripted(fails(code))
    with pytest.raises(StoreUnavailable):
        cells.put("a", "one", Cell(), MovableClock().now())
    with pytest.raises(StoreUnavailable):
        cells.read("a")
