"""Run a command of the API: one transaction, the same answer for the same key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.operation import Call, Reply
from rowcol.service.change import Asked, Change, transact
from rowcol.service.store import Command

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Shown:
    """What an answer shows of a result: its body, and headers such as Location and ETag."""

    body: object
    headers: Mapping[str, str] | None = None


def write(
    call: Call,
    plan: Callable[[Change], R | Refusal],
    show: Callable[[R], Shown],
    asked: object,
    status: int = 200,
) -> Reply | Refusal:
    """Run `plan` in the call's scope under the caller's rights, once per Idempotency-Key.

    `asked` is what makes two commands the same: route, ids and input. Raises what transact raises.
    """
    store, surroundings = call.environment.store, call.environment.surroundings
    actor = call.caller.actor
    result = transact(
        store,
        surroundings,
        call.scope,
        actor,
        plan,
        asked=Asked.by(actor.id, call.key, asked) if call.key else None,
        answer=lambda result: _answer(result, show, status),
        checks=call.caller.checks(call.scope.client),
    )
    if isinstance(result, Command):
        return _stored(result.answer)
    if isinstance(result, Refusal):
        return result
    shown = show(result)
    return Reply(to_plain(shown.body), status, shown.headers)


def _answer(result: R | Refusal, show: Callable[[R], Shown], status: int) -> dict[str, object]:
    if isinstance(result, Refusal):
        return {"refusal": to_plain(result)}
    shown = show(result)
    kept = {"status": status, "body": to_plain(shown.body)}
    return kept | ({"headers": dict(shown.headers)} if shown.headers else {})


def _stored(answer: dict[str, object]) -> Reply | Refusal:
    """The answer the same key and input was given before."""
    refused = answer.get("refusal")
    if isinstance(refused, dict):
        return Refusal(
            Code(refused["code"]),
            refused["detail"],
            refused["numbers"],
            refused["remedy"],
            refused["link"],
        )
    status, headers = answer.get("status"), answer.get("headers")
    kept = (
        {str(key): str(value) for key, value in headers.items()}
        if isinstance(headers, dict)
        else {}
    )
    return Reply(
        answer.get("body"),
        status if isinstance(status, int) else 200,
        {**kept, "Idempotency-Replayed": "true"},
    )
