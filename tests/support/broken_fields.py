"""Bodies and questions with one field made wrong, and what the published description says of it."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from local.openapi import document
from rowcol.edge.operation import Operation

Path = tuple[str | int, ...]
ABSENT = "absent"
# One of every kind of JSON, at its borders; what is good for some field is bad for the others.
VALUES: tuple[tuple[str, Any], ...] = (
    ("null", None),
    ("true", True),
    ("zero", 0),
    ("negative", -1),
    ("huge_number", 10**30),
    ("fraction", 1.5),
    ("empty", ""),
    ("huge_text", "x" * 100_000),
    ("nul", "\x00"),
    ("lone_surrogate", "\ud800"),
    ("word", "surprise!"),
    ("no_day", "2026-02-30"),
    ("list", []),
    ("nothing_in_it", [None]),
    ("many", ["x"] * 2_000),
    ("object", {}),
    ("unknown_field", {"surprise": 1}),
)
QUESTIONS = (
    "", "surprise!", "x" * 10_000, "\x00", "-1", "0", "1e9", "1.5", "NaN", "9" * 40, "2026-02-30",
    "null", "true", "[]", "{}", "' OR 1=1 --",
)  # fmt: skip


@dataclass(frozen=True)
class Broken:
    """A body with one field made otherwise; `fits`: whether the description allows it."""

    name: str
    body: Any
    fits: bool


@cache
def _described() -> Mapping[str, Any]:
    found: Mapping[str, Any] = document()
    return found


@cache
def _validator(method: str, path: str) -> Draft202012Validator:
    shown = _described()["paths"][path][method.lower()]["requestBody"]["content"]
    schema = {**shown["application/json"]["schema"], "components": _described()["components"]}
    return Draft202012Validator(schema, format_checker=FormatChecker(["date"]))


def fields_of(operation: Operation) -> list[Path]:
    """Every place in the body: those of the example, and top fields that it leaves out."""
    found = list(_places(operation.example or {}))
    found += [(name,) for name in operation.body.model_fields if (name,) not in found]
    return sorted(found, key=str)


def _places(value: Any, at: Path = ()) -> Iterator[Path]:
    """Fields of objects at any depth; of a list the first item stands for all."""
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield (*at, str(name))
            yield from _places(inner, (*at, str(name)))
    elif isinstance(value, list | tuple) and value:
        yield (*at, 0)
        yield from _places(value[0], (*at, 0))


def broken(operation: Operation, at: Path) -> Iterator[Broken]:
    """The example with this place made everything else, left out, or with a stranger beside it."""
    example = _plain(operation.example or {})
    validator = _validator(operation.method, operation.path)

    def judged(name: str, body: Any) -> Broken:
        return Broken(name, body, validator.is_valid(body))

    for name, value in VALUES:
        body = copy.deepcopy(example)
        _parent(body, at)[at[-1]] = value
        yield judged(name, body)
    body = copy.deepcopy(example)
    parent = _parent(body, at)
    if isinstance(parent, dict):
        parent.pop(at[-1], None)
        yield judged(ABSENT, body)
        body = copy.deepcopy(example)
        _parent(body, at)["surprise"] = 1
        yield judged("stranger_beside", body)


def _parent(body: Any, at: Path) -> Any:
    for step in at[:-1]:
        body = body[step]
    return body


def _plain(value: Any) -> Any:
    """Examples hold tuples and mappings of any kind; JSON has lists and objects."""
    if isinstance(value, Mapping):
        return {str(name): _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value


def typed_parameters(operation: Operation) -> dict[str, bool]:
    """Query parameters, and whether the description says that not every text fits."""
    shown = _described()["paths"][operation.path][operation.method.lower()]["parameters"]
    return {
        one["name"]: one["schema"].get("type") != "string"
        or bool({"enum", "format", "pattern"} & set(one["schema"]))
        for one in shown
        if one["in"] == "query"
    }
