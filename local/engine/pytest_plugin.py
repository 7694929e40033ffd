"""Pytest fixtures: one engine for the whole session, emptied before each test that uses it.

Enable with `pytest_plugins = ["local.engine.pytest_plugin"]` in the top conftest, then ask for
`stack` (emptied) or `session_stack` (as it is). Templates and folders can be changed by
overriding `engine_options`.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local.engine.folders import runtime_from_environment
from local.engine.settings import REPOSITORY, Settings
from local.engine.stack import Stack

LOCAL_OIDC = {
    "OidcIssuer": "http://127.0.0.1:9/none",
    "OidcAudience": "rowcol",
    "OidcJwksUrl": "http://127.0.0.1:9/none/jwks.json",
}


@pytest.fixture(scope="session")
def engine_runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with boto3 and what it needs, as the Lambda runtime brings it."""
    built = REPOSITORY / "build" / "runtime"
    if (built / "boto3").is_dir():
        return built
    return runtime_from_environment(tmp_path_factory.mktemp("runtime"))


@pytest.fixture(scope="session")
def engine_options(engine_runtime: Path) -> dict[str, Any]:
    """Settings of the session's engine; the real template against the built layer."""
    layer = Settings(data_directory=Path()).layer_directory
    if not layer.is_dir():
        pytest.skip("the layer is not built: run `make layer`")
    return {"runtime_directory": engine_runtime, "parameters": LOCAL_OIDC}


@pytest.fixture(scope="session")
def session_stack(
    tmp_path_factory: pytest.TempPathFactory, engine_options: dict[str, Any]
) -> Iterator[Stack]:
    """One engine for the session, with state machine waits skipped."""
    options = {"engine_port": 0, "api_port": 0, "wait_scale": 0.0, **engine_options}
    with Stack.start(tmp_path_factory.mktemp("engine"), **options) as running:
        yield running


@pytest.fixture
def stack(session_stack: Stack) -> Stack:
    """The session's engine with empty tables and queues and nothing running."""
    session_stack.reset()
    return session_stack
