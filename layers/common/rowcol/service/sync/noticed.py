"""Objects that webhooks named: read one by one, with what that cost kept like any other run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from rowcol.domain.scope import Scope
from rowcol.domain.sync_run import FeedKind, NeededBy, SyncOutcome
from rowcol.service.environment import Environment
from rowcol.service.sync.log import Asked, Notes, code_of, keep_run, run_of
from rowcol.service.sync.meter import CallMeter


def recorded_notice(
    environment: Environment,
    scope: Scope,
    rail: str,
    notice: str,
    work: Callable[[Environment], str],
) -> str:
    """Do what a notice asks for. A look that cost no call of its own leaves no entry.

    Feeds that a notice has read keep their own runs, whose calls are theirs.
    """
    meter, notes, began_at = CallMeter(), Notes(detail=notice), environment.now()
    counted = replace(environment, rails=environment.rails.counting(meter))
    asked = Asked(rail, FeedKind.NOTICED, NeededBy.WEBHOOK)
    try:
        outcome = work(counted)
    except Exception as error:
        notes.outcome, notes.detail = SyncOutcome.FAILED, f"{notice} {code_of(error)}"
        if meter.total:
            keep_run(environment, scope, run_of(environment, asked, notes, meter, began_at))
        raise
    notes.news = int(outcome.startswith("applied"))
    if meter.total:
        keep_run(environment, scope, run_of(environment, asked, notes, meter, began_at))
    return outcome
