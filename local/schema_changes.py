"""Whether readers of a schema can go on reading under its next state without a new version.

Allowed: new facts, new fields that may be missing, new words in a list of words, better texts.
Everything else breaks somebody: a field that is gone, has another type, may suddenly be null or
missing, or must suddenly be there, which what is stored already does not keep.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_TEXTS = frozenset({"title", "description", "$schema"})


def breaks(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Every break, as `where: what`; empty when the two are compatible."""
    return list(_walk("", before, after))


def _walk(at: str, before: Any, after: Any) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _objects(at, before, after)
    elif before != after:
        yield f"{at or '/'}: was {before}, is {after}"


def _objects(at: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    if "enum" in before and "enum" in after:
        gone = [word for word in before["enum"] if word not in after["enum"]]
        if gone:
            yield f"{at}: words are gone: {gone}"
        before, after = _without(before, "enum"), _without(after, "enum")
    if "required" in before or "required" in after:
        yield from _required(at, before, after)
        before, after = _without(before, "required"), _without(after, "required")
    for name, schema in before.items():
        if name in _TEXTS and not at.endswith("/properties"):
            continue
        if name not in after:
            yield f"{at}/{name}: is gone"
        else:
            yield from _walk(f"{at}/{name}", schema, after[name])
    if not _is_table(at):
        yield from (f"{at}/{name}: is new" for name in after if name not in before | _none())


def _required(at: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[str]:
    old, new = set(before.get("required", ())), set(after.get("required", ()))
    yield from (f"{at}/{name}: may be missing now" for name in sorted(old - new))
    yield from (f"{at}/{name}: must be there now" for name in sorted(new - old))


def _is_table(at: str) -> bool:
    """Whether its names are ours, so that there may be more of them: fields, facts, types."""
    return at.endswith(("/properties", "/$defs")) or at == "/facts"


def _without(schema: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in schema.items() if key != name}


def _none() -> dict[str, Any]:
    return dict.fromkeys(_TEXTS)
