"""An operator's request to fold a client's log into its views again, a bounded part at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rowcol.edge.observability import line
from rowcol.edge.task import BadTaskInput, scope_of
from rowcol.service.environment import Environment
from rowcol.service.project import rebuild

READS_PER_CALL = 4


def rebuild_views(environment: Environment, event: Mapping[str, Any]) -> dict[str, object]:
    """`{"rebuild": {"firm", "client", "after"?}}`: gives where to go on, and whether it is done.

    Raises BadTaskInput.
    """
    asked = event["rebuild"]
    if not isinstance(asked, dict):
        raise BadTaskInput("rebuild names firm and client")
    scope, after = scope_of(asked), asked.get("after", 0)
    if not isinstance(after, int) or isinstance(after, bool) or after < 0:
        raise BadTaskInput("after is a sequence number")
    books = environment.store.books(scope)
    reached = rebuild(books, environment.views, after, READS_PER_CALL)
    done = not books.entries(reached, 1)
    line("views_rebuilt", client=scope.client, after=after, reached=reached, done=done)
    return {"after": reached, "done": done}
