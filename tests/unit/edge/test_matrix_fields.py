"""Every field of every body and question, made wrong in every way: refused, and nothing written.

What is wrong is judged by the published description, with another library than the one that serves.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rowcol.edge.operation import NoBody, NoQuery, Operation
from tests.support.broken_fields import QUESTIONS, Path, broken, fields_of, typed_parameters
from tests.support.furnished import ADMIN, Furnished
from tests.unit.edge.test_matrix import ALL, ask, query_of

# What a body is refused for before anything is looked up.
UNREADABLE = {"invalid_input", "unknown_value", "date_impossible", "too_many_items"}
# Amounts are told apart: below one, of half a cent, too large, of another currency.
AMOUNTS = {"amount_not_positive", "amount_precision", "amount_too_large", "currency_mismatch"}
# A bad record of many is told by its position; the others may be good.
TELLS_EACH = "importRecords"
WITH_BODY = [
    (operation, at)
    for operation in ALL
    if operation.body is not NoBody
    for at in fields_of(operation)
]
ASKING = [
    (operation, name)
    for operation in ALL
    if operation.query is not NoQuery
    for name in typed_parameters(operation)
]


@pytest.fixture(scope="module")
def furniture() -> Furnished:
    made = Furnished()
    made.keep()
    return made


@pytest.fixture
def house(furniture: Furnished) -> Iterator[Furnished]:
    yield furniture
    furniture.restore()


def test_there_is_something_of_everything() -> None:
    assert len(WITH_BODY) > 250
    assert len(ASKING) > 50


@pytest.mark.parametrize(
    ("operation", "at"),
    WITH_BODY,
    ids=[f"{operation.name}-{'.'.join(map(str, at))}" for operation, at in WITH_BODY],
)
def test_a_field_that_does_not_fit_is_refused_and_writes_nothing(
    house: Furnished, operation: Operation, at: Path
) -> None:
    before = house.written()
    for case in broken(operation, at):
        shown_at = house.clock.now()
        answer = ask(house, operation, ADMIN, body=case.body, shown_at=shown_at)
        assert answer.status < 500, (case.name, answer.body)
        if case.fits:
            house.restore()
            continue
        if operation.name == TELLS_EACH and answer.status == 200:
            assert (answer.body["ok"], answer.body["failed"]) == (0, answer.body["submitted"])
            house.restore()
            continue
        expected = (400, UNREADABLE) if answer.code not in AMOUNTS else (422, AMOUNTS)
        assert answer.status == expected[0], (case.name, answer.body)
        assert answer.code in expected[1], (case.name, answer.body)
        assert house.written() == before, case.name


@pytest.mark.parametrize(
    ("operation", "name"), ASKING, ids=[f"{operation.name}-{name}" for operation, name in ASKING]
)
def test_a_question_that_does_not_fit_is_refused(
    house: Furnished, operation: Operation, name: str
) -> None:
    before = house.written()
    typed = typed_parameters(operation)[name]
    for value in QUESTIONS:
        answer = ask(house, operation, query={**query_of(operation), name: value})
        assert answer.status < 500, (value, answer.body)
        if typed and value == "surprise!":
            assert (answer.status, answer.code in UNREADABLE) == (400, True), answer.body
        assert house.written() == before


@pytest.mark.parametrize(
    "tag", ["1", '"x"', '"-1"', '"1", "2"', "*", '"1', '"' + "9" * 13 + '"', "\x00", "W/1"]
)
@pytest.mark.parametrize(
    "operation", [one for one in ALL if one.if_match], ids=lambda one: str(one.name)
)
def test_a_version_that_is_none_is_refused(
    house: Furnished, operation: Operation, tag: str
) -> None:
    before = house.written()
    headers = {"If-Match": tag}
    answer = ask(house, operation, ADMIN, headers=headers)
    assert (answer.status, answer.code) == (400, "invalid_input"), answer.body
    assert house.written() == before
