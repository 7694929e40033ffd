"""Keep what a client's runway is today, so that tomorrow's digest can say what changed."""

from __future__ import annotations

from rowcol.domain.client import Client
from rowcol.domain.runway import HORIZON_MAX
from rowcol.domain.runway_lines import runway_of
from rowcol.domain.runway_mark import MARKS, RunwayMarks, mark_of
from rowcol.domain.scope import Scope
from rowcol.service.environment import Environment
from rowcol.service.runway import gather

TRIES_MAX = 3


def mark_runway(environment: Environment, scope: Scope) -> bool:
    """Work out the runway of a client and keep it as today's. False without a balance.

    Beside the log: it follows from what is there, and a mark that is lost is made the next night.
    """
    books = environment.store.books(scope)
    client = environment.store.across(scope.firm, Client, {scope.client: scope.client})
    if scope.client not in client:
        return False
    mark = mark_of(runway_of(gather(books, client[scope.client], environment.now()), HORIZON_MAX))
    if mark is None:
        return False
    for _ in range(TRIES_MAX):
        known = books.get(RunwayMarks, MARKS) or RunwayMarks(MARKS, 0)
        if books.save(known.marked(mark)):
            return True
    return False
