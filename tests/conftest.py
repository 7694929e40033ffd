"""Fixtures that more than one folder of tests uses, how examples are drawn, and what no test may
leave in a log.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from local.engine.stack import Stack
from tests.support.secrecy import secrets_in

pytest_plugins = ["local.engine.pytest_plugin"]

# On a person's machine every run draws other examples and remembers what failed. CI draws the same
# ones each time: what it says of a commit stays so. Nowhere is an example timed: machines are busy.
settings.register_profile("person", deadline=None)
settings.register_profile("ci", derandomize=True, print_blob=True, deadline=None)
settings.load_profile("ci" if os.environ.get("CI") else "person")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
    call: pytest.CallInfo[None],
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that passed with a secret in what it logged or printed has failed."""
    report = yield
    found = [shown for _, text in report.sections for shown in secrets_in(text)]
    if report.passed and found:
        report.outcome = "failed"
        report.longrepr = "a secret stands in the captured log or output:\n" + "\n".join(found)
    return report


@pytest.fixture(scope="session", autouse=True)
def no_secret_in_functions_logs() -> Iterator[None]:
    """What the functions of all engines of a session logged is looked through at its end."""
    folders: set[Path] = set()
    start = Stack.start.__func__  # type: ignore[attr-defined]  # it is a class method

    def remembered(kind: type[Stack], data_directory: Path, *args: Any, **options: Any) -> Stack:
        folders.add(data_directory)
        return start(kind, data_directory, *args, **options)  # type: ignore[no-any-return]  # as it was

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stack, "start", classmethod(remembered))
        yield
    logs = [folder / "functions.log" for folder in folders]
    found = {
        str(log): shown
        for log in logs
        if log.exists() and (shown := secrets_in(log.read_text(encoding="utf-8")))
    }
    assert not found, found
