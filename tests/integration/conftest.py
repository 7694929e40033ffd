"""The product on the engine with simulated rails, once per session."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.rig.stack import Rig


@pytest.fixture(scope="session")
def rig(
    tmp_path_factory: pytest.TempPathFactory, product_layer: Path, engine_runtime: Path
) -> Iterator[Rig]:
    """Tests make clients of their own in it, so that none needs it empty."""
    made = Rig(
        tmp_path_factory.mktemp("rig"),
        layer_directory=product_layer,
        runtime_directory=engine_runtime,
        enforce_policies=True,
    )
    try:
        made.start(lambda _: None)
        yield made
    finally:
        made.stop()
