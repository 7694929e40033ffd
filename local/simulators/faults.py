"""Fault switches: what goes wrong, how often, and for which calls, bills or events."""

from __future__ import annotations

import random
import re

from local.simulators.document import Document
from local.simulators.messages import ControlError, Json

_KEYS = frozenset({"kind", "times", "probability", "match", "params"})


class Faults:
    """Rows `{id, kind, times, probability, match, params, hits}`.

    `kinds` are all that this rail knows. `times` counts down to zero (None = always);
    `probability` is rolled with the handed-in random;
    `match` compares keys of the occasion, `path` as a regular expression, all else as text.
    """

    def __init__(self, document: Document, rng: random.Random, kinds: frozenset[str]) -> None:
        self._document = document
        self._rng = rng
        self.kinds = kinds

    def add(self, fault: Json) -> Json:
        """Switch a fault on. Raises ControlError for an unknown kind or key."""
        if unknown := set(fault) - _KEYS:
            raise ControlError(f"unknown keys {sorted(unknown)}")
        if fault.get("kind") not in self.kinds:
            raise ControlError(f"unknown fault {fault.get('kind')}; known: {sorted(self.kinds)}")
        key = f"fault-{self._document.next_number('fault')}"
        row = {
            "id": key,
            "kind": fault["kind"],
            "times": fault.get("times"),
            "probability": fault.get("probability"),
            "match": dict(fault.get("match") or {}),
            "params": dict(fault.get("params") or {}),
            "hits": 0,
        }
        self._document.put("faults", key, row)
        return row

    def remove(self, key: str | None = None) -> None:
        """Switch one fault off, or all."""
        for name in list(self._document.rows("faults")):
            if key is None or name == key:
                self._document.delete("faults", name)

    def list(self) -> list[Json]:
        """All switches with their hits, used-up ones included."""
        return [dict(row) for row in self._document.rows("faults").values()]

    def take(self, kind: str, **occasion: object) -> Json | None:
        """The params of the first live fault of `kind` that fits `occasion`; it is counted."""
        for key, row in self._document.rows("faults").items():
            if row["kind"] != kind or row["times"] == 0 or not _fits(row["match"], occasion):
                continue
            if row["probability"] is not None and self._rng.random() >= row["probability"]:
                continue
            spent = None if row["times"] is None else row["times"] - 1
            self._document.put("faults", key, {**row, "times": spent, "hits": row["hits"] + 1})
            return dict(row["params"])
        return None


def _fits(match: Json, occasion: dict[str, object]) -> bool:
    for key, wanted in match.items():
        actual = occasion.get(key)
        if key == "path":
            if re.search(str(wanted), str(actual or "")) is None:
                return False
        elif str(actual) != str(wanted):
            return False
    return True
