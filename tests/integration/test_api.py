"""Whatever is sent to the deployed API: the right refusal, and nothing written."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest

from local.demo.api import Api
from local.demo.firm import FIRM, DemoClient
from rowcol.domain.scope import Member, Role
from rowcol.service.onboard import register_member
from tests.support.rig.calls import call, forged, problem
from tests.support.rig.stack import Rig

MEGABYTE = 1_000_001


@pytest.fixture(scope="module")
def client(rig: Rig) -> DemoClient:
    rig.early()
    return rig.client(("10.00", "20.00"))


@pytest.fixture(scope="module")
def other(rig: Rig) -> DemoClient:
    return rig.client(("30.00",))


@pytest.fixture
def untouched(rig: Rig, client: DemoClient, other: DemoClient) -> Any:
    """The log may grow by denials only where a test says so: here not at all."""
    before = (rig.log_length(client), rig.log_length(other))
    yield
    assert (rig.log_length(client), rig.log_length(other)) == before


# ---- bodies

GOOD = {"bill_id": "b", "action": "pay_now"}
BAD_BODIES: list[tuple[str, bytes | str, list[str]]] = [
    ("empty", "", ["action", "bill_id"]),
    ("a list", "[]", []),
    ("a number", "1", []),
    ("a text", '"pay_now"', []),
    ("null", "null", []),
    ("not JSON", "{", []),
    ("an HTML page", "<html></html>", []),
    ("trailing words", json.dumps(GOOD) + " x", []),
    ("a key twice", '{"bill_id":"a","bill_id":"b","action":"pay_now"}', []),
    ("an unknown field", json.dumps({**GOOD, "amount": 1}), ["amount"]),
    ("number for text", json.dumps({**GOOD, "bill_id": 1}), ["bill_id"]),
    ("a huge number", '{"bill_id":"b","action":"pay_now","pay_on":1e999}', ["pay_on"]),
    ("5,000 digits", '{"bill_id":' + "9" * 5000 + ',"action":"pay_now"}', []),
    ("not a number", '{"bill_id":NaN,"action":"pay_now"}', ["bill_id"]),
    ("no such action", json.dumps({**GOOD, "action": "steal"}), ["action"]),
    ("no such day", json.dumps({**GOOD, "action": "schedule", "pay_on": "2026-02-30"}), ["pay_on"]),
    ("an instant for a day", json.dumps({**GOOD, "pay_on": "2026-11-30T25:00"}), ["pay_on"]),
    ("half a surrogate", '{"bill_id":"\\ud800","action":"pay_now"}', []),
    ("invalid UTF-8", b'{"bill_id":"b","action":"\xff\xfe"}', ["action"]),
    ("deep nesting", "[" * 20_000, []),
    ("over 1 MB", json.dumps({**GOOD, "reason": "x" * MEGABYTE}), []),
]


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize(
    ("content", "fields"), [row[1:] for row in BAD_BODIES], ids=[row[0] for row in BAD_BODIES]
)
def test_bad_bodies_name_the_field(
    rig: Rig, client: DemoClient, content: bytes | str, fields: list[str]
) -> None:
    code = "invalid_input"
    if "steal" in str(content) or fields == ["action"]:
        code = "unknown_value"
    elif fields == ["pay_on"] and "2026-" in str(content):
        code = "date_impossible"
    body = problem(call(rig, "POST", f"/clients/{client.id}/decisions", content), 400, code)
    named = [item["field"] for item in body.get("numbers", {}).get("fields", [])]
    assert named == fields or not fields


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("key", ["", "short", "x" * 129, "with space", "key/with/slashes"])
def test_every_post_needs_an_idempotency_key(rig: Rig, client: DemoClient, key: str) -> None:
    for path in (
        f"/clients/{client.id}/decisions",
        f"/clients/{client.id}/bills/{client.bill_id(1)}/stage",
        f"/clients/{client.id}/balances/refresh",
    ):
        content = json.dumps({**GOOD, "bill_id": client.bill_id(1)}) if "dec" in path else ""
        answer = call(rig, "POST", path, content, Idempotency_Key=key)
        assert problem(answer, 400, "invalid_input")["numbers"]["field"] == "Idempotency-Key"


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("query", ["limit=0", "limit=x", "limit=201", "limit=-1", "limit=1e3"])
def test_bad_pages_are_refused(rig: Rig, client: DemoClient, query: str) -> None:
    for view in ("bills", "payments", "tray", "reserves", "audit"):
        answer = call(rig, "GET", f"/clients/{client.id}/{view}?{query}")
        [found] = problem(answer, 400, "invalid_input")["numbers"]["fields"]
        assert found["field"] == "limit"


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("cursor", ["x", "../other", "%00", "9" * 400, "\U0001f600"])
def test_strange_cursors_never_break_a_page(rig: Rig, client: DemoClient, cursor: str) -> None:
    for view in ("bills", "payments", "tray", "reserves", "audit"):
        answer = call(rig, "GET", f"/clients/{client.id}/{view}?cursor={cursor}")
        assert answer.status_code in (200, 400), (view, answer.text)


# ---- ids

FOREIGN = ("no-such-client", "-", "%2e%2e", "a%2Fb", "x" * 65, "%00", "\U0001f600")


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("name", FOREIGN)
def test_unknown_clients_are_not_found(rig: Rig, client: DemoClient, name: str) -> None:
    reads = (
        "console",
        "bills",
        "balances",
        "reserves",
        "payments",
        "tray",
        "audit",
        "audit/verify",
    )
    for read in reads:
        assert call(rig, "GET", f"/clients/{name}/{read}").status_code in (403, 404)
    body = json.dumps({**GOOD, "bill_id": client.bill_id(1)})
    assert call(rig, "POST", f"/clients/{name}/decisions", body).status_code in (403, 404)


@pytest.mark.usefixtures("untouched")
def test_ids_of_another_client_are_not_found(
    rig: Rig, client: DemoClient, other: DemoClient
) -> None:
    bill = other.bill_id(1)
    base = f"/clients/{client.id}"
    problem(call(rig, "GET", f"{base}/bills/{bill}"), 404, "not_found")
    problem(call(rig, "POST", f"{base}/bills/{bill}/stage"), 404, "not_found")
    problem(call(rig, "DELETE", f"{base}/bills/{bill}/stage"), 404, "not_found")
    problem(call(rig, "GET", f"{base}/payments/pay_other"), 404, "not_found")
    problem(call(rig, "GET", f"{base}/payments/pay_other/custody"), 404, "not_found")
    problem(call(rig, "GET", f"{base}/decisions/dec_other"), 404, "not_found")
    problem(call(rig, "DELETE", f"{base}/decisions/dec_other"), 404, "not_found")
    for named in (bill, "no-such-bill", "a/b", "-", "", "x" * 5000, "../x"):
        body = json.dumps({**GOOD, "bill_id": named})
        answer = call(rig, "POST", f"{base}/decisions", body)
        assert answer.status_code in (400, 404), answer.text


def test_a_person_of_one_client_sees_no_other(
    rig: Rig, client: DemoClient, other: DemoClient
) -> None:
    pam = Member("pam-one-client", 0, {client.id: (Role.APPROVER,)})
    register_member(rig.store, FIRM, pam)
    rig.post("oidc", "seed", {"people": [{"sub": pam.id, "firm": FIRM}]})
    api = Api(rig, pam.id)
    before = rig.log_length(other)
    rows = api.get("/console")["clients"]
    assert [row["client"] for row in rows] == [client.id]
    for path in ("bills", "balances", f"bills/{other.bill_id(1)}", "audit/verify"):
        answer = call(rig, "GET", f"/clients/{other.id}/{path}", token=api.token())
        problem(answer, 404, "not_found")
    stage = f"/clients/{other.id}/bills/{other.bill_id(1)}/stage"
    problem(call(rig, "POST", stage, token=api.token()), 404, "not_found")
    assert rig.log_length(other) == before


# ---- who calls


Spoil = Callable[[str], str]
SPOILT: dict[str, Spoil] = {
    "nothing": lambda _: "",
    "a word": lambda _: "hello",
    "no signature": lambda token: token.rsplit(".", 1)[0] + ".",
    "cut": lambda token: token[:-8],
    "another key": lambda token: forged(
        jwt.decode(token, options={"verify_signature": False}),
        jwt.get_unverified_header(token)["kid"],
    ),
    "unknown key id": lambda token: forged(
        jwt.decode(token, options={"verify_signature": False}), "nobody"
    ),
    "no algorithm": lambda token: jwt.encode(
        jwt.decode(token, options={"verify_signature": False}), "", algorithm="none"
    ),
    "public key as secret": lambda token: jwt.encode(
        jwt.decode(token, options={"verify_signature": False}),
        "k" * 32,
        algorithm="HS256",
        headers={"kid": jwt.get_unverified_header(token)["kid"]},
    ),
    "9 KB": lambda token: token + "x" * 9000,
}


@pytest.mark.usefixtures("untouched")
@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT.keys())
def test_a_spoilt_token_opens_nothing(rig: Rig, client: DemoClient, spoil: Spoil) -> None:
    token = spoil(rig.ann.token())
    stage = f"/clients/{client.id}/bills/{client.bill_id(1)}/stage"
    for method, path in (("GET", "/console"), ("POST", stage), ("DELETE", stage)):
        assert call(rig, method, path, token=token).status_code in (401, 403)


@pytest.mark.usefixtures("untouched")
def test_an_expired_token_and_a_stranger_open_nothing(rig: Rig, client: DemoClient) -> None:
    old = rig.token("ann-advisor")  # never used: the API remembers who it let in for a while
    claims = jwt.decode(old, options={"verify_signature": False})
    assert claims["exp"] - claims["iat"] <= 3600
    rig.pass_time(minutes=62)
    stage = f"/clients/{client.id}/bills/{client.bill_id(1)}/stage"
    assert call(rig, "POST", stage, token=old).status_code in (401, 403)
    rig.post("oidc", "seed", {"people": [{"sub": "sam-stranger", "firm": FIRM}]})
    problem(call(rig, "POST", stage, token=rig.token("sam-stranger")), 403, "forbidden")
    rig.post("oidc", "seed", {"people": [{"sub": "oli-other", "firm": "other-firm"}]})
    problem(call(rig, "POST", stage, token=rig.token("oli-other")), 403, "forbidden")


@pytest.mark.usefixtures("untouched")
def test_a_viewer_looks_and_does_not_touch(rig: Rig, client: DemoClient) -> None:
    vera = Api(rig, "vera-viewer")
    assert vera.get(f"/clients/{client.id}/console")["client"] == client.id
    stage = f"/clients/{client.id}/bills/{client.bill_id(1)}/stage"
    body = problem(call(rig, "POST", stage, token=vera.token()), 403, "forbidden")
    assert body["numbers"]["held"] == ["viewer"]
    problem(call(rig, "DELETE", stage, token=vera.token()), 403, "forbidden")
    wish = json.dumps({**GOOD, "bill_id": client.bill_id(1)})
    decisions = f"/clients/{client.id}/decisions"
    problem(call(rig, "POST", decisions, wish, token=vera.token()), 403, "forbidden")
    refresh = f"/clients/{client.id}/balances/refresh"
    problem(call(rig, "POST", refresh, token=vera.token()), 403, "forbidden")


def test_revoked_rights_act_at_once(rig: Rig, client: DemoClient) -> None:
    eve = Member("eve-leaving", 0, {"*": (Role.APPROVER,)})
    register_member(rig.store, FIRM, eve)
    rig.post("oidc", "seed", {"people": [{"sub": eve.id, "firm": FIRM}]})
    token = rig.token(eve.id)
    assert call(rig, "GET", f"/clients/{client.id}/bills", token=token).status_code == 200
    register_member(rig.store, FIRM, Member(eve.id, 0, {}, active=False))
    answer = call(rig, "GET", f"/clients/{client.id}/bills", token=token)
    problem(answer, 403, "forbidden")


# ---- good calls keep their promises


def test_one_key_is_one_command(rig: Rig) -> None:
    client = rig.client(("44.00", "55.00"))
    stage = f"/clients/{client.id}/bills/{client.bill_id(1)}/stage"
    first = call(rig, "POST", stage, Idempotency_Key="the-same-key-1")
    length = rig.log_length(client)
    again = call(rig, "POST", stage, Idempotency_Key="the-same-key-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    elsewhere = f"/clients/{client.id}/bills/{client.bill_id(2)}/stage"
    mismatch = call(rig, "POST", elsewhere, Idempotency_Key="the-same-key-1")
    problem(mismatch, 409, "idempotency_key_reused")
    assert rig.log_length(client) == length


def test_a_business_refusal_is_logged_and_explained(rig: Rig) -> None:
    client = rig.client(("44.00",))
    before = rig.log_length(client)
    wish = json.dumps({"bill_id": client.bill_id(1), "action": "pay_now"})
    problem(call(rig, "POST", f"/clients/{client.id}/decisions", wish), 409, "not_staged")
    entries = rig.books(client).entries(before)
    assert [entry.type for entry in entries] == ["command.denied"]
    assert (
        call(rig, "POST", f"/clients/{client.id}/bills/{client.bill_id(1)}/stage").status_code
        == 201
    )
    past = (rig.timeline.now() - timedelta(days=3)).date().isoformat()
    wish = json.dumps({"bill_id": client.bill_id(1), "action": "schedule", "pay_on": past})
    body = problem(call(rig, "POST", f"/clients/{client.id}/decisions", wish), 422, "date_in_past")
    assert body["numbers"]["date"] == past


@pytest.mark.usefixtures("untouched")
def test_unknown_routes_and_methods_are_refused(rig: Rig, client: DemoClient) -> None:
    for method, path in (
        ("GET", "/"),
        ("GET", "/clients"),
        ("PUT", f"/clients/{client.id}/decisions"),
        ("PATCH", f"/clients/{client.id}/bills/{client.bill_id(1)}"),
        ("POST", "/console"),
        ("GET", "/webhooks/ramp/whatever-it-may-be"),
        ("POST", "/webhooks/venmo/whatever-it-may-be"),
    ):
        assert call(rig, method, path).status_code in (401, 403, 404, 405), (method, path)
