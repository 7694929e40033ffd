"""Keys of the tables. Every key begins with firm and client, and every part is checked: no id can reach another's rows."""

from __future__ import annotations

from datetime import UTC, datetime

from rowcol.domain.client import Client
from rowcol.domain.scope import FIRM_WIDE, Scope, ScopeError, valid_id

SORT_KEY = "a"
CLIENTS = "clients"
DUE_CURSOR = "due-cursor"
SEQUENCE_DIGITS = 12


def record_key(scope: Scope, kind: str, id: str) -> str:
    """Partition of one aggregate: `firm/client/kind/id`."""
    return "/".join((scope.firm, scope.client, _safe(kind), _safe(id)))


def list_partition(scope: Scope, kind: str) -> str:
    """Partition of the `by_client` index: the aggregates of one kind of one client.

    Clients themselves share one partition, so that the sweeps can list them without a scan.
    """
    return CLIENTS if kind == Client.kind else "/".join((scope.firm, scope.client, _safe(kind)))


def list_sort_key(scope: Scope, kind: str, list_key: str) -> str:
    """Sort key of the `by_client` index; the shared partition of clients sorts by firm."""
    return f"{scope.firm}/{scope.client}" if kind == Client.kind else list_key


def log_partition(scope: Scope) -> str:
    """Partition of a client's log."""
    return f"{scope.firm}/{scope.client}"


def log_sort_key(sequence: int) -> str:
    """Position in the log, padded so that text order is number order."""
    return f"{sequence:0{SEQUENCE_DIGITS}d}"


def payment_partition(scope: Scope, payment_id: str) -> str:
    """Partition of the `by_payment` index: a payment's own stream."""
    return f"{scope.firm}/{scope.client}/{_safe(payment_id)}"


def view_partition(scope: Scope, view: str) -> str:
    """Partition of one read model of one client."""
    return f"{scope.firm}/{scope.client}/{_safe(view)}"


def due_hour(at: datetime) -> str:
    """Partition of the `due` index: the UTC hour."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H")


def _safe(part: str) -> str:
    if part != FIRM_WIDE and not valid_id(part):
        raise ScopeError(f"bad id in key: {part[:80]!r}")
    return part
