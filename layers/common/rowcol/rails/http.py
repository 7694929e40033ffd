"""HTTP to a rail: one host, bounded answers, no redirects, reads repeated with jitter, commands
sent once.

What an attempt ended in is told by type (service/ports.py), so that callers never look at texts:
repeat now (done here, reads only) | RailUnavailable, repeat later | RailThrottled, repeat at a slot
| ConnectionBroken, a person is needed | RailProtocolError, a defect | CommandUncertain, re-read
first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol, cast
from urllib.parse import urlsplit

import httpx

from rowcol.domain.facts import ReadInterval
from rowcol.rails.answer_body import ACCEPT_ENCODING, BadBody, in_time, whole
from rowcol.rails.budget import Budget
from rowcol.rails.call_kinds import kind_of
from rowcol.rails.retry_after import retry_after_seconds
from rowcol.rails.sending import make_client as make_client  # noqa: PLC0414 - told on
from rowcol.service.ports import (
    ConnectionBroken,
    Meter,
    RailError,
    RailProtocolError,
    RailThrottled,
    RailUnavailable,
    Surroundings,
)

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_ASKED = {"Accept": "application/json", "Accept-Encoding": ACCEPT_ENCODING, "User-Agent": "RowCol"}
# Nothing was sent yet: a command may be called not applied.
_BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class CommandUncertain(RailError):
    """A command was sent and its effect is not known: no answer, or one that does not tell."""


class TokenSource(Protocol):
    """Access tokens. Raises ConnectionBroken when only a person can help."""

    def token(self) -> str:
        """A token that should still be valid."""
        ...

    def renewed(self, refused: str) -> str:
        """Another token, after `refused` was answered 401. One refresh at a time per connection."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """How a rail is waited for.

    `throttle_seconds`: the wait after 429 that its contract asks for.
    """

    connect_seconds: float = 5.0
    read_seconds: float = 30.0
    read_attempts_max: int = 3
    pause_seconds: float = 1.0
    pause_seconds_max: float = 8.0
    throttle_seconds: float = 10.0
    wait_here_seconds_max: float = 4.0


@dataclass(frozen=True, slots=True)
class Call:
    """One request. `path` starts with a slash; `form` and `body` exclude each other.

    `owner`: who the rail counts it for, where its limits are narrower than the whole rail's.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    body: object = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    read_seconds: float | None = None
    owner: str = ""

    @property
    def kind(self) -> str:
        """What it is counted as (call_kinds.py)."""
        return kind_of(self.method, self.path)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whole, and when."""

    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)
    read: ReadInterval


def check_base_url(rail: str, base_url: str, hosts: frozenset[str]) -> str:
    """The base without its final slash: https and one of the rail's own hosts, or a simulator on
    loopback.

    Raises RailProtocolError.
    """
    parts = urlsplit(base_url)
    local = parts.hostname in _LOOPBACK
    if parts.username or parts.query or parts.fragment:
        raise RailProtocolError(rail, "base URL with extras")
    if not local and (parts.scheme != "https" or parts.hostname not in hosts or parts.port):
        raise RailProtocolError(rail, "base URL is not one of this rail's")
    return base_url.rstrip("/")


@dataclass(frozen=True, slots=True)
class Site:
    """Where a rail is, how it is waited for, and which header carries its own id of an answer.

    `throttles`: answers that mean 429 without saying so. `ends`: the code of a 401 that no other
    token helps against, None for any other.
    """

    rail: str
    base_url: str
    patience: Patience
    trace_header: str = ""
    throttles: Callable[[Answer], bool] = lambda _answer: False
    ends: Callable[[Answer], str | None] = lambda _answer: None


class RailHttp:
    """Calls one rail at one base URL."""

    def __init__(
        self,
        site: Site,
        client: httpx.Client,
        surroundings: Surroundings,
        budget: Budget | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.rail = site.rail
        self.base_url = site.base_url
        self.surroundings = surroundings
        self._client = client
        self._patience = site.patience
        self._site = site
        self._budget = budget
        self._meter = meter

    def trace_id(self, answer: Answer) -> str | None:
        """The rail's own id of the answer, printable and bounded."""
        text = answer.headers.get(self._site.trace_header, "")[:100]
        return text if text.isascii() and text.isprintable() and text else None

    def read(self, call: Call, tokens: TokenSource | None = None) -> Answer:
        """A call without effect, or with one that a repeat does not change.

        Repeated on network trouble and 5xx with full jitter. Gives answers below 500 except 401
        (token renewed once, then ConnectionBroken) and 429 (waited out when short, else
        RailThrottled).
        """
        attempts_max = self._patience.read_attempts_max
        for attempt in range(1, attempts_max + 1):
            try:
                return self._once(call, tokens)
            except RailThrottled as slow:
                if (
                    attempt == attempts_max
                    or slow.retry_after_seconds > self._patience.wait_here_seconds_max
                ):
                    raise
                self.surroundings.pause(slow.retry_after_seconds)
            except (RailUnavailable, CommandUncertain) as trouble:
                if attempt == attempts_max:
                    raise RailUnavailable(
                        self.rail, trouble.detail, trace_id=trouble.trace_id
                    ) from None
                self.surroundings.pause(self._jitter(attempt))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def read_once(self, call: Call, tokens: TokenSource | None = None) -> Answer:
        """As read, without repeats."""
        try:
            return self._once(call, tokens)
        except CommandUncertain as trouble:
            raise RailUnavailable(self.rail, trouble.detail, trace_id=trouble.trace_id) from None

    def command(self, call: Call, tokens: TokenSource | None = None) -> Answer:
        """A call with an effect, once. RailUnavailable: not sent; CommandUncertain: who knows."""
        return self._once(call, tokens)

    def _once(self, call: Call, tokens: TokenSource | None) -> Answer:
        if tokens is None:
            return self._checked(call, self._send(call, {}))
        token = tokens.token()
        answer = self._send(call, {"Authorization": f"Bearer {token}"})
        if answer.status == 401 and self._site.ends(answer) is None:
            token = tokens.renewed(token)
            answer = self._send(call, {"Authorization": f"Bearer {token}"})
        if answer.status == 401:
            code = self._site.ends(answer) or "unauthorized"
            raise ConnectionBroken(self.rail, "no token is taken any more", code)
        return self._checked(call, answer)

    def _send(self, call: Call, authorization: Mapping[str, str]) -> Answer:
        self._take_slot(call)
        status: int | None = None
        try:
            answer = self._exchange(call, authorization)
            status = answer.status
            return answer
        finally:
            if self._budget is not None:
                self._budget.ended(call.kind, call.owner, status)

    def _exchange(self, call: Call, authorization: Mapping[str, str]) -> Answer:
        if self._meter is not None:
            self._meter.spent(self.rail, call.kind)
        patience, began_at = self._patience, self.surroundings.clock.now()
        read_seconds = call.read_seconds or patience.read_seconds
        timeout = httpx.Timeout(patience.connect_seconds, read=read_seconds)
        request = httpx.Request(
            call.method,
            self.base_url + call.path + (f"?{httpx.QueryParams(call.query)}" if call.query else ""),
            json=call.body,
            data=dict(call.form) if call.form is not None else None,
            headers={**_ASKED, **call.headers, **authorization},
            extensions={"timeout": timeout.as_dict()},
        )
        try:
            response = self._client.send(request, stream=True)
            try:
                content = self._whole(response, began_at + timedelta(seconds=read_seconds))
            finally:
                response.close()
        except _BEFORE_SENDING as error:
            raise RailUnavailable(self.rail, f"not sent: {type(error).__name__}") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise CommandUncertain(self.rail, f"no answer: {type(error).__name__}") from None
        read = ReadInterval(began_at, self.surroundings.clock.now())
        return Answer(response.status_code, response.headers, content, read)

    def _whole(self, response: httpx.Response, until: datetime) -> bytes:
        # As it came over the wire: httpx would unpack without a bound.
        wire = cast(httpx.SyncByteStream, response.stream)
        raw = in_time(iter(wire), self.surroundings.clock.now, until)
        try:
            return whole(raw, response.headers.get("content-encoding", "").strip().lower())
        except BadBody as bad:
            raise CommandUncertain(self.rail, f"answer of {response.status_code}: {bad}") from None

    def _checked(self, call: Call, answer: Answer) -> Answer:
        """429 and 5xx as errors, a redirect as a breach of contract, everything else as it is."""
        if answer.status == 429 or self._site.throttles(answer):
            seconds = self._retry_after(answer)
            if self._budget is not None:
                seconds = self._budget.refused(call.kind, call.owner, seconds)
            raise RailThrottled(self.rail, "over the rate limit", seconds)
        if answer.status >= 500:
            raise CommandUncertain(
                self.rail, f"{call.method} answered {answer.status}", trace_id=self.trace_id(answer)
            )
        if 300 <= answer.status < 400:
            raise RailProtocolError(
                self.rail, f"redirect {answer.status}", trace_id=self.trace_id(answer)
            )
        return answer

    def _retry_after(self, answer: Answer) -> float:
        told = retry_after_seconds(answer.headers.get("retry-after", ""), answer.read.ended_at)
        if told is not None:
            return told
        return self._patience.throttle_seconds * (1 + self.surroundings.random.random() / 4)

    def _take_slot(self, call: Call) -> None:
        """A slot of the budget, waited for here once when that is short."""
        if self._budget is None:
            return
        wait_seconds = self._budget.take(call.kind, call.owner)
        if 0 < wait_seconds <= self._patience.wait_here_seconds_max:
            self.surroundings.pause(wait_seconds)
            wait_seconds = self._budget.take(call.kind, call.owner)
        if wait_seconds > 0:
            raise RailThrottled(self.rail, "the rate budget is used up", wait_seconds)

    def _jitter(self, attempt: int) -> float:
        """Full jitter: anywhere between nothing and the doubled pause."""
        doubled = self._patience.pause_seconds * 2 ** (attempt - 1)
        return self.surroundings.random.uniform(0, min(self._patience.pause_seconds_max, doubled))
