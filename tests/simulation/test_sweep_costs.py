"""What a sweep costs: reads of Ramp grow with open bills, reads of QBO and writes with changes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from local.simulation.defects import no_defects
from local.simulation.month.calls import metered_reads
from local.simulation.month.client import ClientMonth
from local.simulation.quiet import exchange

FEW, MANY = 20, 240
RAMP_LIST = "ramp:bills"


@dataclass(frozen=True)
class Cost:
    """Of one sweep: calls by rail and kind; commits (log entries and state); puts beside them."""

    calls: Counter[str]
    commits: int
    saves: int

    @property
    def metered(self) -> int:
        """QBO's reads."""
        return metered_reads(self.calls)

    @property
    def lists(self) -> int:
        """Pages of bills read from Ramp."""
        return self.calls[RAMP_LIST]


class World(ClientMonth):
    """A client with so many open bills, and no webhook."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.product.cut_off = True
        self.arrival_days = 1
        self._bills_arrive(0)
        self.sweep("full")
        self.rails.pass_time(2 * 86_400)  # Ramp books its bills in QuickBooks
        exchange(self.product)
        self.sweep("full")
        self.sweep("light")

    def sweep(self, depth: str) -> Cost:
        """Half an hour later, one sweep."""
        self.rails.pass_time(1800)
        exchange(self.product)
        before, self.boundary.names = self.log.counts, []
        self.product.reconcile(depth)
        exchange(self.product)
        names, self.boundary.names = Counter(self.boundary.names), None
        calls = self.log.counts - before
        return Cost(calls, names["commit:after"], names["save:after"])

    def change(self, many: int) -> None:
        """So many bills are due another day than before."""
        rows = list(self.rails.ramp.document.rows("bills").values())[:many]
        for row in rows:
            row["due_on"] = f"2027-01-{many:02d}"
            self.rails.ramp.document.put("bills", row["id"], row)
        self.rails.ramp.document.commit()


def test_a_quiet_sweep_costs_the_same_whatever_is_known_and_changes_cost_by_their_number() -> None:
    with no_defects():
        few, many = World(1, FEW), World(1, MANY)
        quiet = {world.bills: world.sweep("light") for world in (few, many)}
        # Nothing is new: no state is written, and the ledger is asked once, however many bills.
        assert {cost.commits for cost in quiet.values()} == {0}, quiet
        assert quiet[FEW].metered == quiet[MANY].metered == 1, quiet
        assert quiet[FEW].saves == quiet[MANY].saves, quiet
        # Ramp's open bills come a hundred a page, and each list takes one call at least.
        pages = quiet[MANY].lists - quiet[FEW].lists
        assert 0 < pages <= MANY // 100 + 1, quiet
        costs: dict[int, Cost] = {}
        for changed in (3, 9, 18):
            many.change(changed)
            costs[changed] = many.sweep("light")
        told = {number: cost.commits for number, cost in costs.items()}
        # One write for each that changed, and what hangs on it; not one for each that is known.
        for changed, commits in told.items():
            assert changed <= commits <= changed + 2, told
        assert {cost.metered for cost in costs.values()} == {1}
        assert {cost.lists for cost in costs.values()} == {quiet[MANY].lists}
