"""The route that asks for a live balance: the bank may take longer than an API answer, so 202."""

from __future__ import annotations

from collections.abc import Mapping

from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import Scope
from rowcol.edge.caller import NOT_FOUND, STAGE
from rowcol.edge.http import Handle, Reply, Request
from rowcol.service.environment import Environment


def routes(environment: Environment) -> Mapping[tuple[str, str], Handle]:
    """The table of this function's API route."""

    def refresh(request: Request) -> Reply | Refusal:
        key, client = request.idempotency_key, request.path["client"]
        refused = request.caller.refusal(client, STAGE)
        if refused is not None or isinstance(key, Refusal):
            return refused or (key if isinstance(key, Refusal) else NOT_FOUND)
        scope = Scope(request.caller.firm, client)
        if scope not in environment.store.scopes():
            return NOT_FOUND
        # Asking twice reads twice at most; the balance seen last is kept, so no key is stored.
        environment.executions.refresh_balance(scope)
        where = f"/clients/{client}/balances"
        return Reply({"status": "asked", "balances": where}, 202, {"Location": where})

    return {("POST", "/clients/{client}/balances/refresh"): refresh}
