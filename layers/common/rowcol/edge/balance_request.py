"""The route that asks for a live balance: the bank may take longer than an API answer, so 202."""

from __future__ import annotations

from dataclasses import dataclass

from rowcol.domain.refusal import Refusal
from rowcol.edge.caller import NOT_FOUND, STAGE
from rowcol.edge.operation import LOCATION, Call, Operation, Operations, Reply, table


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


OPERATIONS: Operations = table(
    (
        Operation(
            "POST", "/clients/{client}/balances/refresh", "refreshBalance",
            "Read the bank's balance now", "Console", _refresh, STAGE, {202: RefreshAsked},
            headers=LOCATION,
        ),
    )
)  # fmt: skip
