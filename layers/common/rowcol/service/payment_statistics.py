"""Counts and sums over a client's payments, exact, from the facets of the read model."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date

from rowcol.domain.lifecycle import FINAL
from rowcol.domain.money import Money
from rowcol.domain.payment import Verification
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.view_ports import FacetRow, Facets

# One answer's reading: about ten megabytes of index, a few seconds.
ROWS_MAX = 50_000
COUNTERPARTIES_MAX = 100
# Days since the asked date at which a bucket begins; the last has no end.
_AGES = (("0_7", 0), ("8_30", 8), ("31_60", 31), ("61_90", 61), ("over_90", 91))
NOT_YET = "not_yet"


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, and their sum in each currency."""

    name: str
    count: int
    sums: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class CounterpartyTally:
    """The same of one counterparty, under its last name. `id` None: those known by name only."""

    id: str | None
    name: str
    count: int
    sums: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Tallies of payments whose date is in the span.

    `by_counterparty`: the largest counts; `counterparties_left_out`: how many others there are.
    `ageing`: what is not proved and has not ended, by days since its date.
    """

    first_day: date | None
    last_day: date | None
    total: Tally
    by_status: tuple[Tally, ...]
    by_type: tuple[Tally, ...]
    by_month: tuple[Tally, ...]
    by_counterparty: tuple[CounterpartyTally, ...]
    counterparties_left_out: int
    ageing: tuple[Tally, ...]


@dataclass
class _Tallies:
    name_of: Callable[[Facets], str]
    counts: dict[str, int] = field(default_factory=dict)
    sums: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, facets: Facets) -> None:
        name = self.name_of(facets)
        self.counts[name] = self.counts.get(name, 0) + 1
        key = (name, facets.currency)
        self.sums[key] = self.sums.get(key, 0) + facets.amount

    def named(self) -> tuple[Tally, ...]:
        return tuple(self._tally(name) for name in sorted(self.counts))

    def _tally(self, name: str) -> Tally:
        held = sorted(
            (currency, minor) for (of, currency), minor in self.sums.items() if of == name
        )
        return Tally(name, self.counts[name], tuple(Money(minor, code) for code, minor in held))


# A counterparty by its id, or by its name where there is none; and what is counted of it.
_Party = tuple[str | None, str]


@dataclass
class _Counterparties:
    names: dict[_Party, str] = field(default_factory=dict)
    counts: dict[_Party, int] = field(default_factory=dict)
    sums: dict[_Party, dict[str, int]] = field(default_factory=dict)

    def add(self, facets: Facets) -> None:
        known = facets.counterparty_id
        party = (known, "" if known else facets.counterparty_name)
        self.names[party] = facets.counterparty_name  # rows come by date: the last one stays
        self.counts[party] = self.counts.get(party, 0) + 1
        sums = self.sums.setdefault(party, {})
        sums[facets.currency] = sums.get(facets.currency, 0) + facets.amount

    def largest(self, most: int) -> tuple[CounterpartyTally, ...]:
        def rank(party: _Party) -> tuple[int, str, str]:
            return -self.counts[party], self.names[party], party[0] or ""

        return tuple(
            CounterpartyTally(
                party[0],
                self.names[party],
                self.counts[party],
                tuple(Money(minor, code) for code, minor in sorted(self.sums[party].items())),
            )
            for party in sorted(self.counts, key=rank)[:most]
        )


def statistics(
    rows: Iterable[FacetRow], first_day: date | None, last_day: date | None, today: date
) -> Statistics | Refusal:
    """Tally all rows. Beyond ROWS_MAX `too_many_items`: a partial sum would be a wrong one."""
    total = _Tallies(lambda facets: "total")
    by_status, by_type = (
        _Tallies(lambda facets: facets.status),
        _Tallies(lambda facets: facets.type),
    )
    by_month = _Tallies(lambda facets: facets.day.isoformat()[:7])
    by_counterparty = _Counterparties()
    ageing = _Tallies(lambda facets: _age(today, facets.day))
    for position, row in enumerate(rows, 1):
        if position > ROWS_MAX:
            return Refusal(
                Code.TOO_MANY_ITEMS,
                f"more than {ROWS_MAX} payments are in this span",
                {"most": ROWS_MAX},
                remedy="ask for a shorter span of days",
            )
        for tallies in (total, by_status, by_type, by_month):
            tallies.add(row.facets)
        by_counterparty.add(row.facets)
        if _is_open(row.facets):
            ageing.add(row.facets)
    whole = total.named()[0] if total.counts else Tally("total", 0, ())
    return Statistics(
        first_day,
        last_day,
        whole,
        by_status.named(),
        by_type.named(),
        by_month.named(),
        by_counterparty.largest(COUNTERPARTIES_MAX),
        max(0, len(by_counterparty.counts) - COUNTERPARTIES_MAX),
        ageing.named(),
    )


def _is_open(facets: Facets) -> bool:
    return facets.status not in FINAL and facets.verification != Verification.VERIFIED.value


def _age(today: date, day: date) -> str:
    days = (today - day).days
    if days < 0:
        return NOT_YET
    return next(name for name, first in reversed(_AGES) if days >= first)
