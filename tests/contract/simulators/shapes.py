"""How an answer differs in shape from a sample: keys and kinds of values, deeply."""

from __future__ import annotations

from decimal import Decimal
from typing import Any


def kind(value: Any) -> str:
    """A word for what a JSON value is; numbers are one kind."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "flag"
    if isinstance(value, int | float | Decimal):
        return "number"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else "object"


def differences(
    sample: Any, shown: Any, path: str = "", free: frozenset[str] = frozenset()
) -> list[str]:
    """Missing keys, keys the sample does not have, other kinds. Null fits every kind; a list is
    compared by its first elements; below a name of `free` anything goes."""
    if path.rsplit(".", 1)[-1] in free or "null" in (kind(sample), kind(shown)):
        return []
    if kind(sample) != kind(shown):
        return [f"{path}: {kind(shown)} instead of {kind(sample)}"]
    if isinstance(sample, dict):
        found = [f"{path}.{name} is missing" for name in sample if name not in shown]
        found += [f"{path}.{name} is not in the sample" for name in shown if name not in sample]
        for name in sample.keys() & shown.keys():
            found += differences(sample[name], shown[name], f"{path}.{name}", free)
        return sorted(found)
    if isinstance(sample, list) and sample and shown:
        return differences(sample[0], shown[0], f"{path}[]", free)
    return []
