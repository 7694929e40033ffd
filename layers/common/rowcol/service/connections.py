"""Tokens of one connection: kept sealed, refreshed by one process at a time, final when refused."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from rowcol.domain.connection import Connection, ConnectionState
from rowcol.domain.connection_health import OF_THE_APP, after, event_of
from rowcol.domain.scope import Scope
from rowcol.service.ports import ConnectionBroken, RailThrottled, RailUnavailable, Surroundings
from rowcol.service.store import Books

logger = logging.getLogger(__name__)
REFRESH_EARLY = timedelta(seconds=60)
# Longer than the one call it covers: a token endpoint is given 5 s to connect and 30 s to answer.
LEASE = timedelta(seconds=40)
WAIT_SECONDS = 0.25
WAITS_MAX = 40
REFUSED_LOOKS_MAX = 8
# A refresh token that a lost answer has replaced at the rail: only a person can help.
REFRESH_LOST = "refresh_lost"
CONSENT_ENDED = "consent_ended"
# An end within so much of the one known is that one: rails tell it in seconds left.
SAME_INSTANT = timedelta(hours=1)


class Sealer(Protocol):
    """Seals under one context, without asking anybody: its key is at hand."""

    def seal(self, secret: str) -> str:
        """The ciphertext as text."""
        ...


class Vault(Protocol):
    """Seals short secrets. A ciphertext opens only under the context it was sealed with."""

    def sealer(self, context: dict[str, str]) -> Sealer:
        """What seals for one owner. Asks for a key now, and never again."""
        ...

    def open(self, sealed: str, context: dict[str, str]) -> str:
        """The secret. Raises when the context differs."""
        ...


@dataclass(frozen=True, slots=True)
class Granted:
    """What a token endpoint gave."""

    access: str = field(repr=False)
    access_expires_at: datetime | None
    refresh: str | None = field(repr=False, default=None)
    refresh_expires_at: datetime | None = None
    ends_at: datetime | None = None
    scopes: tuple[str, ...] = ()


def context_of(scope: Scope, connection_id: str) -> dict[str, str]:
    """What a token's ciphertext is bound to."""
    return {"firm": scope.firm, "client": scope.client, "connection": connection_id}


def connect(
    books: Books,
    vault: Vault,
    connection_id: str,
    granted: Granted,
    institution_id: str | None = None,
) -> None:
    """Store a fresh consent's tokens over whatever was there, beside the log.

    For seeds and the local stack; a person's consent is stored by service/connection_consent.py.
    """
    known = books.get(Connection, connection_id)
    fresh = Connection(
        connection_id, known.version if known else 0, "", institution_id=institution_id
    )
    sealer = vault.sealer(context_of(books.scope, connection_id))
    if not books.save(sealed(sealer, fresh, granted)):
        raise RailUnavailable(connection_id, "connected by somebody else at the same time")


def sealed(sealer: Sealer, connection: Connection, granted: Granted) -> Connection:
    """The connection with what a rail granted: a refused one is healthy again."""
    state = connection.state if connection.is_usable else ConnectionState.HEALTHY
    return replace(
        connection,
        access=sealer.seal(granted.access),
        access_expires_at=granted.access_expires_at,
        # Some rails change the refresh token at each use, others never: keep what was answered.
        refresh=sealer.seal(granted.refresh) if granted.refresh else connection.refresh,
        refresh_expires_at=granted.refresh_expires_at or connection.refresh_expires_at,
        ends_at=_end(connection.ends_at, granted.ends_at),
        state=state,
        code=connection.code if connection.is_usable else None,
        refreshing_until=None,
        refresh_open=False,
    )


def _end(known: datetime | None, told: datetime | None) -> datetime | None:
    if known is None or told is None:
        return told or known
    return known if abs(told - known) <= SAME_INSTANT else told


