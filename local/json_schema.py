"""JSON Schema of our dataclasses as `rowcol.domain.plain` writes them.

Fields with a default may be missing: what was stored before they existed lacks them.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
_SCALARS: dict[Any, Schema] = {
    str: {"type": "string"},
    bool: {"type": "boolean"},
    int: {"type": "integer"},
    datetime: {"type": "string", "format": "date-time"},
    date: {"type": "string", "format": "date"},
    Decimal: {"type": "string", "format": "decimal"},
    object: {},
    Any: {},
}


class Definitions:
    """Schemas by reference: every dataclass and enum that was met, by its name.

    `left_out`: names of fields, by dataclass, that are not written.
    """

    def __init__(self, left_out: Mapping[str, frozenset[str]] | None = None) -> None:
        self._left_out = left_out or {}
        self._owners: dict[str, type] = {}
        self.schemas: dict[str, Schema] = {}

    def of(self, kind: Any) -> Schema:
        """The schema of an annotated type. Raises TypeError for what cannot be written."""
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin is typing.Union or origin is types.UnionType:
            return self._union(arguments)
        if origin is tuple:
            return self._tuple(arguments)
        if origin in (dict, Mapping):
            inner = self.of(arguments[1])
            return {"type": "object"} | ({"additionalProperties": inner} if inner else {})
        if kind is dict:
            return {"type": "object"}
        if isinstance(kind, type) and (dataclasses.is_dataclass(kind) or issubclass(kind, Enum)):
            return self._reference(kind)
        if kind in _SCALARS:
            return dict(_SCALARS[kind])
        raise TypeError(f"no schema for {kind}")

    def _union(self, choices: tuple[Any, ...]) -> Schema:
        shown = [{"type": "null"} if one is type(None) else self.of(one) for one in choices]
        if {} in shown:
            return {}
        if all(set(one) == {"type"} for one in shown):
            return {"type": [one["type"] for one in shown]}
        return {"anyOf": shown}

    def _tuple(self, kinds: tuple[Any, ...]) -> Schema:
        if len(kinds) == 2 and kinds[1] is Ellipsis:
            return {"type": "array", "items": self.of(kinds[0])}
        count = len(kinds)
        return {
            "type": "array",
            "prefixItems": [self.of(kind) for kind in kinds],
            "minItems": count,
            "maxItems": count,
        }

    def _reference(self, kind: type) -> Schema:
        name = kind.__name__
        if self._owners.setdefault(name, kind) is not kind:
            raise TypeError(f"two types are called {name}")
        if name not in self.schemas:
            self.schemas[name] = {}  # known from here on, should it contain itself
            words = issubclass(kind, Enum)
            self.schemas[name] = self._enum(kind) if words else self.object_of(kind)
        return {"$ref": f"#/$defs/{name}"}

    @staticmethod
    def _enum(kind: type) -> Schema:
        return {"enum": [member.value for member in typing.cast("type[Enum]", kind)]}

    def object_of(self, kind: Any) -> Schema:
        """The schema of a dataclass itself, not by reference."""
        hints = typing.get_type_hints(kind)
        left_out = self._left_out.get(kind.__name__, frozenset())
        shown = [field for field in dataclasses.fields(kind) if field.name not in left_out]
        return {
            "type": "object",
            "properties": {field.name: self.of(hints[field.name]) for field in shown},
            "required": [field.name for field in shown if _is_always_there(field)],
        }


def _is_always_there(field: dataclasses.Field[Any]) -> bool:
    missing = dataclasses.MISSING
    return field.default is missing and field.default_factory is missing
