"""Scheduled reconciliation of one client: find what no webhook said. Repeatable, resumable."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from rowcol.domain.scope import Scope
from rowcol.domain.sync_run import NeededBy
from rowcol.service.apply_event import Application, Understand, apply_rows
from rowcol.service.connection_health import (
    BANK,
    connection_answered,
    report_connection,
    report_quota,
    report_trouble,
)
from rowcol.service.connection_quota import tell_calls_left
from rowcol.service.digest.marks import mark_runway
from rowcol.service.environment import Environment
from rowcol.service.hygiene.round import hygiene_round, refresh_reference
from rowcol.service.inbox_ports import Inbox
from rowcol.service.overdue import drive_overdue
from rowcol.service.ports import ConnectionBroken, RailError, RailThrottled
from rowcol.service.rail_budget_ports import Left
from rowcol.service.subscription_watch import look_at_subscription
from rowcol.service.sync.balance import refresh_balance
from rowcol.service.sync.bank import match_cash, sync_bank
from rowcol.service.sync.bills import sweep_rail
from rowcol.service.sync.ledger import sync_ledger

logger = logging.getLogger(__name__)
UNAPPLIED_AFTER = timedelta(minutes=2)
UNAPPLIED_MAX = 200


@dataclass(frozen=True, slots=True)
class Part:
    """One rail of one run: how much was new, or why it failed.

    `defect`: what nobody foresaw. The other parts were read all the same; whoever keeps what came
    of the run raises it. `wait_seconds`: no failure, it was told to come back then.
    """

    rail: str
    news: int
    failed: str | None = None
    defect: Exception | None = None
    wait_seconds: float = 0.0


def reconcile_client(
    environment: Environment,
    scope: Scope,
    *,
    full: bool,
    why: NeededBy | None = None,
    again: frozenset[str] | None = None,
    patient: bool = False,
) -> tuple[Part, ...]:
    """Sweep Ramp's open bills, the ledger's changes, the bank's lines and the balance.

    Each is read when the policy finds it old enough (service/sync/policy.py); the balance is the
    free one. A part that fails is reported and never stops the others. `full` reads whatever its
    age, also matches every stored line again, and drives on what nobody would look at any more.
    `why`: a person's wish; else the schedule's. `again`: these parts alone, which had been told to
    wait for a slot. `patient`: somebody comes back for those that are told so now.
    """
    scheduled = NeededBy.FULL if full else NeededBy.SCHEDULE
    why = why or scheduled

    def ran(runs: Mapping[str, Callable[[], int]]) -> list[Part]:
        return [
            _part(environment, scope, rail, run, patient=patient)
            for rail, run in runs.items()
            if again is None or rail in again
        ]

    parts = ran(
        {
            "ramp": lambda: sweep_rail(environment, scope, why),
            "qbo": lambda: sync_ledger(environment, scope, why),
            "plaid": lambda: sync_bank(environment, scope, why),
            "balance": lambda: refresh_balance(environment, scope, scheduled) == "accepted",
        }
    )
    if again is None:
        _look_at_webhooks(environment, scope)
    news = any(part.news for part in parts if part.rail in _WAITING_FOR_CASH)
    if news or (full and again is None):
        parts.append(
            _part(environment, scope, "matching", lambda: match_cash(environment, scope, None))
        )
    if full:
        parts += ran(
            {
                "runway": lambda: mark_runway(environment, scope),
                "overdue": lambda: drive_overdue(environment, scope),
                "reference": lambda: refresh_reference(environment, scope),
                "hygiene": lambda: hygiene_round(environment, scope),
            }
        )
    return tuple(parts)


# What waits for money may be new, and its line be there already.
_WAITING_FOR_CASH = frozenset({"ramp", "qbo"})
# Which connection a part reads through; the rest read none of their own.
_CONNECTIONS = {"ramp": "ramp", "qbo": "qbo", "reference": "qbo", "plaid": BANK, "balance": BANK}
# Of which an answer is told here. A balance that was accepted closes the bank's item itself.
_TOLD = frozenset({"ramp", "qbo"})
# Parts whose trouble in passing is counted: each connection once a run.
_COUNTED = frozenset({"ramp", "qbo", "plaid"})


def _answered(environment: Environment, scope: Scope, connection: str) -> None:
    """The rail answered; where its calls of the month are nearly spent, that is said instead."""
    left = environment.budgets.left(connection, scope)
    if left in (Left.LAST, Left.NOTHING):
        report_quota(environment, scope, connection, "monthly_reads")
    else:
        connection_answered(environment, scope, connection)
    tell_calls_left(environment, scope, connection, left)


def _part(
    environment: Environment,
    scope: Scope,
    rail: str,
    run: Callable[[], int],
    *,
    patient: bool = False,
) -> Part:
    try:
        news = int(run())
        if rail in _TOLD:
            _answered(environment, scope, _CONNECTIONS[rail])
        return Part(rail, news)
    except ConnectionBroken as broken:
        if (connection := _CONNECTIONS.get(rail)) is not None:
            report_connection(environment, scope, connection, broken)
        return Part(rail, 0, broken.code)
    except RailError as error:
        if patient and isinstance(error, RailThrottled):
            return Part(rail, 0, type(error).__name__, wait_seconds=error.retry_after_seconds)
        if rail in _COUNTED:
            report_trouble(environment, scope, _CONNECTIONS[rail], error)
        logger.warning(
            "rail not readable",
            extra={"rail": rail, "detail": error.detail, "client": scope.client},
        )
        return Part(rail, 0, type(error).__name__)
    except Exception as defect:
        logger.exception("part failed", extra={"rail": rail, "client": scope.client})
        return Part(rail, 0, type(defect).__name__, defect)


def _look_at_webhooks(environment: Environment, scope: Scope) -> None:
    """Whether Ramp still sends to us. Sweeps find what it does not, so trouble stops nothing."""
    try:
        look_at_subscription(environment, scope)
    except RailError as error:
        logger.warning(
            "subscription not readable",
            extra={"rail": error.rail, "detail": error.detail, "client": scope.client},
        )


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
