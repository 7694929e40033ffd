"""The route of the runway: a client's cash day by day, from what is known to come and to go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

from rowcol.domain.facts import BalanceSource
from rowcol.domain.money import Money
from rowcol.domain.refusal import Refusal
from rowcol.domain.runway import CashLine, Flow, FlowKind, LeftOut
from rowcol.domain.runway_lines import CashLines, Runway, runway_of, summary_of
from rowcol.domain.runway_sources import Sources
from rowcol.domain.spending import BURN
from rowcol.edge.operation import Operations, Query, Reply, table
from rowcol.edge.reading import OfClient, Reading, read_operation
from rowcol.service.runway import gather
from rowcol.service.sync.times import SyncTimes, sync_times

TAG = "Runway"
# An answer stays under 4 MB: an item is some 300 bytes.
ITEMS_MAX = 5_000


class Horizon(IntEnum):
    """How many days a runway is long."""

    TWO_WEEKS = 14
    MONTH = 30
    QUARTER = 91


class RunwayQuery(Query):
    """`days`: 14, 30 or 91 calendar days, today the first."""

    days: Horizon = Horizon.MONTH


@dataclass(frozen=True, slots=True)
class OpeningShown:
    """The balance that the lines begin with. `fresh`: guards may count on it."""

    amount: Money
    source: BalanceSource
    observed_at: datetime
    age_seconds: int
    fresh: bool


@dataclass(frozen=True, slots=True)
class BurnShown:
    """Average burn: `spent` in `history_days` days of bank lines, bills not counted.

    `source_id` drops it in a scenario.
    """

    source_id: str
    spent: Money
    history_days: int
    bills_not_counted: Money


@dataclass(frozen=True, slots=True)
class NotKnown:
    """What is not known, why, and what to do about it. It is never taken for zero."""

    what: str
    why: str
    remedy: str | None


@dataclass(frozen=True, slots=True)
class RunwayShown:
    """A client's runway. Without a known balance there are no lines, and `unknown` says why.

    `items`: every flow but burn, by day, also behind the last day shown; beyond 5,000 they are only
    counted, in `more_items`. `doubtful`: money in that neither line counts. `left_out`: what is
    known and cannot be counted.
    """

    client: str
    currency: str
    days: int
    first_day: date
    as_of: datetime
    summary: tuple[str, ...]
    balance: OpeningShown | None
    buffer: Money | None
    burn: BurnShown | None
    unknown: tuple[NotKnown, ...]
    cautious: CashLine | None
    expected: CashLine | None
    doubtful: Money
    items: tuple[Flow, ...]
    more_items: int
    left_out: tuple[LeftOut, ...]
    synced_at: SyncTimes


def _runway(read: OfClient) -> Reply:
    days = read.call.query_as(RunwayQuery).days
    sources = gather(read.books, read.client, read.environment.now())
    return Reply(_shown(runway_of(sources, int(days)), sync_times(read.books)))


def _shown(runway: Runway, synced_at: SyncTimes) -> RunwayShown:
    sources, lines = runway.sources, runway.lines
    keep = sources.buffer
    known = lines if isinstance(lines, CashLines) else None
    return RunwayShown(
        sources.client.id,
        sources.client.currency,
        runway.days,
        sources.first,
        sources.now,
        summary_of(runway),
        _opening(runway),
        keep if isinstance(keep, Money) else None,
        _burn(sources),
        _unknown(sources),
        known.cautious if known is not None else None,
        known.expected if known is not None else None,
        runway.doubtful,
        *items_of(runway.flows),
        runway.left_out[:ITEMS_MAX],
        synced_at,
    )


def items_of(flows: tuple[Flow, ...]) -> tuple[tuple[Flow, ...], int]:
    """Every flow but burn, which has a part on each bank day, and how many too many there are."""
    every = tuple(flow for flow in flows if flow.kind is not FlowKind.BURN)
    return every[:ITEMS_MAX], max(len(every) - ITEMS_MAX, 0)


def _opening(runway: Runway) -> OpeningShown | None:
    sources = runway.sources
    balance = sources.head.balance
    if balance is None:
        return None
    age_seconds = int((sources.now - balance.observed_at).total_seconds())
    return OpeningShown(
        balance.pool, balance.source, balance.observed_at, age_seconds, runway.is_fresh
    )


def _burn(sources: Sources) -> BurnShown | None:
    found = sources.burn
    if isinstance(found, Refusal):
        return None
    return BurnShown(BURN, found.beside_bills, found.days, found.bills)


def _unknown(sources: Sources) -> tuple[NotKnown, ...]:
    asked = (("balance", sources.opening), ("buffer", sources.buffer), ("burn", sources.burn))
    return tuple(
        NotKnown(what, found.detail, found.remedy)
        for what, found in asked
        if isinstance(found, Refusal)
    )


READS: Operations = table(
    (
        read_operation(
            Reading(
                "/runway", "readRunway", "Cash day by day, cautiously and as expected", TAG,
                RunwayShown, RunwayQuery,
            ),
            _runway,
        ),
    )
)  # fmt: skip
