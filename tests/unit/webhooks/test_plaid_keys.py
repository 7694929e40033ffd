"""Plaid's verification keys: memory, rotation, ration, and the client that asks for them."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from rowcol.rails.plaid.keys import (
    LOOKUPS_PER_MINUTE_MAX,
    REMEMBERED_MAX,
    KeyClient,
    RememberedKeys,
)
from rowcol.rails.plaid.webhook import SigningKey, signing_key
from rowcol.service.intake_ports import IntakeUnavailable
from tests.support.webhooks.base import NOW
from tests.support.webhooks.plaid import plaid_jwk


class Plaid:
    """What /webhook_verification_key/get knows; `down` makes it fail."""

    def __init__(self) -> None:
        self.keys = {"old": signing_key(plaid_jwk("old"))}
        self.asked: list[str] = []
        self.down = False

    def fetch(self, kid: str) -> SigningKey | None:
        self.asked.append(kid)
        if self.down:
            raise IntakeUnavailable("down")
        return self.keys.get(kid)


def minutes(number: float) -> datetime:
    return NOW + timedelta(minutes=number)


def test_a_key_is_asked_for_once_an_hour() -> None:
    plaid = Plaid()
    keys = RememberedKeys(plaid.fetch)
    assert all(keys.find("old", minutes(n)) for n in (0, 1, 59))
    assert plaid.asked == ["old"]
    assert keys.find("old", minutes(61))
    assert plaid.asked == ["old", "old"]


def test_a_miss_is_remembered_for_a_minute() -> None:
    plaid = Plaid()
    keys = RememberedKeys(plaid.fetch)
    assert [keys.find("none", minutes(n)) for n in (0, 0.9, 1.1)] == [None, None, None]
    assert plaid.asked == ["none", "none"]


def test_a_new_key_makes_the_others_be_read_again() -> None:
    plaid = Plaid()
    keys = RememberedKeys(plaid.fetch)
    keys.find("old", NOW)
    plaid.keys = {
        "old": signing_key(plaid_jwk("old", expired_at=1)),
        "new": signing_key(plaid_jwk("new")),
    }
    assert keys.find("new", minutes(1))
    assert plaid.asked == ["old", "new", "old"]
    old = keys.find("old", minutes(1))
    assert old is not None
    assert old.expired


def test_made_up_keys_use_up_a_ration_and_no_more() -> None:
    plaid = Plaid()
    keys = RememberedKeys(plaid.fetch)
    keys.find("old", NOW)
    refused = 0
    for number in range(100):
        try:
            keys.find(f"made-up-{number}", NOW)
        except IntakeUnavailable:
            refused += 1
    assert len(plaid.asked) == LOOKUPS_PER_MINUTE_MAX
    assert refused == 100 - LOOKUPS_PER_MINUTE_MAX + 1
    assert keys.find("old", minutes(0.5))


def test_made_up_keys_drive_out_no_real_one() -> None:
    plaid = Plaid()
    keys = RememberedKeys(plaid.fetch)
    keys.find("old", NOW)
    for number in range(REMEMBERED_MAX + 5):
        keys.find(f"made-up-{number}", minutes(number / 8))
    assert len(keys._known) == REMEMBERED_MAX
    plaid.down = True
    assert keys.find("old", minutes(10))


def test_when_all_keys_are_real_the_oldest_goes() -> None:
    names = [f"real-{number}" for number in range(REMEMBERED_MAX + 1)]
    key = signing_key(plaid_jwk())
    keys = RememberedKeys(lambda _: key)
    keys._known.update(dict.fromkeys(names[:-1], (key, NOW)))
    keys._look_up(names[-1], NOW)
    assert list(keys._known) == names[1:]


def test_a_silent_plaid_leaves_known_keys_working_for_a_day() -> None:
    plaid = Plaid()
    keys = RememberedKeys(plaid.fetch)
    keys.find("old", NOW)
    plaid.down = True
    assert keys.find("old", minutes(120))
    with pytest.raises(IntakeUnavailable):
        keys.find("old", minutes(60 * 25))
    with pytest.raises(IntakeUnavailable):
        keys.find("other", minutes(60 * 26))


class Recorded:
    """A loopback server with one prepared answer."""

    def __init__(self) -> None:
        self.status, self.body = 200, b"{}"
        self.seen: list[tuple[str, dict[str, str], bytes]] = []
        recorded = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                recorded.seen.append((self.path, dict(self.headers), body))
                self.send_response(recorded.status)
                self.send_header("Location", "http://127.0.0.1:1/")
                self.send_header("Content-Length", str(len(recorded.body)))
                self.end_headers()
                self.wfile.write(recorded.body)

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@pytest.fixture
def recorded() -> Iterator[Recorded]:
    made = Recorded()
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    yield made
    made.server.shutdown()
    made.server.server_close()
    thread.join()


def client(url: str) -> KeyClient:
    return KeyClient(url, lambda: {"client_id": "the-client", "secret": "the-secret"})


def test_the_client_asks_as_the_contract_says(recorded: Recorded) -> None:
    recorded.body = json.dumps({"key": plaid_jwk("k1"), "request_id": "r"}).encode()
    key = client(recorded.url).fetch("k1")
    assert key is not None
    assert (key.kid, key.expired) == ("k1", False)
    ((path, headers, body),) = recorded.seen
    assert path == "/webhook_verification_key/get"
    assert json.loads(body) == {"key_id": "k1"}
    assert (headers["PLAID-CLIENT-ID"], headers["PLAID-SECRET"]) == ("the-client", "the-secret")


def test_the_client_takes_an_expired_key_as_expired(recorded: Recorded) -> None:
    recorded.body = json.dumps({"key": plaid_jwk("k1", expired_at=5)}).encode()
    key = client(recorded.url).fetch("k1")
    assert key is not None
    assert key.expired


@pytest.mark.parametrize("status", [400, 401, 404])
def test_a_refused_id_is_no_key(recorded: Recorded, status: int) -> None:
    recorded.status = status
    assert client(recorded.url).fetch("k1") is None


def test_another_key_than_asked_for_is_no_key(recorded: Recorded) -> None:
    recorded.body = json.dumps({"key": plaid_jwk("k2")}).encode()
    assert client(recorded.url).fetch("k1") is None


@pytest.mark.parametrize("status", [302, 429, 500, 503])
def test_trouble_is_not_absence(recorded: Recorded, status: int) -> None:
    recorded.status = status
    with pytest.raises(IntakeUnavailable):
        client(recorded.url).fetch("k1")
    assert len(recorded.seen) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        json.dumps({"key": {**plaid_jwk("k1"), "x": "AA"}}).encode(),
        json.dumps({"key": {**plaid_jwk("k1"), "crv": "P-384"}}).encode(),
        json.dumps({"key": {**plaid_jwk("k1"), "x": "!"}}).encode(),
        json.dumps({"key": {"kid": "k1", "kty": "EC", "crv": "P-256"}}).encode(),
    ],
)
def test_an_answer_without_a_usable_key_is_trouble(recorded: Recorded, body: bytes) -> None:
    recorded.body = body
    with pytest.raises(IntakeUnavailable):
        client(recorded.url).fetch("k1")


def test_a_closed_port_is_trouble(recorded: Recorded) -> None:
    recorded.server.server_close()
    with pytest.raises(IntakeUnavailable):
        client("http://127.0.0.1:1").fetch("k1")
