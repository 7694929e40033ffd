"""docs/events.md names every fact type that the code can state, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path

from local.fact_types import stated_facts
from rowcol.domain.event_versions import CURRENT
from rowcol.domain.plain import instant, to_plain
from rowcol.domain.scope import Actor, ActorKind
from rowcol.service.bus_event import SCHEMA_VERSION, BusEvent

PAGE = Path(__file__).parents[3] / "docs" / "events.md"
TEXT = PAGE.read_text(encoding="utf-8")
ROW = re.compile(r"^\| `([a-z_]+\.[a-z_]+)` \|[^|]*\|([^|]*)\|$", re.MULTILINE)
NAME = re.compile(r"`([a-z_]+)`")


def test_the_page_lists_every_type_and_nothing_else() -> None:
    listed = [name for name, _ in ROW.findall(TEXT)]
    assert len(listed) == len(set(listed))
    assert set(listed) == set(stated_facts())


def test_the_page_names_what_each_type_carries_beside_the_aggregates() -> None:
    stated = stated_facts()
    for name, told in ROW.findall(TEXT):
        carried = stated[name].always | stated[name].sometimes
        assert set(NAME.findall(told)) == carried - {"payment", "bill", "invoice", "tray"}, name


def test_the_example_is_an_event_as_it_is_published() -> None:
    [example] = re.findall(r"```json\n(\{\n.*?\n\})\n```", TEXT, re.DOTALL)
    shown = json.loads(example)
    actor = Actor(ActorKind.PERSON, "ann-advisor", instant("2026-11-21T15:00:23Z"))
    event = BusEvent(
        SCHEMA_VERSION,
        shown["firm"],
        shown["client"],
        16,
        instant("2026-11-21T15:00:25.263595Z"),
        actor,
        shown["payment_id"],
        shown["bill_id"],
        shown["hash"],
        CURRENT,
    )
    assert shown == to_plain(event)
