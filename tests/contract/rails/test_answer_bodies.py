"""Answers that do not end, unpack to far more than they are, stop short, or come by drops; and how
long `Retry-After` says.
"""

from __future__ import annotations

import gzip
import json
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from rowcol.rails.answer_body import ANSWER_BYTES_MAX, BadBody, whole
from rowcol.rails.http import Call, CommandUncertain, Patience, RailHttp, Site, make_client
from rowcol.rails.retry_after import retry_after_seconds
from rowcol.service.ports import RailThrottled, RailUnavailable
from tests.support.rails.scripted import NOW, Script, answer

SITE = Site("test", "https://rail.example", Patience(read_attempts_max=2), "x-trace")
READ = Call("GET", "/things")


class Packed(httpx.SyncByteStream):
    """A body as it comes over the wire, in pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    def __iter__(self) -> Iterator[bytes]:
        yield from self.pieces


def reply(encoding: str, *pieces: bytes) -> httpx.Response:
    return httpx.Response(200, headers={"Content-Encoding": encoding}, stream=Packed(*pieces))


def read(response: httpx.Response) -> bytes:
    return Script([response]).http(SITE).command(READ).content


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "GZIP"])
@pytest.mark.parametrize("size", [700, 100_000])
def test_a_packed_answer_is_unpacked(encoding: str, size: int) -> None:
    body = json.dumps({"rows": list(range(5000))}).encode()
    packed = gzip.compress(body)
    pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
    assert read(reply(encoding, *pieces)) == body


def test_only_what_is_understood_is_asked_for() -> None:
    script = Script([answer(200, {})])
    script.http(SITE).command(READ)
    assert script.requests[0].headers["accept-encoding"] == "gzip"


def test_a_bomb_is_given_up_before_it_is_unpacked() -> None:
    bomb = gzip.compress(b"\0" * (256 * 1024 * 1024), 9)
    assert len(bomb) < 300_000
    tracemalloc.start()
    with pytest.raises(CommandUncertain, match="beyond"):
        read(reply("gzip", bomb))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 3 * ANSWER_BYTES_MAX


@pytest.mark.parametrize(
    "pieces",
    [
        [gzip.compress(b"{}" * 500)[:-9]],
        [b"not gzip at all"],
        [gzip.compress(b"{}"), b"more"],
        [gzip.compress(b"{}") + gzip.compress(b"{}")],
        [],
    ],
)
def test_a_packed_answer_that_is_none_is_no_answer(pieces: list[bytes]) -> None:
    with pytest.raises(CommandUncertain):
        read(reply("gzip", *pieces))


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd"])
def test_a_packing_that_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(CommandUncertain):
        read(reply(encoding, gzip.compress(b"{}")))


def test_raw_bytes_are_counted_too() -> None:
    with pytest.raises(BadBody):
        whole(iter([b"x" * 600, b"x" * 600]), "", 1000)


def test_an_answer_that_comes_by_drops_is_given_up_in_time() -> None:
    class Drops(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            while True:
                yield b" "

    script = Script([lambda _request: httpx.Response(200, stream=Drops())], endless=True)
    http = RailHttp(SITE, make_client(script.transport()), script.surroundings())
    with pytest.raises(RailUnavailable, match="does not end"):
        http.read(READ)
    assert script.requests.__len__() == 2


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0", 0),
        ("7", 7),
        ("0007", 7),
        ("3600", 3600),
        ("86400", 3600),
        ("9" * 400, 3600),
        ("Fri, 20 Nov 2026 15:00:30 GMT", 30),
        ("Friday, 20-Nov-26 15:00:30 GMT", 30),
        ("Fri, 20 Nov 2026 10:00:30 -0500", 30),
        ("Fri, 20 Nov 2026 14:59:00 GMT", 0),
        ("Sat, 20 Nov 2027 15:00:30 GMT", 3600),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("Fri, 20 Nov 20260 15:00:30 GMT", None),
        ("Fri, 32 Nov 2026 15:00:30 GMT", None),
        ("²", None),
        ("," * 10_000, None),
    ],
)
def test_retry_after_is_seconds_or_a_date(text: str, seconds: float | None) -> None:
    assert retry_after_seconds(text, NOW) == seconds


def test_a_date_is_waited_for() -> None:
    at = (NOW + timedelta(seconds=45)).strftime("%a, %d %b %Y %H:%M:%S GMT")
    with pytest.raises(RailThrottled) as slow:
        Script([answer(429, {}, {"Retry-After": at})]).http(SITE).command(READ)
    assert 40 <= slow.value.retry_after_seconds <= 45


def test_the_year_ten_thousand_is_no_crash() -> None:
    late = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    assert retry_after_seconds("Fri, 31 Dec 9999 23:59:59 -2300", late) in (None, 3600)
