"""What the workers of the log's stream are asked once more, by a replay of a dead letter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rowcol.domain.plain import instant
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.edge.observability import line
from rowcol.edge.task import BadTaskInput
from rowcol.service.log_again import PartAsked, TimesAsked


def is_asked(event: Mapping[str, Any]) -> bool:
    """Whether an event is such a request and not a batch of the stream."""
    return "firm" in event


def answer(event: Mapping[str, Any], do: Callable[[PartAsked | TimesAsked], int]) -> dict[str, int]:
    """`{"firm", "client", "after", "until"}`: positions of one log. Or `{"firm", "client": "-",
    "since", "before"}`: times, of all logs of a firm. Raises BadTaskInput.
    """
    asked = _asked(event)
    done = do(asked)
    line("log_again", client=event["client"], done=done)
    return {"done": done}


def _asked(event: Mapping[str, Any]) -> PartAsked | TimesAsked:
    try:
        scope = Scope(str(event["firm"]), str(event["client"]))
        if "since" not in event:
            after, until = event["after"], event["until"]
            if not (isinstance(after, int) and isinstance(until, int) and 0 <= after <= until):
                raise BadTaskInput("after and until are positions")
            return PartAsked(scope, after, until)
        if scope.client != FIRM_WIDE:
            raise BadTaskInput("times are of all logs of a firm")
        return TimesAsked(scope.firm, instant(str(event["since"])), instant(str(event["before"])))
    except (KeyError, ValueError) as problem:
        raise BadTaskInput(f"firm, client and what of the log: {problem}") from problem
