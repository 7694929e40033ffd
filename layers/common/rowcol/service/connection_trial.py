"""Try a connection: does the token work, was all granted, does a signed delivery come in."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from rowcol.domain.connection import PLAID, QBO, Connection, ShownConnection, WebhookSeen
from rowcol.domain.connection_health import ACCOUNTS, Event, event_of
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, Scope
from rowcol.domain.webhook_address import WebhookAddress
from rowcol.service.change import Change, transact
from rowcol.service.connection_health import happened, subject_of
from rowcol.service.connection_keeping import connecting_of, refusal_of
from rowcol.service.connection_link import NO_SUCH, no_connection
from rowcol.service.connection_ports import ConsentRail, Item
from rowcol.service.connections import context_of
from rowcol.service.environment import Environment
from rowcol.service.intake_ports import IntakeUnavailable
from rowcol.service.ports import ConnectionBroken, RailError
from rowcol.service.rights import Rights
from rowcol.service.store import Command
from rowcol.service.tray import close_item


class Found(StrEnum):
    """What one check found. `unknown`: there is nothing here to tell it by."""

    OK = "ok"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: `credentials`, `scopes` or `webhook`."""

    check: str
    found: Found
    code: str | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """The connection after it was tried. `passed`: nothing failed."""

    connection: Connection
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether nothing failed."""
        return all(check.found is not Found.FAILED for check in self.checks)


def try_connection(
    environment: Environment, scope: Scope, actor: Actor, rights: Rights, connection_id: str
) -> Trial | Refusal:
    """Try it, also while it waits for a person: what works again is healthy again.

    Refused: `not_connected`; `rail_unavailable` when the rail does not say either way.
    """
    known = environment.store.books(scope).get(Connection, connection_id)
    if known is None:
        return NO_SUCH
    if not known.is_usable and not known.access:
        return no_connection(connection_id)
    item: Item | None = None
    try:
        if known.rail == PLAID:
            item = _item(environment, scope, known)
            code = item.code
        else:
            code = _refusal_of_token(environment, scope, known)
    except ConnectionBroken as broken:
        code = broken.code
    except RailError as error:
        return refusal_of(error, "try again")
    webhook = _webhook(environment, scope, known, item)
    checks = (
        Check("credentials", Found.FAILED if code else Found.OK, code),
        _scopes(known, connecting_of(environment).consent_rails.get(known.rail)),
        webhook,
    )

    def plan(change: Change) -> Trial | Refusal:
        current = change.get(Connection, connection_id)
        if current is None:
            return no_connection(connection_id)
        seen = WebhookSeen(webhook.code or webhook.found.value, change.now)
        looked = replace(current, webhook=seen)
        if code is None:
            looked = replace(looked, last_success_at=change.now)
        if code is None:
            close_item(change, subject_of(current), ACCOUNTS, "somebody has looked at it")
        event = Event.REPAIRED if code is None else event_of(code)
        tried = Trial(happened(change, looked, event, code), checks)
        change.state(
            "connection.tested",
            connection=ShownConnection.of(tried.connection),
            passed=tried.passed,
        )
        return tried

    result = transact(
        environment.store,
        environment.surroundings,
        scope,
        actor,
        plan,
        checks=rights.checks(scope.client),
    )
    assert not isinstance(result, Command)  # none was asked for
    return result


def _item(environment: Environment, scope: Scope, known: Connection) -> Item:
    connecting = connecting_of(environment)
    access = connecting.vault.open(known.access, context_of(scope, known.id))
    return connecting.link.item(access)


def _refusal_of_token(environment: Environment, scope: Scope, known: Connection) -> str | None:
    """None when the token reads the account that it should; Stripe has none to try."""
    connecting = connecting_of(environment)
    rail = connecting.consent_rails.get(known.rail)
    if rail is None:
        return None
    tokens = connecting.tokens(scope, known.id)
    access = tokens.token()
    try:
        account = rail.account(access, known.tenant_id)
    except ConnectionBroken as broken:
        if broken.code not in ("unauthorized", "token_refused"):
            raise
        account = rail.account(tokens.renewed(access), known.tenant_id)
    differs = known.tenant_id is not None and account.id != known.tenant_id
    return str(Code.TENANT_DIFFERS) if differs else None


def _scopes(known: Connection, rail: ConsentRail | None) -> Check:
    if rail is None:
        return Check("scopes", Found.OK)
    if not known.scopes:
        return Check("scopes", Found.UNKNOWN, "not_recorded")
    lacking = set(rail.scopes) - set(known.scopes)
    return Check("scopes", Found.FAILED, "scope_missing") if lacking else Check("scopes", Found.OK)


def _webhook(environment: Environment, scope: Scope, known: Connection, item: Item | None) -> Check:
    """Whether a delivery to this client's address would be accepted, and the rail sends there."""
    connecting = connecting_of(environment)
    if known.rail == QBO:
        return Check("webhook", Found.UNKNOWN, "of_the_app")
    home = Scope(scope.firm) if known.rail == PLAID else scope
    address = environment.store.books(home).get(WebhookAddress, known.rail)
    if address is None:
        return Check("webhook", Found.UNKNOWN, "address_unknown")
    if item is not None:
        ours = item.webhook_url == connecting.webhook_url(PLAID, address.endpoint_key)
        return Check("webhook", Found.OK) if ours else Check("webhook", Found.FAILED, "elsewhere")
    try:
        endpoint = connecting.endpoints.read(known.rail, address.endpoint_key)
    except IntakeUnavailable:
        return Check("webhook", Found.UNKNOWN, "not_readable")
    if endpoint is None or not endpoint.secrets:
        return Check("webhook", Found.FAILED, "no_secret")
    rejected = connecting.round_trips[known.rail](endpoint, environment.now())
    return Check("webhook", Found.FAILED, rejected) if rejected else Check("webhook", Found.OK)
