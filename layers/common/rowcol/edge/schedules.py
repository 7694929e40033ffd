"""Scheduled work: the minute sweep and the steps of the reconciliation machine."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rowcol.domain.plain import from_plain, instant, instant_text, to_plain
from rowcol.domain.sync_run import NeededBy
from rowcol.edge.observability import count, line, measure
from rowcol.edge.task import BadTaskInput, scope_of
from rowcol.service.apply_event import Understand
from rowcol.service.connection_health import broken_connections
from rowcol.service.due_work import sweep_due
from rowcol.service.environment import Environment
from rowcol.service.inbox_ports import Inbox
from rowcol.service.reconcile import redrive_inbox
from rowcol.service.reconciliation import (
    CLIENTS_PER_EXECUTION,
    Depth,
    Turn,
    plan_page,
    run_name,
)
from rowcol.service.subscription_watch import sends_nothing
from rowcol.service.sweep_turn import SoFar, Waiting, take_turn

# An execution plans no further than this: the next tick goes on, and few run at once.
PLANS_FOR = timedelta(minutes=9)
# A sweep that is over: nothing to wait for, nothing to go on with.
_DONE: Mapping[str, object] = {"news": 0, "failed": [], "seconds": 0, "so_far": to_plain(SoFar())}
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
            return _plan(environment, event)
        case "sweep":
            return _sweep(environment, event)
    raise BadTaskInput(f"unknown step {str(event.get('step'))[:40]!r}")


def _plan(environment: Environment, event: Mapping[str, Any]) -> dict[str, object]:
    """The next clients, and whether this execution comes back for more.

    `depth`: `light` or `full` for all clients; anything else for each as it is due. `run`, `after`,
    `planned` and `began_at` are as the page before gave them, empty for the first.
    """
    now = environment.now()
    depth = Depth(event["depth"]) if event.get("depth") in tuple(Depth) else None
    run = str(event.get("run") or "") or (run_name(depth, now) if depth else "due")
    began_at = str(event.get("began_at") or "") or instant_text(now)
    page = plan_page(environment, depth, run, str(event.get("after") or "") or None)
    planned = int(event.get("planned") or 0) + len(page.turns)
    if not event.get("after"):
        spent = environment.budgets.spent_percent()
        for rail, percent in spent.items():
            count(_PERCENT[rail], percent, rail)
    late = now - instant(began_at) >= PLANS_FOR
    more = page.after is not None and planned < CLIENTS_PER_EXECUTION and not late
    line("plan", run=run, clients=len(page.turns), planned=planned, more=more)
    turns = [
        {
            "firm": turn.scope.firm,
            "client": turn.scope.client,
            "depth": turn.depth.value,
            "run": turn.run,
        }
        for turn in page.turns
    ]
    return {
        "clients": turns,
        "run": run,
        "after": page.after or "",
        "planned": planned,
        "began_at": began_at,
        "more": more,
    }


def _sweep(environment: Environment, event: Mapping[str, Any]) -> dict[str, object]:
    scope = scope_of(event)
    depth = Depth.FULL if event.get("depth") == "full" else Depth.LIGHT
    name = str(event.get("run") or "")[:64] or run_name(depth, environment.now())
    why = NeededBy.PERSON if event.get("asked") else None
    # Only the machine waits for a slot and comes back; whoever calls by hand is told.
    so_far = from_plain(SoFar, event["so_far"]) if "so_far" in event else None
    result = take_turn(environment, Turn(scope, depth, name), why, so_far)
    if result is None:
        line("sweep", client=scope.client, run=name, outcome="done before")
        return dict(_DONE)
    if isinstance(result, Waiting):
        waits = result.so_far.parts
        line("sweep", client=scope.client, run=name, waits=waits, seconds=result.seconds)
        return {**_DONE, "seconds": result.seconds, "so_far": to_plain(result.so_far)}
    failed = result.detail.split(", ") if result.detail else []
    line("sweep", client=scope.client, run=name, news=result.news, failed=failed)
    if result.repairs is not None:
        measure("RepairSeconds", result.repairs.median_seconds)
        measure("RepairSecondsMax", result.repairs.max_seconds)
    if depth is Depth.FULL:
        count("PaymentsOverdue", result.overdue)
    if sends_nothing(environment, scope):
        count("WebhookSubscriptionLost", 1)
    if failed:
        count("ConnectionsBroken", broken_connections(environment, scope))
    return {**_DONE, "news": result.news, "failed": failed}
