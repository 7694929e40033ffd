"""Reading what the outside world sent: strict JSON, ids, instants, printable text.

Standard library only.
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from decimal import Decimal

from rowcol.service.intake_ports import Quarantine

DEPTH_MAX = 64
REASON_CHARACTERS_MAX = 120
SAFE_ID = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d[0-9:.,]{0,24}(?:Z|[+-]\d\d:?\d\d)?\Z")

# dict[str, object] for an object; anything else JSON can hold otherwise.
Json = dict[str, object] | list[object] | str | int | Decimal | bool | None


class Unreadable(ValueError):
    """Not acceptable JSON, or not the shape it should have.

    `code` is stable; the text is for people.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code

    def quarantine(self) -> Quarantine:
        """The same as a value."""
        return Quarantine(self.code, printable(str(self)))


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Unreadable("duplicate_keys", "one object names a key twice")
    return found


def _no_constant(name: str) -> object:
    raise Unreadable("invalid_json", f"{name} is not JSON")


def parse_json(raw: bytes) -> Json:
    """UTF-8 without a byte order mark, no NaN or Infinity, no key twice, at most DEPTH_MAX levels;
    fractions are Decimal.

    Raises Unreadable and nothing else.
    """
    try:
        text = raw.decode("utf-8", "strict")
        value: Json = json.loads(
            text, object_pairs_hook=_unique, parse_float=Decimal, parse_constant=_no_constant
        )
    except Unreadable:
        raise
    except UnicodeDecodeError:
        raise Unreadable("invalid_json", "not UTF-8") from None
    except RecursionError:
        raise Unreadable("too_deep", f"more than {DEPTH_MAX} levels") from None
    except (ValueError, ArithmeticError) as error:
        raise Unreadable("invalid_json", str(error)) from None
    if raw.count(b"{") + raw.count(b"[") > DEPTH_MAX and _deeper_than(value, DEPTH_MAX):
        raise Unreadable("too_deep", f"more than {DEPTH_MAX} levels")
    return value


def _deeper_than(value: object, depth_max: int) -> bool:
    level: list[object] = [value]
    for _ in range(depth_max):
        inner: list[object] = []
        for item in level:
            if isinstance(item, dict):
                inner.extend(v for v in item.values() if isinstance(v, (dict, list)))
            elif isinstance(item, list):
                inner.extend(v for v in item if isinstance(v, (dict, list)))
        if not inner:
            return False
        level = inner
    return True


def parse_object(raw: bytes) -> dict[str, object]:
    """As parse_json, and the top level is an object. Raises Unreadable."""
    value = parse_json(raw)
    if not isinstance(value, dict):
        raise Unreadable("not_an_object", f"top level is {type(value).__name__}")
    return value


def parse_instant(value: object) -> datetime | None:
    """ISO 8601 text to an aware UTC instant, no offset meaning UTC (ramp contract, section 3); None
    when it is none.
    """
    if not isinstance(value, str) or not _INSTANT.match(value):
        return None
    try:
        instant = datetime.fromisoformat(value)
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def safe_id(value: object, pattern: re.Pattern[str] = SAFE_ID) -> str | None:
    """The text if it may stand in a URL, a query and a key; otherwise None."""
    return value if isinstance(value, str) and pattern.match(value) else None


def need_id(value: object, name: str, pattern: re.Pattern[str] = SAFE_ID) -> str:
    """As safe_id. Raises Unreadable."""
    found = safe_id(value, pattern)
    if found is None:
        raise Unreadable("odd_shape", f"{name} is missing or not an id")
    return found


def need_instant(value: object, name: str) -> datetime:
    """As parse_instant. Raises Unreadable."""
    found = parse_instant(value)
    if found is None:
        raise Unreadable("odd_shape", f"{name} is missing or not an instant")
    return found


def need_text(value: object, name: str) -> str:
    """Text that is not empty. Raises Unreadable."""
    if not isinstance(value, str) or not value:
        raise Unreadable("odd_shape", f"{name} is missing or not text")
    return value


def need_object(value: object, name: str) -> dict[str, object]:
    """A JSON object. Raises Unreadable."""
    if not isinstance(value, dict):
        raise Unreadable("odd_shape", f"{name} is missing or not an object")
    return value


def need_flag(value: object, name: str) -> bool:
    """True or false. Raises Unreadable."""
    if not isinstance(value, bool):
        raise Unreadable("odd_shape", f"{name} is missing or not a flag")
    return value


def unknown_type(kind: object) -> Unreadable:
    """A type that is not on the rail's list: kept for people, since retries cannot help."""
    return Unreadable("unknown_type", f"type {printable(kind)}")


def printable(value: object) -> str:
    """Any value as printable ASCII of bounded length: no line break, control or direction mark
    reaches a log.
    """
    text = value if isinstance(value, str) else type(value).__name__
    shown = text[:REASON_CHARACTERS_MAX].encode("ascii", "backslashreplace").decode("ascii")
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in shown)[
        :REASON_CHARACTERS_MAX
    ]
