"""Tokens of one connection: kept sealed, refreshed by one process at a time, final when refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from rowcol.domain.connection import Connection, ConnectionState
from rowcol.domain.scope import Scope
from rowcol.service.ports import ConnectionBroken, RailUnavailable, Surroundings
from rowcol.service.store import Books

REFRESH_EARLY = timedelta(seconds=60)
# Longer than the one call it covers: a token endpoint is given 5 s to connect and 30 s to answer.
LEASE = timedelta(seconds=40)
WAIT_SECONDS = 0.25
WAITS_MAX = 40
REFUSED_LOOKS_MAX = 8
# Refusals of the product's own credentials: they say nothing about the client's connection.
OF_THE_APP = frozenset({"invalid_client", "token_401"})


class Vault(Protocol):
    """Seals short secrets. A ciphertext opens only under the context it was sealed with."""

    def seal(self, secret: str, context: dict[str, str]) -> str:
        """The ciphertext as text."""
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
    """Store a fresh consent's tokens over whatever was there."""
    known = books.get(Connection, connection_id)
    fresh = Connection(
        connection_id, known.version if known else 0, "", institution_id=institution_id
    )
    if not books.save(_sealed(books.scope, vault, fresh, granted)):
        raise RailUnavailable(connection_id, "connected by somebody else at the same time")


def _sealed(scope: Scope, vault: Vault, connection: Connection, granted: Granted) -> Connection:
    context = context_of(scope, connection.id)
    return replace(
        connection,
        access=vault.seal(granted.access, context),
        access_expires_at=granted.access_expires_at,
        # Some rails change the refresh token at each use, others never: keep what was answered.
        refresh=vault.seal(granted.refresh, context) if granted.refresh else connection.refresh,
        refresh_expires_at=granted.refresh_expires_at or connection.refresh_expires_at,
        ends_at=granted.ends_at or connection.ends_at,
        state=ConnectionState.HEALTHY,
        code=None,
        refreshing_until=None,
    )


@dataclass
class KeptTokens:
    """A token source over one stored connection. `refresh` asks the rail with a refresh token."""

    books: Books
    vault: Vault
    connection_id: str
    refresh: Callable[[str], Granted]
    surroundings: Surroundings
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
        if connection.state is not ConnectionState.HEALTHY:
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
                # Opened first: the lease is for the rail's call alone.
                secret = self._reveal(connection.refresh)
                until = self.surroundings.clock.now() + LEASE
                claimed = replace(connection, refreshing_until=until)
                if self.books.save(claimed):
                    return self._refresh(replace(claimed, version=claimed.version + 1), secret)
            self.surroundings.pause(WAIT_SECONDS)
        raise RailUnavailable(self.connection_id, "another process is refreshing the token")

    def _refresh(self, connection: Connection, secret: str) -> str:
        """One call of the rail; when nobody knows how it ended, the lease runs out by itself."""
        try:
            granted = self.refresh(secret)
        except ConnectionBroken as broken:
            if broken.code in OF_THE_APP:
                raise
            # Two at once, because a lease ran out: what the other was granted is the valid one.
            other = self._granted_meanwhile(connection.access)
            if other is not None:
                return other
            raise self._broken(connection, broken.code) from broken
        return self._keep(connection, granted)

    def _keep(self, connection: Connection, granted: Granted) -> str:
        """Store a grant, also when the lease ran out: lost, it would cost a person's consent."""
        for _ in range(WAITS_MAX):
            if self.books.save(_sealed(self.books.scope, self.vault, connection, granted)):
                return granted.access
            current = self.books.get(Connection, self.connection_id)
            if current is None:
                break
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
        """Final: nobody retries until a person reconnects."""
        self.books.save(
            replace(connection, state=ConnectionState.NEEDS_LOGIN, code=code, refreshing_until=None)
        )
        return ConnectionBroken(self.connection_id, "a person must reconnect", code)
