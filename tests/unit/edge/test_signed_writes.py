"""Every operation of the product asked by a machine: with its signature, and without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.edge.operation import NoBody, Operation
from rowcol.edge.signed_request import WRITES, needs_signature
from tests.support.furnished import ADMIN, CLIENT, FIRM, OPERATIONS, Furnished
from tests.support.signing import (
    MACHINE,
    Request,
    Robot,
    fresh_nonce,
    machine,
    post,
    private_key,
    registered,
)

SCOPE = Scope(FIRM)
OPERATIONS_BY_NAME = {one.name: one for one in OPERATIONS.values()}
SIGNED = [one for one in OPERATIONS.values() if needs_signature(one)]
UNSIGNED = [one for one in OPERATIONS.values() if not needs_signature(one)]


def each(operations: list[Operation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", operations, ids=lambda one: one.name)


@pytest.fixture(scope="module")
def furniture() -> Furnished:
    made = Furnished()
    machine(made.store, FIRM, responsible=ADMIN)
    registered(made.store, FIRM, private_key(), made.clock.now())
    made.keep()
    return made


@pytest.fixture
def house(furniture: Furnished) -> Iterator[Furnished]:
    furniture.store.uses.clear()
    yield furniture
    furniture.restore()


@pytest.fixture
def robot(house: Furnished) -> Robot:
    return Robot(house.environment, OPERATIONS, private_key(), FIRM)


def request_of(house: Furnished, operation: Operation, **how: Any) -> Request:
    """A good call of an operation, not signed."""
    body = None if operation.body is NoBody else operation.example
    version = 1 if operation.if_match else None
    return post(
        operation.path, body, method=operation.method, version=version,
        **house.path_of(operation), **how,
    )  # fmt: skip


def beside_the_firms_log(written: dict[str, Any]) -> dict[str, Any]:
    """All that was written but what tells of the refusal."""
    firm = {scope for scope in written["logs"] if scope.client == FIRM_WIDE}
    kept = {key: item for key, item in written["items"].items() if key[1] != FIRM_WIDE}
    logs = {scope: log for scope, log in written["logs"].items() if scope not in firm}
    return {**written, "items": kept, "logs": logs}


def test_all_that_changes_something_is_signed() -> None:
    assert {one.method for one in SIGNED} == {"POST", "PUT", "DELETE"}
    questions = {one.name for one in UNSIGNED if one.method in WRITES}
    assert {"routePayment", "runwayScenario", "tryStagingRules"} <= questions
    assert all(OPERATIONS_BY_NAME[name].answers.keys() == {200} for name in questions)


@each(SIGNED)
def test_a_machine_that_does_not_sign_changes_nothing(
    house: Furnished, robot: Robot, operation: Operation
) -> None:
    before = house.written()
    answer = robot.send(request_of(house, operation))
    assert (answer.status, answer.code) == (401, "signature_required")
    after = house.written()
    assert beside_the_firms_log(after) == beside_the_firms_log(before)
    [entry] = house.store.books(SCOPE).entries()[-1:]
    assert (entry.type, entry.actor.id) == ("machine.signature_refused", MACHINE)


@each(SIGNED)
def test_a_machine_that_signs_is_heard(
    house: Furnished, robot: Robot, operation: Operation
) -> None:
    answer = robot.send(robot.sign(request_of(house, operation)))
    assert answer.status != 401 or answer.code == "step_up_required", answer.body


@each(SIGNED)
def test_a_signature_of_one_operation_is_none_of_another(
    house: Furnished, robot: Robot, operation: Operation
) -> None:
    signed = robot.sign(post("/clients/{client}/other", client=CLIENT))
    request = request_of(house, operation)
    request.headers |= {name: signed.headers[name] for name in ("Signature-Input", "Signature")}
    answer = robot.send(request)
    assert (answer.status, answer.code) == (401, "signature_invalid")


@each(UNSIGNED)
def test_a_question_is_not_signed(house: Furnished, robot: Robot, operation: Operation) -> None:
    assert robot.send(request_of(house, operation)).status != 401


def test_a_repeated_command_has_the_same_answer(house: Furnished, robot: Robot) -> None:
    bill = house.ids[CLIENT]["bill"][5]
    body = {"bill_id": bill, "action": "schedule", "pay_on": "2026-12-04"}
    staged = post("/clients/{client}/bills/{bill}/stage", client=CLIENT, bill=bill)
    assert robot.send(robot.sign(staged)).status == 201
    answers = [
        robot.send(
            robot.sign(
                post(
                    "/clients/{client}/decisions",
                    body,
                    idempotency_key="robot-decides-1",
                    client=CLIENT,
                ),
                nonce=fresh_nonce(),
            )
        )
        for _ in range(3)
    ]
    assert [answer.status for answer in answers] == [answers[0].status] * 3
    assert answers[0].status in (201, 202)
    assert answers[0].body == answers[1].body == answers[2].body
    assert [answer.headers.get("Idempotency-Replayed") for answer in answers] == [
        None, "true", "true",
    ]  # fmt: skip
    [entry] = [
        entry
        for entry in house.store.books(house.books.scope).entries(limit=1_000)
        if entry.type.startswith("bill.") or entry.type == "decision.taken"
        if entry.actor.id == MACHINE
    ][-1:]
    assert (entry.actor.kind.value, entry.actor.responsible_id) == ("machine", ADMIN)
