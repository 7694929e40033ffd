"""An engine with the small fixture application."""

from pathlib import Path
from typing import Any

import pytest

FIXTURES = Path(__file__).with_name("fixtures")


@pytest.fixture(scope="session")
def engine_layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A layer with one module of its own, and the hook that takes a clock offset."""
    layer = tmp_path_factory.mktemp("layer")
    package = layer / "rowcol"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "clock_source.py").write_text(
        "offset = 0.0\n\n\ndef use_offset(seconds):\n    global offset\n    offset = seconds\n"
    )
    return layer


@pytest.fixture(scope="session")
def engine_options(engine_runtime: Path, engine_layer: Path) -> dict[str, Any]:
    """Settings that start the fixture application instead of the product."""
    return {
        "template": FIXTURES / "template.yaml",
        "layer_directory": engine_layer,
        "runtime_directory": engine_runtime,
    }
