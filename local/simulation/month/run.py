"""Many clients' months in several processes, and what they add up to against the rails' limits."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

from local.simulation.defects import no_defects
from local.simulation.month.calls import PAID_AT_PLAID, CallLog, metered_reads, most_within
from local.simulation.month.client import DAYS, START, ClientMonth, without_words
from local.simulation.month.shared import AT_ONCE, Sent, plaid, ramp, through_gates

FREE_READS = 500_000
SHARE = 0.7
SECONDS_PER_CLIENT = 3.0


@dataclass(frozen=True, slots=True)
class Limit:
    """A rail's limit: so many calls, of which kind, in so many seconds."""

    name: str
    prefix: str
    seconds: float
    most: int


# Those of one client's connection (qbo contract, section 2; plaid contract, sections 2 and 3).
OWN_LIMITS = (
    Limit("QBO, one realm, 1 s", "qbo:", 1.0, 10),
    Limit("QBO, one realm, 60 s", "qbo:", 60.0, 500),
    Limit("Plaid sync, one item, 60 s", "plaid:transactions/sync", 60.0, 50),
    Limit("Plaid cached balances, one item, 60 s", "plaid:accounts/get", 60.0, 15),
    Limit("Plaid live balances, one item, 60 s", PAID_AT_PLAID, 60.0, 5),
    Limit("Plaid item, one item, 60 s", "plaid:item/get", 60.0, 15),
)
# Those of all clients together (ramp contract, section 3; plaid contract, as above).
SHARED_LIMITS = (
    Limit("Ramp, all clients, 10 s", "ramp:", 10.0, 200),
    Limit("Plaid sync, all clients, 60 s", "plaid:transactions/sync", 60.0, 2500),
    Limit("Plaid cached balances, all clients, 60 s", "plaid:accounts/get", 60.0, 15_000),
    Limit("Plaid live balances, all clients, 60 s", PAID_AT_PLAID, 60.0, 1200),
    Limit("Plaid item, all clients, 60 s", "plaid:item/get", 60.0, 5000),
)


@dataclass
class Result:
    """One client's month, small enough to hand from process to process."""

    number: int
    counts: Counter[str]
    own: dict[str, int]
    times: dict[str, list[float]]
    decided: int
    paid: int
    verified: int
    cpu_seconds: float


@dataclass
class Totals:
    """All clients."""

    results: list[Result] = field(default_factory=list)
    wall_seconds: float = 0.0

    @property
    def counts(self) -> Counter[str]:
        """Calls by rail and kind."""
        found: Counter[str] = Counter()
        for result in self.results:
            found.update(result.counts)
        return found

    @property
    def metered(self) -> int:
        """QBO reads that its free tier counts."""
        return metered_reads(self.counts)

    def own(self, limit: Limit) -> int:
        """The most that any client's connection saw within a limit's window."""
        return max(result.own[limit.name] for result in self.results)

    def sent(self, limit: Limit) -> Sent:
        """The calls of all clients under a limit that they share, once its gates let them go."""
        asked = [result.times[limit.name] for result in self.results]
        if limit.prefix == "ramp:":
            return through_gates(asked, ramp, "bills", START)
        return through_gates(asked, plaid, limit.prefix.removeprefix("plaid:"), START)


def one_client(number: int, bills: int, days: int) -> Result:
    """The month of one client, in its turn of the hourly Map."""
    began = time.process_time()
    with no_defects(), without_words():
        month = ClientMonth(number, bills, (number - 1) // AT_ONCE * SECONDS_PER_CLIENT).run(days)
    log: CallLog = month.log
    return Result(
        number,
        log.counts,
        {limit.name: most_within(log.times(limit.prefix), limit.seconds) for limit in OWN_LIMITS},
        {limit.name: log.times(limit.prefix) for limit in SHARED_LIMITS},
        month.outcome.decided,
        month.outcome.paid,
        month.outcome.verified,
        time.process_time() - began,
    )


def run(
    clients: int, bills: int, days: int = DAYS, processes: int | None = None
) -> Iterator[Totals]:
    """Every client's month; told after each, so that somebody can watch."""
    began, totals = time.monotonic(), Totals()
    workers = processes or os.cpu_count() or 1
    numbers = range(1, clients + 1)
    if workers == 1:
        for number in numbers:
            totals.results.append(one_client(number, bills, days))
            totals.wall_seconds = time.monotonic() - began
            yield totals
        return
    with ProcessPoolExecutor(workers) as pool:
        waiting = [pool.submit(one_client, number, bills, days) for number in numbers]
        for done in waiting:
            totals.results.append(done.result())
            totals.wall_seconds = time.monotonic() - began
            yield totals
