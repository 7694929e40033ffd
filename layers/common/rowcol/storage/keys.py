"""Keys of the tables: firm, client, then checked parts. No id can reach another's rows."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from rowcol.domain.client import Client
from rowcol.domain.scope import FIRM_WIDE, Scope, ScopeError, valid_id
from rowcol.service.counter_rules import COUNTER

SORT_KEY = "a"
CLIENTS = "clients"
DUE_CURSOR = "cursor/due"
SEQUENCE_DIGITS = 12
SORT_KEY_CHARACTERS_MAX = 250
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


def record_key(scope: Scope, kind: str, name: str) -> str:
    """Partition of one aggregate: `firm/client/kind/id`."""
    return _joined(scope, kind, name)


def counter_key(scope: Scope, name: str) -> str:
    """Partition of one usage counter: `firm/client/counter/id`."""
    return _joined(scope, COUNTER, name)


def item_key(partition: str, sort_key: str = SORT_KEY) -> dict[str, dict[str, str]]:
    """A whole primary key as DynamoDB takes it."""
    return {"pk": {"S": partition}, "sk": {"S": sort_key}}


def command_key(scope: Scope, key: str) -> str:
    """Partition of one command's record: `firm/client/command/key`."""
    return _joined(scope, "command", key)


def use_key(scope: Scope, name: str) -> str:
    """Partition of something that may be used once: `firm/client/use/name`."""
    return _joined(scope, "use", name)


def syncs_partition(scope: Scope) -> str:
    """Partition of the runs of a client's feeds: `firm/client/syncs`."""
    return _joined(scope, "syncs")


def consent_key(digest: str) -> str:
    """Partition of a consent under way: of no firm, for who comes back has none to show.

    Two parts, so that no firm's rows can have it; ScopeError for what is no SHA-256.
    """
    if not _DIGEST.match(digest):
        raise ScopeError("no digest")
    return f"consent/{digest}"


def list_partition(scope: Scope, kind: str) -> str:
    """Partition of the `by_client` index: the aggregates of one kind of one client.

    Clients themselves share one partition, so that the sweeps can list them without a scan.
    """
    return CLIENTS if kind == Client.kind else _joined(scope, kind)


def list_sort_key(scope: Scope, kind: str, list_key: str) -> str:
    """Sort key of the `by_client` index; the shared partition of clients sorts by firm."""
    return _joined(scope) if kind == Client.kind else sort_key(list_key)


def clients_prefix(firm: str) -> str:
    """What the sort keys of one firm's clients begin with, in the partition that they share."""
    return f"{Scope(firm).firm}/"


def log_partition(scope: Scope) -> str:
    """Partition of a client's log."""
    return _joined(scope)


def log_sort_key(sequence: int) -> str:
    """Position in the log, padded so that text order is number order."""
    if not 0 <= sequence < 10**SEQUENCE_DIGITS:
        raise ScopeError(f"no position of a log: {sequence}")
    return f"{sequence:0{SEQUENCE_DIGITS}d}"


def payment_partition(scope: Scope, payment_id: str) -> str:
    """Partition of the `by_payment` index: a payment's own stream."""
    return _joined(scope, payment_id)


def view_partition(scope: Scope, view: str) -> str:
    """Partition of one read model of one client."""
    return _joined(scope, view)


def sort_key(text: str) -> str:
    """A sort key inside a partition: anything but empty and far below DynamoDB's 1,024 bytes."""
    if not 0 < len(text) <= SORT_KEY_CHARACTERS_MAX:
        raise ScopeError(f"no sort key: {text[:80]!r}")
    return text


def due_hour(at: datetime) -> str:
    """Partition of the `due` index: the UTC hour."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H")


def hour_start(hour: str) -> datetime:
    """The instant at which a partition of the `due` index begins."""
    return datetime.strptime(hour, "%Y-%m-%dT%H").replace(tzinfo=UTC)


def _joined(scope: Scope, *parts: str) -> str:
    """The one way a partition key is made. ScopeError: a part could break out of it."""
    for part in parts:
        if part != FIRM_WIDE and not valid_id(part):
            raise ScopeError(f"bad id in key: {part[:80]!r}")
    return "/".join((scope.firm, scope.client, *parts))
