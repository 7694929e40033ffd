"""An engine with nothing deployed: tests make fresh tables from the product's template."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.engine.pytest_plugin import running_stack
from local.engine.stack import Stack

APPLICATION = Path(__file__).parents[1] / "engine" / "fixtures" / "template.yaml"


@pytest.fixture(scope="session")
def storage_engine(
    tmp_path_factory: pytest.TempPathFactory, engine_runtime: Path
) -> Iterator[Stack]:
    options = {"template": APPLICATION, "layer_directory": tmp_path_factory.mktemp("layer")}
    data = tmp_path_factory.mktemp("storage")
    with running_stack(data, runtime_directory=engine_runtime, **options) as running:
        yield running


@pytest.fixture(scope="session")
def dynamodb(storage_engine: Stack) -> Any:
    return storage_engine.client("dynamodb", max_pool_connections=20)
