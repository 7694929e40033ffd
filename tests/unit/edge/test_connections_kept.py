"""Banks, secrets of Stripe, rotation and disconnection, over the API."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from rowcol.domain.client import Client
from rowcol.domain.connection import ConnectionState
from rowcol.service.connections import context_of
from rowcol.service.intake_ports import IntakeUnavailable
from rowcol.service.ports import RailUnavailable
from rowcol.service.store import StoreUnavailable
from tests.support.connecting import OTHER, ConnectingDesk
from tests.support.connecting_stubs import PUBLIC_URL
from tests.support.desk import SCOPE

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


# ---- Plaid


def test_a_bank_is_linked_and_its_feed_begun(desk: ConnectingDesk) -> None:
    name = desk.linked()
    kept = desk.stored(name)
    assert desk.client().bank_item_ids == (kept.tenant_id,)
    item = desk.plaid.items.find(str(kept.tenant_id))
    assert item["webhook"].startswith(f"{PUBLIC_URL}/webhooks/plaid/")
    [(rail, key)] = desk.endpoints.kept
    assert (rail, item["webhook"].rpartition("/")[2]) == ("plaid", key)
    assert desk.endpoints.kept[rail, key].client is None
    found = desk.ask("POST", f"/{name}/test").body
    assert [check["found"] for check in found["checks"]] == ["ok"] * 3
    # A second bank of the firm comes to the same address.
    desk.linked()
    assert len(desk.endpoints.kept) == 1
    assert len(desk.client().bank_item_ids) == 2


def test_a_login_is_repaired_in_update_mode_and_the_token_stays(desk: ConnectingDesk) -> None:
    name = desk.linked()
    before = desk.stored(name)
    desk.plaid.act("login_required", item_id=before.tenant_id)
    failed = desk.ask("POST", f"/{name}/test").body
    assert (failed["passed"], failed["connection"]["state"]) == (False, "needs_login")
    assert failed["checks"][0]["code"] == "ITEM_LOGIN_REQUIRED"
    desk.plaid.act("complete_link", link_token=desk.link(connection=name))
    found = desk.ask("POST", f"/{name}/test").body
    assert (found["passed"], found["connection"]["state"]) == (True, "healthy")
    assert desk.stored(name).access == before.access


def test_a_public_token_works_once(desk: ConnectingDesk) -> None:
    token = desk.public_token()
    assert desk.ask("POST", "/plaid/exchange", {"public_token": token}).status == 201
    again = desk.ask("POST", "/plaid/exchange", {"public_token": token})
    assert (again.status, again.code) == (422, "rail_refused")
    assert len(desk.client().bank_item_ids) == 1


def test_what_is_no_bank_cannot_be_repaired(desk: ConnectingDesk) -> None:
    desk.connect("ramp")
    for name in ("ramp", "plaid-nobody"):
        answer = desk.ask("POST", "/plaid/link-token", {"connection": name})
        assert (answer.status, answer.code) == (409, "not_connected")


# ---- Stripe

FIRST, SECOND = f"whsec_{'a' * 32}", f"whsec_{'b' * 32}"


def test_secrets_of_stripe_rotate_with_two_live(desk: ConnectingDesk) -> None:
    made = desk.ask("POST", "/stripe/secrets", {}).body
    assert (made["live_secrets"], made["connection"]["webhook"]) == (0, "waiting")
    assert desk.ask("POST", "/stripe/test").body["checks"][2]["code"] == "no_secret"
    key = made["webhook_url"].rpartition("/")[2]
    for secret, live in ((FIRST, 1), (SECOND, 2), (SECOND, 2)):
        answer = desk.ask("POST", "/stripe/secrets", {"secret": secret})
        assert (answer.status, answer.body["live_secrets"]) == (200, live)
        assert answer.body["webhook_url"] == made["webhook_url"]
    assert desk.endpoints.kept["stripe", key].secrets == (SECOND, FIRST)
    assert desk.ask("POST", "/stripe/test").body["passed"]
    assert desk.ask("POST", "/stripe/rotate").code == "step_up_required"
    assert desk.ask("POST", "/stripe/rotate", shown_at=desk.clock.now()).status == 200
    assert desk.endpoints.kept["stripe", key].secrets == (SECOND,)


def test_secrets_are_bounded_and_looked_at(desk: ConnectingDesk) -> None:
    for number in range(3):
        desk.ask("POST", "/stripe/secrets", {"secret": f"whsec_{str(number) * 32}"})
    answer = desk.ask("POST", "/stripe/secrets", {"secret": FIRST})
    assert (answer.status, answer.code) == (400, "too_many_items")
    for odd in ("sk_live_" + "a" * 32, "whsec_", "whsec_" + "\u00fc" * 32):
        assert desk.ask("POST", "/stripe/secrets", {"secret": odd}).code == "invalid_input"


# ---- rotate and disconnect


@pytest.mark.parametrize("rail", OAUTH)
def test_a_rotation_is_another_token_now(desk: ConnectingDesk, rail: str) -> None:
    desk.connect(rail)
    desk.clock.pause(60)
    before = desk.tokens(rail).token()
    assert desk.ask("POST", f"/{rail}/rotate").code == "step_up_required"
    assert desk.ask("POST", f"/{rail}/rotate", shown_at=desk.clock.now()).status == 200
    assert desk.tokens(rail).token() != before
    assert desk.ask("POST", f"/{rail}/test").body["passed"]


def test_a_banks_token_cannot_be_rotated(desk: ConnectingDesk) -> None:
    answer = desk.ask("POST", f"/{desk.linked()}/rotate", shown_at=desk.clock.now())
    assert answer.code == "capability_missing"


@pytest.mark.parametrize("rail", [*OAUTH, "plaid", "stripe"])
def test_a_disconnection_ends_it_at_the_rail_and_wipes_it_here(
    desk: ConnectingDesk, rail: str
) -> None:
    if rail in OAUTH:
        desk.connect(rail)
    elif rail == "stripe":
        desk.ask("POST", "/stripe/secrets", {"secret": FIRST})
    name = desk.linked() if rail == "plaid" else rail
    kept = desk.stored(name)
    head = desk.books.head("USD")
    assert desk.ask("POST", f"/{name}/disconnect").code == "step_up_required"
    answer = desk.ask("POST", f"/{name}/disconnect", shown_at=desk.clock.now())
    assert (answer.status, answer.body["revoked_at_rail"]) == (200, rail != "stripe")
    wiped = desk.stored(name)
    assert (wiped.state, wiped.access, wiped.refresh) == (S.DISCONNECTED, "", None)
    if rail in OAUTH:
        account = desk.environment.connecting.consent_rails[rail].account  # type: ignore[union-attr]  # it is there
        opened = desk.vault.open(kept.access, context_of(SCOPE, name))
        with pytest.raises(Exception, match="refused"):
            account(opened, kept.tenant_id)
    elif rail == "plaid":
        assert desk.plaid.items.find(str(kept.tenant_id))["removed"]
        assert desk.client().bank_item_ids == ()
    else:
        assert desk.endpoints.kept == {}
    assert desk.books.head("USD").covered_total == head.covered_total
    for path in ("test", "rotate"):
        again = desk.ask("POST", f"/{name}/{path}", shown_at=desk.clock.now())
        assert again.status in (200, 409, 422), again.body
    row = next(row for row in desk.ask("GET", "").body["items"] if row["id"] == name)
    assert row["state"] == "disconnected" or rail == "stripe"


def test_a_rail_that_does_not_answer_keeps_nothing_here(desk: ConnectingDesk) -> None:
    desk.connect("qbo")
    desk.qbo.faults.add({"kind": "server_error"})
    answer = desk.ask("POST", "/qbo/disconnect", shown_at=desk.clock.now())
    assert (answer.status, answer.body["revoked_at_rail"]) == (200, False)
    assert desk.stored("qbo").access == ""


def test_a_rail_that_does_not_answer_says_nothing_of_a_connection(desk: ConnectingDesk) -> None:
    desk.connect("ramp")
    desk.ramp.faults.add({"kind": "server_error"})
    answer = desk.ask("POST", "/ramp/test")
    assert (answer.status, answer.code) == (502, "rail_unavailable")
    assert desk.stored("ramp").state is S.HEALTHY


def test_a_consent_revoked_at_the_rail_is_found_and_repaired(desk: ConnectingDesk) -> None:
    desk.connect("qbo")
    desk.qbo.oauth.kill(next(iter(desk.qbo.document.rows("connections"))))
    found = desk.ask("POST", "/qbo/test").body
    assert (found["passed"], found["connection"]["state"]) == (False, "needs_login")
    desk.connect("qbo")
    assert desk.ask("POST", "/qbo/test").body["passed"]


def test_other_peoples_connections_are_not_there(desk: ConnectingDesk) -> None:
    desk.connect("ramp", of=desk.other)
    for path in ("test", "rotate", "disconnect"):
        answer = desk.ask("POST", f"/ramp/{path}", shown_at=desk.clock.now())
        assert (answer.status, answer.code) == (404, "not_found")
    assert desk.stored("ramp", desk.other).state is S.HEALTHY
    assert desk.store.books(desk.other).get(Client, OTHER) is not None


def test_our_own_credentials_that_cannot_be_read_are_told_as_that(
    desk: ConnectingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreadable(_rail: object, _redirect: str, _state: str) -> str:
        raise RailUnavailable("ramp", "the app's credentials cannot be read")

    monkeypatch.setattr("rowcol.rails.ramp.consent.RampConsent.consent_url", unreadable)
    answer = desk.ask("POST", "/ramp/authorize")
    assert (answer.status, answer.code) == (502, "rail_unavailable")
    assert desk.consents.kept == {}


def test_parameters_that_do_not_answer_are_trouble_in_passing(
    desk: ConnectingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_: object) -> None:
        raise IntakeUnavailable("parameters: ThrottlingException")

    monkeypatch.setattr(desk.endpoints, "write", silent)
    with pytest.raises(StoreUnavailable):  # which `guarded` answers with 503
        desk.ask("POST", "/stripe/secrets", {"secret": FIRST})
