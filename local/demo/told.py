"""What every story is told with: a voice, amounts in words, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Say = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Told:
    """How a story ended: what was expected, what the API shows, and where to read it."""

    name: str
    ok: bool
    shown: str
    path: str


def money(value: Any) -> str:
    """An amount as people write it."""
    if not value:
        return "unknown"
    return f"{value['minor'] // 100:,}.{value['minor'] % 100:02d} {value['currency']}"
