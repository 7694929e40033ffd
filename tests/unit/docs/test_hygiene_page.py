"""The page of data checks is what the tables of checks say."""

from __future__ import annotations

from local.hygiene_page import PAGE, page
from rowcol.domain.hygiene.kinds import HYGIENE


def test_the_page_in_docs_is_what_the_tables_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_check_is_one_line_of_the_page() -> None:
    lines = page().splitlines()
    for kind in HYGIENE:
        assert sum(line.startswith(f"| `{kind}` |") for line in lines) == 1
