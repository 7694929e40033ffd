"""The local stack for tests: engine and demo people, simulators as threads of the test process."""

from __future__ import annotations

import contextlib
import json
import secrets
import socket
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any, TypeVar

from local.demo import firm
from local.demo.api import Api
from local.demo.local_stack import NEW_YORK, LocalStack, Ports
from local.demo.registration import store_of
from local.engine.stack import Stack
from local.simulators.core import Ambient, SimulatorCore
from local.simulators.document import Document
from local.simulators.messages import Json, SimRequest, SimResponse
from local.simulators.oidc import OidcCore
from local.simulators.plaid import PlaidCore
from local.simulators.qbo import QboCore
from local.simulators.ramp import RampCore
from local.simulators.server import SimulatorServer
from local.simulators.stripe import StripeCore
from rowcol.domain.calendar import next_bank_day
from rowcol.domain.payment import Payment
from rowcol.domain.scope import Scope
from rowcol.service.store import Books
from rowcol.storage.store import DynamoStore

PATIENCE_SECONDS = 40.0
QUIET_SECONDS_MAX = 5.0
POLL_SECONDS = 0.04
RAILS = ("ramp", "plaid", "qbo", "oidc", "stripe")
T = TypeVar("T")


def free_ports() -> Ports:
    """Seven ports that nobody listens on."""
    probes = [socket.socket() for _ in range(7)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    numbers = [int(probe.getsockname()[1]) for probe in probes]
    for probe in probes:
        probe.close()
    return Ports(numbers[0], numbers[1], dict(zip(RAILS, numbers[2:], strict=True)))


def eventually(check: Callable[[], T | None], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """Poll until `check()` gives something true; fails naming what was waited for."""
    end = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < end, f"not seen within {seconds:.0f} s: {what}"
        time.sleep(POLL_SECONDS)
    return found


class WatchedRamp(RampCore):
    """Ramp, with a list of what it was asked to change."""

    def __init__(self, document: Document, ambient: Ambient) -> None:
        self.commands: list[tuple[str, str | None, int]] = []
        super().__init__(document, ambient)

    def handle(self, request: SimRequest) -> SimResponse:
        """Answer one call; a PATCH is noted: bill, date asked for, status answered."""
        answer = super().handle(request)
        if request.method == "PATCH":
            bill_id = request.path.rsplit("/", 1)[1]
            self.commands.append((bill_id, request.json().get("payment_date"), answer.status))
        return answer


CORES: Mapping[str, type[SimulatorCore]] = {
    "ramp": WatchedRamp,
    "plaid": PlaidCore,
    "qbo": QboCore,
    "oidc": OidcCore,
    "stripe": StripeCore,
}


class Rig(LocalStack):
    """A stack whose rails a test can look into. It begins on a bank morning, without clients."""

    def __init__(self, data: Path, **engine_options: Any) -> None:
        # Time passes when a test says so: schedules would race with it.
        options = {"wait_scale": 0.0, "parameters": {"ScheduleState": "DISABLED"}}
        super().__init__(data, free_ports(), {**options, **engine_options})
        self.servers: dict[str, SimulatorServer] = {}
        self._ann: Api | None = None

    def _start_simulators(self) -> None:
        if self.servers:
            return  # they outlive the engine
        for rail, core in CORES.items():
            made = core(Document(), Ambient(lambda: datetime.now(UTC), f"rig/{rail}"))
            self.servers[rail] = SimulatorServer(made, self.ports.by_rail[rail])
            self.servers[rail].start()

    def _make_firm(self) -> None:
        self.fresh = True
        self.timeline.advance_to(datetime.now(UTC) + timedelta(days=1))
        self.morning()
        at_once = {"webhook_delay_seconds": [0.0, 0.0], "webhook_batch_seconds": 0}
        # Days pass within seconds here: two refreshes in a row are not two at once.
        self.settings("qbo", {**at_once, "parallel_refresh_seconds": 0.0})
        self.settings("ramp", {"rate_limit_calls": 100_000})
        self.settings("plaid", {"balance_delay_seconds": [0.0, 0.0]})
        self.settings("stripe", {"webhook_delay_seconds": [0.0, 0.0]})
        self.add_clients(())
        (self.data / "firm.json").write_text(json.dumps({"firm": firm.FIRM}), encoding="utf-8")

    def stop(self) -> None:
        """End the engine, then the simulators."""
        super().stop()
        for server in self.servers.values():
            server.stop()

    def crash(self) -> None:
        """kill -9 of the engine with all its workers; the rails go on."""
        self.engine.kill()

    def restart(self) -> None:
        """Start the engine again on what it left."""
        self._engine = self.engine.restart(self.data / "clock.json")

    # ---- who and what

    @property
    def ann(self) -> Api:
        """The advisor."""
        if self._ann is None:
            self._ann = Api(self, "ann-advisor")
        return self._ann

    @property
    def store(self) -> DynamoStore:
        """The product's store, reached from the test."""
        return store_of(self.engine, self.timeline.now)

    def books(self, client: firm.DemoClient) -> Books:
        """The books of one client."""
        return self.store.books(Scope(firm.FIRM, client.id))

    def payment(self, client: firm.DemoClient, payment_id: str) -> Payment:
        """A payment as it stands."""
        found = self.books(client).get(Payment, payment_id)
        assert found is not None
        return found

    def client(
        self,
        amounts: tuple[str, ...],
        *,
        cash: int = 50_000,
        floor: int = 1_000,
        profile: str | None = None,
    ) -> firm.DemoClient:
        """A new client with approved bills of these amounts, swept into its books."""
        made = firm.DemoClient(f"c-{secrets.token_hex(4)}", "Test Client", cash, floor, profile)
        self.add_clients((made,), lambda client, today: _bills(client, today, amounts))
        swept = self.sweep(made)
        assert not [part for part in swept["failed"] if part.startswith("ramp")], swept
        return made

    # ---- time

    def go_on(self, instant: datetime) -> None:
        """Take every clock to an instant, and let what became due arrive before going on."""
        self.timeline.advance_to(instant)
        end = time.monotonic() + QUIET_SECONDS_MAX
        while not self._quiet() and time.monotonic() < end:
            time.sleep(POLL_SECONDS)

    def _quiet(self) -> bool:
        """No notice is on its way, and none is stored but not applied."""
        for server in self.servers.values():
            with server.lock:
                now = server.core.clock.now()
                pending = server.core.outbox.pending()
            if any(datetime.fromisoformat(row["due_at"]) <= now for row in pending):
                return False
        found = self.engine.client("dynamodb").scan(
            TableName=self.engine.tables["InboxTable"],
            FilterExpression="attribute_exists(unapplied_shard)",
            Select="COUNT",
        )
        return bool(found["Count"] == 0)

    def morning(self, days: int = 1) -> None:
        """Go on to ten o'clock in New York of the next bank day, `days` of them."""
        for _ in range(days):
            today = self.timeline.now().astimezone(NEW_YORK).date()
            self.go_on(_at(next_bank_day(today + timedelta(days=1)), 10))

    def to_hour(self, hour: int) -> None:
        """Go on to an hour of today in New York."""
        self.go_on(_at(self.timeline.now().astimezone(NEW_YORK).date(), hour))

    def pass_time(self, **duration: float) -> None:
        """Let time pass on every clock."""
        self.go_on(self.timeline.now() + timedelta(**duration))

    def early(self) -> None:
        """Before Ramp's cut-off on a bank day: today when it still is, else the next one."""
        now = self.timeline.now().astimezone(NEW_YORK)
        if now.hour not in (9, 10, 11) or next_bank_day(now.date()) != now.date():
            self.morning()

    # ---- what tests do again and again

    def sweep(self, client: firm.DemoClient, *, full: bool = False) -> dict[str, Any]:
        """Reconcile one client with its rails.

        All tests of a stack share one rate budget per rail: who is told to wait comes again.
        """
        task = {"step": "sweep", "firm": firm.FIRM, "client": client.id}
        depth = {"depth": "full" if full else "light"}

        def swept() -> dict[str, Any] | None:
            found: dict[str, Any] = self.engine.invoke("reconciliation", {**task, **depth})
            assert "errorType" not in found, found
            told_to_wait = any(part.endswith(":RailThrottled") for part in found["failed"])
            return None if told_to_wait else found

        return eventually(swept, "a slot of the rails' budgets")

    def due_work(self) -> dict[str, Any]:
        """One minute sweep."""
        found: dict[str, Any] = self.engine.invoke("due_work", {})
        return found

    def pay(self, client: firm.DemoClient, place: int = 1) -> str:
        """Stage a bill and pay it now; the payment's id."""
        bill = client.bill_id(place)
        staged = self.ann.post(f"/clients/{client.id}/bills/{bill}/stage")
        assert staged.status_code == 201, staged.text
        body = {"bill_id": bill, "action": "pay_now"}
        decided = self.ann.post(f"/clients/{client.id}/decisions", body)
        assert decided.status_code == 202, decided.text
        return str(decided.json()["payment_id"])

    def until(
        self, client: firm.DemoClient, payment_id: str, check: Callable[[Payment], object]
    ) -> Payment:
        """Wait until a payment is so; gives it.

        A webhook that a loaded machine answered too late comes again in virtual minutes; the
        product's own sweep is what finds its news meanwhile, so it is run once before giving up.
        """
        books, last = self.books(client), self.payment(client, payment_id)

        def so() -> Payment | None:
            nonlocal last
            found = books.get(Payment, payment_id)
            assert found is not None
            last = found
            return found if check(found) else None

        with contextlib.suppress(AssertionError):
            return eventually(so, payment_id)
        self.sweep(client)
        try:
            return eventually(so, payment_id)
        except AssertionError:
            raise AssertionError(f"{last.status} {last.custody} {last.hold}") from None

    def rail_bill(self, client: firm.DemoClient, place: int = 1) -> dict[str, Any]:
        """The bill as the Ramp simulator has it."""
        found: dict[str, Any] = self.state("ramp", "bills")[client.bill_id(place)]
        return found

    def act(self, rail: str, action: str, **params: Any) -> Any:
        """What people and banks do at a rail."""
        return self.post(rail, "actions", {"action": action, **params})

    def fault(self, rail: str, kind: str, **more: Any) -> str:
        """Switch a fault on; gives its id."""
        return str(self.post(rail, "faults", {"kind": kind, **more})["id"])

    def commands(self, client: firm.DemoClient, place: int = 1) -> list[tuple[str | None, int]]:
        """Dates that Ramp was asked to set or clear on a bill, with the status it answered."""
        core = self.servers["ramp"].core
        assert isinstance(core, WatchedRamp)
        wanted = client.bill_id(place)
        return [(day, status) for bill, day, status in core.commands if bill == wanted]

    def log_length(self, client: firm.DemoClient) -> int:
        """How many entries the client's log has."""
        return self.books(client).head("USD").sequence


def _bills(client: firm.DemoClient, today: date, amounts: tuple[str, ...]) -> list[Json]:
    made = firm.demo_bills(client, today)[:1]
    return [
        {
            **made[0],
            "id": client.bill_id(place),
            "amount": amount,
            "invoice_number": f"INV-{place}",
            "due_on": (today + timedelta(days=9 + place)).isoformat(),
        }
        for place, amount in enumerate(amounts, 1)
    ]


def _at(day: date, hour: int) -> datetime:
    return datetime.combine(day, clock_time(hour), tzinfo=NEW_YORK)


__all__ = ["Rig", "Stack", "eventually", "free_ports"]
