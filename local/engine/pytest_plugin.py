"""Pytest fixtures: one engine with the product for the whole session.

Enable with `pytest_plugins = ["local.engine.pytest_plugin"]` in the top conftest, then ask for
`stack` (emptied first) or `session_stack` (as it is). Tests of another template start their own
with `running_stack`.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from local.engine.stack import Stack

# Nothing listens there: tests that need tokens or rails start a simulator and pass its address.
NOWHERE = "http://127.0.0.1:9"
PRODUCT_PARAMETERS = {
    "OidcIssuer": NOWHERE,
    "OidcAudience": "rowcol",
    "OidcJwksUrl": f"{NOWHERE}/jwks.json",
    "RampBaseUrl": NOWHERE,
    "PlaidBaseUrl": NOWHERE,
    "QboBaseUrl": NOWHERE,
    "QboTokenUrl": f"{NOWHERE}/token",
    "ScheduleState": "DISABLED",
}


def running_stack(data_directory: Path, **options: Any) -> "Stack":
    """Start an engine on free ports with state machine waits skipped."""
    from local.engine.stack import Stack

    defaults = {"engine_port": 0, "api_port": 0, "wait_scale": 0.0, "follow_parent": os.getpid()}
    return Stack.start(data_directory, **{**defaults, **options})


@pytest.fixture(scope="session")
def engine_runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with boto3 and what it needs, as the Lambda runtime brings it."""
    from local.engine.folders import runtime_from_environment
    from local.engine.settings import REPOSITORY

    built = REPOSITORY / "build" / "runtime"
    if (built / "boto3").is_dir():
        return built
    return runtime_from_environment(tmp_path_factory.mktemp("runtime"))


@pytest.fixture(scope="session")
def product_layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer: built dependencies, and the package as it is now; skips when nothing is built."""
    from local.engine.folders import layer_from_sources
    from local.engine.settings import REPOSITORY, Settings

    built = Settings(data_directory=Path()).layer_directory
    if not built.is_dir():
        pytest.skip(f"{built} is not built")
    package = REPOSITORY / "layers" / "common" / "rowcol"
    return layer_from_sources(built, package, tmp_path_factory.mktemp("layer"))


@pytest.fixture(scope="session")
def product_parameters() -> dict[str, str]:
    """Template parameters of the session's engine; override to point at simulators."""
    return dict(PRODUCT_PARAMETERS)


@pytest.fixture(scope="session")
def session_stack(
    tmp_path_factory: pytest.TempPathFactory,
    engine_runtime: Path,
    product_layer: Path,
    product_parameters: dict[str, str],
) -> Iterator["Stack"]:
    """The product on one engine for the session; skips when the layer is not built."""
    with running_stack(
        tmp_path_factory.mktemp("engine"),
        layer_directory=product_layer,
        runtime_directory=engine_runtime,
        parameters=product_parameters,
    ) as running:
        yield running


@pytest.fixture
def stack(session_stack: "Stack") -> "Stack":
    """The product's engine with empty tables and queues and nothing running."""
    session_stack.reset()
    return session_stack
