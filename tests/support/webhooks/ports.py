"""Fakes around webhook intake: a clock that stands, endpoints in a dict, Plaid's keys in a dict."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rowcol.rails.plaid.webhook import SigningKey, signing_key
from rowcol.rails.plaid.webhook import rail as plaid_rail
from rowcol.rails.qbo.webhook import RAIL as QBO
from rowcol.rails.ramp.webhook import RAIL as RAMP
from rowcol.rails.stripe.webhook import RAIL as STRIPE
from rowcol.service.endpoint_cache import EndpointCache
from rowcol.service.intake import Ports
from rowcol.service.intake_ports import Endpoint, InboxWriter, IntakeUnavailable, WebhookRail
from rowcol.service.sweep_request import SweepRequests
from tests.support.webhooks.base import NOW, endpoints
from tests.support.webhooks.plaid import PLAID_KEY_ID, plaid_jwk


@dataclass
class StandingClock:
    """Moves only when told."""

    instant: datetime = NOW

    def now(self) -> datetime:
        return self.instant

    def advance(self, seconds: float) -> None:
        self.instant += timedelta(seconds=seconds)


@dataclass
class Endpoints:
    """EndpointSource over a dict; `down` makes it fail, `reads` counts."""

    known: dict[tuple[str, str], Endpoint] = field(default_factory=endpoints)
    reads: list[tuple[str, str]] = field(default_factory=list)
    down: bool = False

    def read(self, rail: str, endpoint_key: str) -> Endpoint | None:
        self.reads.append((rail, endpoint_key))
        if self.down:
            raise IntakeUnavailable("parameters are down")
        return self.known.get((rail, endpoint_key))


class Keys:
    """SigningKeys over a dict."""

    def __init__(self) -> None:
        self.known = {PLAID_KEY_ID: signing_key(plaid_jwk())}

    def find(self, kid: str, now: datetime) -> SigningKey | None:
        return self.known.get(kid)


def rails() -> dict[str, WebhookRail]:
    """All four, with the sample keys."""
    return {"ramp": RAMP, "qbo": QBO, "stripe": STRIPE, "plaid": plaid_rail(Keys())}


def make_ports(
    rail: str,
    inbox: InboxWriter,
    source: Endpoints | None = None,
    clock: StandingClock | None = None,
) -> Ports:
    """Intake of one rail over fakes."""
    clock = clock or StandingClock()
    cache = EndpointCache(source or Endpoints(), clock)
    return Ports(rails()[rail], cache, inbox, SweepRequests(inbox), clock)
