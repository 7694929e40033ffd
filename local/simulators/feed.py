"""Settlement facts between the rails: what one states and what it took in (see `world`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from local.simulators.document import Document
from local.simulators.messages import Json


class Feed:
    """Rows of `facts` (own, numbered) and `facts_seen` (taken in, by id)."""

    def __init__(self, document: Document, rail: str, stamp: Callable[[], str]) -> None:
        self._document = document
        self._rail = rail
        self._stamp = stamp

    def emit(self, kind: str, **fields: Any) -> None:
        """State a fact. `world` carries it to the rails it concerns, nothing else does."""
        number = self._document.next_number("fact")
        key = f"{self._rail}-{number:08d}"
        row = {"id": key, "number": number, "kind": kind, "at": self._stamp(), **fields}
        self._document.put("facts", key, row)

    def after(self, number: int) -> list[Json]:
        """Own facts with a number above `number`, in order."""
        found: list[Json] = []
        for row in reversed(
            list(self._document.rows("facts").values())
        ):  # numbered as they are written
            if row["number"] <= number:
                break
            found.append(dict(row))
        return found[::-1]

    def accept(self, facts: Iterable[Json], apply: Callable[[Json], None]) -> int:
        """Apply each fact that is new, once; gives how many were."""
        new = 0
        for fact in facts:
            if fact["id"] in self._document.rows("facts_seen"):
                continue
            self._document.put("facts_seen", fact["id"], {"at": self._stamp()})
            apply(fact)
            self._document.commit()
            new += 1
        return new
