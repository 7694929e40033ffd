"""`python -m local.simulation.month --clients 100 --bills 300`: a month's calls, against limits."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from local.simulation.month.calls import PAID_AT_PLAID, RAILS, most_within
from local.simulation.month.client import DAYS
from local.simulation.month.run import FREE_READS, OWN_LIMITS, SHARE, SHARED_LIMITS, Totals, run

CLIENTS = 100


def told(totals: Totals) -> tuple[list[str], bool]:
    """What came out, line by line, and whether every limit holds.

    With fewer than CLIENTS clients the free reads are compared with their share for these.
    """
    count = len(totals.results)
    decided, paid, proved = (
        sum(getattr(result, name) for result in totals.results)
        for name in ("decided", "paid", "verified")
    )
    lines = [f"{count} clients, {decided} bills decided, {paid} paid, {proved} proved"]
    counts = totals.counts
    for rail in RAILS:
        of_rail = {kind: many for kind, many in counts.items() if kind.startswith(f"{rail}:")}
        lines.append(f"{rail:<46}{sum(of_rail.values()):>9}")
        lines += [f"  {kind:<44}{many:>9}" for kind, many in sorted(of_rail.items())]
    bar = int(FREE_READS * SHARE * count / CLIENTS)
    rows = [("QBO metered reads", totals.metered, bar)]
    rows += [(limit.name, totals.own(limit), limit.most) for limit in OWN_LIMITS]
    sent = {limit: totals.sent(limit) for limit in SHARED_LIMITS}
    rows += [
        (lim.name, most_within(gone.times, lim.seconds), lim.most) for lim, gone in sent.items()
    ]
    for name, value, most in rows:
        lines.append(f"{'ok  ' if value <= most else 'OVER'} {name:<44}{value:>9} of {most}")
    kept = max(gone.kept_seconds_max for gone in sent.values())
    lines.append(f"longest wait for a slot that all share: {kept:.1f} s")
    live = counts[PAID_AT_PLAID]
    lines.append(f"paid balance calls: {live}, {live / count:.1f} a client")
    share = totals.metered * CLIENTS / count
    lines.append(
        f"QBO metered reads of {CLIENTS} such clients: {share:.0f}, "
        f"{100 * share / FREE_READS:.0f} % of the free ones"
    )
    cpu = sum(result.cpu_seconds for result in totals.results)
    lines.append(f"{totals.wall_seconds:.0f} s, {cpu / count:.1f} s of CPU a client")
    return lines, all(value <= most for _, value, most in rows)


def main(arguments: Sequence[str]) -> int:
    """Print the month; 1 when a limit does not hold."""
    parser = argparse.ArgumentParser(prog="python -m local.simulation.month", description=__doc__)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--bills", type=int, default=300)
    parser.add_argument("--days", type=int, default=DAYS)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(arguments)
    totals = Totals()
    for totals in run(options.clients, options.bills, options.days, options.processes):
        done = len(totals.results)
        print(f"\r{done} of {options.clients} clients", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    lines, holds = told(totals)
    print("\n".join(lines))
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
