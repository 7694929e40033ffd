"""Machines of the furnished firm: with each role, and with every kind of person behind them."""

from __future__ import annotations

from collections.abc import Mapping

from local.signing import PrivateKey
from rowcol.domain.scope import ActorKind, Member, Role
from rowcol.edge.operation import Operation
from rowcol.service.onboard import register_member
from tests.support.api import Answer
from tests.support.furnished import ADMIN, FIRM, GONE, Furnished, firm_wide
from tests.support.signing import Robot, post, private_key, registered

EVERY = tuple(Role)


def strong(role: Role) -> str:
    """The machine with one role, of a firm admin."""
    return f"m-{role.value}"


def weak(role: Role) -> str:
    """The machine with every role, of somebody who has only this one."""
    return f"m-of-{role.value}"


# Each with every role: of nobody, of somebody inactive, of another machine, of nobody of the firm.
FENCED = {"m-nobodys": None, "m-gones": GONE, "m-machines": strong(Role.FIRM_ADMIN), "m-lost": "x"}


class Machines:
    """Machines of a house, each with a key of its own. They sign whatever they send."""

    def __init__(self, house: Furnished) -> None:
        self.house = house
        self._keys: dict[str, PrivateKey] = {}
        for role in Role:
            self._add(strong(role), (role,), ADMIN)
            self._add(weak(role), EVERY, firm_wide(role))
        for name, responsible in FENCED.items():
            self._add(name, EVERY, responsible)

    def _add(self, name: str, roles: tuple[Role, ...], responsible: str | None) -> None:
        store = self.house.store
        member = Member(name, 0, {"*": roles}, True, ActorKind.MACHINE, responsible)
        register_member(store, FIRM, member)
        key = private_key(number=len(self._keys))
        now = self.house.clock.now()
        registered(store, FIRM, key, now, member_id=name, responsible_id=responsible or ADMIN)
        self._keys[name] = key

    def ask(
        self,
        operation: Operation,
        path: Mapping[str, str],
        name: str,
        body: object = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        """One call of an operation by a machine; what reads only needs no signature."""
        if operation.method == "GET":
            return self.house.ask(operation, path, name, query=query)
        robot = Robot(self.house.environment, self.house.web.operations, self._keys[name], FIRM)
        version = 1 if operation.if_match else None
        request = post(operation.path, body, method=operation.method, version=version, **dict(path))
        request.query = tuple((query or {}).items())
        return robot.send(robot.sign(request), name)
