"""Checks whatever a simulator answers against a description of its rail's operations.

Two descriptions: the vendors' published one, cut to what is used, which lies beside the repository
where the work is done (`RAILS`), and a small one of our own that is always there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from local.simulators.core import SimulatorCore
from local.simulators.messages import Json, SimRequest, SimResponse
from tests.contract.simulators.own_descriptions import OWN

RAILS = Path(__file__).resolve().parents[3].parent / "shared" / "rails"
HERE = RAILS.exists()
ERROR = {"ramp": "DeveloperApiErrorResponse", "plaid": "PlaidError"}
METHODS = ("get", "post", "patch", "delete", "put")
Reached = tuple[str, str, int]


def sources() -> list[str]:
    """The descriptions that can be checked against here."""
    return ["own", "published"] if HERE else ["own"]


def plain(schema: Any) -> Any:
    """OpenAPI 3.0's `nullable`, also beside `allOf`, in the words of JSON Schema."""
    if isinstance(schema, list):
        return [plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: plain(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [inner, {"type": "null"}]} if schema.get("nullable") is True else inner


def samples(rail: str) -> dict[str, Json]:
    """The composed sample answers and requests of a rail, by name."""
    text = (RAILS / "examples" / f"{rail}.json").read_text(encoding="utf-8")
    found: dict[str, Json] = json.loads(text)["examples"]
    return found


class Checker:
    """Stands before a core's `handle`, validates each answer and notes what was reached."""

    def __init__(self, rail: str, source: str) -> None:
        self.rail = rail
        self.spec: Json = OWN[rail]
        if source == "published":
            self.spec = json.loads((RAILS / "openapi" / f"{rail}.json").read_text("utf-8"))
        resource = Resource.from_contents(plain(self.spec), default_specification=DRAFT202012)
        self.registry: Any = Registry().with_resource("urn:spec", resource)
        self.reached: set[Reached] = set()

    def watch(self, core: SimulatorCore) -> Checker:
        """Check this core from now on."""
        handle: Callable[[SimRequest], SimResponse] = core.handle

        def checked(request: SimRequest) -> SimResponse:
            response = handle(request)
            self.check(request, response)
            return response

        core.handle = checked  # type: ignore[method-assign]  # a spy on this instance only
        return self

    def check(self, request: SimRequest, response: SimResponse) -> None:
        """Validate one answer. Raises AssertionError with the places that do not fit."""
        template, operation = self.operation(request)
        if operation is None or response.disconnect:
            return
        self.reached.add((request.method, template, response.status))
        kind = response.headers.get("content-type", "")
        if response.status >= 400:
            if kind == "application/json":
                self.validate({"$ref": f"#/components/schemas/{ERROR[self.rail]}"}, response.json())
            return
        wanted = operation["responses"].get(str(response.status))
        assert wanted is not None, f"{request.method} {template} may not answer {response.status}"
        content = wanted.get("content", {})
        if not content:
            assert not response.body or response.body == b"{}"
            return
        assert kind in content, f"{template} answers {kind}, not {list(content)}"
        if kind == "application/json":
            self.validate(content[kind]["schema"], response.json())

    def validate(self, schema: Json, value: Any) -> None:
        """Raises AssertionError when a value does not fit a schema of the description."""
        text = json.dumps(plain(schema)).replace('"#/', '"urn:spec#/')
        validator = Draft202012Validator(
            json.loads(text), registry=self.registry, format_checker=FormatChecker()
        )
        problems = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(value)]
        assert not problems, problems[:5]

    def operation(self, request: SimRequest) -> tuple[str, Json | None]:
        """The path's template and what the description says of the method."""
        literal_first = sorted(self.spec["paths"], key=lambda path: ("{" in path, path))
        for template in literal_first:
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), request.path):
                return template, self.spec["paths"][template].get(request.method.lower())
        return request.path, None

    def operations(self) -> Iterable[tuple[str, str, Json]]:
        """All operations: method, path template, description."""
        for template, methods in self.spec["paths"].items():
            for method, operation in methods.items():
                if method in METHODS:
                    yield method.upper(), template, operation

    def missing(self) -> list[str]:
        """Operations whose success was not seen, or no error of which was seen."""
        lines = []
        for method, template, operation in self.operations():
            statuses = {
                status
                for reached_method, path, status in self.reached
                if (reached_method, path) == (method, template)
            }
            good = {int(status) for status in operation["responses"] if status.startswith("2")}
            errors = {status for status in operation["responses"] if not status.startswith("2")}
            if not statuses & good:
                lines.append(f"{method} {template}: no success")
            if errors and not any(status >= 400 for status in statuses):
                lines.append(f"{method} {template}: no error")
        return lines

    def unseen_statuses(self) -> list[str]:
        """Statuses that the description lists and that were not seen."""
        return [
            f"{method} {template} {status}"
            for method, template, operation in self.operations()
            for status in operation["responses"]
            if status.isdigit() and (method, template, int(status)) not in self.reached
        ]
