"""Webhook intake: size, address, sender, then one conditional write that both de-duplicates and
stores.

Nothing is acted on here. What a notice means is found out later, by reading the rail again.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from dataclasses import dataclass

from rowcol.service.intake_ports import (
    RAW_BYTES_MAX,
    STORED_BYTES_MAX,
    AlreadyThere,
    Clock,
    Delivery,
    Endpoint,
    EndpointDirectory,
    InboxEntry,
    InboxWriter,
    IntakeUnavailable,
    Quarantine,
    Reading,
    Rejected,
    Verified,
    WebhookRail,
)
from rowcol.service.sweep_request import SweepRequests

ENDPOINT_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}\Z")
_GZIP_LEVEL = 6
_GZIP_WINDOW = 31  # zlib's way to say: a gzip envelope, whose time field it leaves at zero


@dataclass(frozen=True, slots=True)
class Ports:
    """What intake of one rail works with."""

    rail: WebhookRail
    endpoints: EndpointDirectory
    inbox: InboxWriter
    sweeps: SweepRequests
    clock: Clock


@dataclass(frozen=True, slots=True)
class Answer:
    """What the sender gets (`status`) and what the log gets.

    Identifiers only; `code` explains a refusal.
    """

    status: int
    outcome: str
    code: str | None = None
    firm: str | None = None
    client: str | None = None
    inbox_key: str | None = None
    types: tuple[str, ...] = ()
    scheme: str | None = None


def accept(delivery: Delivery, ports: Ports) -> Answer:
    """Take one delivery: 200 stored, duplicate or quarantined; 401; 413; 503 when it could not be
    stored.
    """
    if len(delivery.raw) > RAW_BYTES_MAX:
        return Answer(413, "too_large", "raw_too_large")
    endpoint: Endpoint | None = None
    try:
        endpoint = _find(delivery, ports)
        verdict, endpoint = _verify(delivery, endpoint, ports)
        if isinstance(verdict, Rejected):
            return _reject(verdict, endpoint, ports)
        return _store(delivery, endpoint, verdict, ports)
    except IntakeUnavailable as trouble:
        known = endpoint if endpoint is not None and endpoint.known else None
        return Answer(503, "unavailable", str(trouble), known.firm if known else None)


def _find(delivery: Delivery, ports: Ports) -> Endpoint:
    found = None
    if ENDPOINT_KEY.match(delivery.endpoint_key):
        found = ports.endpoints.read(ports.rail.name, delivery.endpoint_key)
    # An unknown address is checked against a stand-in, so that its answer takes as long as a wrong
    # signature's.
    return found or Endpoint(ports.rail.name, "", "", secrets=("stand-in",), known=False)


def _verify(
    delivery: Delivery, endpoint: Endpoint, ports: Ports
) -> tuple[Verified | Rejected, Endpoint]:
    now = ports.clock.now()
    verdict = ports.rail.verify(delivery, endpoint, now)
    if not endpoint.known:
        return Rejected("endpoint_unknown"), endpoint
    if isinstance(verdict, Verified):
        return verdict, endpoint
    # The secret may have been rotated since it was remembered. A rail never repeats after a 401.
    newer = ports.endpoints.refresh(ports.rail.name, endpoint.endpoint_key)
    return (
        (ports.rail.verify(delivery, newer, now), newer)
        if newer is not None
        else (verdict, endpoint)
    )


def _reject(rejected: Rejected, endpoint: Endpoint, ports: Ports) -> Answer:
    if endpoint.known:
        ports.sweeps.request(endpoint, ports.clock.now())
    return Answer(
        401, "rejected", rejected.code, endpoint.firm if endpoint.known else None, endpoint.client
    )


def _store(delivery: Delivery, endpoint: Endpoint, verified: Verified, ports: Ports) -> Answer:
    now = ports.clock.now()
    stored = _compress(delivery.raw)
    if len(stored) > STORED_BYTES_MAX:
        return Answer(413, "too_large", "stored_too_large", endpoint.firm, endpoint.client)
    reading = ports.rail.understand(delivery.raw, endpoint, now)
    body_sha256 = hashlib.sha256(delivery.raw).hexdigest()
    fingerprint = reading.fingerprint or body_sha256
    key = verified.delivery_key or reading.delivery_key or f"body-{body_sha256}"
    quarantine = reading.quarantines[0] if reading.unusable else None
    marks = {verified.header: verified.scheme}
    entry = InboxEntry(
        endpoint,
        key,
        "delivery",
        stored,
        body_sha256,
        len(delivery.raw),
        fingerprint,
        marks,
        now,
        quarantine,
    )
    outcome = ports.inbox.put(entry)
    if isinstance(outcome, AlreadyThere):
        if outcome.fingerprint == fingerprint:
            return _stored_answer("duplicate", entry, outcome.inbox_key, reading, verified)
        return _store_impostor(entry, reading, verified, ports)
    return _stored_answer(
        "quarantined" if quarantine else "stored", entry, outcome.inbox_key, reading, verified
    )


def _store_impostor(
    entry: InboxEntry, reading: Reading, verified: Verified, ports: Ports
) -> Answer:
    """The id of an earlier delivery with another body: kept for people, beside the first one, never
    instead of it.
    """
    impostor = InboxEntry(
        entry.endpoint, f"{entry.delivery_key}+{entry.fingerprint}", entry.kind, entry.stored,
        entry.body_sha256, entry.size_bytes, entry.fingerprint, entry.marks, entry.received_at,
        Quarantine("id_reused", "the id of an earlier delivery came with another body"),
    )  # fmt: skip
    outcome = ports.inbox.put(impostor)
    repeated = isinstance(outcome, AlreadyThere)
    return _stored_answer(
        "duplicate" if repeated else "quarantined", impostor, outcome.inbox_key, reading, verified
    )


def _stored_answer(
    outcome: str, entry: InboxEntry, inbox_key: str, reading: Reading, verified: Verified
) -> Answer:
    code = entry.quarantine.code if entry.quarantine else None
    types = tuple(dict.fromkeys(notice.type for notice in reading.notices))
    endpoint = entry.endpoint
    return Answer(
        200, outcome, code, endpoint.firm, endpoint.client, inbox_key, types[:10], verified.scheme
    )


def _compress(raw: bytes) -> bytes:
    """gzip with a zero time field: the same body gives the same bytes."""
    packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_WINDOW)
    return packer.compress(raw) + packer.flush()
