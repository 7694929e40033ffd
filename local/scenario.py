"""Scenario files: what goes wrong at the simulated rails, step by step, in TOML.

A file has a `title`, perhaps an `about`, and `[[step]]` tables, each of one kind:

    seed = "stripe"      data = {...}
    settings = "qbo"     values = {calls_per_second = 2}
    fault = "qbo"        kind = "throttle", times, probability, match = {...}, params = {...}
    clear = "qbo"        name = a fault's `as`; all of the rail's faults when left out
    act = "plaid"        action = "repair", with = {item_id = "$item.key"}
    find = "plaid"       table = "items", where = {state = "healthy"}
    advance = {days = 1, hours = 2, minutes = 3}
    wait = "stripe"      table = "payouts", where = {"object.status" = "paid"}, at_least, at_most,
                         seconds

`say` tells what a step is for. `as` keeps the answer of a fault, act, seed or find under a name;
`$name.key.key` in a later step's text is replaced by it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from local.simulators.core import REQUEST_FAULTS, WEBHOOK_FAULTS, Ambient, SimulatorCore
from local.simulators.document import Document
from local.simulators.oidc import OidcCore
from local.simulators.plaid import PlaidCore
from local.simulators.qbo import QboCore
from local.simulators.ramp import RampCore
from local.simulators.stripe import StripeCore

FOLDER = Path(__file__).parent / "scenarios"
_CORES: Mapping[str, type[SimulatorCore]] = {
    "ramp": RampCore,
    "plaid": PlaidCore,
    "qbo": QboCore,
    "stripe": StripeCore,
    "oidc": OidcCore,
}
RAILS = tuple(_CORES)
_NUMBER = (int, float)
# Of each kind of step: the keys it may have with their types, and those it must have.
_KINDS: Mapping[str, tuple[Mapping[str, Any], tuple[str, ...]]] = {
    "seed": ({"data": dict, "as": str}, ("data",)),
    "settings": ({"values": dict}, ("values",)),
    "fault": (
        {"kind": str, "times": int, "probability": _NUMBER}
        | {"match": dict, "params": dict, "as": str},
        ("kind",),
    ),
    "clear": ({"name": str}, ()),
    "act": ({"action": str, "with": dict, "as": str}, ("action",)),
    "find": ({"table": str, "where": dict, "as": str}, ("table", "as")),
    "advance": ({}, ()),
    "wait": (
        {"table": str, "where": dict, "at_least": int, "at_most": int, "seconds": _NUMBER},
        ("table",),
    ),
}
_SPANS = ("days", "hours", "minutes", "seconds")
_REFERENCE = re.compile(r"\$(\w+)")


class ScenarioError(Exception):
    """A file that cannot be played, as `file:line: what is wrong`."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its kind, the rail (none for `advance`), its keys, and the line where it begins."""

    kind: str
    rail: str | None
    keys: Mapping[str, Any]
    line: int

    @property
    def say(self) -> str:
        """What it is for."""
        if "say" in self.keys:
            return str(self.keys["say"])
        what = [self.keys.get(name) for name in ("kind", "action", "table", "name")]
        if self.rail is None or self.kind == "settings":
            spans = self.keys[self.kind] if self.rail is None else self.keys["values"]
            what = [", ".join(f"{name} {value}" for name, value in spans.items())]
        return " ".join(str(word) for word in (self.kind, self.rail, *what) if word)


@dataclass(frozen=True, slots=True)
class Scenario:
    """A checked file."""

    path: Path
    title: str
    about: str
    steps: tuple[Step, ...]


def shipped() -> tuple[Path, ...]:
    """The scenarios that come with the repository."""
    return tuple(sorted(FOLDER.glob("*.toml")))


def find_file(name: str) -> Path:
    """A path, or the name of a shipped scenario. Raises ScenarioError."""
    for path in (Path(name), FOLDER / f"{name}.toml"):
        if path.is_file():
            return path
    known = ", ".join(path.stem for path in shipped())
    raise ScenarioError(f"{name}: no such file, and no scenario that is shipped: {known}")


def read_scenario(path: Path) -> Scenario:
    """Read and check a file. Raises ScenarioError for the first thing that is wrong."""
    text = path.read_text(encoding="utf-8")
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as problem:
        where = re.search(r"line (\d+)", str(problem))
        line = where.group(1) if where else str(len(text.splitlines()))
        raise ScenarioError(f"{path}:{line}: {problem}") from None
    check = _Check(path, text)
    for name in found:
        if name not in ("title", "about", "step"):
            raise check.error(f"unknown key {name}; known: title, about, step", name)
    if not isinstance(found.get("title"), str):
        raise check.error("a scenario needs a title")
    rows = found.get("step")
    if not isinstance(rows, list) or not rows:
        raise check.error("a scenario needs at least one [[step]]")
    steps = tuple(check.step(place, row) for place, row in enumerate(rows))
    return Scenario(path, found["title"], str(found.get("about", "")), steps)


