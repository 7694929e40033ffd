"""Simulators, engine and demo firm as one thing that starts, stops and remembers."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from local.demo import firm
from local.demo.registration import register, store_of
from local.demo.timeline import Timeline
from local.engine.settings import REPOSITORY
from local.engine.stack import EngineFailed, Stack
from local.simulators.messages import Json

SIMULATOR_PORTS = {"ramp": 4571, "plaid": 4572, "qbo": 4573, "oidc": 4574, "stripe": 4575}
DIGEST_SENDER = "digest@rowcol.example"
# Busy cores take minutes; a simulator that ends is noticed at once.
START_SECONDS_MAX = 240.0
NEW_YORK = ZoneInfo("America/New_York")
Progress = Callable[[str], None]


class CannotStart(Exception):
    """One line for a person: what is in the way and what to do about it."""


@dataclass(frozen=True, slots=True)
class Ports:
    """TCP ports on 127.0.0.1."""

    api: int = 8080
    engine: int = 4566
    simulators: Mapping[str, int] | None = None

    @property
    def by_rail(self) -> Mapping[str, int]:
        """The simulators' ports."""
        return self.simulators or SIMULATOR_PORTS


class LocalStack:
    """A running local stack. `fresh` is True when this start made the demo firm.

    `engine_options`: fields of the engine's Settings beside the ports; parameters are added.
    """

    def __init__(
        self, data: Path, ports: Ports, engine_options: Mapping[str, Any] | None = None
    ) -> None:
        self.data = data.resolve()
        self.ports = ports
        self._engine_options = dict(engine_options or {})
        self.urls = {rail: f"http://127.0.0.1:{port}" for rail, port in ports.by_rail.items()}
        self.http = httpx.Client(timeout=60, trust_env=False)
        self.timeline = Timeline(self.data / "clock.json", self.urls, self.http)
        self.fresh = False
        self._simulators: subprocess.Popen[bytes] | None = None
        self._engine: Stack | None = None

    @property
    def engine(self) -> Stack:
        """The engine, once started."""
        assert self._engine is not None  # start comes first
        return self._engine

    @property
    def mail(self) -> Path:
        """Where the messages lie that were sent."""
        return self.data / "engine" / "mail"

    @property
    def api_url(self) -> str:
        """Stable address of the API."""
        return f"http://127.0.0.1:{self.ports.api}"

    def start(self, progress: Progress) -> None:
        """Start everything; seeds the demo firm the first time. Raises CannotStart."""
        self._require_ports()
        self.data.mkdir(parents=True, exist_ok=True)
        progress("rail simulators")
        self._start_simulators()
        progress("local engine with the real template")
        self._start_engine()
        if not (self.data / "firm.json").exists():
            progress("demo firm")
            self._make_firm()
        status = {"pid": os.getpid(), "api_url": self.api_url, "urls": self.urls}
        (self.data / "stack.json").write_text(json.dumps(status), encoding="utf-8")

    def _require_ports(self) -> None:
        named = {
            "API": (self.ports.api, "--api-port"),
            "engine": (self.ports.engine, "--engine-port"),
        }
        named |= {rail: (port, "--simulator-ports") for rail, port in self.ports.by_rail.items()}
        for name, (port, flag) in named.items():
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("127.0.0.1", port))
                except OSError:
                    raise CannotStart(
                        f"port {port} ({name}) is taken. "
                        f"Stop what uses it, or choose another with {flag}."
                    ) from None

    def _start_simulators(self) -> None:
        folder = self.data / "simulators"
        folder.mkdir(exist_ok=True)
        status = folder / "status.json"
        status.unlink(missing_ok=True)
        command = [sys.executable, "-m", "local.simulators", "--data", str(folder)]
        for rail, port in self.ports.by_rail.items():
            command += [f"--{rail}-port", str(port)]
        with (self.data / "simulators.log").open("ab") as log:
            self._simulators = subprocess.Popen(
                command,
                cwd=REPOSITORY,
                stdout=log,
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        end = time.monotonic() + START_SECONDS_MAX
        while not status.exists():
            if self._simulators.poll() is not None or time.monotonic() > end:
                raise CannotStart(
                    f"the rail simulators did not start; see {self.data / 'simulators.log'}"
                )
            time.sleep(0.02)

    def _start_engine(self) -> None:
        parameters = {
            "Stage": "local",
            "DeletionProtection": "false",
            "RampBaseUrl": self.urls["ramp"],
            "PlaidBaseUrl": self.urls["plaid"],
            "QboBaseUrl": self.urls["qbo"],
            "QboTokenUrl": f"{self.urls['qbo']}/oauth2/v1/tokens/bearer",
            "PublicUrl": self.api_url,
            "ConsoleUrl": self.api_url,
            "DigestSender": DIGEST_SENDER,
            "OidcIssuer": self.urls["oidc"],
            "OidcAudience": "rowcol",
            "OidcJwksUrl": f"{self.urls['oidc']}/jwks.json",
        }
        options = {"workers_per_function": 2, **self._engine_options}
        try:
            self._engine = Stack.start(
                self.data / "engine",
                clock_file=self.data / "clock.json",
                parameters={**parameters, **options.pop("parameters", {})},
                engine_port=self.ports.engine,
                api_port=self.ports.api,
                **options,
            )
        except EngineFailed as failure:
            raise CannotStart(f"the local engine did not start: {failure}") from None
        # The emulator forgets identities when it ends.
        self._engine.client("sesv2").create_email_identity(EmailIdentity=DIGEST_SENDER)

    def _make_firm(self) -> None:
        """Everything begins on a Saturday morning in New York, when no bank moves money."""
        self.fresh = True
        self.timeline.advance_to(_next_saturday(datetime.now(UTC)))
        # Days pass within seconds here: two refreshes in a row are not two at once.
        self.settings("qbo", {"webhook_delay_seconds": [0.0, 1.0], "parallel_refresh_seconds": 0.0})
        self.add_clients(firm.CLIENTS)
        (self.data / "firm.json").write_text(json.dumps({"firm": firm.FIRM}), encoding="utf-8")

    def add_clients(
        self, clients: Sequence[firm.DemoClient], bills: firm.BillsOf | None = None
    ) -> None:
        """Make clients on every rail, and register them with their connections."""
        today = self.timeline.now().astimezone(NEW_YORK).date()
        seeds = firm.seeds(today, self.api_url, clients, bills)
        answers: dict[str, Json] = {rail: self.post(rail, "seed", seeds[rail]) for rail in seeds}
        register(self.engine, store_of(self.engine, self.timeline.now), answers, clients)

    def settings(self, rail: str, values: Json) -> None:
        """Change settings of a simulator."""
        self.post(rail, "settings", values)

    def post(self, rail: str, path: str, body: Json) -> Any:
        """Call a simulator's control API."""
        answer = self.http.post(f"{self.urls[rail]}/_sim/{path}", json=body)
        answer.raise_for_status()
        return answer.json()

    def remove_fault(self, rail: str, fault_id: str) -> None:
        """Switch a fault off."""
        answer = self.http.delete(f"{self.urls[rail]}/_sim/faults/{fault_id}")
        answer.raise_for_status()

    def state(self, rail: str, table: str) -> Any:
        """Rows of a simulator's table, by id."""
        answer = self.http.get(f"{self.urls[rail]}/_sim/state/{table}")
        answer.raise_for_status()
        return answer.json()

    def token(self, sub: str, **extra: Any) -> str:
        """An access token of a person of the demo firm."""
        answer = self.http.post(f"{self.urls['oidc']}/token", json={"sub": sub, **extra})
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def wait(self) -> None:
        """Stay up until a signal, or until a part ends by itself."""
        stopping = False

        def stop(*_: object) -> None:
            nonlocal stopping
            stopping = True

        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, stop)
        while not stopping:
            if self.engine.process.poll() is not None:
                raise CannotStart(
                    f"the local engine ended; see {self.data / 'engine' / 'engine.log'}"
                )
            time.sleep(0.2)

    def stop(self) -> None:
        """End everything in order; state stays."""
        if self._engine is not None:
            self._engine.stop()
        if self._simulators is not None:
            self._simulators.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._simulators.wait(10)
        (self.data / "stack.json").unlink(missing_ok=True)
        self.close()

    def close(self) -> None:
        """Leave a stack that somebody else runs."""
        self.http.close()

    def kill(self) -> None:
        """End everything as a crash does."""
        if self._engine is not None:
            self._engine.kill()
        if self._simulators is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._simulators.pid, signal.SIGKILL)
            self._simulators.wait(10)
        self.close()


def running(data: Path) -> dict[str, Any] | None:
    """The stack that already runs in a data folder, or None."""
    try:
        status: dict[str, Any] = json.loads((data / "stack.json").read_text(encoding="utf-8"))
        os.kill(int(status["pid"]), 0)
    except (OSError, ValueError, KeyError):
        return None
    return status


def _next_saturday(now: datetime) -> datetime:
    """Ten in the morning of the coming Saturday in New York (today's, if that is still to come)."""
    local = now.astimezone(NEW_YORK)
    day = local.date() + timedelta(days=(5 - local.weekday()) % 7)
    instant = datetime.combine(day, clock_time(10), tzinfo=NEW_YORK)
    return instant if instant > now else instant + timedelta(days=7)
