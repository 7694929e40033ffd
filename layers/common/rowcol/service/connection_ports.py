"""What connecting a client to its rails needs from outside. Adapters: rails/, storage/."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from rowcol.domain.scope import Scope
from rowcol.service.connections import Granted, KeptTokens, Vault
from rowcol.service.intake_ports import Endpoint


@dataclass(frozen=True, slots=True)
class Consent:
    """What one state stands for: whose consent is wanted, where it comes back, and who asked."""

    firm: str
    client: str
    rail: str
    redirect_uri: str
    asked_by: str
    expires_at: datetime


class Consents(Protocol):
    """Consents that are under way, by the hash of their state; the state itself is never kept."""

    def put(self, digest: str, consent: Consent) -> None:
        """Keep until it expires. Raises StoreUnavailable."""
        ...

    def take(self, digest: str, now: datetime) -> Consent | None:
        """The consent, for one caller only; None when unknown, taken or expired."""
        ...


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account a token reaches: a business, a company. `name` as the rail shows it."""

    id: str
    name: str | None


class ConsentRail(Protocol):
    """A rail that is connected by OAuth's authorization code: Ramp, QuickBooks.

    Raises ConnectionBroken when the rail refuses, other RailErrors when it is in trouble.
    """

    @property
    def scopes(self) -> tuple[str, ...]:
        """What must be granted."""
        ...

    def consent_url(self, redirect_uri: str, state: str) -> str:
        """Where somebody of the client agrees."""
        ...

    def exchange(self, code: str, redirect_uri: str) -> Granted:
        """Tokens for the code of a consent, which works once."""
        ...

    def account(self, access: str, told: str | None) -> Account:
        """Whose account a token reaches; `told` is what the redirect says it is."""
        ...

    def revoke(self, token: str) -> None:
        """End a consent by one of its tokens; an unknown one counts as ended."""
        ...


@dataclass(frozen=True, slots=True)
class LinkAsked:
    """Who opens Link. `access` set: the repair of an item, whose token stays."""

    firm_name: str
    user_id: str
    webhook_url: str
    access: str | None = field(default=None, repr=False)
    select_accounts: bool = False


@dataclass(frozen=True, slots=True)
class LinkGiven:
    """What opens Link, for a while. It gives no access by itself, and is still kept from logs."""

    token: str = field(repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Item:
    """A login at a bank as Plaid shows it; works in any state. `code`: what is wrong with it."""

    id: str
    institution_id: str | None
    webhook_url: str | None
    code: str | None
    ends_at: datetime | None


class LinkRail(Protocol):
    """Plaid's Link. Raises ConnectionBroken when refused, other RailErrors in trouble."""

    def link_token(self, asked: LinkAsked) -> LinkGiven:
        """What opens Link."""
        ...

    def exchange(self, public_token: str) -> tuple[str, str]:
        """The access token and the item's id for what Link gave, which works once."""
        ...

    def item(self, access: str) -> Item:
        """The item now: free, and without asking the bank."""
        ...

    def begin_feed(self, access: str) -> None:
        """Ask for transactions once: notices of them are sent from then on."""
        ...

    def remove(self, access: str) -> None:
        """End access and billing; a token that is dead already counts as ended."""
        ...


class Endpoints(Protocol):
    """Webhook addresses and their secrets, where intake reads them. Raises IntakeUnavailable."""

    def read(self, rail: str, endpoint_key: str) -> Endpoint | None:
        """One address."""
        ...

    def write(self, endpoint: Endpoint) -> None:
        """Store it as a whole."""
        ...

    def delete(self, rail: str, endpoint_key: str) -> None:
        """Forget it; one that is not there is forgotten already."""
        ...


class RoundTrip(Protocol):
    """A delivery of our own, signed with the newest secret, through the product's verification."""

    def __call__(self, endpoint: Endpoint, now: datetime) -> str | None:
        """None when it is accepted, else the code of the rejection."""
        ...


class Tokens(Protocol):
    """Where tokens of a connection come from, also of one that waits for a person."""

    def __call__(self, scope: Scope, connection_id: str) -> KeptTokens:
        """The tokens of one connection, for a trial."""
        ...


@dataclass(frozen=True, slots=True)
class Connecting:
    """Everything that connects clients. `public_url`: where this installation is reached, or ""."""

    consents: Consents
    consent_rails: Mapping[str, ConsentRail]
    link: LinkRail
    endpoints: Endpoints
    vault: Vault
    tokens: Tokens
    round_trips: Mapping[str, RoundTrip]
    public_url: str
    random: Random

    def redirect_uri(self, rail: str) -> str:
        """Where a rail sends the browser back; registered there letter by letter."""
        return f"{self.public_url}/connections/{rail}/callback"

    def webhook_url(self, rail: str, endpoint_key: str) -> str:
        """Where a rail sends its events."""
        return f"{self.public_url}/webhooks/{rail}/{endpoint_key}"


class Random(Protocol):
    """Secrets that nobody can guess: the operating system's, or a test's."""

    def token(self) -> str:
        """256 random bits as 43 characters that may stand in a URL."""
        ...
