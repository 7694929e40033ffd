"""Routes for the connections of a client to its rails."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from rowcol.domain.client import Client
from rowcol.domain.connection import STRIPE, Connection
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Scope
from rowcol.edge import syncs
from rowcol.edge.caller import CONFIGURE, NOT_FOUND
from rowcol.edge.connection_views import (
    PATH,
    RAILS,
    AddressShown,
    ConnectionShown,
    ConnectionsShown,
    ConsentShown,
    EndedShown,
    LinkShown,
    TrialShown,
    absent,
    shown,
)
from rowcol.edge.operation import Body, Call, Operation, Operations, Reply, Run, table
from rowcol.edge.reading import OfClient, Reading, read_operation
from rowcol.service.connection_consent import begin
from rowcol.service.connection_end import disconnect, rotate
from rowcol.service.connection_keeping import connecting_of
from rowcol.service.connection_link import exchange, link_token
from rowcol.service.connection_secrets import TooManyTurns, add_secret
from rowcol.service.connection_trial import try_connection
from rowcol.service.intake_ports import IntakeUnavailable
from rowcol.service.listing import every_id
from rowcol.service.second_factor import second_factor_refusal
from rowcol.service.store import StoreUnavailable

TAG = "Connections"


class LinkBody(Body):
    """`connection`: a bank that is known, to be repaired; without it a new one is linked."""

    connection: Annotated[str | None, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = None
    select_accounts: bool = False


class ExchangeBody(Body):
    """What Link gave when it ended."""

    public_token: Annotated[str, Field(pattern=r"^public-[a-z]{1,20}-[A-Za-z0-9-]{8,200}$")]


class SecretBody(Body):
    """A signing secret of a Stripe endpoint; without it the address alone is made."""

    secret: Annotated[str | None, Field(max_length=256)] = None


def _list(read: OfClient) -> Reply | Refusal:
    ids = every_id(read.books, Connection, "")
    found = read.books.get_many(Connection, ids)
    budgets, scope = read.environment.budgets, read.call.scope
    counted = budgets.spent_percent()
    rows = [shown(one, read.client.id) for one in found.values()]
    rows = [
        replace(row, calls_left=budgets.left(row.rail, scope)) if row.rail in counted else row
        for row in rows
    ]
    rows += [absent(rail, read.client.id) for rail in RAILS if rail not in {r.rail for r in rows}]
    rows.sort(key=lambda row: (RAILS.index(row.rail) if row.rail in RAILS else 9, row.id or ""))
    return Reply(ConnectionsShown(tuple(rows)))


def _unknown_client(call: Call) -> Refusal | None:
    known = call.environment.store.books(call.scope).get(Client, call.scope.client)
    return None if known is not None else NOT_FOUND


def _authorize(call: Call) -> Reply | Refusal:
    # The address is for one use, so it is not kept with the key: asked again, it is another one.
    asked = begin(
        call.environment, call.scope, call.path["connection"], call.caller.actor, call.caller.rights
    )
    if isinstance(asked, Refusal):
        return asked
    return Reply(ConsentShown(asked.url, asked.expires_at), 201)


def _link_token(call: Call) -> Reply | Refusal:
    body = call.body_as(LinkBody)
    refused = _unknown_client(call)
    if refused is not None:
        return refused
    given = link_token(
        call.environment,
        call.scope,
        call.caller.actor,
        call.caller.rights,
        body.connection,
        select_accounts=body.select_accounts,
    )
    if isinstance(given, Refusal):
        return given
    return Reply(LinkShown(given.token, given.expires_at), 201)


def _exchange(call: Call) -> Reply | Refusal:
    token = call.body_as(ExchangeBody).public_token
    refused = _unknown_client(call)
    if refused is not None:
        return refused
    actor, rights = call.caller.actor, call.caller.rights
    kept = exchange(call.environment, call.scope, actor, rights, token)
    return kept if isinstance(kept, Refusal) else Reply(shown(kept, call.scope.client), 201)


def _secret(call: Call) -> Reply | Refusal:
    refused = _unknown_client(call)
    if refused is not None:
        return refused
    added = add_secret(
        call.environment,
        call.scope,
        call.caller.actor,
        call.caller.rights,
        call.body_as(SecretBody).secret,
    )
    if isinstance(added, Refusal):
        return added
    url = connecting_of(call.environment).webhook_url(STRIPE, added.endpoint_key)
    return Reply(AddressShown(shown(added.connection, call.scope.client), url, added.live_secrets))


def _test(call: Call) -> Reply | Refusal:
    actor, rights = call.caller.actor, call.caller.rights
    tried = try_connection(call.environment, call.scope, actor, rights, call.path["connection"])
    if isinstance(tried, Refusal):
        return tried
    row = shown(tried.connection, call.scope.client)
    return Reply(TrialShown(row, tried.passed, tried.checks))


def _rotate(call: Call) -> Reply | Refusal:
    refused = _with_factor(call, "rotating a connection's secrets")
    if refused is not None:
        return refused
    actor, rights = call.caller.actor, call.caller.rights
    made = rotate(call.environment, call.scope, actor, rights, call.path["connection"])
    return made if isinstance(made, Refusal) else Reply(shown(made, call.scope.client))


def _disconnect(call: Call) -> Reply | Refusal:
    refused = _with_factor(call, "disconnecting a rail")
    if refused is not None:
        return refused
    actor, rights = call.caller.actor, call.caller.rights
    ended = disconnect(call.environment, call.scope, actor, rights, call.path["connection"])
    if isinstance(ended, Refusal):
        return ended
    return Reply(EndedShown(shown(ended.connection, call.scope.client), ended.revoked_at_rail))


def _with_factor(call: Call, what: str) -> Refusal | None:
    known = call.environment.store.books(Scope(call.caller.firm, call.scope.client))
    if known.get(Connection, call.path["connection"]) is None:
        return NOT_FOUND
    return second_factor_refusal(call.caller.actor, call.environment.now(), what)


def _patient(run: Run) -> Run:
    """Parameters that do not answer, or that many change at once, are a 503: come again."""

    def patiently(call: Call) -> Reply | Refusal:
        try:
            return run(call)
        except (IntakeUnavailable, TooManyTurns) as busy:
            raise StoreUnavailable(type(busy).__name__) from busy

    return patiently


_TROUBLE = frozenset({Code.RAIL_REFUSED, Code.RAIL_UNAVAILABLE})
_ONE = f"{PATH}/{{connection}}"
OPERATIONS: Operations = table(
    (
        read_operation(
            Reading(
                "/connections", "listConnections", "How the client's rails are connected", TAG,
                ConnectionsShown,
            ),
            _list,
        ),
        Operation(
            "POST", f"{_ONE}/authorize", "authorizeConnection",
            "Ask for the client's consent at Ramp or QuickBooks", TAG, _authorize, CONFIGURE,
            {201: ConsentShown}, refusals=frozenset({Code.NOT_CONFIGURED, Code.RAIL_UNAVAILABLE}),
        ),
        Operation(
            "POST", f"{PATH}/plaid/link-token", "createLinkToken",
            "Open Plaid's Link for a new bank, or to repair one", TAG, _patient(_link_token),
            CONFIGURE, {201: LinkShown}, body=LinkBody, example={"connection": None},
            refusals=_TROUBLE | {Code.NOT_CONFIGURED, Code.NOT_CONNECTED},
        ),
        Operation(
            "POST", f"{PATH}/plaid/exchange", "exchangePublicToken",
            "Keep the bank that Link has given", TAG, _exchange, CONFIGURE,
            {201: ConnectionShown}, body=ExchangeBody,
            example={"public_token": "public-production-5c224a01-8314-4491-a06f-39e193d5cddc"},
            refusals=_TROUBLE | {Code.TENANT_TAKEN},
        ),
        Operation(
            "POST", f"{PATH}/stripe/secrets", "addStripeSecret",
            "Add a signing secret of the client's Stripe endpoint", TAG, _patient(_secret),
            CONFIGURE, {200: AddressShown}, body=SecretBody,
            example={"secret": "whsec_sample_only_9f2b7c41d8e64a0d"},
            refusals=frozenset({Code.TOO_MANY_ITEMS}),
        ),
        Operation(
            "POST", f"{_ONE}/test", "testConnection",
            "Try credentials, scopes and a signed delivery", TAG, _test, CONFIGURE,
            {200: TrialShown}, refusals=frozenset({Code.NOT_CONNECTED, Code.RAIL_UNAVAILABLE}),
        ),
        Operation(
            "POST", f"{_ONE}/rotate", "rotateConnection",
            "A new token now, or the end of older secrets", TAG, _patient(_rotate), CONFIGURE,
            {200: ConnectionShown},
            refusals=_TROUBLE
            | {Code.STEP_UP_REQUIRED, Code.NOT_CONNECTED, Code.CAPABILITY_MISSING},
        ),
        Operation(
            "POST", f"{_ONE}/disconnect", "disconnectConnection",
            "Revoke at the rail and wipe what is kept", TAG, _patient(_disconnect), CONFIGURE,
            {200: EndedShown}, refusals=frozenset({Code.STEP_UP_REQUIRED, Code.NOT_CONNECTED}),
        ),
        *syncs.READS.values(),
    )
)  # fmt: skip
