"""Rows of the inbox table to and from DynamoDB's attribute values.

Also reads the images of the table's stream.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from rowcol.service.inbox_ports import InboxRow
from rowcol.service.intake_ports import RAW_BYTES_MAX, InboxEntry

SORT_KEY = "delivery"
SHARDS = 8
KEPT_DAYS = 90
_GZIP_WINDOW = 31


class InboxRowBroken(ValueError):
    """A row that intake cannot have written: missing attribute, body of another hash, body beyond
    the size cap.
    """


def inbox_key(entry: InboxEntry) -> str:
    """Partition key: firm first, then rail, endpoint and delivery."""
    endpoint = entry.endpoint
    return f"{endpoint.firm}/inbox/{endpoint.rail}/{endpoint.endpoint_key}/{entry.delivery_key}"


def shard_names() -> tuple[str, ...]:
    """The shards of the unapplied index."""
    return tuple(str(number) for number in range(SHARDS))


def shard_of(key: str) -> str:
    """The shard of a partition key: even, and the same for every writer."""
    return str(hashlib.sha256(key.encode()).digest()[0] % SHARDS)


def timestamp(instant: datetime) -> str:
    """ISO 8601, UTC, always six fraction digits, so that text order is time order."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def encode_entry(entry: InboxEntry) -> dict[str, Any]:
    """A new row. Empty optional attributes are left out."""
    key, endpoint = inbox_key(entry), entry.endpoint
    expires_at = int((entry.received_at + timedelta(days=KEPT_DAYS)).timestamp())
    item: dict[str, Any] = {
        "pk": {"S": key},
        "sk": {"S": SORT_KEY},
        "kind": {"S": entry.kind},
        "rail": {"S": endpoint.rail},
        "endpoint_key": {"S": endpoint.endpoint_key},
        "firm": {"S": endpoint.firm},
        "received_at": {"S": timestamp(entry.received_at)},
        "body": {"B": entry.stored},
        "body_sha256": {"S": entry.body_sha256},
        "fingerprint": {"S": entry.fingerprint},
        "size_bytes": {"N": str(entry.size_bytes)},
        "headers": {"M": {name: {"S": scheme} for name, scheme in entry.marks.items()}},
        "state": {"S": "quarantined" if entry.quarantine else "stored"},
        "unapplied_shard": {"S": shard_of(key)},
        "expires_at": {"N": str(expires_at)},
    }
    if endpoint.client is not None:
        item["client"] = {"S": endpoint.client}
    if entry.quarantine is not None:
        item["reason"] = {"S": f"{entry.quarantine.code}: {entry.quarantine.reason}"}
    return item


def decode_item(item: Mapping[str, Any]) -> InboxRow:
    """A row as the low-level client or the table's stream gives it (there binary is base64 text).

    Raises InboxRowBroken.
    """
    try:
        body = _unpack(item["body"].get("B", b""))
        row = InboxRow(
            inbox_key=item["pk"]["S"],
            kind=item["kind"]["S"],
            rail=item["rail"]["S"],
            endpoint_key=item["endpoint_key"]["S"],
            firm=item["firm"]["S"],
            client=item["client"]["S"] if "client" in item else None,
            received_at=datetime.fromisoformat(item["received_at"]["S"]),
            body=body,
            body_sha256=item["body_sha256"]["S"],
            state=item["state"]["S"],
            reason=item["reason"]["S"] if "reason" in item else None,
            handled="unapplied_shard" not in item,
            outcome=item["outcome"]["S"] if "outcome" in item else None,
            replays=int(item["replays"]["N"]) if "replays" in item else 0,
            marks={name: value["S"] for name, value in item["headers"]["M"].items()},
        )
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise InboxRowBroken(f"{type(error).__name__}: {error}") from error
    if hashlib.sha256(body).hexdigest() != row.body_sha256:
        raise InboxRowBroken(f"{row.inbox_key}: body does not have its hash")
    return row


def _unpack(stored: bytes | str) -> bytes:
    packed = base64.b64decode(stored, validate=True) if isinstance(stored, str) else bytes(stored)
    if not packed:
        return b""
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    body = unpacker.decompress(packed, RAW_BYTES_MAX + 1)
    if len(body) > RAW_BYTES_MAX or not unpacker.eof:
        raise ValueError("body is larger than intake stores, or cut off")
    return body
