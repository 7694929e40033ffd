"""A machine's write needs its signature: whatever is wrong with one is a 401, never a 500."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowcol.domain.machine_key import KeyAlgorithm, KeyWindow
from rowcol.domain.permission import Permission
from rowcol.domain.scope import Member, Role, Scope
from rowcol.edge.message_signature import component, content_digest
from rowcol.edge.operation import Body, Call, Operation, Reply, table
from rowcol.edge.signed_message import NEEDED
from rowcol.edge.signed_request import AHEAD_SECONDS_MAX
from rowcol.edge.structured_fields import InnerList, Item, dictionary
from rowcol.service.onboard import register_firm
from tests.support.api import Answer
from tests.support.desk import Desk
from tests.support.signing import (
    MACHINE,
    Request,
    Robot,
    fresh_nonce,
    key_id,
    machine,
    post,
    private_key,
    registered,
)

FIRM = "maple"
ROUTE = "/clients/{client}/things"
AGE_MAX = 300


class Thing(Body):
    """Something to write."""

    name: str = ""


def _echo(call: Call) -> Reply:
    return Reply({"name": call.body_as(Thing).name})


OPERATIONS = table(
    Operation(
        method, ROUTE, f"thing{method}", "", "", _echo, Permission.DECIDE, {200: dict}, Thing,
        if_match=method == "PUT", asks_only=asks,
    )
    for method, asks in (("POST", False), ("PUT", False), ("DELETE", False), ("GET", True))
)  # fmt: skip


class House:
    """A firm with one machine that has one key."""

    def __init__(self, algorithm: KeyAlgorithm = KeyAlgorithm.ED25519) -> None:
        self.desk = Desk()
        register_firm(self.desk.store, FIRM, "Maple Street")
        machine(self.desk.store, FIRM)
        self.key = private_key(algorithm)
        self.books = self.desk.store.books(Scope(FIRM))
        self.stored = registered(self.desk.store, FIRM, self.key, self.desk.clock.now())
        self.robot = Robot(self.desk.environment, OPERATIONS, self.key)

    def log(self) -> list[tuple[str, object]]:
        """What the firm's log says of refused signatures."""
        return [(entry.type, entry.data.get("reason")) for entry in self.books.entries()]


@pytest.fixture
def house() -> House:
    return House()


def things(body: object = None, **how: Any) -> Request:
    """A request to write a thing, not signed."""
    return post(ROUTE, {"name": "one"} if body is None else body, client="bluebird", **how)


def refused(answer: Answer, code: str, problem: str) -> None:
    """Whether it is a challenge of this kind."""
    assert (answer.status, answer.code) == (401, code), answer.body
    assert answer.body["numbers"]["problem"] == problem
    assert 'tag="rowcol"' in answer.headers["Accept-Signature"]
    assert f'error="{code}"' in answer.headers["WWW-Authenticate"]


# ---- good ones


@pytest.mark.parametrize("algorithm", KeyAlgorithm)
def test_a_signed_write_is_done(algorithm: KeyAlgorithm) -> None:
    house = House(algorithm)
    answer = house.robot.send(house.robot.sign(things()))
    assert (answer.status, answer.body) == (200, {"name": "one"})
    assert house.log() == []


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_other_writes_are_signed_as_well(house: House, method: str) -> None:
    request = things(method=method, version=1 if method == "PUT" else None)
    refused(house.robot.send(request), "signature_required", "not_sent")
    assert house.robot.send(house.robot.sign(request)).status == 200


def test_a_read_needs_none(house: House) -> None:
    assert house.robot.send(things({}, method="GET")).status == 200


def test_a_body_of_nothing_has_a_digest_too(house: House) -> None:
    request = Request("DELETE", ROUTE, {"client": "bluebird"})
    request.headers |= {"Authorization": "Bearer x", "Content-Digest": content_digest(b"")}
    assert house.robot.send(house.robot.sign(request)).status == 200
    without = replace(request, headers={"Authorization": "Bearer x"})
    covered = tuple(item for item in NEEDED if item.value != "content-digest")
    answer = house.robot.send(house.robot.sign(without, components=covered))
    refused(answer, "signature_invalid", "components_missing")


@pytest.mark.parametrize("content", ['{"name": "\u00fcber \U0001f600"}', '{ "name" :\t"a" }\n'])
def test_the_digest_is_of_the_bytes_as_they_were_sent(house: House, content: str) -> None:
    request = things()
    request.content = content.encode()
    request.headers["Content-Digest"] = content_digest(request.content)
    assert house.robot.send(house.robot.sign(request)).status == 200


