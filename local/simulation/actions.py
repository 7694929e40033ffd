"""What can happen in a simulated run: people, time, networks, machines, rails. One method each.

Each gives a line for the trace, or None when it could not happen now.
"""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

from local.simulation.boundary import Died
from local.simulation.product import Product
from local.simulation.registration import FIRM, PEOPLE, reconnect
from local.simulators.bank_days import next_business_day
from local.simulators.core import SimulatorCore
from local.simulators.messages import Delivery
from local.simulators.sample import SampleClient
from local.walker.runs import Status
from rowcol.domain.bill import Bill
from rowcol.domain.scope import Scope
from rowcol.edge.schedules import DueWorkFailed

_DAY = 86_400.0


class Actions:
    """Everything draws from one chance, so that a seed is a run."""

    def __init__(self, product: Product, chance: random.Random) -> None:
        self.product = product
        self.rails = product.rails
        self.chance = chance
        self._key_count = 0

    # ---- people

    def stage(self) -> str | None:
        """Somebody stages a bill."""
        client, bill_id = self._bill(staged=False)
        route = "/clients/{client}/bills/{bill}/stage"
        return self.ask("POST", route, {"client": client, "bill": bill_id}, body={})

    def unstage(self) -> str | None:
        """Somebody takes a staging back."""
        client, bill_id = self._bill()
        route = "/clients/{client}/bills/{bill}/stage"
        return self.ask("DELETE", route, {"client": client, "bill": bill_id})

    def decide(self) -> str | None:
        """Somebody pays now, schedules or delays."""
        client, bill_id = self._bill(staged=True)
        today = self.product.clock.now().date()
        body: dict[str, Any] = {"bill_id": bill_id}
        match self.chance.choice(["pay_now", "pay_now", "schedule", "delay"]):
            case "pay_now":
                body["action"] = "pay_now"
            case "schedule":
                day = next_business_day(today + timedelta(days=self.chance.randrange(1, 9)))
                body |= {"action": "schedule", "pay_on": day.isoformat()}
            case _:
                until = today + timedelta(days=self.chance.randrange(1, 9))
                body |= {"action": "delay", "until": until.isoformat(), "reason": "disputed"}
        return self.ask("POST", "/clients/{client}/decisions", {"client": client}, body=body)

    def withdraw(self) -> str | None:
        """Somebody takes a decision back."""
        client, bill_id = self._bill()
        bill = self._known(client, bill_id)
        if bill is None or bill.decision is None:
            return None
        path = {"client": client, "decision": bill.decision.id}
        route = "/clients/{client}/decisions/{decision}"
        return self.ask("DELETE", route, path, query={"bill_id": bill_id})

    def ask(self, method: str, route: str, path: dict[str, str], **given: Any) -> str:
        """Ask, and ask again with the same key when no answer comes."""
        self._key_count += 1
        key = f"key-{self._key_count:06d}"
        person = given.pop("person", None) or self.chance.choice(PEOPLE)
        if self.chance.random() < 0.8:
            ago = self.chance.choice([1, 100, 1000])
            given["shown_at"] = int(self.product.clock.now().timestamp()) - ago
        what = given.get("body") or given.get("query") or ""
        shown = ""
        for _ in range(self.chance.randrange(1, 3)):
            try:
                answered = self.product.api(person, method, route, path, key=key, **given)
            except Died as died:
                shown = f"died at {died}"
                continue
            shown = f"{answered.status} {answered.body.get('code', '')}"
        return f"{person} {method} {route} {path} {what}: {shown}"

    def _bill(self, *, staged: bool | None = None) -> tuple[str, str]:
        """Any bill, or mostly one that is staged or not, as people see it before they click."""
        known = [
            (key[1], key[3])
            for key, item in self.product.store.items.items()
            if isinstance(item, Bill)
            and (item.decision is not None and item.decision.state == "staged") is staged
            and (staged or item.live_payment_id is None)
        ]
        if known and self.chance.random() < 0.8:
            return self.chance.choice(known)
        client, sample = self.any_client()
        count = len(self._bill_ids(sample))
        return client, sample.bill_id(self.chance.randrange(1, count + 1))

    def any_client(self) -> tuple[str, SampleClient]:
        """A client by our id, as the rails know it."""
        return self.chance.choice(sorted(self.product.clients.items()))

    def _bill_ids(self, sample: SampleClient) -> list[str]:
        rows = self.rails.ramp.document.rows("bills").values()
        return [row["id"] for row in rows if row["business_id"] == sample.business_id]

    def _known(self, client: str, bill_id: str) -> Bill | None:
        found: Bill | None = self.product.store.items.get((FIRM, client, Bill.kind, bill_id))
        return found

    # ---- time

    def seconds(self) -> str:
        """A moment."""
        return self._pass(self.chance.uniform(1, 400))

    def hours(self) -> str:
        """Some hours."""
        return self._pass(self.chance.uniform(0.2, 8) * 3600)

    def days(self) -> str:
        """A day or two."""
        return self._pass(self.chance.uniform(0.5, 2.2) * _DAY)

    def drift(self) -> str:
        """One rail's clock runs ahead of the others."""
        core = self._core()
        hours = self.rails.drift(core, self.chance.uniform(0, 20) * 3600) / 3600
        return f"{core.rail}'s clock runs {hours:.1f} h ahead"

    def _pass(self, seconds: float) -> str:
        self.rails.pass_time(seconds)
        return f"{timedelta(seconds=round(seconds))} pass: {self.product.clock.now():%m-%d %H:%M}"

    def _core(self) -> SimulatorCore:
        return self.chance.choice(self.rails.cores)

    # ---- webhooks and streams

    def webhooks(self) -> str | None:
        """Deliveries of one rail: most arrive, in any order; some twice, some never."""
        core = self._core()
        due = core.due_deliveries()
        if not due:
            return None
        self.chance.shuffle(due)
        fates = [self._deliver(core, delivery) for delivery in due]
        core.document.commit()
        return f"{core.rail} webhooks: {', '.join(fates)}"

    def _deliver(self, core: SimulatorCore, delivery: Delivery) -> str:
        fate = self.chance.random()
        if fate < 0.1:
            core.record_delivery_result(delivery.id, 200)
            return f"{delivery.event_type} lost"
        if fate < 0.25:
            core.outbox.put_back(delivery.id)
            return f"{delivery.event_type} late"
        if fate < 0.28:
            headers = {name: f"{value}0" for name, value in delivery.headers.items()}
            refused = self.product.webhook(delivery.url, headers, delivery.body)
            core.record_delivery_result(delivery.id, refused)
            return f"{delivery.event_type} forged {refused}"
        times = 2 if fate < 0.35 else 1
        status: int | None = None
        for _ in range(times):
            status = self.product.webhook(delivery.url, delivery.headers, delivery.body)
        core.record_delivery_result(delivery.id, status)
        return f"{delivery.event_type} x{times} {status}"

    def inbox(self) -> str | None:
        """The inbox's stream: some rows, in any order; some are lost on the way."""
        waiting = self.product.inbox.inserted
        if not waiting:
            return None
        self.chance.shuffle(waiting)
        batch = [waiting.pop() for _ in range(min(len(waiting), self.chance.randrange(1, 5)))]
        if self.chance.random() < 0.1:
            return f"inbox: {len(batch)} rows lost"
        try:
            self.product.apply(batch)
        except Died as died:
            waiting.extend(batch)
            return f"inbox: died at {died}"
        return f"inbox: {len(batch)} rows"

    def stream(self) -> str | None:
        """The log's stream to one consumer."""
        lagging = self.product.streams.lagging()
        if not lagging:
            return None
        consumer, scope = self.chance.choice(lagging)
        count = self.chance.randrange(1, 12)
        if self.chance.random() < 0.04:
            lost = self.product.streams.lose(consumer, scope, count)
            return f"{consumer} {scope.client}: {lost} lost"
        try:
            read = self.product.streams.deliver(consumer, scope, count)
        except Died as died:
            return f"{consumer} {scope.client}: died at {died}"
        if self.chance.random() < 0.15:
            self.product.streams.repeat(consumer, scope, count)
        return f"{consumer} {scope.client}: {read}"

    # ---- machines

    def step(self) -> str | None:
        """One execution goes on for some steps."""
        ready = [run for run in self.product.executions.running.values() if run.is_ready]
        if not ready:
            return None
        run = self.chance.choice(ready)
        before = len(run.history)
        for _ in range(self.chance.randrange(1, 9)):
            run.step()
        if run.status is not Status.RUNNING:
            self.product.executions.forget_ended()
        return f"{run.name}: {' '.join(run.history[before:])} {run.status.value}"

    def kill(self) -> str | None:
        """An execution is lost."""
        running = self.product.executions.running
        if not running:
            return None
        name = self.chance.choice(sorted(running))
        running[name].abort()
        del running[name]
        return f"{name} killed"

    def asked(self) -> str | None:
        """An asynchronous invocation begins, or is lost."""
        asked = self.product.executions.asked
        if not asked:
            return None
        index = self.chance.randrange(len(asked))
        if self.chance.random() < 0.1:
            return f"{asked.pop(index).kind} lost"
        return self.product.invoke_asked(index)

    def minute(self) -> str:
        """The minute sweep."""
        try:
            self.product.minute()
        except Died as died:
            return f"sweep died at {died}"
        except DueWorkFailed as failed:
            return f"sweep: {failed}"
        return "sweep"

    def reconcile(self) -> str | None:
        """Reconciliation begins."""
        if any(name.startswith("rec") for name in self.product.executions.running):
            return None
        return self.product.reconcile(self.chance.choice(["light", "light", "full"]))

    def crash(self) -> str:
        """Some call soon will be a process's last."""
        boundary = self.product.boundary
        boundary.crash_at = boundary.count + self.chance.randrange(1, 60)
        return "crash armed"

    def connect(self) -> str | None:
        """A person connects a rail again."""
        client, sample = self.any_client()
        rail = self.chance.choice(["ramp", "qbo", "plaid"])
        store, vault = self.product.store, self.product.vault
        try:
            self.product.work(
                lambda: reconnect(store, vault, self.rails, sample, rail), self.scope(client)
            )
        except Died as died:
            return f"{sample.name} connects {rail}: died at {died}"
        return f"{sample.name} connects {rail}"

    def scope(self, client: str) -> Scope:
        """A client's scope."""
        return Scope(FIRM, client)
