"""Schemas of docs/openapi.json: of bodies from pydantic's models, of answers from their types."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from local.json_schema import Definitions, Schema

# What is never shown: whoever holds a waiting execution's token could resume it.
_UNSAID = {"Custody": frozenset({"token"})}
# Lists show what the log keeps, which has no version: a write decides it.
_WITHOUT_VERSION = ("Bill", "Payment", "TrayItem")


class Components:
    """Schemas by name, from dataclasses and from pydantic models alike."""

    def __init__(self) -> None:
        self._answers = Definitions(_UNSAID)
        self._bodies: dict[str, Schema] = {}

    def answer(self, kind: Any) -> Schema:
        """The schema of an answer's type."""
        moved: Schema = _moved(self._answers.of(kind))
        return moved

    def body(self, model: type[BaseModel]) -> Schema:
        """The schema of a body. Raises TypeError for two models of one name."""
        shown = model.model_json_schema(ref_template="#/components/schemas/{model}")
        inner = shown.pop("$defs", {})
        for name, schema in {**inner, model.__name__: shown}.items():
            if self._bodies.setdefault(name, schema) != schema:
                raise TypeError(f"two models are called {name}")
        return {"$ref": f"#/components/schemas/{model.__name__}"}

    def schemas(self) -> dict[str, Schema]:
        """All of them. Raises TypeError when a body and an answer share a name but no shape."""
        answers = {name: _moved(schema) for name, schema in self._answers.schemas.items()}
        for name in _WITHOUT_VERSION:
            if name in answers:
                needed = [one for one in answers[name]["required"] if one != "version"]
                answers[name] = {**answers[name], "required": needed}
        for name in answers.keys() & self._bodies.keys():
            if answers[name].get("enum") != self._bodies[name].get("enum"):
                raise TypeError(f"body and answer are both called {name}")
        return dict(sorted((self._bodies | answers | {"Problem": _PROBLEM}).items()))


def _moved(schema: Any) -> Any:
    """The same schema with its references into the components."""
    if isinstance(schema, dict):
        return {
            key: value.replace("#/$defs/", "#/components/schemas/")
            if key == "$ref"
            else _moved(value)
            for key, value in schema.items()
        }
    return [_moved(one) for one in schema] if isinstance(schema, list) else schema


_PROBLEM: Schema = {
    "type": "object",
    "description": "Problem details (RFC 9457). `code` is stable; `numbers` explain the refusal.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "numbers": {"type": "object"},
        "remedy": {"type": "string"},
        "link": {"type": "string", "format": "uri-reference"},
        "acr_values": {"type": "string"},
        "max_age": {"type": "integer"},
        "request_id": {"type": "string"},
    },
    "required": ["type", "title", "status", "code"],
}