def test_bytes_that_api_gateway_encoded_are_decoded_first(house: House) -> None:
    request = house.robot.sign(things())
    text = base64.b64encode(request.content).decode()
    answer = house.robot.serve({**request.event(), "body": text, "isBase64Encoded": True})
    assert (answer.status, answer.code) == (400, "invalid_input")  # signed well; no JSON as such
    broken = house.robot.sign(things()).event()
    answer = house.robot.serve({**broken, "body": "%%%", "isBase64Encoded": True})
    refused(answer, "signature_invalid", "digest_mismatch")


def test_the_path_may_be_signed_with_the_stage_or_without(house: House) -> None:
    # At a domain of one's own, or behind something that adds the stage.
    request = house.robot.sign(things())
    event = request.event()
    own_domain = {**event["requestContext"], "path": f"/prod{request.target}"}
    assert house.robot.serve({**event, "requestContext": own_domain}).status == 200
    request = house.robot.sign(things())
    event = request.event()
    added = {**event["requestContext"], "path": f"/other/prod{request.target}"}
    answer = house.robot.serve({**event, "path": f"/prod{request.target}", "requestContext": added})
    assert answer.status == 200


def test_more_may_be_covered_than_must(house: House) -> None:
    request = things()
    request.headers |= {"Date": "Fri, 20 Nov 2026 15:00:00 GMT", "X-Trace": "a,  b"}
    sent = ("authorization", "idempotency-key", "date", "x-trace")
    covered = (*NEEDED, *map(component, sent))
    assert house.robot.send(house.robot.sign(request, components=covered)).status == 200


def test_signatures_of_others_may_stand_beside(house: House) -> None:
    request = house.robot.sign(things())
    request.headers["Signature-Input"] += ', edge=("@authority");created=1;keyid="x";tag="edge"'
    request.headers["Signature"] += ", edge=:AAAA:"
    assert house.robot.send(request).status == 200


def test_alg_is_optional_and_must_be_the_keys(house: House) -> None:
    good = house.robot.sign(things(), parameters={"alg": "ed25519"})
    assert house.robot.send(good).status == 200
    other = house.robot.sign(things(), parameters={"alg": "rsa-pss-sha512"})
    refused(house.robot.send(other), "signature_invalid", "not_verified")


# ---- tampering


def _body(event: dict[str, Any]) -> None:
    event["body"] = event["body"].replace("one", "onf")


def _body_gone(event: dict[str, Any]) -> None:
    event["body"] = None


def _body_and_digest(event: dict[str, Any]) -> None:
    event["body"] = '{"name": "two"}'
    _header("Content-Digest", content_digest(event["body"].encode()))(event)


def _path(event: dict[str, Any]) -> None:
    event["pathParameters"] = {"client": "cedar"}
    event["path"] = event["path"].replace("bluebird", "cedar")
    event["requestContext"]["path"] = event["requestContext"]["path"].replace("bluebird", "cedar")


def _method(event: dict[str, Any]) -> None:
    event["httpMethod"] = "DELETE"


def _query(event: dict[str, Any]) -> None:
    event["multiValueQueryStringParameters"] = {"a": ["1"]}
    event["queryStringParameters"] = {"a": "1"}


def _header(name: str, value: str) -> Callable[[dict[str, Any]], None]:
    def change(event: dict[str, Any]) -> None:
        event["headers"][name] = value
        event["multiValueHeaders"][name] = [value]

    return change


def _second(name: str, value: str) -> Callable[[dict[str, Any]], None]:
    """Another line of the same header, as a proxy may add it."""

    def change(event: dict[str, Any]) -> None:
        event["headers"][name] = value
        event["multiValueHeaders"].setdefault(name, []).append(value)

    return change


def _second_spelling(event: dict[str, Any]) -> None:
    event["multiValueHeaders"]["idempotency-KEY"] = ["another-key-0001"]
    event["headers"]["idempotency-KEY"] = "another-key-0001"


def _part(name: str, old: str, new: str) -> Callable[[dict[str, Any]], None]:
    def change(event: dict[str, Any]) -> None:
        value = event["headers"][name]
        assert old in value
        _header(name, value.replace(old, new))(event)

    return change


