"""Asking the bank for its balance of now: by a route, and by itself where only that was lacking.

The bank may take longer than an API answer, so whoever asks is told where the balance will be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from rowcol.domain.client import Client
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.caller import NOT_FOUND, STAGE
from rowcol.edge.operation import LOCATION, Call, Operation, Operations, Reply, table
from rowcol.service.sync.balance import live_readings_left

_WANTS_BALANCE = frozenset({Code.BALANCE_STALE, Code.BALANCE_UNKNOWN})


@dataclass(frozen=True, slots=True)
class RefreshAsked:
    """The balance is being read; `balances` is where it will be."""

    status: str
    balances: str


def _refresh(call: Call) -> Reply | Refusal:
    scope = call.scope
    if scope not in call.environment.store.scopes():
        return NOT_FOUND
    # Asking twice reads twice at most; the balance seen last is kept, so no key is stored.
    call.environment.executions.refresh_balance(scope)
    where = f"/clients/{scope.client}/balances"
    return Reply(RefreshAsked("asked", where), 202, {"Location": where})


def asking_the_bank(call: Call, client: Client, refused: Refusal) -> Refusal:
    """The refusal, and a live reading if only a young balance was lacking; it says which.

    Nothing is asked for somebody who may not ask for the balance, nor beyond the day's readings:
    each is a paid call.
    """
    if refused.code not in _WANTS_BALANCE:
        return refused
    if call.caller.refusal(client.id, STAGE) is not None:
        return replace(refused, remedy="somebody who may stage bills refreshes the balance")
    environment, scope = call.environment, call.scope
    left = live_readings_left(environment.store.books(scope), client, environment.now())
    numbers = {**refused.numbers, "live_readings_left": left}
    if left == 0:
        many = client.guardrail.live_reads_per_day_max
        remedy = f"all {many} live readings of today are used up: wait for the bank's own updates"
        return replace(refused, numbers=numbers, remedy=remedy)
    environment.executions.refresh_balance(scope)
    remedy = "the bank is being asked now: ask again in a minute"
    return replace(refused, numbers=numbers, remedy=remedy)


OPERATIONS: Operations = table(
    (
        Operation(
            "POST", "/clients/{client}/balances/refresh", "refreshBalance",
            "Read the bank's balance now", "Console", _refresh, STAGE, {202: RefreshAsked},
            headers=LOCATION,
        ),
    )
)  # fmt: skip
