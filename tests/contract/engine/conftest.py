"""One engine for the contract suite, with a fresh table for each module."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from local.engine.pytest_plugin import running_stack
from local.engine.stack import Stack
from tests.contract.engine.machines import Machines
from tests.contract.engine.tables import Table

APPLICATION = Path(__file__).parents[2] / "integration" / "engine" / "fixtures" / "template.yaml"


@pytest.fixture(scope="session")
def emulator(tmp_path_factory: pytest.TempPathFactory, engine_runtime: Path) -> Iterator[Stack]:
    layer = tmp_path_factory.mktemp("layer")
    options = {"template": APPLICATION, "layer_directory": layer, "wait_scale": 1.0}
    data = tmp_path_factory.mktemp("contract")
    with running_stack(data, runtime_directory=engine_runtime, **options) as running:
        yield running


@pytest.fixture(scope="module")
def table(emulator: Stack, request: pytest.FixtureRequest) -> Table:
    return Table.create(emulator, request.module.__name__.rpartition(".")[2])


@pytest.fixture(scope="session")
def machines(emulator: Stack) -> Machines:
    return Machines(emulator)
