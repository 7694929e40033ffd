"""Consent by OAuth: who asks, what comes back, and what is believed of it (decision 0033)."""

from __future__ import annotations

import hashlib
import logging
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rowcol.domain.connection import RAMP
from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, ActorKind, Scope
from rowcol.service.change import Change, Contention, UnknownClient, transact
from rowcol.service.connection_keeping import Made, connecting_of, keep, refusal_of
from rowcol.service.connection_ports import Account, Consent, ConsentRail
from rowcol.service.connections import Granted
from rowcol.service.environment import Environment
from rowcol.service.intake_ports import IntakeUnavailable
from rowcol.service.ports import ConnectionBroken, RailError
from rowcol.service.rights import Rights, rights_of
from rowcol.service.subscriptions import subscribe

logger = logging.getLogger(__name__)
STATE_KEPT = timedelta(minutes=10)
_STATE = re.compile(r"[A-Za-z0-9_-]{43}\Z")
_CODE = re.compile(r"[\x21-\x7e]{1,2048}\Z")
_TOLD = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")


@dataclass(frozen=True, slots=True)
class ConsentAsked:
    """Where somebody of the client agrees, and until when. The address works once."""

    url: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Return:
    """What a browser brought back, as it came: nothing of it is believed."""

    rail: str
    state: str = field(repr=False)
    code: str = field(repr=False)
    told: str | None = None
    error: str | None = None


def not_configured(environment: Environment) -> Refusal | None:
    """Refused where nobody said how this installation is reached."""
    if connecting_of(environment).public_url:
        return None
    return Refusal(
        Code.NOT_CONFIGURED,
        "nobody said at which address this installation is reached",
        remedy="set PublicUrl, and register its redirect at the rail",
    )


def begin(
    environment: Environment, scope: Scope, rail: str, asker: Actor, rights: Rights
) -> ConsentAsked | Refusal:
    """Ask for a client's consent at Ramp or QuickBooks; in the log before anybody leaves.

    Refused: `not_configured`, `not_found`, `rail_unavailable`.
    """
    connecting = connecting_of(environment)
    refused = not_configured(environment)
    if refused is not None:
        return refused
    found = connecting.consent_rails.get(rail)
    if found is None:
        return Refusal(Code.NOT_FOUND, "no rail of this name is connected by a consent")
    redirect_uri = connecting.redirect_uri(rail)
    state = connecting.random.token()
    try:
        url = found.consent_url(redirect_uri, state)
    except RailError as error:  # our own credentials cannot be read
        return refusal_of(error, "try again")
    logged = log_asked(environment, scope, rail, asker, rights)
    if logged is not None:
        return logged
    expires_at = environment.now() + STATE_KEPT
    consent = Consent(scope.firm, scope.client, rail, redirect_uri, asker.id, expires_at)
    connecting.consents.put(digest_of(state), consent)
    return ConsentAsked(url, expires_at)


def log_asked(
    environment: Environment, scope: Scope, rail: str, asker: Actor, rights: Rights
) -> Refusal | None:
    """State in the log that somebody asked for a connection, while they may."""

    def plan(change: Change) -> bool:
        change.state("connection.consent_asked", rail=rail)
        return True

    try:
        result = transact(
            environment.store,
            environment.surroundings,
            scope,
            asker,
            plan,
            checks=rights.checks(scope.client),
        )
    except UnknownClient:
        return Refusal(Code.NOT_FOUND, "no such client")
    return result if isinstance(result, Refusal) else None


def digest_of(state: str) -> str:
    """What is kept of a state."""
    return hashlib.sha256(state.encode()).hexdigest()


def complete(environment: Environment, came: Return) -> str | None:
    """Take a consent that came back, and keep what it grants. None when connected, else why not.

    The state is used up first, whatever follows. What was granted and is refused is revoked.
    """
    began_at = environment.now()
    connecting = connecting_of(environment)
    rail = connecting.consent_rails.get(came.rail)
    if rail is None or not _STATE.match(came.state):
        return "invalid_request"
    consent = connecting.consents.take(digest_of(came.state), environment.now())
    if consent is None or consent.rail != came.rail:
        return "state_unknown"
    scope = Scope(consent.firm, consent.client)
    reason = _completed(environment, scope, rail, consent, came)
    if reason is None and came.rail == RAMP and environment.subscribing is not None:
        _subscribed(environment, scope, consent.asked_by, began_at)
    if reason is not None:
        _log_refused(environment, scope, came.rail, reason)
    return reason


def _subscribed(environment: Environment, scope: Scope, asked_by: str, began_at: datetime) -> None:
    """Subscribe to the rail's events too. The consent stands whatever becomes of it: the tray tells
    what is missing, and sweeps find what no event says.
    """
    try:
        subscribe(environment, scope, Actor(ActorKind.PERSON, asked_by), 2, began_at)
    except (IntakeUnavailable, Contention) as error:
        logger.warning("not subscribed", extra={"detail": type(error).__name__})


def _completed(
    environment: Environment, scope: Scope, rail: ConsentRail, consent: Consent, came: Return
) -> str | None:
    if came.error is not None:
        return "declined"
    if not _CODE.match(came.code) or not (came.told is None or _TOLD.match(came.told)):
        return "invalid_request"
    rights = rights_of(environment.store, consent.firm, consent.asked_by)
    if rights is None or not rights.may(Permission.CONFIGURE, consent.client):
        return "not_allowed"
    try:
        granted = rail.exchange(came.code, consent.redirect_uri)
    except ConnectionBroken:
        return "code_refused"
    except RailError:
        return "rail_unavailable"
    try:
        account = _accepted(rail, granted, came.told)
        reason = account if isinstance(account, str) else None
        if not isinstance(account, str):
            made = Made(came.rail, came.rail, account, granted, consent.asked_by)
            actor = Actor(ActorKind.RAIL, came.rail)
            kept = keep(environment, scope, actor, made, rights.checks(scope.client))
            reason = kept.code.value if isinstance(kept, Refusal) else None
    except Exception:
        revoked(rail, granted)
        raise
    if reason is not None:
        revoked(rail, granted)
    return reason


def _accepted(rail: ConsentRail, granted: Granted, told: str | None) -> Account | str:
    """Whose account it is, when all that is needed was granted; else why not."""
    if set(rail.scopes) - set(granted.scopes) or granted.refresh is None:
        return "scope_missing"
    try:
        return rail.account(granted.access, told)
    except ConnectionBroken:
        return "account_unreadable"
    except RailError:
        return "rail_unavailable"


def revoked(rail: ConsentRail, granted: Granted) -> bool:
    """Whether the rail ended what it granted; best effort, for it is not kept here anyway."""
    try:
        for token in (granted.refresh, granted.access):
            if token:
                rail.revoke(token)
    except RailError as error:
        logger.warning("consent not revoked", extra={"rail": error.rail, "detail": error.detail})
        return False
    return True


def _log_refused(environment: Environment, scope: Scope, rail: str, reason: str) -> None:
    def plan(change: Change) -> bool:
        change.state("connection.consent_refused", rail=rail, reason=reason)
        return True

    actor = Actor(ActorKind.RAIL, rail)
    transact(environment.store, environment.surroundings, scope, actor, plan)
