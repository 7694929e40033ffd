"""What end-to-end tests start: everything, the way `make run` does."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local.demo.local_stack import LocalStack, Ports
from tests.support.rig.stack import Rig


@pytest.fixture(scope="session")
def engine_options(product_layer: Path, engine_runtime: Path) -> dict[str, Any]:
    """The engine with the roles of functions enforced and the waits of machines skipped."""
    return {
        "layer_directory": product_layer,
        "runtime_directory": engine_runtime,
        "enforce_policies": True,
        "wait_scale": 0.0,
    }


@pytest.fixture(scope="session")
def make_stack(engine_options: dict[str, Any]) -> Callable[[Path, Ports], LocalStack]:
    """A stack of processes, not started."""
    return lambda data, ports: LocalStack(data, ports, engine_options)


@pytest.fixture
def crash_rig(tmp_path: Path, engine_options: dict[str, Any]) -> Rig:
    """A stack of one test's own, whose rails survive its engine; not started."""
    return Rig(tmp_path / "rig", **engine_options)
