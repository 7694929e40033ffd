"""Every operation against callers who are no plain person with one role.

Machines with each role and every kind of person behind them, members without any right, and every
combination of roles: who gets in is written down by hand in tests/support/expected_rights.py.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from rowcol.domain.scope import FIRM_WIDE, Member, Role, Scope
from rowcol.edge.operation import Operation
from tests.support.expected_rights import EXPECTED, NEVER_BY_MACHINES, OPEN_TO_MEMBERS
from tests.support.furnished import FIRM, Furnished
from tests.support.machines import FENCED, Machines, strong, weak
from tests.unit.edge.test_matrix import ALL, IN_CLIENT, ask, each, query_of

COMBINATIONS = [
    frozenset(roles)
    for count in range(len(Role) + 1)
    for roles in itertools.combinations(Role, count)
]


@pytest.fixture(scope="module")
def furniture() -> tuple[Furnished, Machines]:
    house = Furnished()
    machines = Machines(house)
    house.store.books(Scope(FIRM)).save(Member("nothing", 0, {}))
    house.keep()
    return house, machines


@pytest.fixture
def house(furniture: tuple[Furnished, Machines]) -> Iterator[Furnished]:
    yield furniture[0]
    furniture[0].restore()


@pytest.fixture
def machines(furniture: tuple[Furnished, Machines]) -> Machines:
    return furniture[1]


def path_of(house: Furnished, operation: Operation) -> dict[str, str]:
    """Somebody else's, where it is about a user."""
    path = house.path_of(operation)
    return {**path, "user": "ada"} if "user" in path else path


def by_machine(machines: Machines, operation: Operation, name: str) -> str | None:
    """The code of a good call by a machine; None when it was let through."""
    path = path_of(machines.house, operation)
    answer = machines.ask(operation, path, name, operation.example, query_of(operation))
    assert answer.status < 500, answer.body
    return answer.code


# ---- machines


@pytest.mark.parametrize("role", Role)
@each(ALL)
def test_a_machine_may_what_its_role_opens_but_never_set_the_rules(
    house: Furnished, machines: Machines, operation: Operation, role: Role
) -> None:
    before = house.written()
    code = by_machine(machines, operation, strong(role))
    if role.value in EXPECTED[operation.name] and operation.name not in NEVER_BY_MACHINES:
        assert code != "forbidden"
        assert not (code or "").startswith("signature")
        return
    assert code == "forbidden"
    assert house.written() == before


@pytest.mark.parametrize("role", Role)
@each(ALL)
def test_a_machine_may_no_more_than_who_answers_for_it(
    house: Furnished, machines: Machines, operation: Operation, role: Role
) -> None:
    before = house.written()
    code = by_machine(machines, operation, weak(role))
    if role.value in EXPECTED[operation.name] and operation.name not in NEVER_BY_MACHINES:
        assert code != "forbidden"
        return
    assert code == "forbidden"
    assert house.written() == before


@pytest.mark.parametrize("name", FENCED)
@each(ALL)
def test_a_machine_of_no_active_person_gets_nothing(
    house: Furnished, machines: Machines, operation: Operation, name: str
) -> None:
    before = house.written()
    assert by_machine(machines, operation, name) == "forbidden"
    assert house.written() == before


# ---- people with nothing, or with several roles


@each(ALL)
def test_a_member_without_rights_sees_who_they_are_and_nothing_else(
    house: Furnished, operation: Operation
) -> None:
    before = house.written()
    answer = ask(house, operation, "nothing", path_of(house, operation))
    if operation.name in OPEN_TO_MEMBERS:
        assert answer.status == 200
    else:
        assert (answer.status, answer.code) in ((404, "not_found"), (403, "forbidden"))
    assert house.written() == before


@each(ALL)
def test_roles_add_up_and_nothing_comes_of_having_several(
    house: Furnished, operation: Operation
) -> None:
    """All 64 combinations."""
    may = EXPECTED[operation.name]
    client = house.path_of(operation).get("client")
    key = (FIRM, FIRM_WIDE, Member.kind, "many")
    for roles in COMBINATIONS:
        held = {client if operation in IN_CLIENT and client else "*": tuple(roles)}
        house.store.items[key] = Member("many", 1, held if roles else {})
        before = house.written()
        answer = ask(house, operation, "many", path_of(house, operation))
        if {role.value for role in roles} & set(may):
            assert answer.code != "forbidden", roles
        elif operation.name not in OPEN_TO_MEMBERS:
            assert answer.code in ("forbidden", "not_found"), roles
            assert house.written() == before
        house.restore()
