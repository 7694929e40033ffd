from __future__ import annotations

from pathlib import Path

from local.rails_page import PAGES, page

PAGE = Path(__file__).parents[3] / "docs" / "rails.md"


def test_the_page_in_docs_is_what_the_rails_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page() + "\n"


def test_every_lever_of_every_rail_is_a_line_of_the_page() -> None:
    lines = page().splitlines()
    for rail in PAGES:
        for capability in rail.capabilities:
            assert sum(line.startswith(f"| `{capability.name}` |") for line in lines) >= 1
