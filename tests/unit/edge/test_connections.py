"""The whole way of connecting, over the API and against the simulated rails."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.connection import Connection, ConnectionState
from rowcol.domain.connection_health import Event
from rowcol.domain.scope import Member, Role, Scope
from rowcol.service.change import Change
from rowcol.service.connection_health import happened
from tests.support.connecting import OWNER, VIEWER, ConnectingDesk
from tests.support.connecting_stubs import PUBLIC_URL
from tests.support.desk import SCOPE
from tests.support.storage.tokens import PlainSealer

S = ConnectionState
OAUTH = ["ramp", "qbo"]


@pytest.fixture
def desk() -> ConnectingDesk:
    return ConnectingDesk()


@pytest.fixture(autouse=True)
def nothing_is_told(
    desk: ConnectingDesk, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> Iterator[None]:
    """No token, state, code or secret is in a log, an answer or the books' own log."""
    caplog.set_level("DEBUG")
    yield
    told = capsys.readouterr()
    entries = [entry.data for log in desk.store.logs.values() for entry in log]
    everything = "".join((told.out, told.err, caplog.text, str(entries), str(desk.said)))
    for secret in desk.secrets():
        assert secret not in everything


def code_of(page: dict[str, Any]) -> str:
    body = str(page["body"])
    return body.partition("Code: ")[2].partition("<")[0]


@pytest.mark.parametrize("rail", OAUTH)
def test_a_client_is_connected_by_its_consent(desk: ConnectingDesk, rail: str) -> None:
    page = desk.connect(rail)
    assert (page["statusCode"], code_of(page)) == (200, "connected")
    who, kept = desk.sample[0], desk.stored(rail)
    account = who.business_id if rail == "ramp" else who.realm_id
    assert (kept.tenant_id, kept.tenant_name) == (account, who.name)
    assert (kept.connected_by, kept.state) == (OWNER, S.HEALTHY)
    client = desk.client()
    assert account in (client.rail_business_id, client.ledger_realm_id)
    assert desk.types() == ["connection.consent_asked", "connection.connected"]
    assert desk.consents.kept == {}
    # The rail takes the token, and the ends are known where it tells them.
    assert desk.ask("POST", f"/{rail}/test").body["passed"]
    assert (kept.end is not None) is (rail == "qbo")


@pytest.mark.parametrize("rail", OAUTH)
def test_a_state_is_hashed_bound_and_used_once(desk: ConnectingDesk, rail: str) -> None:
    url = desk.authorize(rail)
    [(digest, consent)] = desk.consents.kept.items()
    assert consent.redirect_uri == f"{PUBLIC_URL}/connections/{rail}/callback"
    assert (consent.asked_by, consent.client) == (OWNER, SCOPE.client)
    assert consent.expires_at - desk.clock.now() == timedelta(minutes=10)
    came = desk.agree(url, desk.sample[0])
    assert len(came["state"]) == 43
    assert came["state"] not in digest
    assert code_of(desk.back(rail, came)) == "connected"
    assert code_of(desk.back(rail, came)) == "state_unknown"


def test_of_two_browsers_that_come_back_at_once_one_is_believed(desk: ConnectingDesk) -> None:
    came, pages = desk.agree(desk.authorize("ramp"), desk.sample[0]), []
    barrier = threading.Barrier(4)

    def back() -> None:
        barrier.wait()
        pages.append(code_of(desk.back("ramp", came)))

    threads = [threading.Thread(target=back) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(pages) == ["connected", *["state_unknown"] * 3]


def test_a_state_is_too_old_after_ten_minutes(desk: ConnectingDesk) -> None:
    came = desk.agree(desk.authorize("ramp"), desk.sample[0])
    desk.clock.pause(600)
    assert code_of(desk.back("ramp", came)) == "state_unknown"


def test_a_state_of_one_rail_is_none_of_another_and_is_gone(desk: ConnectingDesk) -> None:
    came = desk.agree(desk.authorize("ramp"), desk.sample[0])
    assert code_of(desk.back("qbo", came)) == "state_unknown"
    assert code_of(desk.back("ramp", came)) == "state_unknown"


HOSTILE: list[dict[str, str] | None] = [
    None,
    {},
    {"state": "x" * 43},
    {"state": "<script>alert(1)</script>", "code": "1"},
    {"state": "x" * 100_000, "code": "1"},
    {"state": "\u202e" * 43, "code": "\x00"},
    {"code": "1", "error": "<b>"},
    {"state": "../../etc/passwd" + "x" * 27, "code": "%00"},
]


@pytest.mark.parametrize("rail", [*OAUTH, "plaid", "stripe", "", "../x", "<b>"])
@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_returns_get_a_plain_page_with_a_code(
    desk: ConnectingDesk, rail: str, query: dict[str, str] | None
) -> None:
    before = dict(desk.store.items)
    page = desk.back(rail, query)
    assert page["statusCode"] == 400
    assert code_of(page) in ("invalid_request", "state_unknown")
    assert "script" not in page["body"]
    assert desk.store.items == before
    headers = page["headers"]
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"code": "another"}, "code_refused"),
        ({"code": ""}, "invalid_request"),
        ({"code": "with space"}, "invalid_request"),
        ({"realmId": "9" * 19}, "account_unreadable"),
        ({"realmId": "../../9"}, "invalid_request"),
        ({"error": "access_denied"}, "declined"),
    ],
)
def test_what_comes_back_changed_connects_nothing(
    desk: ConnectingDesk, changes: dict[str, str], code: str
) -> None:
    came = desk.agree(desk.authorize("qbo"), desk.sample[0])
    assert code_of(desk.back("qbo", {**came, **changes})) == code
    assert desk.books.get(Connection, "qbo") is None
    assert desk.types()[-1] == "connection.consent_refused"
    assert code_of(desk.back("qbo", came)) == "state_unknown", "used up all the same"


