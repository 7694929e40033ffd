"""A person waits at most 29 seconds: what a slow rail leaves no time for is not begun."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.connection import Connection
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, ActorKind
from rowcol.domain.webhook_subscription import Handshake, Subscription
from rowcol.service.connection_link import exchange
from rowcol.service.connection_time import ANSWERED_WITHIN, CALL_TAKES
from rowcol.service.rights import rights_of
from rowcol.service.subscriptions import subscribe
from rowcol.wiring_connections import PATIENCE
from tests.support.connecting import OWNER, ConnectingDesk
from tests.support.desk import SCOPE

WHO = Actor(ActorKind.PERSON, OWNER)
ENDS_SECONDS = 28  # template.yaml, the function's own time


@dataclass
class Slow:
    """A rail behind a slow line: every call takes so long, then does what it does."""

    inner: Any
    desk: ConnectingDesk
    seconds: float
    calls: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        def call(*given: Any) -> Any:
            self.calls.append(name)
            self.desk.clock.pause(self.seconds)
            return getattr(self.inner, name)(*given)

        return call


def test_one_slow_call_more_fits_when_it_is_begun() -> None:
    longest = PATIENCE.connect_seconds + PATIENCE.read_seconds
    assert longest * PATIENCE.read_attempts_max <= CALL_TAKES.total_seconds()
    assert ANSWERED_WITHIN.total_seconds() < ENDS_SECONDS


@pytest.mark.parametrize("seconds", [0.2, 6.0, 9.9])
def test_a_bank_is_kept_in_time_however_slow_plaid_is(seconds: float) -> None:
    desk = ConnectingDesk()
    connecting = desk.environment.connecting
    assert connecting is not None
    link = Slow(connecting.link, desk, seconds)
    desk.environment = replace(desk.environment, connecting=replace(connecting, link=link))
    token = desk.public_token()
    link.calls.clear()
    began_at = desk.clock.now()
    rights = rights_of(desk.environment.store, SCOPE.firm, OWNER)
    assert rights is not None
    kept = exchange(desk.environment, SCOPE, WHO, rights, token)
    assert isinstance(kept, Connection)
    assert desk.clock.now() - began_at <= ANSWERED_WITHIN
    assert ("begin_feed" in link.calls) == (seconds < 8)


@pytest.mark.parametrize("seconds", [0.2, 5.0, 8.0, 9.9])
def test_subscribing_ends_in_time_and_what_is_missing_is_found_later(seconds: float) -> None:
    desk = ConnectingDesk()
    desk.connect("ramp")
    rails: Any = desk.environment.rails
    slow: list[Slow] = []

    def subscribing(scope: Any) -> Any:
        slow.append(Slow(rails.subscriptions(scope), desk, seconds))
        return slow[-1]

    desk.environment = replace(desk.environment, subscribing=subscribing)
    began_at = desk.clock.now()
    made = subscribe(desk.environment, SCOPE, WHO, 8, began_at - timedelta(seconds=2))
    assert desk.clock.now() - began_at <= ANSWERED_WITHIN - timedelta(seconds=2)
    if seconds < 9:
        assert isinstance(made, Subscription)
        assert made.state is Handshake.PENDING
    late = subscribe(desk.environment, SCOPE, WHO, 2, desk.clock.now() - timedelta(seconds=20))
    assert isinstance(late, Refusal)
    assert late.code is Code.RAIL_UNAVAILABLE
