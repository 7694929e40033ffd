"""The API others use: start the local stack in a process of its own, talk to it, end it.

with Stack.start(Path(".local"), parameters={...}) as stack:
    stack.client("dynamodb").put_item(TableName=stack.tables["RecordsTable"], ...)
    httpx.get(stack.api_url + "/console")
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from local.engine.deploy import client
from local.engine.front_door import CONTROL_HEADER
from local.engine.safety import clean_environment
from local.engine.settings import REPOSITORY, Settings
from local.engine.status import read_status

# A machine whose cores are all busy takes minutes; an engine that ends is noticed at once.
START_LIMIT_SECONDS = 240.0
STOP_LIMIT_SECONDS = 10.0
POLL_SECONDS = 0.01
EXECUTION_LIMIT_SECONDS = 30.0


class EngineFailed(Exception):
    """The engine process ended or did not become ready; the text says why, in one line."""


@dataclass
class Stack:
    """A running stack. `status` is the engine's status file; see `start`."""

    settings: Settings
    process: subprocess.Popen[str]
    status: dict[str, Any]

    @classmethod
    def start(
        cls,
        data_directory: Path,
        *,
        progress: Callable[[str], None] | None = None,
        clock_file: Path | None = None,
        **options: Any,
    ) -> Self:
        """Start the engine and wait until it is ready; raises EngineFailed otherwise.

        `options` are fields of `Settings`: `template`, `layer_directory`, `runtime_directory`,
        `parameters`, `wait_scale`, `workers_per_function`, `workers_total`, and the ports. A port
        of 0 takes a free one, the same again when `data_directory` was used before.
        `clock_file` is handed to the functions (see `bootstrap.LocalClock`). `progress` receives
        each line the engine prints.
        """
        directory = data_directory.resolve()
        directory.mkdir(parents=True, exist_ok=True)
        settings = with_ports(Settings(data_directory=directory, **options))
        return cls._spawn(settings, clock_file, progress)

    @classmethod
    def _spawn(
        cls, settings: Settings, clock_file: Path | None, progress: Callable[[str], None] | None
    ) -> Self:
        environment = clean_environment(os.environ)
        if clock_file is not None:
            environment["ROWCOL_LOCAL_CLOCK"] = str(clock_file)
        output = settings.data_directory / "start.log"
        with output.open("w", encoding="utf-8") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "local.engine", *settings.arguments()],
                cwd=REPOSITORY,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
                start_new_session=True,
            )
        try:
            status = _wait(process, settings, output, progress)
        except BaseException:
            _signal_group(process, signal.SIGKILL)
            process.wait(STOP_LIMIT_SECONDS)
            raise
        return cls(settings, process, status)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def endpoint(self) -> str:
        """Address of the emulated AWS services."""
        return self.settings.endpoint

    @property
    def api_url(self) -> str:
        """Stable address of the deployed API, without a stage in the path."""
        return self.settings.api_url

    @property
    def outputs(self) -> dict[str, str]:
        """Outputs of the template."""
        return dict(self.status["outputs"])

    @property
    def functions(self) -> dict[str, str]:
        """Physical function name by folder name, e.g. `functions["due_work"]`."""
        return dict(self.status["functions"])

    @property
    def tables(self) -> dict[str, str]:
        """Physical table name by logical id, e.g. `tables["RecordsTable"]`."""
        return dict(self.status["tables"])

    @property
    def machines(self) -> dict[str, str]:
        """State machine ARN by logical id."""
        return dict(self.status["machines"])

    @property
    def queues(self) -> dict[str, str]:
        """Queue URL by logical id."""
        return dict(self.status["queues"])

    def client(self, service: str, **settings: Any) -> Any:
        """A boto3 client of this stack; `settings` go to botocore's Config."""
        return client(service, self.endpoint, **settings)

    def invoke(self, function: str, event: Any) -> Any:
        """Call a function by its folder name and return its answer.

        A function error comes back as the error document with `errorType` and `errorMessage`.
        """
        answer = self.client("lambda", read_timeout=120).invoke(
            FunctionName=self.functions[function], Payload=json.dumps(event).encode()
        )
        return json.loads(answer["Payload"].read() or b"null")

    def wait_for_execution(
        self, execution_arn: str, limit_seconds: float = EXECUTION_LIMIT_SECONDS
    ) -> dict[str, Any]:
        """Wait until an execution is no longer running and return its description."""
        machines = self.client("stepfunctions")
        give_up_at = time.monotonic() + limit_seconds
        while True:
            found: dict[str, Any] = machines.describe_execution(executionArn=execution_arn)
            if found["status"] != "RUNNING" or time.monotonic() > give_up_at:
                return found
            time.sleep(POLL_SECONDS)

    def set_wait_scale(self, scale: float) -> None:
        """Scale all waits and retry pauses of state machines from now on; 0 skips them."""
        self._post("/_ministack/config", {"stepfunctions._SFN_WAIT_SCALE": scale})

    def reset(self) -> dict[str, Any]:
        """Empty all tables and queues and stop all executions; the deployment stays."""
        return self._post("/_rowcol/reset", {})

    def _post(self, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
        request = urllib.request.Request(  # noqa: S310 - the settings allow loopback only
            self.endpoint + path,
            data=json.dumps(document).encode(),
            headers={CONTROL_HEADER.decode(): "1", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
            answer: dict[str, Any] = json.load(response)
        return answer

    def log(self, name: str = "functions") -> str:
        """Text of `functions`.log (what functions printed), `engine`.log or `start`.log."""
        path = self.settings.data_directory / f"{name}.log"
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def kill(self) -> None:
        """End the engine and its workers without any warning, as a crash does."""
        _signal_group(self.process, signal.SIGKILL)
        self.process.wait(STOP_LIMIT_SECONDS)

    def stop(self) -> None:
        """End the engine in an orderly way; kills it when that takes too long."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(STOP_LIMIT_SECONDS)
        _signal_group(self.process, signal.SIGKILL)
        self.process.wait(STOP_LIMIT_SECONDS)

    def restart(self, clock_file: Path | None = None) -> "Stack":
        """Start again with the same settings after `kill` or `stop`."""
        return Stack._spawn(self.settings, clock_file, None)


def with_ports(settings: Settings) -> Settings:
    """`settings` with ports of 0 replaced by free ones, remembered in the data directory."""
    memory = settings.data_directory / "ports.json"
    known: dict[str, int] = json.loads(memory.read_text()) if memory.exists() else {}
    with contextlib.ExitStack() as held:
        # Holding the sockets until both are chosen keeps the two ports apart.
        engine_port = settings.engine_port or _free_port(held, known.get("engine_port", 0))
        api_port = settings.api_port or _free_port(held, known.get("api_port", 0))
    memory.write_text(json.dumps({"engine_port": engine_port, "api_port": api_port}))
    return replace(settings, engine_port=engine_port, api_port=api_port)


def _free_port(held: contextlib.ExitStack, preferred: int) -> int:
    for port in (preferred, 0):
        probe = held.enter_context(socket.socket())
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise EngineFailed("no free port on 127.0.0.1")


def _wait(
    process: subprocess.Popen[str],
    settings: Settings,
    output: Path,
    progress: Callable[[str], None] | None,
) -> dict[str, Any]:
    give_up_at = time.monotonic() + START_LIMIT_SECONDS
    with output.open(encoding="utf-8") as lines:
        while True:
            status = read_status(settings.status_file)
            if status is not None and status["pid"] != process.pid:
                status = None  # of an earlier engine, or of one that holds the folder
            for line in lines if progress else ():
                if progress:
                    progress(line.rstrip())
            if status is not None and status["state"] == "ready":
                return status
            if status is not None:
                raise EngineFailed(status["message"])
            if process.poll() is not None:
                last = output.read_text(encoding="utf-8").strip().splitlines()[-1:]
                raise EngineFailed(f"it ended with status {process.returncode}: {' '.join(last)}")
            if time.monotonic() > give_up_at:
                raise EngineFailed(f"it was not ready after {START_LIMIT_SECONDS:.0f} s")
            time.sleep(POLL_SECONDS)


def _signal_group(process: subprocess.Popen[str], number: int) -> None:
    """Signal the engine's whole process group, workers included, if any of it is left."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, number)
