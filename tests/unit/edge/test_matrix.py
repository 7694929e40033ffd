"""Every operation against every kind of caller and path: who gets in, and that nobody else writes.

Generated from the operations themselves: a new one is held to the same rules at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rowcol.domain.scope import Role
from rowcol.edge.operation import NoBody, Operation
from tests.support.api import Answer
from tests.support.expected_rights import EXPECTED
from tests.support.furnished import (
    ADMIN,
    CLIENT,
    GONE,
    OF_OTHER,
    OF_SECOND,
    OPERATIONS,
    OTHER,
    OTHER_FIRM,
    SECOND,
    Furnished,
    by_role,
    firm_wide,
    named,
)

ALL = sorted(OPERATIONS.values(), key=lambda one: one.name)
IN_CLIENT = [one for one in ALL if "client" in named(one)]
# "list": which of the API's lists is exported, a word and no id of anything.
WITH_ID = [one for one in ALL if set(named(one)) - {"client", "list"}]
EVERY_ROLE = [role.value for role in Role]
# Of the rest everybody may see something.
OTHERS = [one for one in ALL if one.name == "readUserLimits"]
ILL_FORMED = ("-", "", "..", "a/b", "a b", "a%2fb", "\u00fc", "\x00", "x" * 65, "a\n")


def each(operations: list[Operation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", operations, ids=lambda one: one.name)


@pytest.fixture(scope="module")
def furniture() -> Furnished:
    made = Furnished()
    made.keep()
    return made


@pytest.fixture
def house(furniture: Furnished) -> Iterator[Furnished]:
    yield furniture
    furniture.restore()


def ask(
    house: Furnished,
    operation: Operation,
    person: str = ADMIN,
    path: dict[str, str] | None = None,
    **how: Any,
) -> Answer:
    """A good call of an operation, but for what is said."""
    fields: dict[str, Any] = {"body": operation.example, "query": query_of(operation), **how}
    if operation.if_match:
        fields.setdefault("version", 1)
    return house.ask(operation, path or house.path_of(operation), person, **fields)


def query_of(operation: Operation) -> dict[str, str]:
    """The query parameters that an operation cannot do without."""
    needed = operation.query.model_json_schema().get("required", ())
    known = {"format": "csv", "year": "2026"}
    return {name: known[name] for name in needed}


# ---- roles


def test_it_is_written_down_who_may_call_what() -> None:
    assert set(EXPECTED) == {operation.name for operation in ALL}


@pytest.mark.parametrize("role", Role)
@each(ALL)
def test_a_role_opens_what_it_is_for_and_nothing_else(
    house: Furnished, operation: Operation, role: Role
) -> None:
    person = by_role(role) if operation in IN_CLIENT else firm_wide(role)
    before = house.written()
    path = house.path_of(operation)
    if "user" in path:
        path["user"] = ADMIN
    answer = ask(house, operation, person, path)
    may = EXPECTED[operation.name]
    if role.value in may:
        assert answer.code != "forbidden", answer.body
        return
    assert (answer.status, answer.code) == (403, "forbidden")
    assert answer.body["numbers"]["held"] == [role.value]
    assert answer.body["numbers"]["roles"] == [one for one in EVERY_ROLE if one in may]
    assert house.written() == before


@pytest.mark.parametrize("role", Role)
@each([one for one in ALL if (one not in IN_CLIENT and one.needs is not None) or one in OTHERS])
def test_a_role_for_a_client_is_none_for_the_firm(
    house: Furnished, operation: Operation, role: Role
) -> None:
    before = house.written()
    path = dict.fromkeys(named(operation), ADMIN)
    answer = ask(house, operation, by_role(role), path)
    assert (answer.status, answer.code) == (404, "not_found")
    assert house.written() == before


def test_everybody_may_see_what_is_set_for_themselves(house: Furnished) -> None:
    operation = OPERATIONS["GET", "/users/{user}/limits"]
    for role in Role:
        for person in (by_role(role), firm_wide(role)):
            assert ask(house, operation, person, {"user": person}).status == 200


# ---- whose client it is


@pytest.mark.parametrize(
    ("person", "client"),
    [
        (ADMIN, OTHER),  # of another firm
        (ADMIN, "no-such-client"),
        (ADMIN, OTHER_FIRM),
        (OF_SECOND, CLIENT),  # without a role for it
        (by_role(Role.FIRM_ADMIN), SECOND),
    ],
)
@each(IN_CLIENT)
def test_a_client_of_others_is_not_there(
    house: Furnished, operation: Operation, person: str, client: str
) -> None:
    before = house.written()
    answer = ask(house, operation, person, {**house.path_of(operation), "client": client})
    assert (answer.status, answer.code) == (404, "not_found")
    assert house.written() == before


@each([one for one in WITH_ID if one in IN_CLIENT])
def test_what_belongs_to_another_client_is_not_there(
    house: Furnished, operation: Operation
) -> None:
    before = house.written()
    for path in (
        {**house.path_of(operation, SECOND), "client": CLIENT},
        {**dict.fromkeys(named(operation), "no-such-thing"), "client": CLIENT},
    ):
        answer = ask(house, operation, path=path)
        assert (answer.status, answer.code) == (404, "not_found"), path
    assert house.written() == before


@pytest.mark.parametrize("name", ILL_FORMED)
@each([one for one in ALL if list(named(one))])
def test_an_id_that_is_none_is_not_there(house: Furnished, operation: Operation, name: str) -> None:
    before = house.written()
    good = house.path_of(operation)
    for parameter in good:
        answer = ask(house, operation, path={**good, parameter: name})
        assert (answer.status, answer.code) == (404, "not_found")
    assert house.written() == before


# ---- who calls


@pytest.mark.parametrize("person", [GONE, "nobody", OF_OTHER, "a/b", ""])
@each(ALL)
def test_who_is_no_active_member_gets_nothing(
    house: Furnished, operation: Operation, person: str
) -> None:
    before = house.written()
    answer = ask(house, operation, person)
    assert (answer.status, answer.code) == (403, "forbidden")
    assert house.written() == before


# ---- what every write needs


@pytest.mark.parametrize("key", ["", "short", "x" * 129, "with space", "key/with/slashes"])
@each([one for one in ALL if one.needs_key])
def test_a_post_needs_a_key(house: Furnished, operation: Operation, key: str) -> None:
    before = house.written()
    answer = ask(house, operation, key=key)
    assert (answer.status, answer.code) == (400, "invalid_input")
    assert answer.body["numbers"] == {"field": "Idempotency-Key"}
    assert house.written() == before


@each([one for one in ALL if one.method in ("PUT", "DELETE") and one.if_match])
def test_a_change_needs_the_version_seen(house: Furnished, operation: Operation) -> None:
    before = house.written()
    missing = ask(house, operation, version=None)
    assert (missing.status, missing.code) == (428, "version_required")
    assert house.written() == before
    for stale in (0, 2, 99):
        answer = ask(house, operation, version=stale)
        assert (answer.status, answer.code) == (412, "version_mismatch"), stale
        assert {"asked", "found"} <= set(answer.body["numbers"])
    # Somebody with rights was refused: that is in the log, and nothing else is anywhere.
    entries = [entry for log in house.store.logs.values() for entry in log]
    known = {entry.hash for log in before["logs"].values() for entry in log}
    fresh = [entry.type for entry in entries if entry.hash not in known]
    assert fresh == ["command.denied"] * 3
    changed = {key[2] for key, item in house.store.items.items() if before["items"][key] != item}
    assert changed == {"head"}
    assert house.store.counters == before["counters"]


@each([one for one in ALL if one.method == "PUT"])
def test_every_put_is_versioned(operation: Operation) -> None:
    assert operation.if_match


@each([one for one in ALL if one.body is not NoBody])
@pytest.mark.parametrize("body", [{"surprise": 1}, [], "text", 1, None])
def test_a_body_that_is_none_of_it_writes_nothing(
    house: Furnished, operation: Operation, body: object
) -> None:
    if body is None and not any(
        field.is_required() for field in operation.body.model_fields.values()
    ):
        return
    before = house.written()
    answer = ask(house, operation, body=body)
    assert (answer.status, answer.code) == (400, "invalid_input")
    assert house.written() == before


@each([one for one in ALL if one.method == "GET"])
def test_a_question_with_unknown_words_is_refused(house: Furnished, operation: Operation) -> None:
    answer = ask(house, operation, query={**query_of(operation), "surprise": "1"})
    assert (answer.status, answer.code) == (400, "invalid_input")
