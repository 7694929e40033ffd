"""Hypothesis strategies made from type hints: any value that a domain type can hold."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import types
import typing
from datetime import UTC, date, datetime
from enum import Enum
from functools import cache
from typing import Any

from hypothesis import strategies as st

import rowcol.domain
from rowcol.domain.journal import EntryRole, JournalEntry, Line
from rowcol.domain.money import Money
from rowcol.domain.routing.cutoff import DAYS_MAX, Cutoff
from rowcol.domain.routing.networks import Network, Pattern
from rowcol.domain.routing.settings import WaySettings

CURRENCIES = ("USD", "EUR", "JPY", "KWD")
WORDS = st.text(max_size=12)
MONEY = st.builds(Money, st.integers(-(10**12), 10**12), st.sampled_from(CURRENCIES))
INSTANTS = st.datetimes(timezones=st.just(UTC))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**18), 10**18) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)
ZONES = ("America/New_York", "America/Los_Angeles", "Pacific/Auckland", "UTC")
CUTOFFS = st.builds(Cutoff, st.integers(0, 23), st.integers(0, 59), st.sampled_from(ZONES))
_MINOR = st.none() | st.integers(0, 10**13)
WAY_SETTINGS = st.builds(
    WaySettings,
    st.sampled_from(Network),
    st.none() | st.sampled_from(Pattern),
    st.none() | st.booleans(),
    st.none() | CUTOFFS,
    _MINOR,
    _MINOR,
    st.none() | st.integers(0, DAYS_MAX),
)
# Balanced, as nothing else can be made: any debits against one credit of their sum.
_DEBITS = st.lists(
    st.builds(Line, WORDS, st.integers(1, 10**12), st.just(0)), min_size=1, max_size=3
)
LINES = _DEBITS.map(lambda debits: (*debits, Line("2000", 0, sum(one.debit for one in debits))))
JOURNAL_ENTRIES = st.builds(
    JournalEntry, WORDS, st.integers(0, 99), WORDS, WORDS, st.sampled_from(EntryRole), st.dates(),
    st.sampled_from(CURRENCIES), LINES, WORDS, WORDS, st.none() | WORDS, INSTANTS, WORDS,
    st.none() | WORDS,
)  # fmt: skip
_SCALARS: dict[Any, st.SearchStrategy[Any]] = {
    str: WORDS,
    int: st.integers(-(10**18), 10**18),
    bool: st.booleans(),
    datetime: INSTANTS,
    date: st.dates(),
    Money: MONEY,
    Cutoff: CUTOFFS,
    WaySettings: WAY_SETTINGS,
    JournalEntry: JOURNAL_ENTRIES,
    object: PLAIN,
}


def domain_types() -> tuple[type, ...]:
    """Every dataclass that some module of the domain defines."""
    found = {
        value
        for info in pkgutil.iter_modules(rowcol.domain.__path__, "rowcol.domain.")
        for value in vars(importlib.import_module(info.name)).values()
        if dataclasses.is_dataclass(value) and isinstance(value, type)
    }
    return tuple(sorted(found, key=lambda kind: f"{kind.__module__}.{kind.__qualname__}"))


@cache
def values(kind: Any) -> st.SearchStrategy[Any]:
    """Values of an annotated type, dataclasses included."""
    if kind in _SCALARS:
        return _SCALARS[kind]
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([st.none() if one is type(None) else values(one) for one in arguments])
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if origin is not None and issubclass(origin, typing.Mapping):
        return st.dictionaries(WORDS, values(arguments[1]), max_size=2)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    hints = typing.get_type_hints(kind)
    fields = {field.name: values(hints[field.name]) for field in dataclasses.fields(kind)}
    return st.builds(kind, **fields)