TAMPERED = {
    "body": (_body, "digest_mismatch"),
    "no body": (_body_gone, "digest_mismatch"),
    "body with its digest": (_body_and_digest, "not_verified"),
    "path": (_path, "not_verified"),
    "method": (_method, "not_verified"),
    "a query": (_query, "components_missing"),
    "host": (_header("Host", "api.example.org"), "not_verified"),
    "token": (_header("Authorization", "Bearer another"), "not_verified"),
    "idempotency key": (_header("Idempotency-Key", "another-key-0001"), "not_verified"),
    "a second idempotency key": (_second("Idempotency-Key", "another-key-0001"), "not_verified"),
    "the same in another spelling": (_second_spelling, "not_verified"),
    "a precondition": (_header("If-Match", '"7"'), "components_missing"),
    "digest": (_header("Content-Digest", "sha-256=:AAAA:"), "digest_mismatch"),
    "nonce": (_part("Signature-Input", "test-nonce-", "best-nonce-"), "not_verified"),
    "key id": (_part("Signature-Input", 'keyid="key-', 'keyid="kex-'), "not_verified"),
    "no such key id": (_part("Signature-Input", 'keyid="key-', 'keyid="../'), "not_verified"),
    "tag": (_part("Signature-Input", 'tag="rowcol"', 'tag="other"'), "not_sent"),
    "a component less": (_part("Signature-Input", '"@path" ', ""), "components_missing"),
    "a component twice": (
        _part("Signature-Input", '"@path" ', '"@path" "@path" '), "component_twice",
    ),
    "an unknown component": (
        _part("Signature-Input", '"@path" ', '"@path" "x-none" '), "component_unknown",
    ),
    "another parameter": (_part("Signature-Input", ";tag=", ";x=1;tag="), "not_verified"),
    "another order": (
        _part("Signature-Input", '"@method" "@authority"', '"@authority" "@method"'),
        "not_verified",
    ),
    "no signature": (_header("Signature", "rowcol=::"), "not_verified"),
    "an absurd signature": (_header("Signature", f"rowcol=:{'A' * 8_000}:"), "not_verified"),
    "absurdly long": (_header("Signature", f"rowcol=:{'A' * 200_000}:"), "malformed"),
    "absurdly deep": (_header("Signature-Input", "rowcol=" + "(" * 8_000), "malformed"),
    "many labels": (
        _header("Signature", ", ".join(f"a{n}=:AA==:" for n in range(200))), "malformed",
    ),
    "two of ours": (_second("Signature-Input", 'b=();created=1;tag="rowcol"'), "several"),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERED)
def test_what_was_changed_on_the_way_is_refused(house: House, what: str) -> None:
    change, problem = TAMPERED[what]
    event = house.robot.sign(things()).event()
    change(event)
    code = "signature_required" if problem == "not_sent" else "signature_invalid"
    refused(house.robot.serve(event), code, problem)


def test_every_byte_of_the_signature_counts(house: House) -> None:
    request = house.robot.sign(things())
    member = dictionary(request.headers["Signature"])["rowcol"]
    assert isinstance(member, Item)
    assert isinstance(member.value, bytes)
    for place in range(0, 64, 7):
        flipped = bytearray(member.value)
        flipped[place] ^= 1
        request.headers["Signature"] = f"rowcol={Item(bytes(flipped), {})}"
        refused(house.robot.send(request), "signature_invalid", "not_verified")


@pytest.mark.parametrize("name", ["@method", "@authority", "@path", "content-digest"])
def test_all_that_must_be_covered_must_be(house: House, name: str) -> None:
    sent = tuple(map(component, ("authorization", "idempotency-key")))
    covered = tuple(item for item in (*NEEDED, *sent) if item.value != name)
    answer = house.robot.send(house.robot.sign(things(), components=covered))
    refused(answer, "signature_invalid", "components_missing")
    assert answer.body["numbers"]["about"] == [f'"{name}"']


@pytest.mark.parametrize("name", ["authorization", "idempotency-key", "if-match"])
def test_what_is_sent_must_be_covered(house: House, name: str) -> None:
    request = things()
    request.headers["If-Match"] = '"1"'
    kept = [one for one in ("authorization", "idempotency-key", "if-match") if one != name]
    answer = house.robot.send(
        house.robot.sign(request, components=(*NEEDED, *map(component, kept)))
    )
    refused(answer, "signature_invalid", "components_missing")


