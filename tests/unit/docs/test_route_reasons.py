"""docs/api.md explains every reason for which the router leaves a network aside."""

from __future__ import annotations

import re
from pathlib import Path

from rowcol.domain.routing.networks import RULES
from rowcol.domain.routing.reasons import Reason

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")


def test_every_reason_is_explained_and_no_other() -> None:
    [table] = re.findall(r"\| Reason \| The network \|\n\|---\|---\|\n((?:\|.*\n)+)", PAGE)
    told = [
        name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])
    ]
    assert told == [reason.value for reason in Reason]


def test_the_page_counts_the_networks_right() -> None:
    assert f"three of the {len(RULES) - 1} in `not_taken`" in PAGE