@dataclass
class KeptTokens:
    """A token source over one stored connection. `refresh` asks the rail with a refresh token.

    `trial`: a person has the connection tried though it waits for one; never when disconnected.
    """

    books: Books
    vault: Vault
    connection_id: str
    refresh: Callable[[str], Granted]
    surroundings: Surroundings
    trial: bool = False
    _opened: tuple[str, str] = field(default=("", ""), repr=False)

    def token(self) -> str:
        """A token valid for REFRESH_EARLY, or for a moment while somebody refreshes it.

        Raises ConnectionBroken when only a person can help.
        """
        connection = self._load()
        expires_at, now = connection.access_expires_at, self.surroundings.clock.now()
        if expires_at is None or expires_at - REFRESH_EARLY > now:
            return self._open(connection.access)
        if expires_at > now and self._is_leased(connection):
            # Somebody is refreshing it, and this one is good for a moment still.
            return self._open(connection.access)
        return self._refreshed(connection.access)

    def _is_leased(self, connection: Connection) -> bool:
        until = connection.refreshing_until
        return until is not None and until > self.surroundings.clock.now()

    def renewed(self, refused: str) -> str:
        """Another token after `refused` was answered 401; somebody else's newer one if there is."""
        connection = self._load()
        if self._open(connection.access) != refused:
            return self._open(connection.access)
        if connection.refresh is None:
            raise self._broken(connection, "unauthorized")
        return self._refreshed(connection.access)

    def _load(self) -> Connection:
        connection = self.books.get(Connection, self.connection_id)
        if connection is None:
            raise ConnectionBroken(self.connection_id, "not connected", "not_connected")
        disconnected = connection.state is ConnectionState.DISCONNECTED
        if disconnected or not (connection.is_usable or self.trial):
            raise ConnectionBroken(
                self.connection_id, "a person must reconnect", connection.code or "broken"
            )
        return connection

    def _open(self, sealed: str) -> str:
        known, secret = self._opened
        if sealed != known:
            secret = self._reveal(sealed)
            self._opened = (sealed, secret)
        return secret

    def _refreshed(self, stale: str) -> str:
        """Refresh under a lease taken by compare-and-set; who comes second takes the first's token.

        A holder that died keeps others waiting for the rest of LEASE: RailUnavailable, come again.
        """
        for _ in range(WAITS_MAX):
            connection = self._load()
            if connection.access != stale:
                return self._open(connection.access)
            if connection.refresh is None:
                raise self._broken(connection, "no_refresh_token")
            if not self._is_leased(connection):
                # Keys first: nothing but one write stands between the rail's answer and the table.
                secret = self._reveal(connection.refresh)
                sealer = self.vault.sealer(context_of(self.books.scope, self.connection_id))
                until = self.surroundings.clock.now() + LEASE
                claimed = replace(connection, refreshing_until=until, refresh_open=True)
                if self.books.save(claimed):
                    mine = replace(claimed, version=claimed.version + 1)
                    return self._refresh(_Lease(mine, secret, sealer, connection.refresh_open))
            self.surroundings.pause(WAIT_SECONDS)
        raise RailUnavailable(self.connection_id, "another process is refreshing the token")

    def _refresh(self, lease: _Lease) -> str:
        """One call of the rail; when nobody knows how it ended, the lease runs out by itself.

        The next one then asks with the same refresh token: it is granted, or the answer that was
        lost had replaced it (REFRESH_LOST).
        """
        connection = lease.connection
        try:
            granted = self.refresh(lease.secret)
        except ConnectionBroken as broken:
            if broken.code in OF_THE_APP:
                self._nothing_happened(connection)
                raise
            # Two at once, because a lease ran out: what the other was granted is the valid one.
            other = self._granted_meanwhile(connection.access)
            if other is not None:
                return other
            code = REFRESH_LOST if lease.after_unknown else broken.code
            raise self._broken(connection, code) from broken
        except RailThrottled as slow:
            slot = self.surroundings.clock.now() + timedelta(seconds=slow.retry_after_seconds)
            until = min(slot, connection.refreshing_until or slot)
            self._nothing_happened(replace(connection, refreshing_until=until))
            raise
        if lease.after_unknown:
            logger.warning("refresh repaired", extra={"connection": self.connection_id})
        return self._keep(lease, granted)

    def _nothing_happened(self, connection: Connection) -> None:
        """The rail did not even look at the refresh token; what is left of the lease is a pause."""
        self.books.save(replace(connection, refresh_open=False))

    def _keep(self, lease: _Lease, granted: Granted) -> str:
        """Store a grant, also when the lease ran out: lost, it would cost a person's consent."""
        connection = lease.connection
        for _ in range(WAITS_MAX):
            if self.books.save(sealed(lease.sealer, connection, granted)):
                return granted.access
            current = self.books.get(Connection, self.connection_id)
            if current is None or current.state is ConnectionState.DISCONNECTED:
                raise ConnectionBroken(self.connection_id, "disconnected", "disconnected")
            if current.access != connection.access:
                return self._open(current.access)
            connection = current
        raise RailUnavailable(self.connection_id, "the connection kept changing during a refresh")

    def _granted_meanwhile(self, stale: str) -> str | None:
        for _ in range(REFUSED_LOOKS_MAX):
            access = self._load().access
            if access != stale:
                return self._open(access)
            self.surroundings.pause(WAIT_SECONDS)
        return None

    def _reveal(self, sealed: str) -> str:
        return self.vault.open(sealed, context_of(self.books.scope, self.connection_id))

    def _broken(self, connection: Connection, code: str) -> ConnectionBroken:
        """Final: nobody retries until a person reconnects. The minute sweep tells log and tray."""
        now = self.surroundings.clock.now()
        if connection.end is not None and connection.end <= now:
            code = CONSENT_ENDED
        for _ in range(WAITS_MAX):
            state = after(connection.state, event_of(code))
            refused = replace(
                connection,
                state=state,
                code=code,
                since=now,
                refreshing_until=None,
                refresh_open=False,
            )
            if self.books.save(refused):
                break
            current = self.books.get(Connection, self.connection_id)
            if current is None or current.access != connection.access or not current.is_usable:
                break
            connection = current
        return ConnectionBroken(self.connection_id, "a person must reconnect", code)


@dataclass(frozen=True, slots=True)
class _Lease:
    """The right to refresh once. `after_unknown`: the one before it ended nobody knows how."""

    connection: Connection
    secret: str = field(repr=False)
    sealer: Sealer = field(repr=False)
    after_unknown: bool
