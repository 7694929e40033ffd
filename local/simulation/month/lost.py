"""A client whose every webhook is lost: how long until the sweep has found what happened.

Each change at a rail is timed when it happens there (within STEP, rounded to our disadvantage), and
again when our records show it.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from local.simulation.defects import no_defects
from local.simulation.month.client import CLIENT, START, ClientMonth, without_words
from local.simulation.quiet import exchange
from local.simulation.registration import FIRM
from rowcol.domain.bill import Bill
from rowcol.domain.link import StoredLine
from rowcol.domain.payment import Payment

STEP = timedelta(minutes=5)
DRIFT_SECONDS_MAX = 3600


@dataclass
class Repair:
    """What happened at a rail, since when, and how long it was unknown here."""

    rail: str
    thing: str
    since: datetime
    seconds: float | None = None


@dataclass
class LostWebhooks(ClientMonth):
    """The month of a client to whom no webhook comes."""

    repairs: list[Repair] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.product.cut_off = True
        # The rails' whole hours are not ours: their events fall anywhere between two sweeps.
        chance = random.Random(f"lost/{self.number}")  # seeded
        for core in self.rails.cores:
            self.rails.drift(core, chance.uniform(0, DRIFT_SECONDS_MAX))
        self._known: dict[tuple[str, str], str] = {}
        self._open: dict[tuple[str, str], tuple[str, list[Repair]]] = {}

    def run(self, days: int = 30) -> LostWebhooks:
        """Live through it, in small steps."""
        self.arrival_days = max(1, days // 3)
        end, at = START + timedelta(days=days), START
        self._known = dict(self._at_rails())
        while at < end:
            self._step_to(at)
            if at.minute == 0:
                self._hour(at)
            # The tick comes every ten minutes and finds the client due each half hour.
            if at.minute % 10 == 0:
                self._sweep()
            self._minute()
            self._look_for_repairs()
            at += STEP
        self._look()
        return self

    def _step_to(self, at: datetime) -> None:
        before = self.rails.clock.now()
        self.rails.pass_time(max(0.0, (at - before).total_seconds()))
        for key, value in self._at_rails():
            if self._known.get(key) != value:
                self._known[key] = value
                repair = Repair(key[0], key[1], before)
                self.repairs.append(repair)
                waiting = self._open.get(key, ("", []))[1]
                self._open[key] = (value, [*waiting, repair])
        exchange(self.product)
        self._look_for_repairs()

    def _at_rails(self) -> Iterator[tuple[tuple[str, str], str]]:
        """What each rail shows of what concerns payments: states, entries, lines."""
        for row in self.rails.ramp.document.rows("bills").values():
            yield ("ramp", str(row["id"])), str(row["state"])
        for row in self.rails.qbo.document.rows(f"{self.sample.realm_id}/BillPayment").values():
            yield ("qbo", str(row["Id"])), str(row["SyncToken"])
        plaid = self.rails.plaid.document
        unseen = {
            entry["line"]["id"] for entries in plaid.rows("unseen").values() for entry in entries
        }
        for row in plaid.rows("bank_lines").values():
            # Plaid itself knows of a line only when it has looked at the bank.
            if not row["pending"] and row["id"] not in unseen:
                yield ("plaid", str(row["id"])), str(row["amount_minor"])

    def _look_for_repairs(self) -> None:
        if not self._open:
            return
        here, now = self._here(), self.rails.clock.now()
        for key, (value, waiting) in list(self._open.items()):
            if here.get(key) == value:
                for repair in waiting:
                    repair.seconds = (now - repair.since).total_seconds()
                del self._open[key]

    def _here(self) -> dict[tuple[str, str], str]:
        found: dict[tuple[str, str], str] = {}
        for (firm, client, _, _), item in self.product.store.items.items():
            if (firm, client) != (FIRM, CLIENT):
                continue
            if isinstance(item, Bill):
                found["ramp", item.id] = item.rail.raw_state
            elif isinstance(item, Payment) and item.ledger is not None:
                for booked in item.ledger.payments:
                    found["qbo", booked.payment_id] = booked.sync_token
            elif isinstance(item, StoredLine) and not item.removed:
                found["plaid", item.line.line_id] = str(item.line.amount.minor)
        return found


def distribution(repairs: list[Repair]) -> dict[str, str]:
    """Minutes by rail: how many, median, 90 %, most."""
    told: dict[str, str] = {}
    for rail in ("ramp", "qbo", "plaid", "all"):
        ages = sorted(
            one.seconds / 60
            for one in repairs
            if one.seconds is not None and rail in (one.rail, "all")
        )
        if ages:
            told[rail] = (
                f"{len(ages)} events, median {ages[len(ages) // 2]:.0f} min,"
                f" 90 % {ages[int(len(ages) * 0.9)]:.0f}, most {ages[-1]:.0f}"
            )
    return told


def run_clients(clients: int, bills: int, days: int) -> list[LostWebhooks]:
    """Several clients, each a world of its own."""
    with no_defects(), without_words():
        return [LostWebhooks(number, bills).run(days) for number in range(1, clients + 1)]


def main() -> None:
    """Print how long what happened was unknown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--bills", type=int, default=8)
    parser.add_argument("--days", type=int, default=12)
    asked = parser.parse_args()
    months = run_clients(asked.clients, asked.bills, asked.days)
    repairs = [one for month in months for one in month.repairs]
    decided = sum(month.outcome.decided for month in months)
    verified = sum(month.outcome.verified for month in months)
    print(f"{decided} payments decided, {verified} verified, no webhook delivered")
    for rail, words in distribution(repairs).items():
        print(f"{rail}: {words}")


if __name__ == "__main__":
    main()
