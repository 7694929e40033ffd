"""Routes of staging rules as tests call them."""

from __future__ import annotations

from typing import Any

from rowcol.edge import decision_operations, staging_rules
from rowcol.edge.operation import table
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE, Desk
from tests.support.staging_desk import OWNERS

OPERATIONS = table(
    (
        *staging_rules.COMMANDS.values(),
        *staging_rules.READS.values(),
        *decision_operations.OPERATIONS.values(),
    )
)
ROUTE = "/clients/{client}/staging-rules"
USD = {"currency": "USD"}
HERE = {"client": SCOPE.client}
ANNA, BEN, CARL = OWNERS
EMPTY: dict[str, Any] = {
    "at_least": None,
    "below": None,
    "any_of": [],
    "none_of": [],
    "holds": None,
}


def condition(fact: str, **operands: Any) -> dict[str, Any]:
    """A condition with all its fields, as it is shown."""
    return {**EMPTY, "fact": fact, **operands}


def rule(name: str, *then: str, when: Any = None, **more: Any) -> dict[str, Any]:
    """A rule as a body; every bill when nothing is said."""
    blocks = [[]] if when is None else when
    fields = {"id": name, "name": f"Rule {name}", "when": blocks, "then": list(then)}
    return {**fields, "active": True, "reason": None, **more}


LARGE = rule(
    "large", "second_person", when=[[condition("amount", at_least={"minor": 100_000, **USD})]]
)


def call(desk: Desk, method: str, route: str, body: Any = None, **how: Any) -> Answer:
    """One call; anna with a second factor unless said otherwise."""
    how.setdefault("person", ANNA)
    how.setdefault("shown_at", desk.clock.now())
    how.setdefault("path", HERE)
    return Web(desk.environment, OPERATIONS, SCOPE.firm).call(method, route, body, **how)


def put(desk: Desk, *rules: dict[str, Any], **how: Any) -> Answer:
    """A person wants other rules."""
    how.setdefault("version", int(get(desk).headers["ETag"].strip('"')))
    return call(desk, "PUT", ROUTE, {"rules": list(rules)}, **how)


def get(desk: Desk) -> Answer:
    """The rules as shown."""
    return call(desk, "GET", ROUTE)


def decide(desk: Desk, verb: str, change_id: str, person: str, **how: Any) -> Answer:
    """A person approves or rejects."""
    return call(desk, "POST", f"{ROUTE}/{verb}", {"change_id": change_id}, person=person, **how)


def tried(desk: Desk, **body: Any) -> Any:
    """What a try answers."""
    answer = call(desk, "POST", f"{ROUTE}/try", body)
    assert answer.status == 200, answer.body
    return answer.body
