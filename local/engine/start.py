"""What happens between an empty server and a ready stack, phase by phase."""

import json
import logging
import os
import threading
import time
from collections.abc import Mapping
from typing import Any

from local.engine import internals
from local.engine.behaviour_check import BehaviourCheck
from local.engine.deploy import Deployment, client, deploy
from local.engine.host import Host
from local.engine.item_writes import Replay
from local.engine.limitations import notices
from local.engine.reset import Reset
from local.engine.settings import Settings
from local.engine.status import write_status
from local.engine.template import localise

log = logging.getLogger("local.engine")

# Functions asked once after a replay to pick up what died with the previous process.
AFTER_REPLAY: Mapping[str, Mapping[str, Any]] = {
    "reconciliation": {"step": "redrive"},
    "due_work": {"source": "rowcol.local.after_replay"},
}


class Phases:
    """Times each phase in seconds and prints it as it ends."""

    def __init__(self, started: float) -> None:
        self._last = started
        self._started = started
        self.seconds: dict[str, float] = {}

    def end(self, name: str, detail: str = "") -> None:
        """The phase `name` is over."""
        now = time.monotonic()
        self.seconds[name] = round(now - self._last, 3)
        self._last = now
        print(f"{name:<8} {self.seconds[name]:6.2f} s  {detail}".rstrip(), flush=True)

    def total(self) -> float:
        """Seconds since the process began."""
        return round(time.monotonic() - self._started, 3)


class Start:
    """Deploys, replays, checks and announces the stack on a thread of its own."""

    def __init__(
        self, settings: Settings, host: Host, stopping: threading.Event, started: float
    ) -> None:
        self._settings = settings
        self._host = host
        self._stopping = stopping
        self._phases = Phases(started)
        self.failure = ""

    def begin(self) -> None:
        """Run in the background; a failure stops the server and is kept in `failure`."""
        threading.Thread(target=self._run, daemon=True, name="start").start()

    def _run(self) -> None:
        try:
            self._prepare()
        except Exception as error:
            log.exception("the stack did not start")
            self.failure = " ".join(f"{type(error).__name__}: {error}".split())
            self._stopping.set()

    def _prepare(self) -> None:
        settings, host, phases = self._settings, self._host, self._phases
        phases.end("server", settings.endpoint)
        check = BehaviourCheck(settings.endpoint)
        check.begin()
        bundle = localise(settings.template, settings.layer_directory, settings.runtime_directory)
        found = notices(bundle.template)
        for notice in found:
            print(f"note: {notice}", flush=True)
        deployment = deploy(bundle, settings.parameters, settings.endpoint)
        phases.end("deploy", f"{len(deployment.resources)} resources")
        check.finish()
        phases.end("check", "DynamoDB and state machine features in use")
        replay = host.writes.replay(host.streams)
        host.keepsakes.restore_parameters()
        phases.end("replay", describe(replay))
        if deployment.api_id:
            host.front_door.open_api(deployment.api_id, deployment.api_stage)
        host.front_door.controls["/_rowcol/reset"] = Reset(host).control
        write_status(settings.status_file, self._status(deployment, replay, found))
        phases.end("ready", f"{settings.api_url} after {phases.total():.2f} s in all")
        if replay.items:
            after_replay(deployment, settings.endpoint)

    def _status(self, deployment: Deployment, replay: Replay, found: list[str]) -> dict[str, Any]:
        return {
            "state": "ready",
            "pid": os.getpid(),
            "engine_version": internals.PINNED_VERSION,
            "endpoint": self._settings.endpoint,
            "api_url": self._settings.api_url,
            "seconds": {**self._phases.seconds, "total": self._phases.total()},
            "replayed_items": replay.items,
            "orphaned_items": replay.orphans,
            "pending_stream_events": replay.pending,
            "notices": found,
            **deployment.document(),
        }


def describe(replay: Replay) -> str:
    """One line about a replay."""
    text = f"{replay.items} items, {replay.pending} stream events to deliver"
    if replay.orphans:
        text += f"; {replay.orphans} items kept of tables the template no longer has"
    return text


def after_replay(deployment: Deployment, endpoint: str) -> None:
    """Ask the functions that find unfinished work to look once; executions died with the engine."""
    functions = client("lambda", endpoint)
    for folder, event in AFTER_REPLAY.items():
        name = deployment.functions.get(folder)
        if name:
            functions.invoke(
                FunctionName=name, InvocationType="Event", Payload=json.dumps(event).encode()
            )
