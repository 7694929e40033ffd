"""The function of digests: the API's routes, and one sending that the minute sweep asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rowcol.domain.scope import valid_id
from rowcol.edge.digest import OPERATIONS, written
from rowcol.edge.http import guarded
from rowcol.edge.observability import count, line
from rowcol.edge.task import BadTaskInput
from rowcol.service.digest.sending import TROUBLE, send_due
from rowcol.service.environment import Environment


class DigestNotConfigured(Exception):
    """This function was not given what it sends with: a defect of its wiring."""


def run(environment: Environment, event: Mapping[str, Any]) -> dict[str, Any]:
    """`{"step": "send", "firm", "member"}`, which the API never makes; else an API event."""
    if "step" not in event:
        return guarded(event, OPERATIONS, environment)
    firm, member = event.get("firm"), event.get("member")
    if not (isinstance(firm, str) and isinstance(member, str)):
        raise BadTaskInput("firm and member are needed")
    if not (valid_id(firm) and valid_id(member)):
        raise BadTaskInput("firm and member are ids")
    if environment.digests is None:
        raise DigestNotConfigured
    outcome = send_due(environment, environment.digests, firm, member, written)
    line("digest", firm=firm, member=member, outcome=outcome)
    if outcome == TROUBLE:
        count("DigestNotSent", 1, firm)
    return {"outcome": outcome}
