"""Scheduled reconciliation of one client: find what no webhook said. Repeatable, resumable."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from rowcol.domain.scope import Scope
from rowcol.service.apply_event import Application, Understand, apply_rows
from rowcol.service.balances import BANK, connection_answered, refresh_balance, report_connection
from rowcol.service.environment import Environment
from rowcol.service.feeds import match_cash, sweep_rail, sync_bank, sync_ledger
from rowcol.service.inbox_ports import Inbox
from rowcol.service.ports import ConnectionBroken, RailError

logger = logging.getLogger(__name__)
UNAPPLIED_AFTER = timedelta(minutes=2)
UNAPPLIED_MAX = 200


@dataclass(frozen=True, slots=True)
class Part:
    """One rail of one run: how much was new, or why it failed."""

    rail: str
    news: int
    failed: str | None = None


def reconcile_client(environment: Environment, scope: Scope, *, full: bool) -> tuple[Part, ...]:
    """Sweep Ramp's open bills, the ledger's changes, the bank's lines and the balance.

    A rail that fails is reported and never stops the others. `full` also matches every stored line
    again.
    """
    parts = [
        _part(environment, scope, "ramp", lambda: sweep_rail(environment, scope)),
        _part(environment, scope, "qbo", lambda: sync_ledger(environment, scope)),
        _part(environment, scope, "plaid", lambda: sync_bank(environment, scope)),
        _part(
            environment, scope, "balance", lambda: refresh_balance(environment, scope) == "accepted"
        ),
    ]
    if full:
        parts.append(
            _part(environment, scope, "matching", lambda: match_cash(environment, scope, None))
        )
    return tuple(parts)


# Which connection a part reads through. A balance that was accepted closes the bank's item itself.
_CONNECTIONS = {"ramp": "ramp", "qbo": "qbo"}


def _part(environment: Environment, scope: Scope, rail: str, run: Callable[[], int]) -> Part:
    try:
        news = int(run())
        if rail in _CONNECTIONS:
            connection_answered(environment, scope, _CONNECTIONS[rail])
        return Part(rail, news)
    except ConnectionBroken as broken:
        report_connection(environment, scope, _CONNECTIONS.get(rail, BANK), broken)
        return Part(rail, 0, broken.code)
    except RailError as error:
        logger.warning(
            "rail not readable",
            extra={"rail": rail, "detail": error.detail, "client": scope.client},
        )
        return Part(rail, 0, type(error).__name__)


@dataclass(frozen=True, slots=True)
class Redriven:
    """What a redrive applied, and how long the oldest delivery had waited (0 when none had)."""

    application: Application
    oldest_age_seconds: int


def redrive_inbox(environment: Environment, inbox: Inbox, understand: Understand) -> Redriven:
    """Apply deliveries that were stored and not applied in time: the stream may lose some."""
    now = environment.now()
    keys = inbox.unapplied(now - UNAPPLIED_AFTER, UNAPPLIED_MAX)
    oldest = min((row.received_at for row in inbox.read(keys[:1])), default=now)
    applied = apply_rows(environment, inbox, understand, keys)
    return Redriven(applied, int((now - oldest).total_seconds()))
