"""One write of the system in a client's books, told by how much it changed."""

from __future__ import annotations

from collections.abc import Callable

from rowcol.domain.scope import SYSTEM, Scope
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment


def written(environment: Environment, scope: Scope, plan: Callable[[Change], int]) -> int:
    """Run a plan as the system; what it counted. Raises what transact raises."""
    result = transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
    return result if isinstance(result, int) else 0
