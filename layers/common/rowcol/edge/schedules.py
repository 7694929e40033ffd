"""Scheduled work: the minute sweep and the steps of the reconciliation machine."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rowcol.domain.scope import FIRM_WIDE
from rowcol.edge.observability import count, line, measure
from rowcol.edge.task import BadTaskInput, scope_of
from rowcol.service.apply_event import Understand
from rowcol.service.connection_health import broken_connections
from rowcol.service.due_work import sweep_due
from rowcol.service.environment import Environment
from rowcol.service.inbox_ports import Inbox
from rowcol.service.reconcile import reconcile_client, redrive_inbox
from rowcol.service.subscription_watch import sends_nothing

# What is counted by the month, by rail.
_PERCENT = {"qbo": "QboReadsPercent"}


class DueWorkFailed(Exception):
    """Some due items could not be done and stay due. Raised so that the error alarm counts it."""


def minute_sweep(environment: Environment) -> dict[str, int]:
    """Do what is due."""
    swept = sweep_due(environment)
    line("due_work", done=swept.done, failed=swept.failed)
    if swept.failed:
        raise DueWorkFailed(f"{swept.failed} of {swept.done + swept.failed} failed")
    return {"done": swept.done}


def reconciliation_step(
    environment: Environment, inbox: Inbox, understand: Understand, event: Mapping[str, Any]
) -> dict[str, object]:
    """`redrive` the inbox, `plan` the clients, or `sweep` one of them."""
    match event.get("step"):
        case "redrive":
            redriven = redrive_inbox(environment, inbox, understand)
            applied = redriven.application
            measure("UnappliedAgeSeconds", redriven.oldest_age_seconds)
            line("redrive", done=len(applied.done), retry=len(applied.retry))
            return {"done": len(applied.done), "retry": len(applied.retry)}
        case "plan":
            scopes = [scope for scope in environment.store.scopes() if scope.client != FIRM_WIDE]
            spent = environment.budgets.spent_percent()
            for rail, percent in spent.items():
                count(_PERCENT[rail], percent, rail)
            line("plan", clients=len(scopes), reads_percent=dict(spent))
            return {"clients": [{"firm": scope.firm, "client": scope.client} for scope in scopes]}
        case "sweep":
            scope = scope_of(event)
            parts = reconcile_client(environment, scope, full=event.get("depth") == "full")
            news = sum(part.news for part in parts)
            failed = [f"{part.rail}:{part.failed}" for part in parts if part.failed]
            line("sweep", client=scope.client, news=news, failed=failed)
            if sends_nothing(environment, scope):
                count("WebhookSubscriptionLost", 1)
            if failed:
                count("ConnectionsBroken", broken_connections(environment, scope))
            return {"news": news, "failed": failed}
    raise BadTaskInput(f"unknown step {str(event.get('step'))[:40]!r}")
