"""An operator's requests about views: fold a log again, compare, or list the clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rowcol.domain.plain import PlainError, from_plain, to_plain
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.edge.observability import line
from rowcol.edge.task import BadTaskInput, scope_of
from rowcol.service.check_views import check_step
from rowcol.service.environment import Environment
from rowcol.service.project import READ_MODELS
from rowcol.service.rebuild import START, Cursor, rebuild_views

ASKED = frozenset({"rebuild", "check", "clients"})


def is_asked(event: Mapping[str, Any]) -> bool:
    """Whether an event is such a request and not a batch of the stream."""
    return not ASKED.isdisjoint(event)


def answer(environment: Environment, event: Mapping[str, Any]) -> dict[str, Any]:
    """`{"rebuild": {"firm", "client", "next"?}}`, `{"check": ...}` or `{"clients": {}}`.

    A rebuild and a check do a bounded part: pass the `next` of the answer on until it is null.
    Raises BadTaskInput.
    """
    if "clients" in event:
        return {"clients": to_plain(_every_log(environment))}
    name = "rebuild" if "rebuild" in event else "check"
    asked = event[name]
    if not isinstance(asked, dict):
        raise BadTaskInput(f"{name} names firm and client")
    scope, cursor = _scope(asked), _cursor(asked.get("next"))
    run = rebuild_views if name == "rebuild" else check_step
    shown: dict[str, Any] = to_plain(run(environment, scope, cursor))
    told = {key: value for key, value in shown.items() if key != "difference"}
    line(f"views_{name}", client=scope.client, found=bool(shown.get("difference")), **told)
    return shown


def _every_log(environment: Environment) -> list[Scope]:
    """Every client, and each firm as a whole: it has a log of its own."""
    clients = environment.store.scopes()
    firms = dict.fromkeys(scope.firm for scope in clients)
    return [*clients, *(Scope(firm) for firm in firms)]


def _scope(asked: Mapping[str, Any]) -> Scope:
    if asked.get("client") == FIRM_WIDE:
        return Scope(scope_of({**asked, "client": "any"}).firm)
    return scope_of(asked)


def _cursor(asked: object) -> Cursor:
    if asked is None:
        return START
    try:
        cursor = from_plain(Cursor, asked)
    except PlainError as problem:
        raise BadTaskInput(f"next is what the answer before gave: {problem}") from problem
    known = cursor.view in READ_MODELS or (cursor.view is None and _is_position(cursor.after))
    if not known:
        raise BadTaskInput("next is what the answer before gave")
    return cursor


def _is_position(text: str) -> bool:
    return text == "" or (text.isascii() and text.isdigit() and len(text) <= 12)
