"""The life of a connection as a table: what happens, in which state, and what follows.

docs/connections.md is made of it, and every pair of a state and an event is in it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from rowcol.domain.connection import ConnectionState as S
from rowcol.domain.tray import Severity

# Runs in a row that find the rail not answering before a person is told.
TROUBLES_MAX = 3


class Event(StrEnum):
    """What can happen to a connection.

    `answered`: a call of data worked. `repaired`: somebody signed in at the rail and the token
    stayed (Plaid's update mode). `app_refused`: the rail refuses our own credentials, which says
    nothing of the client's consent. `troubled`: TROUBLES_MAX runs in a row failed in passing.
    """

    CONNECTED = "connected"
    ANSWERED = "answered"
    REPAIRED = "repaired"
    TROUBLED = "troubled"
    APP_REFUSED = "app_refused"
    OUT_OF_QUOTA = "out_of_quota"
    LOGIN_NEEDED = "login_needed"
    ENDED = "ended"
    REVOKED = "revoked"
    DISCONNECTED = "disconnected"


_ALWAYS = {
    Event.CONNECTED: S.HEALTHY,
    Event.ENDED: S.EXPIRED,
    Event.REVOKED: S.REVOKED,
    Event.DISCONNECTED: S.DISCONNECTED,
}
_WORKING = {
    **_ALWAYS,
    Event.ANSWERED: S.HEALTHY,
    Event.REPAIRED: S.HEALTHY,
    Event.TROUBLED: S.DEGRADED,
    Event.APP_REFUSED: S.DEGRADED,
    Event.OUT_OF_QUOTA: S.QUOTA,
    Event.LOGIN_NEEDED: S.NEEDS_LOGIN,
}


def _waiting(state: S, *stronger: Event) -> Mapping[Event, S]:
    """A person is waited for: what calls find meanwhile says nothing, nor does a late answer."""
    leads_out = {Event.CONNECTED, Event.DISCONNECTED, *stronger}
    moves = {event: _ALWAYS[event] for event in leads_out} | {Event.REPAIRED: S.HEALTHY}
    return {event: moves.get(event, state) for event in Event}


TABLE: Mapping[S, Mapping[Event, S]] = {
    S.HEALTHY: _WORKING,
    S.DEGRADED: _WORKING,
    S.QUOTA: {**_WORKING, Event.TROUBLED: S.QUOTA},
    S.NEEDS_LOGIN: _waiting(S.NEEDS_LOGIN, Event.ENDED, Event.REVOKED),
    S.EXPIRED: _waiting(S.EXPIRED, Event.REVOKED),
    S.REVOKED: _waiting(S.REVOKED),
    # Wiped: only a new consent brings it back.
    S.DISCONNECTED: dict.fromkeys(Event, S.DISCONNECTED) | {Event.CONNECTED: S.HEALTHY},
}

# What the code of a broken connection says; any other means that somebody has to sign in again.
EVENT_OF_CODE: Mapping[str, Event] = {
    "USER_PERMISSION_REVOKED": Event.REVOKED,
    "ITEM.USER_PERMISSION_REVOKED": Event.REVOKED,
    "OAUTH_USER_REVOKED": Event.REVOKED,
    "user_lost_access": Event.REVOKED,
    "OAUTH_CONSENT_EXPIRED": Event.ENDED,
    "consent_ended": Event.ENDED,
    "invalid_client": Event.APP_REFUSED,
    "token_401": Event.APP_REFUSED,
    "INVALID_API_KEYS": Event.APP_REFUSED,
    "quota": Event.OUT_OF_QUOTA,
    "INSTITUTION_DOWN": Event.TROUBLED,
    "INSTITUTION_NOT_RESPONDING": Event.TROUBLED,
    "INTERNAL_SERVER_ERROR": Event.TROUBLED,
    "PLANNED_MAINTENANCE": Event.TROUBLED,
    "PRODUCT_NOT_READY": Event.TROUBLED,
}
# Refusals of the product's own credentials: they say nothing about the client's connection.
OF_THE_APP = frozenset(code for code, event in EVENT_OF_CODE.items() if event is Event.APP_REFUSED)

# Notices of Plaid about accounts: the login goes on, and a person chooses accounts anew.
OF_ACCOUNTS = frozenset({"ITEM.NEW_ACCOUNTS_AVAILABLE", "ITEM.USER_ACCOUNT_REVOKED"})

BROKEN, ENDS, ACCOUNTS, SLOW, SPENT = (
    "connection_broken",
    "connection_ends",
    "connection_accounts",
    "connection_degraded",
    "connection_quota",
)
# Not a state: most of the calls of a month are spent, and all goes on as before.
NEARLY_SPENT = "connection_quota_low"
# The tray item of a state: its kind, how soon to look, and the words of its title.
ITEMS: Mapping[S, tuple[str, Severity, str]] = {
    S.DEGRADED: (SLOW, Severity.MEDIUM, "does not answer reliably"),
    S.QUOTA: (SPENT, Severity.HIGH, "has used up its calls"),
    S.NEEDS_LOGIN: (BROKEN, Severity.HIGH, "needs a person"),
    S.EXPIRED: (BROKEN, Severity.HIGH, "has expired"),
    S.REVOKED: (BROKEN, Severity.HIGH, "was revoked"),
}
# What a person does about a state; None where nothing helps but waiting.
TO_DO: Mapping[S, str | None] = {
    S.HEALTHY: None,
    S.DEGRADED: "look at the rail's status page; RowCol goes on trying",
    S.QUOTA: "wait for the rail's next period, or have its tier raised",
    S.NEEDS_LOGIN: "connect again: somebody of the client signs in at the rail",
    S.EXPIRED: "connect again: the consent has ended",
    S.REVOKED: "ask the client why, then connect again",
    S.DISCONNECTED: "connect, if the client is to be looked after again",
}


def event_of(code: str) -> Event:
    """What a broken connection's code says."""
    return EVENT_OF_CODE.get(code, Event.LOGIN_NEEDED)


def after(state: S, event: Event) -> S:
    """The state that follows."""
    return TABLE[state][event]
