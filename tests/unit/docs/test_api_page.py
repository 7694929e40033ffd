"""docs/api.md names every route of the template and every refusal code with its status."""

from __future__ import annotations

import json
import re
from pathlib import Path

from rowcol.domain.refusal import Code
from rowcol.edge.problem import status_of
from tests.unit.template.document import as_expanded

PAGE = (Path(__file__).parents[3] / "docs" / "api.md").read_text(encoding="utf-8")


def test_every_route_of_the_template_is_on_the_page_and_no_other() -> None:
    [api] = as_expanded("AWS::ApiGateway::RestApi").values()
    deployed = {
        f"{method.upper()} {path}"
        for path, methods in api["Properties"]["Body"]["paths"].items()
        for method in methods
    }
    told = set(re.findall(r"`((?:GET|POST|PUT|DELETE) /[^`… ]*)`", PAGE))
    assert told == deployed


def test_every_code_is_listed_with_its_status() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \| (\d{3}) \|", PAGE, re.MULTILINE)
    assert rows == [(code.value, str(status_of(code))) for code in Code]


def test_examples_are_json() -> None:
    examples = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    assert len(examples) >= 10
    for example in examples:
        json.loads(example)
