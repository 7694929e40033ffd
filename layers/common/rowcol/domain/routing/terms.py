"""Networks' rules, the rail's offer and the client's settings laid over each other: one table.

The narrower one wins: the lowest ceiling, the later of two earliest days, the longer of two times.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rowcol.domain.routing.cutoff import Cutoff
from rowcol.domain.routing.networks import RULES, Rule, Way
from rowcol.domain.routing.rail import Offer, Rail
from rowcol.domain.routing.settings import RoutingSettings


class Collect(StrEnum):
    """How the payer's money comes to the rail."""

    ACH_DEBIT = "ach_debit"
    BALANCE = "balance"
    WHEN_CASHED = "when_cashed"


class Settle(StrEnum):
    """When the rail lets go of it: once its debit has settled, or before."""

    AFTER_COLLECTION = "after_collection"
    ADVANCED = "advanced"
    FUNDED = "funded"
    WHEN_CASHED = "when_cashed"


@dataclass(frozen=True, slots=True)
class WayTerms:
    """Everything that decides about one way, before amount and date are known.

    `days`: bank days from the day the rail starts to the day the payee has it, None: nobody says.
    `collect_days`: from the start until the payer's debit has settled, None: not told beforehand.
    `fee_minor`: None while nobody has told it.
    """

    way: Way
    rule: Rule
    offer: Offer
    enabled: bool | None
    collect: Collect
    settle: Settle
    collect_days: int | None
    days: int | None
    cutoffs: tuple[Cutoff, ...]
    ceiling_minor: int | None
    fee_minor: int | None


@dataclass(frozen=True, slots=True)
class Terms:
    """How one client's payments can travel on one rail.

    `zone` decides what today is. `days_ahead_max`: calendar days, as for every asked date.
    """

    biller: str
    link: str
    currency: str
    zone: str
    ways: tuple[WayTerms, ...]
    closures: frozenset[date]
    days_ahead_max: int

    def named(self, network: str, pattern: str | None) -> WayTerms | None:
        """The terms of a way by its words; None for one that nobody knows."""
        for terms in self.ways:
            way = terms.way
            if way.network == network and way.pattern == pattern:
                return terms
        return None


def terms_of(
    rail: Rail,
    settings: RoutingSettings,
    currency: str,
    zone: str,
    cutoff: Cutoff,
    days_ahead_max: int,
) -> Terms:
    """The terms of a client. `cutoff` is that of ways which have none of their own."""
    general = settings.cutoff or cutoff
    ways = tuple(_way(rail, settings, rule, general) for rule in RULES)
    closures = frozenset(settings.closures)
    return Terms(rail.name, rail.link, currency, zone, ways, closures, days_ahead_max)


def _way(rail: Rail, settings: RoutingSettings, rule: Rule, general: Cutoff) -> WayTerms:
    own, offered = settings.of(rule.way), rail.offered(rule.way)
    collect, settle = _funding(settings, rule)
    collect_days = {Collect.ACH_DEBIT: rule.collect_days, Collect.BALANCE: 0}.get(collect)
    waited = (collect_days or 0) if settle is Settle.AFTER_COLLECTION else 0
    told = own.days if own.days is not None else offered.days
    days = told
    if told is not None or rule.days is not None:
        days = max(told or 0, waited + (rule.days or 0))
    ceilings = [minor for minor in (rule.ceiling_minor, own.ceiling_minor) if minor is not None]
    return WayTerms(
        rule.way,
        rule,
        offered.offer,
        own.enabled,
        collect,
        settle,
        collect_days,
        days,
        (own.cutoff or general, *((rule.cutoff,) if rule.cutoff else ())),
        min(ceilings, default=None),
        own.fee_minor,
    )


def _funding(settings: RoutingSettings, rule: Rule) -> tuple[Collect, Settle]:
    if settings.from_balance:
        return Collect.BALANCE, Settle.FUNDED
    if rule.paper:
        return Collect.WHEN_CASHED, Settle.WHEN_CASHED
    return Collect.ACH_DEBIT, Settle.ADVANCED if settings.advances else Settle.AFTER_COLLECTION
