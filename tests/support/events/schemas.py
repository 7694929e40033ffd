"""Checks facts and events against the schemas in docs/events."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

FOLDER = Path(__file__).parents[3] / "docs" / "events"


def _read(name: str) -> Any:
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


BUS = _read("bus-event.v1.json")


@cache
def _validator(version: int, fact_type: str) -> Any:
    document = _read(f"facts.v{version}.json")
    registry = Registry().with_resource(document["$id"], DRAFT202012.create_resource(document))
    if fact_type not in document["facts"]:
        raise KeyError(f"{fact_type} is no fact of version {version}")
    where = f"{document['$id']}#/facts/{fact_type}"
    return Draft202012Validator({"$ref": where}, registry=registry)


def data_errors(fact_type: str, version: int, data: Any) -> list[str]:
    """What does not fit in a fact's data. KeyError: the version has no such fact."""
    errors = _validator(version, fact_type).iter_errors(data)
    return [f"{error.json_path}: {error.message}" for error in errors]


def event_errors(detail: Any) -> list[str]:
    """What does not fit in a published detail."""
    errors = Draft202012Validator(BUS).iter_errors(detail)
    return [f"{error.json_path}: {error.message}" for error in errors]
