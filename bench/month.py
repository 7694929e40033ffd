"""A simulated month of a few clients: calls to each rail, against its limits and free reads."""

from __future__ import annotations

from bench.result import Figure, Section, under
from local.simulation.month.calls import PAID_AT_PLAID, RAILS, most_within
from local.simulation.month.client import DAYS
from local.simulation.month.run import FREE_READS, OWN_LIMITS, SHARE, SHARED_LIMITS, run

CLIENTS = 100
FULL = "python -m local.simulation.month --clients 100 --bills 300 --processes 2"


def section(clients: int, bills: int, days: int) -> Section:
    """So many clients with so many bills each; reads are told as those of CLIENTS in a month."""
    totals = [*run(clients, bills, days, processes=min(2, clients))][-1]
    counts = totals.counts
    figures: list[Figure] = []
    for rail in RAILS:
        of_rail = {kind: many for kind, many in counts.items() if kind.startswith(f"{rail}:")}
        each = sum(of_rail.values()) / clients
        figures.append(Figure(f"{rail}: calls a client", f"{each:.0f}"))
        figures += [
            Figure(f"  {kind.removeprefix(f'{rail}:')}", f"{many / clients:.0f}")
            for kind, many in sorted(of_rail.items(), key=lambda pair: -pair[1])
        ]
    figures += [
        under(limit.name, float(totals.own(limit)), limit.most, digits=0) for limit in OWN_LIMITS
    ]
    for limit in SHARED_LIMITS:
        most = most_within(totals.sent(limit).times, limit.seconds)
        figures.append(under(limit.name, float(most), limit.most, digits=0))
    live = counts[PAID_AT_PLAID] / clients
    figures.append(Figure("paid balance calls a client", f"{live:.1f}"))
    share = 100 * totals.metered / clients * CLIENTS / FREE_READS * DAYS / days
    name = f"QBO's free reads, {CLIENTS} such clients, {DAYS} days"
    figures.append(under(name, share, 100 * SHARE, " %", digits=1))
    cpu = sum(result.cpu_seconds for result in totals.results) / clients
    figures.append(Figure("CPU a client", f"{cpu:.1f} s"))
    remarks = (
        f"{clients} clients with {bills} bills each, {days} days; all of them: `{FULL}`.",
        "Windows are the largest seen, through the product's own gates (rails/limits.py).",
    )
    return Section("A month of calls to the rails", tuple(figures), remarks)
