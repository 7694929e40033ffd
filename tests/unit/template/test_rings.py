"""What import-linter cannot say: the inner rings use the standard library and nothing else, and the
handlers of webhooks load only what intake needs.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.template.document import ROOT

PACKAGE = ROOT / "layers/common/rowcol"
WEBHOOKS = ("ramp_webhook", "plaid_webhook", "qbo_webhook", "stripe_webhook")
HEAVY = ("pydantic", "httpx", "aws_lambda_powertools", "boto3", "anyio")


def imported(path: Path) -> Iterator[str]:
    """Top-level names of everything a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module.split(".")[0]


@pytest.mark.parametrize("ring", ["domain", "service"])
def test_the_inner_rings_use_the_standard_library_only(ring: str) -> None:
    allowed = sys.stdlib_module_names | {"rowcol"}
    for path in sorted((PACKAGE / ring).rglob("*.py")):
        assert set(imported(path)) <= allowed, path.name


def test_the_domain_does_no_io() -> None:
    forbidden = {"os", "socket", "subprocess", "urllib", "http", "pathlib", "io", "time", "random"}
    for path in sorted((PACKAGE / "domain").rglob("*.py")):
        assert not forbidden & set(imported(path)), path.name


def test_a_handler_is_thin() -> None:
    for path in sorted((ROOT / "functions").glob("*/handler.py")):
        outside = set(imported(path)) - {"rowcol", "__future__", "typing", "collections"}
        assert outside == set(), f"{path.parent.name} does more than hand over: {outside}"
        assert len(path.read_text().splitlines()) <= 60, path.parent.name


@pytest.mark.parametrize("folder", WEBHOOKS)
def test_a_webhook_loads_only_what_intake_needs(folder: str) -> None:
    # A new process, because this one has loaded everything already.
    script = f"import sys, handler; print([m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT / "functions" / folder,
        env={"PYTHONPATH": str(ROOT / "layers/common"), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "path", sorted((ROOT / "functions").glob("*/handler.py")), ids=lambda p: p.parent.name
)
def test_a_handler_can_be_imported_without_any_setting(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import handler; handler.handler"],
        cwd=path.parent,
        env={"PYTHONPATH": str(ROOT / "layers/common"), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_every_folder_of_code_is_type_checked() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    checked = {entry.split("/")[0] for entry in settings["files"]}
    folders = {
        path.relative_to(ROOT).parts[0]
        for pattern in ("*.py", "[a-z]*/*.py", "[a-z]*/*/*.py", "[a-z]*/*/*/*.py")
        for path in ROOT.glob(pattern)
    } - {"build"}
    assert folders <= checked
