from __future__ import annotations

from pathlib import Path

from local.lifecycle_page import page
from rowcol.domain.holds import HOLDS
from rowcol.domain.lifecycle import TABLE

PAGE = Path(__file__).parents[3] / "docs" / "lifecycle.md"


def test_the_page_in_docs_is_what_the_table_says() -> None:
    assert PAGE.read_text(encoding="utf-8") == page() + "\n"


def test_every_row_is_a_line_of_the_page() -> None:
    lines = page().splitlines()
    assert sum(line.startswith(("| `", "| new |")) for line in lines) == len(TABLE) + len(HOLDS)
    holds = lines[lines.index("## Holds") :]
    for kind in HOLDS:
        assert sum(line.startswith(f"| `{kind}` |") for line in holds) == 1
