"""Dataclasses to plain JSON values and back, driven by their type hints; and canonical JSON.

One codec serves storage, log entries and answers, so that what is hashed, stored and shown is the
same text.
Money becomes {"minor", "currency"}; instants ISO 8601 in UTC with microseconds; dates ISO; enums
their value. Unknown keys are ignored on the way in (an older reader meets a newer writer); missing
ones take the default.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, TypeVar

T = TypeVar("T")


class PlainError(ValueError):
    """A stored value does not fit the type it is read as."""


def instant_text(value: datetime) -> str:
    """ISO 8601 in UTC, fixed width, so that text order is time order."""
    if value.tzinfo is None:
        raise PlainError("instant without a zone")
    # Not strftime: it writes the year 999 with three digits.
    return value.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def instant(text: str) -> datetime:
    """The aware UTC instant written by instant_text (or any ISO 8601 text with an offset)."""
    value = datetime.fromisoformat(text)
    if value.tzinfo is None:
        raise PlainError("instant without a zone")
    return value.astimezone(UTC)


# Exact types, which most values are: every write of the log comes through here.
_AS_IT_IS = frozenset({str, int, bool, type(None)})
# Field names of the dataclasses that were met: looked up before anything is asked of a type.
_KNOWN_FIELDS: dict[type, tuple[str, ...]] = {}


def to_plain(value: Any) -> Any:
    """JSON-safe copy of a value. Raises PlainError for a float or an unknown type."""
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is dict:
        return {
            str(key): item if type(item) in _AS_IT_IS else to_plain(item)
            for key, item in value.items()
        }
    names = _KNOWN_FIELDS.get(kind)
    if names is not None:
        return {
            name: item if type(item := getattr(value, name)) in _AS_IT_IS else to_plain(item)
            for name in names
        }
    if kind is list or kind is tuple:
        return [item if type(item) in _AS_IT_IS else to_plain(item) for item in value]
    if kind is datetime:
        return instant_text(value)
    return _less_usual(value)


def _less_usual(value: Any) -> Any:
    """Of the types that `to_plain` does not know at once, and dataclasses that it sees first."""
    kind = type(value)
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, datetime):
        return instant_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        _KNOWN_FIELDS[kind] = tuple(field.name for field in dataclasses.fields(value))
        return {name: to_plain(getattr(value, name)) for name in _KNOWN_FIELDS[kind]}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value) if isinstance(value, set | frozenset) else value
        return [to_plain(item) for item in items]
    raise PlainError(f"cannot write {type(value).__name__}")


def canonical(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, ASCII only. Equal values give equal text."""
    return json.dumps(
        to_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def from_plain(kind: type[T], value: Any) -> T:
    """Read a plain value as `kind`, a dataclass or any annotated type; PlainError if it is none."""
    try:
        return typing.cast(T, _read(kind, value))
    except PlainError:
        raise
    except (ValueError, TypeError, ArithmeticError) as error:
        name = getattr(kind, "__name__", str(kind))
        raise PlainError(f"does not fit {name}: {error}") from error


@cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _read(kind: Any, value: Any) -> Any:
    origin = typing.get_origin(kind)
    if origin is typing.Union or origin is types.UnionType:
        return _read_union(typing.get_args(kind), value)
    if origin is tuple:
        return _read_tuple(typing.get_args(kind), value)
    if origin in (dict, Mapping):
        _, item_kind = typing.get_args(kind)
        if not isinstance(value, Mapping):
            raise PlainError("expected an object")
        return {str(key): _read(item_kind, item) for key, item in value.items()}
    if kind is Any or kind is object:
        return value
    return _read_scalar(kind, value)


def _read_union(choices: tuple[Any, ...], value: Any) -> Any:
    if value is None and type(None) in choices:
        return None
    last: Exception = PlainError("no choice fits")
    for choice in choices:
        if choice is type(None):
            continue
        try:
            return _read(choice, value)
        except (PlainError, ValueError, TypeError) as error:
            last = error
    raise PlainError(str(last))


def _read_tuple(kinds: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise PlainError("expected a list")
    if len(kinds) == 2 and kinds[1] is Ellipsis:
        return tuple(_read(kinds[0], item) for item in value)
    if len(kinds) != len(value):
        raise PlainError("list of another length")
    return tuple(_read(kind, item) for kind, item in zip(kinds, value, strict=True))


def _read_scalar(kind: Any, value: Any) -> Any:
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(kind, value)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind is datetime and isinstance(value, str):
        return instant(value)
    if kind is date and isinstance(value, str):
        return date.fromisoformat(value)
    if kind is Decimal and isinstance(value, str):
        return Decimal(value)
    if kind is int:
        return _read_whole(value)
    if isinstance(kind, type) and kind is not float and isinstance(value, kind):
        return value
    raise PlainError(f"expected {getattr(kind, '__name__', kind)}, found {type(value).__name__}")


def _read_whole(value: Any) -> int:
    """An int, or the Decimal that a store made of one."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or value != int(value):
        raise PlainError(f"expected a whole number, found {value!r:.40}")
    return int(value)


def _read_dataclass(kind: Any, value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise PlainError(f"expected an object for {kind.__name__}")
    hints = _hints(kind)
    return kind(
        **{name: _read(hints[name], value[name]) for name in _field_names(kind) if name in value}
    )
