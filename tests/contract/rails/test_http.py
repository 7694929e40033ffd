"""The common ground of the rails: one host, bounded answers, what is repeated and what never is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from rowcol.rails.answer_body import ANSWER_BYTES_MAX
from rowcol.rails.http import (
    Call,
    CommandUncertain,
    Patience,
    RailHttp,
    Site,
    check_base_url,
    make_client,
)
from rowcol.service.ports import (
    ConnectionBroken,
    RailProtocolError,
    RailThrottled,
    RailUnavailable,
)
from tests.support.rails.scripted import NOW, Script, Tokens, answer

SITE = Site("test", "https://rail.example", Patience(read_attempts_max=3), "x-trace")
READ, COMMAND = Call("GET", "/things"), Call("PATCH", "/things", body={"a": 1})
OK = {"ok": True}


def test_a_read_is_repeated_on_trouble_with_jittered_pauses() -> None:
    script = Script([httpx.ReadTimeout("slow"), answer(503, {}), answer(200, OK)])
    assert script.http(SITE).read(READ).status == 200
    assert len(script.pauses) == 2
    assert 0 <= script.pauses[0] <= 1
    assert 0 <= script.pauses[1] <= 2


@pytest.mark.parametrize(
    "reply",
    [httpx.ConnectError("no"), httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut")],
)
def test_a_read_gives_up_after_its_attempts(reply: Exception) -> None:
    script = Script([reply], endless=True)
    with pytest.raises(RailUnavailable):
        script.http(SITE).read(READ)
    assert len(script.requests) == 3


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_command_that_got_a_server_error_is_uncertain_and_never_repeated(status: int) -> None:
    script = Script([answer(status, {}, {"x-trace": "t-1"})])
    with pytest.raises(CommandUncertain) as uncertain:
        script.http(SITE).command(COMMAND)
    assert uncertain.value.trace_id == "t-1"
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadTimeout("x"),
        httpx.WriteTimeout("x"),
        httpx.ReadError("x"),
        httpx.RemoteProtocolError("x"),
    ],
)
def test_a_command_without_an_answer_is_uncertain(error: Exception) -> None:
    script = Script([error])
    with pytest.raises(CommandUncertain):
        script.http(SITE).command(COMMAND)
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("x"), httpx.ConnectTimeout("x"), httpx.PoolTimeout("x")]
)
def test_a_command_that_was_never_sent_is_certain(error: Exception) -> None:
    script = Script([error])
    with pytest.raises(RailUnavailable):
        script.http(SITE).command(COMMAND)


def test_a_refused_command_is_an_answer() -> None:
    assert Script([answer(400, {})]).http(SITE).command(COMMAND).status == 400


def test_a_short_wait_is_waited_and_a_long_one_is_told() -> None:
    script = Script([answer(429, {}, {"Retry-After": "2"}), answer(200, OK)])
    assert script.http(SITE).read(READ).status == 200
    assert script.pauses == [2.0]
    script = Script([answer(429, {}, {"Retry-After": "60"})])
    with pytest.raises(RailThrottled) as slow:
        script.http(SITE).read(READ)
    assert slow.value.retry_after_seconds == 60
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "header", ["", "soon", "-1", "1.5", "Fri, 99 Nov 2026 15:00:00 GMT", "Fri,", "٣", "," * 5000]
)
def test_without_a_usable_header_the_contract_tells_the_wait(header: str) -> None:
    reply = httpx.Response(429, headers={b"Retry-After": header.encode()} if header else {})
    with pytest.raises(RailThrottled) as slow:
        Script([reply]).http(SITE).command(COMMAND)
    assert 10 <= slow.value.retry_after_seconds <= 12.5


def test_an_absurd_wait_is_cut() -> None:
    with pytest.raises(RailThrottled) as slow:
        Script([answer(429, {}, {"Retry-After": "9" * 30})]).http(SITE).command(COMMAND)
    assert slow.value.retry_after_seconds == 3600


def test_a_throttled_command_changed_nothing_and_says_so() -> None:
    script = Script([answer(429, {})])
    with pytest.raises(RailThrottled):
        script.http(SITE).command(COMMAND)


def test_401_renews_the_token_once_even_for_a_command() -> None:
    script = Script([answer(401, {}), answer(200, OK)])
    assert script.http(SITE).command(COMMAND, Tokens()).status == 200
    told = [request.headers["authorization"] for request in script.requests]
    assert told == ["Bearer tok-1", "Bearer tok-2"]


def test_two_401_break_the_connection() -> None:
    script = Script([answer(401, {}), answer(401, {})])
    with pytest.raises(ConnectionBroken):
        script.http(SITE).read(READ, Tokens())
    assert len(script.requests) == 2


def test_a_token_that_cannot_be_renewed_breaks_the_connection() -> None:
    with pytest.raises(ConnectionBroken) as broken:
        Script([answer(401, {})]).http(SITE).read(READ, Tokens(most=1))
    assert broken.value.code == "invalid_grant"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_never_followed(status: int) -> None:
    script = Script([answer(status, {}, {"Location": "https://elsewhere.example/"})])
    with pytest.raises(RailProtocolError):
        script.http(SITE).read(READ, Tokens())
    assert len(script.requests) == 1


def test_an_endless_answer_is_cut_and_for_a_command_uncertain() -> None:
    big = httpx.Response(200, content=b"0" * (ANSWER_BYTES_MAX + 1))
    with pytest.raises(CommandUncertain):
        Script([big]).http(SITE).command(COMMAND)
    script = Script([big], endless=True)
    with pytest.raises(RailUnavailable):
        script.http(SITE).read(READ)


def test_the_interval_is_that_of_the_answering_attempt() -> None:
    script = Script([answer(503, {}), answer(200, OK)])
    read = script.http(SITE).read(READ).read
    assert read.began_at - NOW >= timedelta(seconds=3)  # the clock ticks at every look
    assert read.ended_at > read.began_at


def test_the_environment_gives_neither_proxies_nor_credentials(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:1")
    client = make_client(Script().transport())
    assert client.trust_env is False
    assert client.follow_redirects is False


HOSTS = frozenset({"api.ramp.com"})


@pytest.mark.parametrize(
    "url",
    [
        "https://api.ramp.com",
        "https://api.ramp.com/",
        "http://127.0.0.1:8001",
        "http://localhost:9",
    ],
)
def test_base_urls_that_are_taken(url: str) -> None:
    assert check_base_url("ramp", url, HOSTS) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    [
        "http://api.ramp.com",
        "https://api.ramp.com.evil.example",
        "https://api.ramp.com:8443",
        "https://user@api.ramp.com",
        "https://evil.example/api.ramp.com",
        "https://api.ramp.com/?x=1",
        "ftp://api.ramp.com",
        "api.ramp.com",
        "",
    ],
)
def test_base_urls_that_are_not(url: str) -> None:
    with pytest.raises(RailProtocolError):
        check_base_url("ramp", url, HOSTS)


def test_an_odd_trace_id_is_left_out() -> None:
    http: RailHttp = Script([answer(200, OK, {"x-trace": "a\tb"}), answer(200, OK)]).http(SITE)
    assert http.trace_id(http.read(READ)) is None
    assert http.trace_id(http.read(READ)) is None


class Slots:
    """A Budget from a list."""

    def __init__(self, *waits: float) -> None:
        self.waits = list(waits)
        self.over: list[tuple[str, str, int | None]] = []

    def take(self, kind: str, owner: str) -> float:
        return self.waits.pop(0)

    def ended(self, kind: str, owner: str, status: int | None) -> None:
        self.over.append((kind, owner, status))

    def refused(self, kind: str, owner: str, wait_seconds: float) -> float:
        return wait_seconds


def budgeted(script: Script, budget: Slots) -> RailHttp:
    return RailHttp(SITE, make_client(script.transport()), script.surroundings(), budget)


@pytest.mark.parametrize(
    ("waits", "outcome"),
    [((0.0,), "sent"), ((2.0, 0.0), "sent"), ((60.0,), "told"), ((2.0, 3.0), "told")],
)
def test_a_budget_is_waited_for_when_short(waits: tuple[float, ...], outcome: str) -> None:
    script = Script([answer(200, OK)])
    run: Callable[[], object] = lambda: budgeted(script, Slots(*waits)).command(COMMAND)  # noqa: E731 - run twice below
    if outcome == "sent":
        run()
        assert len(script.requests) == 1
    else:
        with pytest.raises(RailThrottled) as slow:
            run()
        assert slow.value.retry_after_seconds == waits[-1]
        assert not script.requests
