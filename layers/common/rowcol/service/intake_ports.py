"""What webhook intake needs from outside, and the words its parts share.

Imports nothing heavy: cold starts pay for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

RAILS = ("ramp", "plaid", "qbo", "stripe")
RAW_BYTES_MAX = 512 * 1024
STORED_BYTES_MAX = 350 * 1024
# Prefixes of names in a notice's details: integer minor units, and ids of other objects.
AMOUNT, REFERENCE = "amount:", "reference:"
# Name of the words on objects that a snapshot holds (domain/receivables/told.py), canonical JSON.
TOLD = "told"


class IntakeUnavailable(Exception):
    """Something intake depends on did not answer.

    The delivery gets 503, so that the rail sends it again.
    """


class Clock(Protocol):
    """Tells the time: an aware UTC instant."""

    def now(self) -> datetime:
        """Now, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Delivery:
    """One HTTP delivery: the raw bytes and the headers with lower-case names, as received."""

    endpoint_key: str
    raw: bytes
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What is known of one webhook address. `secrets` are all that are live now: two during a
    rotation.

    `known` is False for the stand-in that an unknown address is checked against, for the sake of
    equal timing.
    """

    rail: str
    endpoint_key: str
    firm: str
    client: str | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
    business_id: str | None = None
    environment: str | None = None
    livemode: bool | None = None
    pending: bool = False
    known: bool = True
    pending_until: datetime | None = None

    def is_pending(self, now: datetime) -> bool:
        """Whether a challenge is waited for: `pending`, and not for longer than was meant."""
        return self.pending and (self.pending_until is None or now < self.pending_until)


@dataclass(frozen=True, slots=True)
class Verified:
    """The sender is who it should be. `scheme` says how it was shown (never the value itself).

    `delivery_key` is set only where the signature names the delivery better than the body does
    (Plaid).
    """

    header: str
    scheme: str
    delivery_key: str | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """The sender is not shown to be the rail. The code goes to the log, never to the sender."""

    code: str


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing a rail says has happened. It names objects and nothing more: the rail is always
    read again.

    `tenant_id` is Ramp's business, Plaid's item, QBO's realm or Stripe's account. `dedupe_key` is
    the same in every delivery of this notice, empty where only the delivery itself tells (Plaid).
    `ignored_reason` set = recorded, acknowledged, without effect.
    """

    rail: str
    dedupe_key: str
    type: str
    tenant_id: str
    object_ids: tuple[str, ...]
    occurred_at: datetime | None
    ignored_reason: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quarantine:
    """A signed piece that cannot be acted on; it is kept for people.

    `reason` is printable ASCII, at most 120 characters.
    """

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What one body says: good notices and bad pieces side by side, so that one bad piece loses
    nothing.

    `delivery_key` is the rail's own id of the delivery, None where it has none. `fingerprint` tells
    a true repeat from another body under the same id; None means the hash of the body itself.
    """

    notices: tuple[Notice, ...] = ()
    quarantines: tuple[Quarantine, ...] = ()
    delivery_key: str | None = None
    fingerprint: str | None = None

    @property
    def unusable(self) -> bool:
        """True when nothing in the body can be acted on and at least one piece is bad."""
        return bool(self.quarantines) and not self.notices


Verify = Callable[[Delivery, Endpoint, datetime], Verified | Rejected]
Understand = Callable[[bytes, Endpoint, datetime], Reading]


@dataclass(frozen=True, slots=True)
class WebhookRail:
    """One rail's two separate steps; neither raises on any bytes.

    `verify`: is this really from the rail? Constant time; IntakeUnavailable when that cannot be
    told now. `understand`: what does it say? Pure.
    """

    name: str
    verify: Verify
    understand: Understand


class EndpointSource(Protocol):
    """Where endpoints are configured. A miss is None, trouble is IntakeUnavailable."""

    def read(self, rail: str, endpoint_key: str) -> Endpoint | None:
        """The endpoint now."""
        ...


class EndpointDirectory(EndpointSource, Protocol):
    """The same, remembered for a while."""

    def refresh(self, rail: str, endpoint_key: str) -> Endpoint | None:
        """Read again if what is remembered is not fresh; None when there is nothing newer."""
        ...


@dataclass(frozen=True, slots=True)
class InboxEntry:
    """A delivery about to be stored.

    `stored` is the gzipped body, `marks` the header names kept with their scheme.
    """

    endpoint: Endpoint
    delivery_key: str
    kind: str
    stored: bytes
    body_sha256: str
    size_bytes: int
    fingerprint: str
    marks: Mapping[str, str]
    received_at: datetime
    quarantine: Quarantine | None = None


@dataclass(frozen=True, slots=True)
class Stored:
    """A new row was written."""

    inbox_key: str


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """A row with this delivery key exists; `fingerprint` is what it was stored with."""

    inbox_key: str
    fingerprint: str


class InboxWriter(Protocol):
    """The one write of intake."""

    def put(self, entry: InboxEntry) -> Stored | AlreadyThere:
        """Store unless the key exists: one conditional write. Raises IntakeUnavailable."""
        ...
