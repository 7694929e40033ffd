"""All pages: links lead somewhere, files that are named exist, and the project speaks of itself."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PACKAGE = ROOT / "layers" / "common" / "rowcol"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
FILE = re.compile(r"`((?:domain|service|rails|storage|edge|local|bench|tests)/[a-z0-9_/]+\.py)`")
# A folder of one machine would mean nothing to anybody else.
ELSEWHERE = re.compile(r"(?<![\w.])/(?:home|root|Users|work|tmp)/")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_a_page_points_to_is_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in LINK.findall(text):
        assert (page.parent / target).exists(), target
    for name in FILE.findall(text):
        assert (PACKAGE / name).exists() or (ROOT / name).exists(), name
    assert not ELSEWHERE.search(text)


def test_the_readme_leads_to_every_page() -> None:
    told = {Path(target).name for target in LINK.findall(PAGES[0].read_text(encoding="utf-8"))}
    assert {page.name for page in (ROOT / "docs").glob("*.md")} <= told