class _Check:
    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._lines = text.splitlines()
        heads = [n for n, line in enumerate(self._lines, 1) if line.strip() == "[[step]]"]
        self._heads = heads
        self._kept: set[str] = set()

    def error(self, words: str, key: str | None = None, place: int | None = None) -> ScenarioError:
        """`file:line: words`, at the key's line when it is found."""
        begin = self._heads[place] if place is not None and place < len(self._heads) else 1
        rest = [head for head in self._heads if head > begin]
        end = rest[0] if rest and place is not None else len(self._lines) + 1
        line = begin
        for number in range(begin, end):
            if key is not None and re.match(rf'\s*"?{re.escape(key)}"?\s*[=.]', self._text(number)):
                line = number
                break
        number_of = "" if place is None else f"step {place + 1}: "
        return ScenarioError(f"{self._path}:{line}: {number_of}{words}")

    def _text(self, number: int) -> str:
        return self._lines[number - 1] if number <= len(self._lines) else ""

    def step(self, place: int, row: Any) -> Step:
        """One table as a step."""
        if not isinstance(row, dict):
            raise self.error("a step is a table", place=place)
        kinds = [name for name in row if name in _KINDS]
        if len(kinds) != 1:
            told = f"has {' and '.join(kinds)}" if kinds else "has none"
            raise self.error(f"a step is one of {', '.join(_KINDS)}; this one {told}", place=place)
        (kind,) = kinds
        keys, needed = _KINDS[kind]
        for name, value in row.items():
            if name in (kind, "say"):
                continue
            if name not in keys:
                known = ", ".join([*keys, "say"])
                raise self.error(f"unknown key {name} of {kind}; known: {known}", name, place)
            if isinstance(value, bool) or not isinstance(value, keys[name]):
                raise self.error(f"{name} is a {_word(keys[name])}", name, place)
        for name in needed:
            if name not in row:
                raise self.error(f"{kind} needs {name}", kind, place)
        rail = self._rail(kind, row[kind], place)
        self._names(kind, rail, row, place)
        self._references(row, place)
        if "as" in row:
            self._kept.add(row["as"])
        begin = self._heads[place] if place < len(self._heads) else 1
        return Step(kind, rail, row, begin)

    def _rail(self, kind: str, value: Any, place: int) -> str | None:
        if kind == "advance":
            right = isinstance(value, dict) and value and set(value) <= set(_SPANS)
            numbers = right and all(
                isinstance(n, _NUMBER) and not isinstance(n, bool) and n >= 0
                for n in value.values()
            )
            if not numbers:
                words = f"advance is a table of {', '.join(_SPANS)}, each zero or more"
                raise self.error(words, kind, place)
            return None
        if value not in RAILS:
            raise self.error(f"{value!r} is no rail; known: {', '.join(RAILS)}", kind, place)
        return str(value)

    def _names(self, kind: str, rail: str | None, row: Mapping[str, Any], place: int) -> None:
        faults, actions, settings = _known(rail) if rail is not None else ((), (), ())
        wanted = {"fault": ("kind", faults), "act": ("action", actions)}.get(kind)
        if wanted is not None and row[wanted[0]] not in wanted[1]:
            name = wanted[0]
            words = f"{rail} has no {kind} {row[name]}; known: {', '.join(wanted[1])}"
            raise self.error(words, name, place)
        if kind == "settings" and (unknown := sorted(set(row["values"]) - set(settings))):
            words = f"{rail} has no setting {unknown[0]}; known: {', '.join(settings)}"
            raise self.error(words, "values", place)

    def _references(self, row: Mapping[str, Any], place: int) -> None:
        for key, value in row.items():
            for name in _REFERENCE.findall(str(value)) if key != "say" else ():
                if name not in self._kept:
                    kept = ", ".join(sorted(self._kept)) or "none"
                    words = f"${name} was not kept by an earlier step (as); kept: {kept}"
                    raise self.error(words, key, place)
        if "name" in row and row["name"] not in self._kept:
            raise self.error(f"no earlier fault is kept as {row['name']}", "name", place)


@cache
def _known(rail: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Names of a rail's faults, actions and settings."""
    epoch = datetime(2026, 1, 1, tzinfo=UTC)
    core = _CORES[rail](Document(), Ambient(lambda: epoch))
    faults = REQUEST_FAULTS | WEBHOOK_FAULTS | core.fault_kinds
    return tuple(sorted(faults)), tuple(sorted(core.actions())), tuple(core.default_settings)


def _word(kind: Any) -> str:
    return {str: "text", int: "whole number", dict: "table"}.get(kind, "number")
