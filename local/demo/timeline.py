"""Virtual days: one clock file for the product, one clock in each simulator."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from local.simulators.world import HttpPort, World

RAILS_IN_ORDER = ("ramp", "qbo", "stripe", "plaid")
TOLERANCE = timedelta(seconds=1)


class Timeline:
    """Moves the clocks of a running stack, always forwards."""

    def __init__(self, clock_file: Path, urls: Mapping[str, str], http: httpx.Client) -> None:
        self._file = clock_file
        self._urls = urls
        self._http = http
        # The world's own process carries facts too: carrying one twice does nothing.
        self._rails = tuple(rail for rail in RAILS_IN_ORDER if rail in urls)
        self._world = World({rail: HttpPort(http, urls[rail]) for rail in self._rails})

    def now(self) -> datetime:
        """The product's now."""
        offset = 0.0
        if self._file.exists():
            offset = float(json.loads(self._file.read_text(encoding="utf-8"))["offset_seconds"])
        return datetime.now(UTC) + timedelta(seconds=offset)

    def advance_to(self, instant: datetime, told: Callable[[str], None] | None = None) -> None:
        """Take every clock to `instant`, the product's first: no rail is ever ahead of it."""
        if instant <= self.now():
            return
        self._product(instant)
        for rail in ("oidc", *self._rails):
            self._rail(rail, instant)
            if told is not None and rail != "oidc":
                told(rail)
        self._world.settle()
        for rail in self._rails:
            self._rail(rail, self.now())

    def _product(self, instant: datetime) -> None:
        offset = (instant - datetime.now(UTC)).total_seconds()
        self._file.parent.mkdir(parents=True, exist_ok=True)
        temporary = self._file.with_suffix(".new")
        temporary.write_text(json.dumps({"offset_seconds": offset}), encoding="utf-8")
        temporary.replace(self._file)

    def _rail(self, rail: str, instant: datetime) -> None:
        """A clock that is there already is left alone: none ever goes back."""
        address = f"{self._urls[rail]}/_sim/clock"
        shown = self._http.get(address).raise_for_status().json()["now"]
        if datetime.fromisoformat(shown) + TOLERANCE >= instant:
            return
        body = {"advance_to": instant.isoformat()}
        self._http.post(address, json=body).raise_for_status()
