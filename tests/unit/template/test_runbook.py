"""docs/operations.md: whoever is woken by an alarm finds a section, or a row of a table, for it."""

from __future__ import annotations

import re

import pytest

from tests.unit.template.document import ROOT, as_written, name_of

PAGE = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
ALARMS = as_written("AWS::CloudWatch::Alarm")


def names(alarm: str) -> tuple[str, str]:
    """The alarm's name behind the stack's, and its logical id."""
    whole = name_of(ALARMS[alarm]["Properties"]["AlarmName"])
    return whole.removeprefix("${AWS::StackName}-"), alarm


@pytest.mark.parametrize("alarm", ALARMS)
def test_an_alarm_has_a_heading_or_a_row(alarm: str) -> None:
    name, logical_id = names(alarm)
    heading = re.compile(rf"^### {re.escape(name)}\n`{logical_id}`", re.MULTILINE)
    row = re.compile(rf"^\| `{re.escape(name)}` \| `{logical_id}` \|", re.MULTILINE)
    assert heading.search(PAGE) or row.search(PAGE), f"docs/operations.md says nothing of {name}"


def test_no_section_is_about_an_alarm_that_is_gone() -> None:
    told = set(re.findall(r"`([A-Za-z]+Alarm)`", PAGE))
    assert told == set(ALARMS)


def test_links_inside_the_page_lead_somewhere() -> None:
    headings = {line.lstrip("# ").lower().replace(" ", "-") for line in PAGE.splitlines()}
    for anchor in re.findall(r"\]\(#([a-z-]+)\)", PAGE):
        assert anchor in headings