def test_a_query_is_covered_whatever_its_order(house: House) -> None:
    one = replace(things(), query=(("a", "1"), ("b", "2 \u00fc~")))
    event = house.robot.sign(one).event()
    turned = dict(reversed(event["multiValueQueryStringParameters"].items()))
    for order in (event["multiValueQueryStringParameters"], turned):
        answer = house.robot.serve({**event, "multiValueQueryStringParameters": order})
        # Good so far: after it comes that there is no such parameter, or that the nonce was used.
        assert answer.code in ("invalid_input", "nonce_reused")
    other = {**event["multiValueQueryStringParameters"], "b": ["3"]}
    answer = house.robot.serve({**event, "multiValueQueryStringParameters": other})
    refused(answer, "signature_invalid", "not_verified")
    twice = {**event["multiValueQueryStringParameters"], "b": ["2 \u00fc~", "2 \u00fc~"]}
    answer = house.robot.serve({**event, "multiValueQueryStringParameters": twice})
    refused(answer, "signature_invalid", "component_unknown")


# ---- time


@pytest.mark.parametrize("age", [0, 1, AGE_MAX, -AHEAD_SECONDS_MAX])
def test_it_is_good_within_its_window(house: House, age: int) -> None:
    request = house.robot.sign(things(), created=house.robot.now() - age)
    assert house.robot.send(request).status == 200


@pytest.mark.parametrize("age", [AGE_MAX + 1, 10_000, -AHEAD_SECONDS_MAX - 1, -(10**14), 10**14])
def test_it_is_not_outside_of_it(house: House, age: int) -> None:
    request = house.robot.sign(things(), created=house.robot.now() - age)
    answer = house.robot.send(request)
    refused(answer, "signature_expired", "outside_window")
    numbers = answer.body["numbers"]
    assert (numbers["age_seconds"], numbers["age_seconds_max"]) == (age, AGE_MAX)


def test_expires_ends_it_sooner(house: House) -> None:
    for ahead, status in ((1, 200), (0, 401), (-5, 401)):
        expires = house.robot.now() + ahead
        request = house.robot.sign(things(), parameters={"expires": expires})
        assert house.robot.send(request).status == status


def test_the_window_is_a_setting(house: House) -> None:
    environment = replace(house.desk.environment, signature_age_seconds_max=60)
    robot = replace(house.robot, environment=environment)
    answer = robot.send(robot.sign(things(), created=robot.now() - 61))
    refused(answer, "signature_expired", "outside_window")


# ---- nonces


def test_a_request_cannot_be_sent_twice(house: House) -> None:
    request = house.robot.sign(things())
    assert house.robot.send(request).status == 200
    refused(house.robot.send(request), "nonce_reused", "nonce_reused")
    house.desk.clock.pause(AGE_MAX)
    refused(house.robot.send(request), "nonce_reused", "nonce_reused")
    house.desk.clock.pause(1)
    refused(house.robot.send(request), "signature_expired", "outside_window")


def test_a_nonce_is_kept_longer_than_its_signature_is_good(house: House) -> None:
    # Made ahead of this clock, so it is good the longest.
    created = house.robot.now() + AHEAD_SECONDS_MAX
    request = house.robot.sign(things(), created=created)
    assert house.robot.send(request).status == 200
    for _ in range(33):
        house.desk.clock.pause(10)
        assert house.robot.send(request).status == 401
    refused(house.robot.send(request), "nonce_reused", "nonce_reused")


def test_a_nonce_is_only_the_keys_own(house: House) -> None:
    other = private_key(number=1)
    registered(house.desk.store, FIRM, other, house.desk.clock.now())
    nonce = fresh_nonce()
    for key in (house.key, other):
        robot = replace(house.robot, key=key)
        assert robot.send(robot.sign(things(), nonce=nonce)).status == 200


def test_a_bad_signature_does_not_use_up_the_nonce(house: House) -> None:
    nonce = fresh_nonce()
    forged = replace(house.robot, key=private_key(number=1))
    bad = forged.sign(things(), nonce=nonce, key_id=key_id(house.key))
    refused(house.robot.send(bad), "signature_invalid", "not_verified")
    assert house.robot.send(house.robot.sign(things(), nonce=nonce)).status == 200


# ---- whose key, and is it good


def _changed(house: House, **fields: Any) -> None:
    assert house.books.save(replace(house.stored, **fields))


