from __future__ import annotations

from pathlib import Path

from local.rails_page import PAGES, page
from rowcol.rails.capability import Support
from rowcol.service.levers import LEVERS
from rowcol.wiring_capabilities import CAPABILITIES

PAGE = Path(__file__).parents[3] / "docs" / "rails.md"


def test_the_page_in_docs_is_what_the_rails_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page() + "\n"


def test_every_lever_of_every_rail_is_a_line_of_the_page() -> None:
    lines = page().splitlines()
    for rail in PAGES:
        for capability in rail.capabilities:
            assert sum(line.startswith(f"| `{capability.name}` |") for line in lines) >= 1


def test_every_rail_that_states_levers_has_a_page_and_every_package_is_a_rail() -> None:
    assert {id(rail.capabilities) for rail in PAGES} == {id(one) for one in CAPABILITIES.values()}
    package = Path(__file__).parents[3] / "layers" / "common" / "rowcol" / "rails"
    assert {path.parent.name for path in package.glob("*/capabilities.py")} == set(CAPABILITIES)


def test_each_refusal_for_a_missing_lever_says_where_a_person_does_it() -> None:
    detected = {one.name: one for one in CAPABILITIES["ramp"] if one.support is Support.DETECTED}
    assert set(detected) == set(LEVERS)
    assert all(one.link for one in detected.values())


def test_names_are_said_once_a_rail() -> None:
    for levers in CAPABILITIES.values():
        names = [one.name for one in levers]
        assert len(names) == len(set(names))
