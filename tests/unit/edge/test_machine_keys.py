"""Routes of machines' keys: what is proved, who is let in, and a key's whole life."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from local.signing import PrivateKey, registration
from rowcol.domain.machine_key import KeyAlgorithm
from rowcol.domain.permission import Permission
from rowcol.domain.scope import Member, Role, Scope
from rowcol.edge import machine_keys
from rowcol.edge.operation import Call, Operation, Reply, table
from rowcol.service.onboard import register_firm
from tests.support.api import Answer, Web
from tests.support.desk import Desk
from tests.support.signing import MACHINE, Robot, key_id, machine, post, private_key

FIRM, ADA, BEA, CLEO = "maple", "ada", "bea", "cleo"
PATH = {"machine": MACHINE}


def _done(_call: Call) -> Reply:
    return Reply({})


WRITING = Operation("POST", "/things", "things", "", "", _done, Permission.DECIDE, {200: dict})
OPERATIONS = {**machine_keys.COMMANDS, **machine_keys.READS, **table([WRITING])}


class House:
    """A firm with three people and a machine; Ada answers for it, Cleo is no admin."""

    def __init__(self) -> None:
        self.desk = Desk()
        store = self.desk.store
        register_firm(store, FIRM, "Maple Street")
        self.books = store.books(Scope(FIRM))
        for name, role in ((ADA, Role.APPROVER), (BEA, Role.FIRM_ADMIN), (CLEO, Role.RELEASER)):
            assert self.books.save(Member(name, 0, {"*": (role,)}))
        machine(store, FIRM, responsible=ADA)
        self.web = Web(self.desk.environment, OPERATIONS, FIRM)

    @property
    def now(self) -> datetime:
        return self.desk.clock.now()

    def body(self, key: PrivateKey, **other: Any) -> dict[str, Any]:
        return {**registration(key, FIRM, MACHINE, self.now + timedelta(days=90)), **other}

    def ask(self, method: str, body: object = None, person: str = ADA, **how: Any) -> Answer:
        route = machine_keys.PATH + ("/{key}" if method == "DELETE" else "")
        how.setdefault("shown_at", self.now)
        path = {**PATH, **how.pop("path", {})}
        return self.web.call(method, route, body, person=person, path=path, **how)

    def send(self, key: PrivateKey) -> Answer:
        robot = Robot(self.desk.environment, OPERATIONS, key, FIRM)
        return robot.send(robot.sign(post("/things", {})))


@pytest.fixture
def house() -> House:
    return House()


@pytest.mark.parametrize("algorithm", KeyAlgorithm)
def test_a_keys_life(house: House, algorithm: KeyAlgorithm) -> None:
    key = private_key(algorithm)
    assert house.send(key).status == 401
    made = house.ask("POST", house.body(key))
    assert made.status == 201, made.body
    assert made.headers["Location"] == f"/machines/{MACHINE}/keys/{key_id(key)}"
    assert (made.body["id"], made.body["usable"]) == (key_id(key), True)
    assert house.send(key).status == 200
    [listed] = house.ask("GET").body["items"]
    assert listed == made.body
    ended = house.ask("DELETE", path={"key": key_id(key)})
    assert (ended.status, ended.body["usable"], ended.body["revoked_by"]) == (200, False, ADA)
    assert house.ask("DELETE", path={"key": key_id(key)}).body == ended.body
    assert house.send(key).code == "signature_invalid"


def test_a_key_may_begin_later_and_ends(house: House) -> None:
    key = private_key()
    begins, ends = house.now + timedelta(days=2), house.now + timedelta(days=4)
    body = registration(key, FIRM, MACHINE, ends, begins)
    assert house.ask("POST", body).body["usable"] is False
    sent = []
    for _ in range(5):
        sent.append(house.send(key).status)
        house.desk.pass_days(1)
    assert sent == [401, 401, 200, 200, 401]


def test_the_same_key_answers_the_same_again(house: House) -> None:
    body = house.body(private_key())
    first = house.ask("POST", body, key="register-one")
    house.desk.clock.pause(5)
    again = house.ask("POST", body, key="register-one")
    assert (again.status, again.body) == (first.status, first.body)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert house.ask("POST", body).code == "duplicate_item"


# ---- who


def test_only_who_answers_for_it_registers(house: House) -> None:
    body = house.body(private_key())
    for person in (BEA, CLEO):
        assert house.ask("POST", body, person).code == "forbidden"
    assert house.ask("POST", body, shown_at=None).code == "step_up_required"
    assert house.ask("POST", body, ADA).status == 201


def test_admins_see_and_revoke_and_others_do_neither(house: House) -> None:
    key = private_key()
    house.ask("POST", house.body(key))
    assert house.ask("GET", person=CLEO).code == "forbidden"
    assert house.ask("DELETE", person=CLEO, path={"key": key_id(key)}).code == "forbidden"
    assert len(house.ask("GET", person=BEA).body["items"]) == 1
    assert house.ask("DELETE", person=BEA, path={"key": key_id(key)}).status == 200


def test_a_machine_changes_no_keys_not_even_its_own(house: House) -> None:
    key = private_key()
    house.ask("POST", house.body(key))
    robot = Robot(house.desk.environment, OPERATIONS, key, FIRM)
    asked = [
        post(machine_keys.PATH, house.body(private_key(number=1)), machine=MACHINE),
        post(f"{machine_keys.PATH}/{{key}}", method="DELETE", machine=MACHINE, key=key_id(key)),
    ]
    for request in asked:
        answer = robot.send(robot.sign(request))
        assert (answer.status, answer.code) == (403, "forbidden")


def test_people_and_strangers_have_no_keys(house: House) -> None:
    for name in (BEA, "nobody"):
        assert house.ask("GET", person=BEA, path={"machine": name}).code == "not_found"
        body = house.body(private_key())
        assert house.ask("POST", body, BEA, path={"machine": name}).code == "not_found"
    assert house.ask("DELETE", path={"key": "key-none"}).code == "not_found"


# ---- what is proved

OTHERS: dict[str, dict[str, Any]] = {
    "another machine": {"machine": "other"},
    "another firm": {"firm": "oak"},
    "another time": {"expires_at": datetime.fromisoformat("2026-12-01T00:00:00+00:00")},
}


@pytest.mark.parametrize("what", OTHERS)
def test_a_proof_is_for_one_machine_and_time(house: House, what: str) -> None:
    key, good = private_key(), house.now + timedelta(days=90)
    named: dict[str, Any] = {"firm": FIRM, "machine": MACHINE, "expires_at": good, **OTHERS[what]}
    proof = registration(key, **named)["proof"]
    answer = house.ask("POST", house.body(key, proof=proof))
    assert (answer.status, answer.code) == (400, "invalid_input")
    assert answer.body["numbers"]["field"] == "proof"
    assert answer.body["numbers"]["text"].startswith(f"rowcol machine key\nfirm: {FIRM}\n")


@pytest.mark.parametrize("proof", ["%", "AAAA", "A" * 88, "A" * 1_024])
def test_no_proof_is_none(house: House, proof: str) -> None:
    for algorithm in KeyAlgorithm:
        body = house.body(private_key(algorithm), proof=proof)
        assert house.ask("POST", body).body["numbers"]["field"] == "proof"


def test_another_keys_proof_is_none(house: House) -> None:
    proof = house.body(private_key(number=1))["proof"]
    answer = house.ask("POST", house.body(private_key(), proof=proof))
    assert answer.body["numbers"]["field"] == "proof"


@pytest.mark.parametrize("algorithm", KeyAlgorithm)
@pytest.mark.parametrize(
    "pem", ["x", "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n", "\u00fc\x00"]
)
def test_a_public_key_is_one(house: House, algorithm: KeyAlgorithm, pem: str) -> None:
    body = house.body(private_key(algorithm), public_key=pem)
    answer = house.ask("POST", body)
    assert (answer.status, answer.body["numbers"]["field"]) == (400, "public_key")


def test_an_algorithm_is_that_of_the_key(house: House) -> None:
    for algorithm in KeyAlgorithm:
        for other in set(KeyAlgorithm) - {algorithm}:
            body = house.body(private_key(algorithm), algorithm=other.value)
            assert house.ask("POST", body).body["numbers"]["field"] == "public_key"
    assert house.ask("POST", house.body(private_key(), algorithm="hmac-sha256")).status == 400
