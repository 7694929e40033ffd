"""Routes that show limits and change them under dual control."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from rowcol.domain.client import Client
from rowcol.domain.limits import STEP_UP_AGE_SECONDS, Level, Limits, LimitSet
from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE
from rowcol.edge.amounts import MoneyBody, money_of
from rowcol.edge.caller import NOT_FOUND, VIEW
from rowcol.edge.operation import ETAG, Body, Call, Operation, Operations, Reply, Run, table
from rowcol.edge.writing import Shown, write
from rowcol.service.change import Change
from rowcol.service.limit_changes import MAY_CHANGE, Target, approve, propose, reject
from rowcol.service.limit_view import LimitsChanged, LimitsShown, changed, shown

TAG = "Limits"
PATHS = {
    Level.FIRM: "/limits",
    Level.CLIENT: "/clients/{client}/limits",
    Level.USER: "/users/{user}/limits",
}
OF = {Level.FIRM: "the firm", Level.CLIENT: "a client", Level.USER: "a user"}

# What limits refuse, wherever a person asks for money on a day.
LIMITED = frozenset(
    {Code.LIMIT_TRANSACTION, Code.LIMIT_DAILY, Code.CURRENCY_MISMATCH, Code.STEP_UP_REQUIRED}
)


class LimitsBody(Body):
    """All limits as they shall be; null is no limit.

    From `verification_from` on, a second factor shown at most `step_up_age_seconds_max` ago is
    needed.
    """

    per_transaction: MoneyBody | None
    per_day: MoneyBody | None
    verification_from: MoneyBody | None
    step_up_age_seconds_max: Annotated[int, Field(ge=30, le=86_400)] = STEP_UP_AGE_SECONDS


class ChangeBody(Body):
    """Which change is meant: the `id` of the pending one."""

    change_id: str


def _target(call: Call, level: Level) -> Target:
    subjects = {
        Level.FIRM: call.caller.firm,
        Level.CLIENT: call.path.get("client", FIRM_WIDE),
        Level.USER: call.path.get("user", FIRM_WIDE),
    }
    return Target(level, subjects[level])


def _read(level: Level) -> Run:
    def run(call: Call) -> Reply | Refusal:
        target = _target(call, level)
        if level is Level.USER and target.subject != call.caller.actor.id:
            refused = call.caller.refusal(FIRM_WIDE, MAY_CHANGE[level])
            if refused is not None:
                return refused
        environment = call.environment
        found = shown(environment.store, call.caller.firm, target, environment.now())
        if found is None:
            return NOT_FOUND
        limits, version = found
        return Reply(limits, headers={"ETag": f'"{version}"'})

    return run


def _show(limits: Limits) -> Shown:
    return Shown(changed(limits), {"ETag": f'"{limits.version + 1}"'})


def _propose(level: Level) -> Run:
    def run(call: Call) -> Reply | Refusal:
        wanted, target, version = _wanted(call), _target(call, level), call.version
        if isinstance(wanted, Refusal):
            return wanted
        assert version is not None  # the operation needs If-Match
        return write(
            call,
            lambda change: propose(call.environment, change, target, wanted, version),
            _show,
            None,
            202,
        )

    return run


def _wanted(call: Call) -> LimitSet | Refusal:
    """The limits asked for, in the currency of the books that hold them."""
    body = call.body_as(LimitsBody)
    owner = call.environment.store.books(call.scope).get(Client, call.scope.client)
    if owner is None:
        return NOT_FOUND
    amounts: dict[str, Money | None] = {}
    for field, asked in (
        ("per_transaction", body.per_transaction),
        ("per_day", body.per_day),
        ("verification_from", body.verification_from),
    ):
        amount = money_of(asked, owner.currency, field) if asked is not None else None
        if isinstance(amount, Refusal):
            return amount
        amounts[field] = amount
    return LimitSet(**amounts, step_up_age_seconds_max=body.step_up_age_seconds_max)


def _approve(level: Level) -> Run:
    def run(call: Call) -> Reply | Refusal:
        target, change_id = _target(call, level), call.body_as(ChangeBody).change_id
        return _decide(
            call,
            "approve",
            target,
            lambda change: approve(call.environment, change, target, change_id),
        )

    return run


def _reject(level: Level) -> Run:
    def run(call: Call) -> Reply | Refusal:
        target, change_id = _target(call, level), call.body_as(ChangeBody).change_id
        return _decide(call, "reject", target, lambda change: reject(change, target, change_id))

    return run


def _decide(
    call: Call, verb: str, target: Target, plan: Callable[[Change], Limits | Refusal]
) -> Reply | Refusal:
    return write(call, plan, _show, {verb: target, "change": call.body_as(ChangeBody).change_id})


_AMOUNTS = frozenset(
    {
        Code.AMOUNT_NOT_POSITIVE, Code.AMOUNT_PRECISION, Code.AMOUNT_TOO_LARGE,
        Code.CURRENCY_MISMATCH,
    }
)  # fmt: skip
_DECIDING = frozenset({Code.NO_PENDING_CHANGE, Code.SAME_PERSON})
_EXAMPLE = {
    "per_transaction": {"minor": 1_000_000, "currency": "USD"},
    "per_day": {"minor": 5_000_000, "currency": "USD"},
    "verification_from": {"minor": 250_000, "currency": "USD"},
    "step_up_age_seconds_max": 300,
}
_CHANGE = {"change_id": "lim_01M9X71STBEN5FDE831Y440Q40"}


def _commands(level: Level) -> tuple[Operation, ...]:
    path, name, needs = PATHS[level], level.value.capitalize(), MAY_CHANGE[level]
    return (
        Operation(
            "PUT", path, f"propose{name}Limits", f"Propose other limits of {OF[level]}", TAG,
            _propose(level), needs, {202: LimitsChanged}, body=LimitsBody,
            refusals=_AMOUNTS | {Code.VERSION_MISMATCH, Code.VERSION_REQUIRED}, if_match=True,
            example=_EXAMPLE, headers=ETAG,
        ),
        Operation(
            "POST", f"{path}/approve", f"approve{name}Limits",
            f"The second person's yes to limits of {OF[level]}", TAG, _approve(level), needs,
            {200: LimitsChanged}, body=ChangeBody, refusals=_DECIDING, example=_CHANGE,
            headers=ETAG,
        ),
        Operation(
            "POST", f"{path}/reject", f"reject{name}Limits",
            f"The second person's no to limits of {OF[level]}", TAG, _reject(level), needs,
            {200: LimitsChanged}, body=ChangeBody, refusals=_DECIDING, example=_CHANGE,
            headers=ETAG,
        ),
    )  # fmt: skip


def _reading(level: Level) -> Operation:
    # Everybody may see their own; other people's are for who may change them.
    needs = None if level is Level.USER else VIEW
    return Operation(
        "GET", PATHS[level], f"read{level.value.capitalize()}Limits",
        f"Limits of {OF[level]}, the change that waits, and today's usage", TAG, _read(level),
        needs, {200: LimitsShown}, headers=ETAG,
    )  # fmt: skip


COMMANDS: Operations = table(operation for level in Level for operation in _commands(level))
READS: Operations = table(_reading(level) for level in Level)
