"""What a client's account on the rail adds to the networks' rules: stored with the client.

Everything here is UNCONFIRMED in the rail's contract or differs by account, so it is a setting.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rowcol.domain.routing.cutoff import DAYS_MAX, Cutoff
from rowcol.domain.routing.networks import Network, Pattern, Way


@dataclass(frozen=True, slots=True)
class WaySettings:
    """One way for one client; None leaves what network and rail say.

    `enabled`: switched on where the rail enables it by account, or off. `days`: bank days from the
    start to the payee, never fewer than the network allows. Amounts in minor units of the client's
    currency. Raises ValueError for days outside 0 to 60 and negative amounts.
    """

    network: Network
    pattern: Pattern | None = None
    enabled: bool | None = None
    cutoff: Cutoff | None = None
    fee_minor: int | None = None
    ceiling_minor: int | None = None
    days: int | None = None

    def __post_init__(self) -> None:
        if self.days is not None and not 0 <= self.days <= DAYS_MAX:
            raise ValueError(f"days are from 0 to {DAYS_MAX}")
        if any(minor is not None and minor < 0 for minor in (self.fee_minor, self.ceiling_minor)):
            raise ValueError("fee and ceiling are not below zero")

    @property
    def way(self) -> Way:
        """The way it is about."""
        return Way(self.network, self.pattern)


@dataclass(frozen=True, slots=True)
class RoutingSettings:
    """How one client's payments may travel.

    `from_balance`: paid from a balance kept at the rail, not collected by ACH debit. `advances`:
    the rail sends before its debit has settled. `cutoff`: of every way that has none of its own;
    None: the client's `cutoff_hour` in New York. `closures`: days on which the rail's bank is
    closed besides the Federal Reserve's.
    """

    ways: tuple[WaySettings, ...] = ()
    from_balance: bool = False
    advances: bool = False
    cutoff: Cutoff | None = None
    closures: tuple[date, ...] = ()

    def of(self, way: Way) -> WaySettings:
        """What is set for a way; nothing when it is not named."""
        for settings in self.ways:
            if settings.way == way:
                return settings
        return WaySettings(way.network, way.pattern)
