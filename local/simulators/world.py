"""What happens between the rails: carries settlement facts, and never makes one up.

Ramp states that it pays; some bank days later the ledger books it and the bank shows the debit.
Stripe states that it pays out; the bank shows the credit.
Each rail applies a fact on its own clock, so none of this is a side effect of another rail's call.
Every hop is idempotent by fact id: losing the cursor only repeats facts that are already known.

    python -m local.simulators.world --ramp URL --qbo URL --plaid URL [--stripe URL] [--data DIR]
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

import httpx

from local.simulators.core import SimulatorCore
from local.simulators.messages import Json

_TARGETS: Mapping[str, tuple[str, ...]] = {
    "bill_approved": ("qbo",),
    "ledger_payment": ("qbo",),
    "bank_debit": ("plaid",),
    "bank_credit": ("plaid",),
    "bank_payout": ("plaid",),
    "bank_payout_return": ("plaid",),
    "bill_booked": ("ramp",),
    "payment_booked": ("ramp",),
}
DEFAULT_LAGS: Mapping[str, int] = {
    "bill_approved_minutes": 30,
    "ledger_payment_business_days": 1,
    "bank_debit_business_days": 1,
    "bank_credit_business_days": 1,
    "bank_payout_business_days": 0,
}
_RAILS = ("ramp", "qbo", "stripe", "plaid")
_POLL_SECONDS = 0.5


class Port(Protocol):
    """One rail as the world sees it."""

    def read(self, after: int) -> list[Json]:
        """Facts with a number above `after`."""
        ...

    def post(self, facts: Sequence[Json]) -> None:
        """Hand facts over; known ones are ignored there."""
        ...


class CorePort:
    """A rail in the same process."""

    def __init__(self, core: SimulatorCore) -> None:
        self._core = core

    def read(self, after: int) -> list[Json]:
        """Facts with a number above `after`."""
        self._core.catch_up()
        return self._core.settlements(after)

    def post(self, facts: Sequence[Json]) -> None:
        """Hand facts over."""
        self._core.accept_settlements(facts)


class HttpPort:
    """A rail behind its control API."""

    def __init__(self, client: httpx.Client, base_url: str) -> None:
        self._client = client
        self._url = f"{base_url.rstrip('/')}/_sim/settlements"

    def read(self, after: int) -> list[Json]:
        """Facts with a number above `after`. Raises httpx.HTTPError."""
        response = self._client.get(self._url, params={"after": after})
        response.raise_for_status()
        facts: list[Json] = response.json()["settlements"]
        return facts

    def post(self, facts: Sequence[Json]) -> None:
        """Hand facts over. Raises httpx.HTTPError."""
        self._client.post(self._url, json={"settlements": list(facts)}).raise_for_status()


class World:
    """Moves facts between ports. `lags` (see DEFAULT_LAGS) travel with each fact; the receiving
    rail counts them on its own clock."""

    def __init__(
        self,
        ports: Mapping[str, Port],
        lags: Mapping[str, int] | None = None,
        cursor_path: Path | None = None,
    ) -> None:
        self._ports = dict(ports)
        self.lags = {**DEFAULT_LAGS, **(lags or {})}
        self._cursor_path = cursor_path
        self._cursors: dict[str, int] = {}
        if cursor_path is not None and cursor_path.exists():
            self._cursors = json.loads(cursor_path.read_text(encoding="utf-8"))

    @classmethod
    def in_process(cls, lags: Mapping[str, int] | None = None, **cores: SimulatorCore) -> World:
        """A world of cores in this process, by rail name (ramp, qbo, plaid, stripe)."""
        return cls({name: CorePort(core) for name, core in cores.items()}, lags)

    def step(self) -> int:
        """Carry everything there is to carry; gives the number of facts handed over."""
        moved = 0
        for name, port in self._ports.items():
            facts = port.read(self._cursors.get(name, 0))
            if not facts:
                continue
            for target, target_port in self._ports.items():
                wanted = [
                    {**fact, "lags": self.lags}
                    for fact in facts
                    if target in _TARGETS.get(fact["kind"], ())
                ]
                if wanted:
                    target_port.post(wanted)
                    moved += len(wanted)
            self._cursors[name] = max(fact["number"] for fact in facts)
            self._save()
        return moved

    def settle(self) -> int:
        """Step until nothing moves any more (facts answer facts)."""
        total = 0
        while moved := self.step():
            total += moved
        return total

    def _save(self) -> None:
        if self._cursor_path is None:
            return
        temporary = self._cursor_path.with_suffix(".tmp")
        with temporary.open("w", encoding="utf-8") as file:
            json.dump(self._cursors, file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._cursor_path)


def run(
    urls: Mapping[str, str],
    cursor_path: Path | None,
    stop: threading.Event,
    lags: Mapping[str, int] | None = None,
    report: Callable[[str], None] = print,
) -> None:
    """Poll the rails until `stop` is set. A rail that is down is asked again at the next round."""
    with httpx.Client(timeout=10.0, trust_env=False) as client:
        ports = {name: HttpPort(client, url) for name, url in urls.items()}
        world = World(ports, lags, cursor_path)
        failing = False
        while not stop.is_set():
            try:
                world.step()
                failing = False
            except httpx.HTTPError as problem:
                if not failing:
                    report(f"world: waiting for a rail ({type(problem).__name__})")
                failing = True
            stop.wait(_POLL_SECONDS)


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line of the world process."""
    parser = argparse.ArgumentParser(prog="python -m local.simulators.world")
    for rail in ("ramp", "qbo", "plaid"):
        parser.add_argument(f"--{rail}", required=True, metavar="URL")
    parser.add_argument("--stripe", default=None, metavar="URL")
    parser.add_argument("--data", type=Path, default=None)
    for lag, value in DEFAULT_LAGS.items():
        parser.add_argument(f"--{lag.replace('_', '-')}", type=int, default=value)
    options = vars(parser.parse_args(arguments))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    cursor_path = None
    if options["data"] is not None:
        options["data"].mkdir(parents=True, exist_ok=True)
        cursor_path = options["data"] / "world-cursors.json"
    urls = {rail: options[rail] for rail in _RAILS if options[rail] is not None}
    run(urls, cursor_path, stop, {lag: options[lag] for lag in DEFAULT_LAGS})


if __name__ == "__main__":
    main()