def test_a_key_that_is_not_good_is_refused_without_saying_why(house: House) -> None:
    now = house.desk.clock.now()
    day = house.stored.window.expires_at - house.stored.window.not_before
    cases: list[tuple[str, dict[str, Any]]] = [
        ("key_revoked", {"revoked_at": now, "revoked_by": "ada"}),
        ("key_not_yet_valid", {"window": KeyWindow(now + day, now + 2 * day)}),
        ("key_expired", {"window": KeyWindow(now - day, now)}),
        ("key_of_another", {"member_id": "other-robot"}),
        ("key_of_former_responsible", {"responsible_id": "bea"}),
    ]
    told = set()
    for reason, fields in cases:
        house = House()
        _changed(house, **fields)
        answer = house.robot.send(house.robot.sign(things()))
        refused(answer, "signature_invalid", "not_verified")
        told.add(str(answer.body))
        assert house.log() == [("machine.signature_refused", reason)]
    unknown = replace(house.robot, key=private_key(number=9))
    house = House()
    answer = house.robot.send(unknown.sign(things()))
    told.add(str(answer.body))
    assert house.log() == [("machine.signature_refused", "key_unknown")]
    assert len(told) == 1


def test_another_firms_key_is_unknown(house: House) -> None:
    elsewhere = private_key(number=3)
    registered(house.desk.store, "oak", elsewhere, house.desk.clock.now())
    robot = replace(house.robot, key=elsewhere)
    refused(robot.send(robot.sign(things())), "signature_invalid", "not_verified")


def test_who_answers_for_the_machine_changes_and_its_keys_end(house: House) -> None:
    member = house.books.get(Member, MACHINE)
    assert member is not None
    assert house.books.save(Member("bea", 0, {"*": (Role.FIRM_ADMIN,)}))
    assert house.books.save(replace(member, responsible_id="bea"))
    answer = house.robot.send(house.robot.sign(things()))
    refused(answer, "signature_invalid", "not_verified")
    assert house.log() == [("machine.signature_refused", "key_of_former_responsible")]


# ---- what it costs, and what the log keeps


def test_a_good_signature_is_one_read_and_one_put(house: House) -> None:
    calls: list[str] = []
    request = house.robot.sign(things())
    house.desk.store.on_call = calls.append
    assert house.robot.send(request).status == 200
    # The machine, who answers for it, the key; then the nonce.
    assert calls == ["get", "get", "get", "use:before", "use:after"]


def test_what_can_be_refused_without_the_key_does_not_read_it(house: House) -> None:
    for wrong in ({"created": 1}, {"components": NEEDED}):
        calls: list[str] = []
        request = house.robot.sign(things(), **wrong)
        house.robot.send(things())  # the log has its entry of each reason
        house.robot.send(request)
        house.desk.store.on_call = calls.append
        house.robot.send(request)
        house.desk.store.on_call = lambda _: None
        assert calls == ["get", "get", "use:before"]


def test_the_log_is_not_filled_by_bad_signatures(house: House) -> None:
    for _ in range(50):
        house.robot.send(things())
    assert house.log() == [("machine.signature_refused", "not_sent")]
    house.desk.clock.pause(15 * 60)
    for _ in range(50):
        house.robot.send(things())
    assert house.log() == [("machine.signature_refused", "not_sent")] * 2
    [first, _] = house.books.entries()
    assert first.actor.id == MACHINE
    assert first.actor.responsible_id == "ada"


# ---- anything at all

TEXT = st.text(max_size=120)


@given(TEXT, TEXT, TEXT, st.booleans())
def test_no_headers_are_a_defect(first: str, second: str, third: str, near: bool) -> None:
    house = House()
    event = house.robot.sign(things()).event()
    for name, text in zip(
        ("Signature-Input", "Signature", "Content-Digest"), (first, second, third), strict=True
    ):
        _header(name, (event["headers"][name] if near else "") + text)(event)
    answer = house.robot.serve(event)
    assert answer.status in (200, 401)


@given(st.dictionaries(st.text(max_size=20), st.none() | st.text(max_size=40), max_size=4))
def test_no_event_is_a_defect(headers: dict[str, str | None]) -> None:
    house = House()
    event = house.robot.sign(things()).event()
    for shape in ({"headers": headers, "multiValueHeaders": None}, {"headers": None}):
        context = {"authorizer": event["requestContext"]["authorizer"]}
        bare = {"path": None, "requestContext": context, "multiValueHeaders": None}
        answer = house.robot.serve({**event, **bare, **shape})
        assert answer.status == 401


def test_a_covered_list_is_what_the_challenge_asks_for(house: House) -> None:
    answer = house.robot.send(things())
    asked = dictionary(answer.headers["Accept-Signature"])["rowcol"]
    assert isinstance(asked, InnerList)
    assert asked.parameters == {"created": True, "tag": "rowcol"}
    assert house.robot.send(house.robot.sign(things(), components=asked.items)).status == 200
