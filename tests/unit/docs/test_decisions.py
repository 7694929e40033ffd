"""Decisions are numbered, dated, complete, in the index; and every dependency is argued for."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "docs" / "decisions"
DECISIONS = sorted(FOLDER.glob("[0-9]*.md"))
REQUIREMENTS = ("layers/common/requirements.in", "requirements/dev.in", "requirements/sam.in")


def test_numbers_have_no_gap() -> None:
    assert [int(path.name[:4]) for path in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_is_dated_and_says_what_else_and_how_to_go_back(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    title = text.splitlines()[0]
    assert title.startswith(f"# {path.name[:4]} ")
    assert re.search(r"^Date: \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    for heading in ("## Decision", "## Alternatives", "## Going back"):
        assert f"\n{heading}\n" in text
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert f"[{path.name[:4]}]({path.name}) | {title[7:]} |" in index


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_dependency_is_argued_for(name: str) -> None:
    told = (FOLDER / "0006-dependencies.md").read_text(encoding="utf-8")
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        package = re.match(r"[A-Za-z0-9-]+", line)
        if package and not line.startswith("-r"):
            assert re.search(rf"^\| .*\b{package.group()}\b.* \|", told, re.MULTILINE), line
