"""What one change reads of limits and of their usage: each thing once, in few calls."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from rowcol.domain.calendar import BANK_ZONE
from rowcol.domain.client import Client
from rowcol.domain.limits import CLIENT_LIMITS, FIRM_LIMITS, Level, Limits, user_limits_id
from rowcol.domain.scope import FIRM_WIDE, Scope
from rowcol.service.store import Books, Counter, CounterMove, VersionCheck


@dataclass
class LimitReading:
    """Limits of a firm, of one of its clients, and of people; counters of their days.

    `ceilings`: what a checked change must not exceed when it is written, by scope and counter.
    """

    firm: Books
    client: Books
    ceilings: dict[tuple[Scope, str], int] = field(default_factory=dict)
    _limits: dict[str, Limits] = field(default_factory=dict)
    _of_client: Limits | None = None
    _counters: dict[tuple[Scope, str], Counter] = field(default_factory=dict)
    _zone: str | None = None
    _ahead: dict[tuple[Scope, str], Counter] = field(default_factory=dict)

    def presume(self, moves: Iterable[CounterMove]) -> None:
        """Count these moves as made already: what else would have been done before, in a dry run.

        Of counters that were not read yet.
        """
        for move in moves:
            key = (move.scope, move.id)
            known = self._ahead.get(key, Counter())
            self._ahead[key] = Counter(known.total + move.total, known.used + move.used)

    def load(self, users: Iterable[str]) -> None:
        """Read the limits of firm, client and users that were not read yet: two calls at most."""
        if self._of_client is None:
            scope = self.client.scope
            found = self.client.get(Limits, CLIENT_LIMITS)
            self._of_client = found or Limits(CLIENT_LIMITS, 0, Level.CLIENT, scope.client)
        wanted = {FIRM_LIMITS: Limits(FIRM_LIMITS, 0, Level.FIRM, self.firm.scope.firm)}
        for user in users:
            name = user_limits_id(user)
            wanted[name] = Limits(name, 0, Level.USER, user)
        missing = [name for name in wanted if name not in self._limits]
        known = self.firm.get_many(Limits, missing) if missing else {}
        self._limits |= {name: known.get(name, wanted[name]) for name in missing}

    def of(self, level: Level, subject: str) -> Limits:
        """Limits that were loaded. Raises KeyError for others."""
        if level is Level.CLIENT:
            assert self._of_client is not None  # load reads it always
            return self._of_client
        return self._limits[FIRM_LIMITS if level is Level.FIRM else user_limits_id(subject)]

    def scope_of(self, level: Level) -> Scope:
        """Whose books hold a level's limits and counters."""
        return self.client.scope if level is Level.CLIENT else self.firm.scope

    def counters(self, names: Iterable[tuple[Scope, str]]) -> dict[tuple[Scope, str], Counter]:
        """Counters as stored: one call for the firm's, one for the client's, each read once."""
        wanted = list(names)
        for books in (self.firm, self.client):
            ids = [
                name
                for scope, name in wanted
                if scope == books.scope and (scope, name) not in self._counters
            ]
            if ids:
                found = books.counters(ids)
                for name in ids:
                    ahead = self._ahead.get((books.scope, name), Counter())
                    total, used = found[name].total + ahead.total, found[name].used + ahead.used
                    self._counters[(books.scope, name)] = Counter(total, used)
        return {key: self._counters[key] for key in wanted}

    def firm_zone(self) -> str:
        """The zone of the firm's days; New York's while the firm is not registered."""
        if self._zone is None:
            firm = self.firm.get(Client, FIRM_WIDE)
            self._zone = firm.zone if firm is not None else BANK_ZONE
        return self._zone

    def checks(self) -> tuple[VersionCheck, ...]:
        """What was read in the firm's books must still hold at the write.

        The client's own limits are guarded by the head: whoever changes them moves it.
        """
        return tuple(
            VersionCheck(self.firm.scope, Limits.kind, each.id, each.version)
            for each in self._limits.values()
        )
