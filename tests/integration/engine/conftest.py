"""An engine with the small fixture application instead of the product."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from local.engine.pytest_plugin import running_stack
from local.engine.stack import Stack

FIXTURES = Path(__file__).with_name("fixtures")
CLOCK_MODULE = """
offset = 0.0


def use_offset(seconds):
    global offset
    offset = seconds
"""


@pytest.fixture(scope="session")
def fixture_layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A layer holding nothing but a module that takes a clock offset."""
    layer = tmp_path_factory.mktemp("layer")
    package = layer / "rowcol"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "clock_source.py").write_text(CLOCK_MODULE)
    return layer


@pytest.fixture(scope="session")
def start_app(engine_runtime: Path, fixture_layer: Path) -> Callable[..., Stack]:
    """Start an engine of one's own, for tests that crash or misuse it."""

    def start(data_directory: Path, **options: Any) -> Stack:
        defaults: dict[str, Any] = {
            "template": FIXTURES / "template.yaml",
            "layer_directory": fixture_layer,
            "runtime_directory": engine_runtime,
        }
        return running_stack(data_directory, **{**defaults, **options})

    return start


@pytest.fixture(scope="session")
def clock_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clock") / "clock.json"


@pytest.fixture(scope="session")
def session_app(
    tmp_path_factory: pytest.TempPathFactory, start_app: Callable[..., Stack], clock_file: Path
) -> Iterator[Stack]:
    directory = tmp_path_factory.mktemp("app")
    with start_app(directory, clock_file=clock_file, workers_per_function=2) as running:
        yield running


@pytest.fixture
def app(session_app: Stack) -> Stack:
    """The fixture application with empty tables and queues."""
    session_app.reset()
    return session_app