@pytest.mark.parametrize("rail", OAUTH)
def test_an_account_of_another_client_is_refused_and_revoked(
    desk: ConnectingDesk, rail: str
) -> None:
    desk.connect(rail, of=desk.other)
    page = desk.connect(rail)
    assert (page["statusCode"], code_of(page)) == (409, "tenant_taken")
    assert desk.books.get(Connection, rail) is None
    assert desk.client().rail_business_id is None
    if rail == "ramp":
        # What was granted is of no use to anybody; the other client's consent goes on.
        assert len(desk.ramp.document.rows("refresh_tokens")) == 3
    assert desk.ask("POST", "/ramp/test", of=desk.other).status in (200, 404)


def test_two_clients_that_consent_for_one_account_at_once(desk: ConnectingDesk) -> None:
    came = {
        scope: desk.agree(desk.authorize("ramp", scope), desk.sample[0])
        for scope in (SCOPE, desk.other)
    }
    barrier, pages = threading.Barrier(2), []

    def back(query: dict[str, str]) -> None:
        barrier.wait()
        pages.append(code_of(desk.back("ramp", query)))

    threads = [threading.Thread(target=back, args=(query,)) for query in came.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    owners = [
        scope for scope in came if desk.store.books(scope).get(Connection, "ramp") is not None
    ]
    assert pages.count("connected") == len(owners) == 1


def test_a_claim_that_passes_on_in_between_connects_nobody_twice(
    desk: ConnectingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    came = desk.agree(desk.authorize("ramp"), desk.sample[0])
    others = desk.agree(desk.authorize("ramp", desk.other), desk.sample[0])
    seal, pages = desk.vault.sealer, []

    def overtaken(context: dict[str, str]) -> PlainSealer:
        # After the claim, before the write: the other client comes, claims it and is connected.
        monkeypatch.undo()
        pages.append(code_of(desk.back("ramp", others)))
        return seal(context)

    monkeypatch.setattr(desk.vault, "sealer", overtaken)
    pages.append(code_of(desk.back("ramp", came)))
    assert pages == ["connected", "tenant_taken"]
    assert desk.books.get(Connection, "ramp") is None
    assert desk.client().rail_business_id is None


def test_a_client_keeps_the_account_it_has(desk: ConnectingDesk) -> None:
    desk.connect("qbo")
    assert code_of(desk.connect("qbo", number=2)) == "tenant_differs"
    assert desk.stored("qbo").tenant_id == desk.sample[0].realm_id
    assert code_of(desk.connect("qbo")) == "connected"


def test_less_than_is_needed_is_refused(desk: ConnectingDesk) -> None:
    url = desk.authorize("ramp").replace("bills%3Awrite+", "")
    assert code_of(desk.back("ramp", desk.agree(url, desk.sample[0]))) == "scope_missing"
    assert desk.books.get(Connection, "ramp") is None


def test_whoever_lost_the_right_meanwhile_connects_nothing(desk: ConnectingDesk) -> None:
    came = desk.agree(desk.authorize("ramp"), desk.sample[0])
    firm = desk.store.books(Scope(SCOPE.firm))
    member = firm.get(Member, OWNER)
    assert member is not None
    assert firm.save(replace(member, roles={"*": (Role.VIEWER,)}))
    page = desk.back("ramp", came)
    assert (page["statusCode"], code_of(page)) == (403, "not_allowed")
    assert desk.books.get(Connection, "ramp") is None


def test_without_an_address_of_ours_nothing_is_begun() -> None:
    desk = ConnectingDesk(PUBLIC_URL="")
    for path in ("/ramp/authorize", "/qbo/authorize", "/plaid/link-token"):
        answer = desk.ask("POST", path, {} if "plaid" in path else None)
        assert (answer.status, answer.code) == (422, "not_configured")
    assert desk.types() == []


def test_only_who_configures_connects(desk: ConnectingDesk) -> None:
    assert desk.ask("POST", "/ramp/authorize", person=VIEWER).code == "forbidden"
    assert desk.ask("GET", "", person=VIEWER).status == 200
    assert desk.ask("POST", "/paypal/authorize").status == 404


def test_the_list_shows_what_is_and_what_is_to_be_done(desk: ConnectingDesk) -> None:
    rows = desk.ask("GET", "").body["items"]
    assert [(row["rail"], row["state"]) for row in rows] == [
        ("ramp", None),
        ("qbo", None),
        ("plaid", None),
        ("stripe", None),
    ]
    assert rows[0]["how"] == "POST /clients/bluebird/connections/ramp/authorize"
    desk.connect("ramp")
    known = desk.stored("ramp")

    def refused(change: Change) -> Connection:
        return happened(change, known, Event.LOGIN_NEEDED, "token_400")

    desk.work(refused)
    [row] = [row for row in desk.ask("GET", "").body["items"] if row["rail"] == "ramp"]
    assert (row["state"], row["code"], row["how"]) == ("needs_login", "token_400", rows[0]["how"])
    assert row["to_do"].startswith("connect again")
    assert code_of(desk.connect("ramp")) == "connected"
    assert desk.stored("ramp").state is S.HEALTHY
