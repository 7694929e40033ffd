"""Routes that stage bills and take decisions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from rowcol.domain.bill import DecisionAction
from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Role, Scope, valid_id
from rowcol.edge.caller import DECIDE, STAGE
from rowcol.edge.http import Body, Handle, Reply, Request
from rowcol.service.change import Asked, Change, UnknownClient, transact
from rowcol.service.decide import Decide, decide
from rowcol.service.environment import Environment
from rowcol.service.stage import stage, unstage
from rowcol.service.store import Command
from rowcol.service.wishes import Outcome
from rowcol.service.withdraw import withdraw


class DecisionBody(Body):
    """`pay_now`, `schedule` with `pay_on`, or `delay` with `until` and `reason`."""

    bill_id: str
    action: DecisionAction
    pay_on: date | None = None
    until: date | None = None
    reason: str | None = None


class NoBody(Body):
    """Nothing is expected."""


@dataclass(frozen=True, slots=True)
class _Run:
    request: Request
    environment: Environment
    roles: frozenset[Role]
    input: object
    plan: Callable[[Change], Outcome | Refusal]
    status: int
    key: str | None


def routes(environment: Environment) -> dict[tuple[str, str], Handle]:
    """The table of this function's routes."""

    def stage_bill(request: Request) -> Reply | Refusal:
        parsed, key = request.parsed(NoBody), request.idempotency_key
        if isinstance(parsed, Refusal) or isinstance(key, Refusal):
            return parsed if isinstance(parsed, Refusal) else _refused(key)
        bill = request.path["bill"]
        return _run(
            _Run(
                request,
                environment,
                STAGE,
                {"stage": bill},
                lambda change: stage(environment, change, bill),
                201,
                key,
            )
        )

    def unstage_bill(request: Request) -> Reply | Refusal:
        bill = request.path["bill"]
        return _run(
            _Run(request, environment, STAGE, None, lambda change: unstage(change, bill), 200, None)
        )

    def take(request: Request) -> Reply | Refusal:
        body, key = request.parsed(DecisionBody), request.idempotency_key
        if isinstance(body, Refusal) or isinstance(key, Refusal):
            return body if isinstance(body, Refusal) else _refused(key)
        if not valid_id(body.bill_id):
            return Refusal(Code.NOT_FOUND, "no such bill")
        wish = Decide(body.bill_id, body.action, body.pay_on, body.until, body.reason)
        return _run(
            _Run(
                request,
                environment,
                DECIDE,
                wish,
                lambda change: decide(environment, change, wish),
                202,
                key,
            )
        )

    def take_back(request: Request) -> Reply | Refusal:
        decision = request.path["decision"]
        return _run(
            _Run(
                request,
                environment,
                DECIDE,
                None,
                lambda change: withdraw(change, decision),
                200,
                None,
            )
        )

    return {
        ("POST", "/clients/{client}/bills/{bill}/stage"): stage_bill,
        ("DELETE", "/clients/{client}/bills/{bill}/stage"): unstage_bill,
        ("POST", "/clients/{client}/decisions"): take,
        ("DELETE", "/clients/{client}/decisions/{decision}"): take_back,
    }


def _refused(key: str | Refusal) -> Refusal:
    return key if isinstance(key, Refusal) else Refusal(Code.INVALID_INPUT, "bad key")


def _run(run: _Run) -> Reply | Refusal:
    caller, client = run.request.caller, run.request.path["client"]
    refused = caller.refusal(client, run.roles)
    if refused is not None:
        return refused
    try:
        result = transact(
            run.environment.store,
            run.environment.surroundings,
            Scope(caller.firm, client),
            caller.actor,
            run.plan,
            asked=Asked.by(caller.actor.id, run.key, run.input) if run.key else None,
            answer=lambda result: _answer(result, run.status),
            check=caller.check(),
        )
    except UnknownClient:
        return Refusal(Code.NOT_FOUND, "no such client")
    if isinstance(result, Command):
        return _stored(result.answer)
    if isinstance(result, Refusal):
        return result
    return Reply(result.plain(), run.status, _location(result, client))


def _location(outcome: Outcome, client: str) -> dict[str, str]:
    if outcome.payment is None:
        return {}
    return {"Location": f"/clients/{client}/payments/{outcome.payment.id}"}


def _answer(result: Outcome | Refusal, status: int) -> dict[str, object]:
    if isinstance(result, Refusal):
        return {"refusal": to_plain(result)}
    return {"status": status, "body": result.plain()}


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
    status = answer.get("status")
    return Reply(
        answer.get("body"),
        status if isinstance(status, int) else 200,
        {"Idempotency-Replayed": "true"},
    )
