"""Whatever is put into a field of a body, nothing reaches the store that DynamoDB would not take.

The store in memory takes everything: a number of 39 digits would be found out in production only.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from rowcol.domain.plain import to_plain
from rowcol.edge import http
from rowcol.edge.operation import NoBody, Operation
from tests.support.furnished import ADMIN, OPERATIONS, Furnished

WITH_BODY = sorted(
    (one for one in OPERATIONS.values() if one.body is not NoBody), key=lambda one: one.name
)
# DynamoDB: 38 digits a number, 400 KB an item; keys of 1,024 bytes with what stands before an id.
DIGITS_MAX, ITEM_BYTES_MAX, ID_CHARACTERS_MAX = 38, 300_000, 700
HUGE: tuple[object, ...] = ("x" * ITEM_BYTES_MAX, "\u00e9\x00" * 5, 10**45, -(10**45))


@pytest.fixture(scope="module")
def furniture() -> Furnished:
    made = Furnished()
    made.keep()
    return made


@pytest.fixture
def house(furniture: Furnished, monkeypatch: pytest.MonkeyPatch) -> Iterator[Furnished]:
    monkeypatch.setattr(http, "line", lambda *_, **__: None)
    yield furniture
    furniture.restore()


def leaves(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths to all that is neither an object nor a list."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from leaves(inner, (*path, position))
    else:
        yield path


def bodies(operation: Operation) -> Iterator[Any]:
    """The example with one field after the other, also those it lacks, holding something huge."""
    good = dict(operation.example or {})
    absent = [name for name in operation.body.model_fields if name not in good]
    for path in (*leaves(good), *((name,) for name in absent)):
        for huge in HUGE:
            body: Any = copy.deepcopy(good)
            place = body
            for part in path[:-1]:
                place = place[part]
            place[path[-1]] = huge
            yield body


def unfit(value: object) -> Iterator[str]:
    """What DynamoDB would refuse."""
    if isinstance(value, dict):
        for inner in value.values():
            yield from unfit(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from unfit(inner)
    elif isinstance(value, int) and len(str(abs(value))) > DIGITS_MAX:
        yield f"a number of {len(str(abs(value)))} digits"


def written(house: Furnished) -> dict[object, object]:
    """Items, kept answers and log entries by what they are stored under."""
    store = house.store
    found: dict[object, object] = {}
    found.update(store.items.items())
    found.update(store.commands.items())
    found.update((entry.hash, entry.data) for log in store.logs.values() for entry in log)
    return found


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda one: one.name)
def test_nothing_is_stored_that_would_not_fit(house: Furnished, operation: Operation) -> None:
    before = written(house)
    version = {"version": 1} if operation.if_match else {}
    for body in bodies(operation):
        # The answer is compared with the description on the way.
        answer = house.ask(operation, house.path_of(operation), ADMIN, body=body, **version)
        assert answer.status < 500
        assert len(json.dumps(answer.body)) < ITEM_BYTES_MAX / 3
        for key, value in written(house).items():
            if before.get(key) is value:
                continue
            plain = to_plain(value)
            assert list(unfit(plain)) == [], (str(body)[:300], key)
            assert len(json.dumps(plain)) < ITEM_BYTES_MAX, key
            assert len(str(key)) < ID_CHARACTERS_MAX
        house.restore()
