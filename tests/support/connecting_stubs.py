"""Rails that agree to everything, for tests of who may ask and what a call writes."""

from __future__ import annotations

from datetime import timedelta

from local.memory_consents import MemoryConsents
from rowcol.domain.scope import Scope
from rowcol.service.connection_ports import Account, Connecting, Item, LinkAsked, LinkGiven
from rowcol.service.connections import Granted, KeptTokens
from rowcol.service.environment import Environment
from rowcol.service.intake_ports import Endpoint
from tests.support.domain.builders import NOW
from tests.support.storage.tokens import PlainVault

PUBLIC_URL = "https://api.example.com/live"


class MemoryEndpoints:
    """Port Endpoints."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Endpoint] = {}

    def read(self, rail: str, endpoint_key: str) -> Endpoint | None:
        return self.kept.get((rail, endpoint_key))

    def write(self, endpoint: Endpoint) -> None:
        self.kept[(endpoint.rail, endpoint.endpoint_key)] = endpoint

    def delete(self, rail: str, endpoint_key: str) -> None:
        self.kept.pop((rail, endpoint_key), None)


class Counted:
    """43 characters a time, none twice."""

    def __init__(self) -> None:
        self.given = 0

    def token(self) -> str:
        self.given += 1
        return f"{self.given:043d}"


class Agreeing:
    """Port ConsentRail."""

    scopes = ("everything",)

    def consent_url(self, redirect_uri: str, state: str) -> str:
        return f"https://rail.example/consent?redirect_uri={redirect_uri}&state={state}"

    def exchange(self, code: str, redirect_uri: str) -> Granted:
        return granted()

    def account(self, access: str, told: str | None) -> Account:
        return Account(told or "business-1", "Bluebird")

    def revoke(self, token: str) -> None:
        return None


class Linking:
    """Port LinkRail."""

    def link_token(self, asked: LinkAsked) -> LinkGiven:
        return LinkGiven("link-production-1")

    def exchange(self, public_token: str) -> tuple[str, str]:
        return "access-1", "item-fresh"

    def item(self, access: str) -> Item:
        return Item("item-fresh", "ins_1", None, None, None)

    def begin_feed(self, access: str) -> None:
        return None

    def remove(self, access: str) -> None:
        return None


def granted() -> Granted:
    """Tokens for an hour."""
    return Granted("access-1", NOW + timedelta(hours=1), "refresh-1", scopes=("everything",))


def agreeing(environment: Environment) -> Connecting:
    """What connects clients, to rails that agree."""
    vault, rail = PlainVault(), Agreeing()

    def tokens(scope: Scope, connection_id: str) -> KeptTokens:
        books = environment.store.books(scope)
        surroundings = environment.surroundings
        return KeptTokens(
            books, vault, connection_id, lambda _: granted(), surroundings, trial=True
        )

    return Connecting(
        MemoryConsents(),
        {"ramp": rail, "qbo": rail},
        Linking(),
        MemoryEndpoints(),
        vault,
        tokens,
        {"ramp": lambda endpoint, now: None, "stripe": lambda endpoint, now: None},
        PUBLIC_URL,
        Counted(),
    )
