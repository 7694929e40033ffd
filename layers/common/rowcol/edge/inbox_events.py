"""Batches of the inbox's stream to the use case that applies them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rowcol.edge.observability import line
from rowcol.edge.stream import failures, inserted_keys
from rowcol.service.apply_event import Understand, apply_rows
from rowcol.service.environment import Environment
from rowcol.service.inbox_ports import Inbox


def apply_inbox(
    environment: Environment, inbox: Inbox, understand: Understand, event: Mapping[str, Any]
) -> dict[str, Any]:
    """Rows are independent of each other: only those that failed are reported for another try."""
    if "inbox_keys" in event:
        keys = [str(key) for key in event["inbox_keys"]]
        applied = apply_rows(environment, inbox, understand, keys)
        line("events_applied", done=len(applied.done), retry=len(applied.retry))
        return {"done": list(applied.done), "retry": list(applied.retry)}
    numbers = {key: number for number, key in inserted_keys(event)}
    applied = apply_rows(environment, inbox, understand, list(numbers))
    line("events_applied", done=len(applied.done), retry=len(applied.retry))
    return failures(numbers[key] for key in applied.retry)
