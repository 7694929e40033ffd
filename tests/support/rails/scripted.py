"""A rail that answers from a script, and surroundings that stand still."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx

from rowcol.rails.http import RailHttp, Site, make_client
from rowcol.service.ports import ConnectionBroken, Surroundings

NOW = datetime(2026, 11, 20, 15, 0, 0, tzinfo=UTC)
Reply = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class TickingClock:
    """One second further at every look."""

    def __init__(self) -> None:
        self.instant = NOW

    def now(self) -> datetime:
        self.instant += timedelta(seconds=1)
        return self.instant


class NumberedIds:
    """prefix_1, prefix_2, ..."""

    def __init__(self) -> None:
        self.count = 0

    def new(self, prefix: str) -> str:
        self.count += 1
        return f"{prefix}_{self.count}"


class Tokens:
    """TokenSource: tok-1, then tok-2 ... up to `most`, then a person is needed."""

    def __init__(self, most: int = 5) -> None:
        self.number, self.most = 1, most

    def token(self) -> str:
        return f"tok-{self.number}"

    def renewed(self, refused: str) -> str:
        assert refused == self.token()
        if self.number == self.most:
            raise ConnectionBroken("test", "no more tokens", "invalid_grant")
        self.number += 1
        return self.token()


@dataclass
class Script:
    """Replies in order; the last one repeats when `endless`.

    Keeps what was asked and what was waited.
    """

    replies: list[Reply] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    endless: bool = False

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        assert self.replies, f"nothing is left to answer {request.method} {request.url}"
        reply = self.replies[0] if self.endless and len(self.replies) == 1 else self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply if isinstance(reply, httpx.Response) else reply(request)

    def surroundings(self) -> Surroundings:
        return Surroundings(TickingClock(), NumberedIds(), random.Random(7), self.pauses.append)  # noqa: S311 - a seeded run

    def http(self, site: Site, client: httpx.Client | None = None) -> RailHttp:
        return RailHttp(site, client or make_client(self.transport()), self.surroundings())

    def body(self, number: int = -1) -> object:
        """The JSON body of a request."""
        return json.loads(self.requests[number].content)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value) if value % 1 else int(value)
    raise TypeError


def answer(status: int, body: object, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """A JSON answer."""
    return httpx.Response(status, content=json.dumps(body, default=_plain), headers=headers)
