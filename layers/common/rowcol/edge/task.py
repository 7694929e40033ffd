"""Inputs of workflow tasks: keys only, validated before anything is done with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rowcol.domain.scope import Scope, valid_id


class BadTaskInput(Exception):
    """The machine sent something that is not a task input: a defect, never retried."""


@dataclass(frozen=True, slots=True)
class Task:
    """One step of one payment's custody."""

    step: str
    scope: Scope
    payment_id: str
    attempt: int
    token: str | None = None
    error: str | None = None


def task_of(event: Mapping[str, Any]) -> Task:
    """Read a task input. Raises BadTaskInput."""
    payment, attempt = event.get("payment"), event.get("attempt")
    if not (isinstance(payment, str) and valid_id(payment) and isinstance(attempt, int)):
        raise BadTaskInput("payment and attempt are needed")
    token, error = event.get("token"), event.get("error")
    return Task(
        str(event.get("step", "")),
        scope_of(event),
        payment,
        attempt,
        token if isinstance(token, str) else None,
        error if isinstance(error, str) else None,
    )


def scope_of(event: Mapping[str, Any]) -> Scope:
    """The client a task is about. Raises BadTaskInput."""
    firm, client = event.get("firm"), event.get("client")
    if not (
        isinstance(firm, str) and isinstance(client, str) and valid_id(firm) and valid_id(client)
    ):
        raise BadTaskInput("firm and client are needed")
    return Scope(firm, client)
