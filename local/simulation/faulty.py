"""The same days twice: once without a fault, once with every fault switch of every rail on.

People decide to pay every bill, and by day they connect what broke and let go on what was stopped.
Nothing may be lost, nothing paid twice, and the product may not answer trouble with a storm of
calls. Two ways to turn every switch on:

- `together`: a call to a rail meets trouble of some kind with probability 0.2, a payment or a
  notice meets each of its own kinds with 0.2; the switches stay on until all has happened.
- `each`: every switch at 0.2 by itself. A call then goes through once in about six, and each fourth
  one ends the connection until a person renews it: what the product should do is stop, say so and
  spend nothing. The switches stay on as long as the faultless days took; then people repair.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from local.simulation.agreement import Agreement
from local.simulation.boundary import Died
from local.simulation.broken import broken
from local.simulation.defects import no_defects
from local.simulation.invariants import check_rails
from local.simulation.product import PASSING, Product
from local.simulation.quiet import repair, repair_connections, settle
from local.simulation.rails import Shape
from local.simulation.registration import PEOPLE
from local.simulation.run import Run
from local.simulation.switches import PARAMS, Switches, switches
from local.simulators.bank_days import NEW_YORK
from local.simulators.messages import Json
from local.walker.runs import Status as Runs
from rowcol.domain.bill import Bill, DecisionState
from rowcol.domain.lifecycle import FINAL, Status
from rowcol.domain.payment import Payment
from rowcol.domain.tray import TrayItem

# Below every amount from which a second person or a call-back is needed: people are not the point.
SHAPE = Shape(
    clients=2, bills=6, planned_share=0.0, cash=(20_000,), check_share=0.0, amounts=(20, 59)
)
PROBABILITY = 0.2
DAYS_MIN, DAYS_MAX, CALM_DAYS = 8, 40, 16
_PEOPLE_HOURS, _NIGHT = (9, 14), 3
_EXCHANGES_MAX = 40
_STEPS_MAX = 2_000
_DELIVERIES_MAX = 200
_HELD = (Status.HOLD, Status.ADMIN_HOLD)
_WENT = (*FINAL, Status.DONE)
_STOPPED = ("AWAITING_RELEASE", "HELD_BY_PROVIDER", "BLOCKED")


@dataclass
class Outcome:
    """How the days went. `calls` by rail; `ends` counts payments by status and verification."""

    seed: int
    days: int = 0
    calls: dict[str, int] = field(default_factory=dict)
    ends: Counter[str] = field(default_factory=Counter)
    hits: Counter[str] = field(default_factory=Counter)
    releases: Counter[str] = field(default_factory=Counter)
    webhooks: Counter[str] = field(default_factory=Counter)

    @property
    def total(self) -> int:
        """Calls of all rails."""
        return sum(self.calls.values())


class Days:
    """One run of the days with some switches, each `(rail, kind)` with its probability."""

    def __init__(self, seed: int, switches: Switches) -> None:
        self.run = Run(seed, SHAPE)
        self.product: Product = self.run.product
        self.outcome = Outcome(seed)
        self._key_count = 0
        self._switch_on(switches)

    def live(self, faulty_days: int | None = None) -> Outcome:
        """Days go by until all has happened; the faults end after some days, or with that.

        Then calm days, in which everything must come to agree. Raises InvariantBroken.
        """
        while moving := self._moving():
            if self.outcome.days >= DAYS_MAX:
                broken("everything reaches its end", moving)
            if self.outcome.days == faulty_days:
                repair(self.product)
                self._switch_off()
            for _ in range(24):
                self._hour()
            self.outcome.days += 1
        self._tell()
        repair(self.product)
        self._switch_off()
        settle(self.product, CALM_DAYS)
        check_rails(self.product.rails)
        Rest(self.product).check()
        return self.outcome

    def _moving(self) -> str:
        """What has not come to its end: bills without a payment that went, open webhooks."""
        if self.outcome.days < DAYS_MIN:
            return "the days have only begun"
        if self.product.inbox.open_keys:
            return f"webhooks {self.product.inbox.open_keys[:2]}"
        return ", ".join(unpaid(self.product))

    # ---- what happens

    def _switch_on(self, switches: Switches) -> None:
        for core in self.product.rails.cores:
            for kind in sorted(core.faults.kinds):
                probability = switches.get((core.rail, kind))
                if probability is not None:
                    fault = {"kind": kind, "probability": probability}
                    core.faults.add({**fault, "params": PARAMS.get(kind, {})})
            core.document.commit()

    def _switch_off(self) -> None:
        for core in self.product.rails.cores:
            for fault in core.faults.list():
                self.outcome.hits[f"{core.rail} {fault['kind']}"] = fault["hits"]
            core.faults.remove()
            core.document.commit()

    def _hour(self) -> None:
        product = self.product
        product.rails.pass_time(3600)
        hour = product.clock.now().astimezone(NEW_YORK).hour
        if hour in _PEOPLE_HOURS:
            self._people()
        product.reconcile("full" if hour == _NIGHT else "light")
        self._try(product.minute)
        self._exchange()
        check_rails(product.rails)

    def _exchange(self) -> None:
        """What waits is delivered and goes on; what fails is tried again at its own time."""
        product = self.product
        for _ in range(_EXCHANGES_MAX):
            product.rails.settle()
            moved = self._webhooks()
            waiting, product.inbox.inserted = product.inbox.inserted, []
            if waiting:
                self._try(partial(product.apply, waiting))
                moved += 1
            for consumer, scope in product.streams.lagging():
                moved += product.streams.deliver(consumer, scope, 500)
            for execution in list(product.executions.running.values()):
                if execution.is_ready:
                    execution.run(_STEPS_MAX)
                    moved += 1
                if execution.status is Runs.FAILED:
                    self.outcome.ends["failed executions"] += 1
            product.executions.forget_ended()
            while product.executions.asked:
                product.invoke_asked(0)
                moved += 1
            if not moved:
                return

    def _webhooks(self) -> int:
        moved = 0
        for core in self.product.rails.cores:
            for delivery in core.due_deliveries()[:_DELIVERIES_MAX]:
                status = self.product.webhook(delivery.url, delivery.headers, delivery.body)
                state = core.record_delivery_result(delivery.id, status)
                self.outcome.webhooks[state] += 1
                moved += 1
        return moved

    def _people(self) -> None:
        """People connect what broke, let go what Ramp stopped, and decide what is undecided."""
        repair_connections(self.product)
        ramp = self.product.rails.ramp
        for row in list(ramp.document.rows("bills").values()):
            if row["state"] in _STOPPED:
                ramp.act("release_payment", bill_id=row["id"])
        items = list(self.product.store.items.items())
        for key, bill in items:
            if isinstance(bill, Bill) and bill.live_payment_id is None and _is_undecided(bill):
                self._pay(key[1], bill)
            elif isinstance(bill, Payment) and bill.status in _HELD:
                self._lift(key[1], bill)

    def _pay(self, client: str, bill: Bill) -> None:
        if bill.decision is None:
            place = {"client": client, "bill": bill.id}
            self._ask("/clients/{client}/bills/{bill}/stage", place, {})
        body = {"bill_id": bill.id, "action": "pay_now"}
        self._ask("/clients/{client}/decisions", {"client": client}, body)

    def _lift(self, client: str, payment: Payment) -> None:
        path = {"client": client, "payment": payment.id}
        self._ask("/clients/{client}/payments/{payment}/lift", path, {"evidence": None})

    def _ask(self, route: str, path: dict[str, str], body: Json) -> None:
        self._key_count += 1
        shown_at = int(self.product.clock.now().timestamp()) - 1
        given = {"key": f"day-{self._key_count:06d}", "body": body, "shown_at": shown_at}
        self.product.api(PEOPLE[0], "POST", route, path, **given)

    def _try(self, work: Callable[[], None]) -> None:
        """Trouble passes; the work comes again at its own time."""
        with suppress(*PASSING, Died):
            work()

    # ---- rest

    def _tell(self) -> None:
        """Counts, at the end of the days with faults."""
        outcome = self.outcome
        for core in self.product.rails.cores:
            told = core.calls.describe()
            outcome.calls[core.rail] = told["reads"] + told["writes"] + told["auth"]
        outcome.releases.update(one.bill_id for one in self.product.rails.releases)
        for item in self.product.store.items.values():
            if isinstance(item, Payment) and item.bill_id is not None:
                outcome.ends[f"{item.status.value} {item.verification.value}"] += 1


def _is_undecided(bill: Bill) -> bool:
    return bill.decision is None or bill.decision.state is DecisionState.STAGED


def unpaid(product: Product) -> list[str]:
    """Bills of which no payment went its way: done, ended, or stopped by the rail and said so."""
    items = product.store.items.values()
    open_items = {item.subject for item in items if isinstance(item, TrayItem) and item.is_live}
    went = {
        item.bill_id
        for item in items
        if isinstance(item, Payment)
        and (
            item.status in _WENT
            or (item.status is Status.PROCESSING and f"payment-{item.id}" in open_items)
        )
    }
    return sorted(set(product.rails.ramp.document.rows("bills")) - went)


class Rest(Agreement):
    """As a run at rest; and every bill that people decided to pay went, or says why not."""

    def check(self) -> None:
        """All of it. Raises InvariantBroken."""
        super().check()
        if lost := unpaid(self.product):
            broken("no decision is lost", lost)


def faultless(seed: int) -> Outcome:
    """The days without faults."""
    with no_defects():
        return Days(seed, {}).live()


def together(seed: int) -> Outcome:
    """The same days with every switch on; one call in five meets trouble, until all is done."""
    with no_defects():
        return Days(seed, switches(PROBABILITY, PROBABILITY)).live()


def each(seed: int, days: int) -> Outcome:
    """The same days with every switch at 0.2 for as long as the faultless days took."""
    with no_defects():
        return Days(seed, switches(PROBABILITY)).live(days)


def told(seed: int) -> list[str]:
    """Runs a seed three times and says what it cost, a line each. Raises InvariantBroken."""
    base = faultless(seed)
    lines = [f"seed {seed}, faultless: {base.total} calls in {base.days} days"]
    for name, outcome in (("together", together(seed)), ("each", each(seed, base.days))):
        share = outcome.total / base.total
        ends = ", ".join(f"{count} {end}" for end, count in sorted(outcome.ends.items()))
        lines.append(
            f"seed {seed}, {name} at {PROBABILITY:.0%}: {outcome.total} calls in {outcome.days} "
            f"days, {share:.2f} times; dates set at most {max(outcome.releases.values())} per "
            f"decision; {ends}"
        )
    return lines


if __name__ == "__main__":
    for number in sys.argv[1:] or ["1"]:
        sys.stdout.write("\n".join(told(int(number))) + "\n")
