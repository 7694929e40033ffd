"""Hosts the pinned emulator in this process with the repairs the product needs."""

import asyncio
import decimal
import fcntl
import logging
import os
import socket
import socketserver
import tempfile
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from local.engine import internals, mail, stream_rights, task_tokens
from local.engine.front_door import FrontDoor
from local.engine.item_writes import ItemWrites
from local.engine.journal import Journal
from local.engine.keepsakes import Keepsakes
from local.engine.pool import WorkerPool
from local.engine.safety import enforce_environment
from local.engine.settings import Settings
from local.engine.streams import StreamDelivery

NUMBER_DIGITS = 38
# first line, quiet, and longest wait for log lines after an answer; the defaults cost 50 ms
LOG_DRAIN_SECONDS = (0.003, 0.002, 0.25)
SERVER_THREADS = 64


class PortTaken(Exception):
    """A port the engine needs is in use by another program."""


def require_free_ports(ports: Iterable[tuple[int, str]]) -> None:
    """Raise PortTaken for the first (port, option name) on which nothing can listen."""
    for port, option in ports:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError as error:
                raise PortTaken(
                    f"port {port} on 127.0.0.1 is taken; choose another with {option}"
                ) from error


class FolderTaken(Exception):
    """Another engine is using the data folder; two writers would ruin its journal."""


def lock_folder(directory: Path) -> int:
    """Hold `directory` for this process; raises FolderTaken when another engine holds it.

    Returns the descriptor that keeps the lock; the system drops it when the process ends.
    """
    descriptor = os.open(directory / "engine.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        message = f"{directory} is used by another engine; stop it or choose another with --data"
        raise FolderTaken(message) from error
    return descriptor


def prepare_process(settings: Settings) -> None:
    """Set up what the emulator reads while it is imported; call before anything imports it."""
    enforce_environment(os.environ)
    temporary = settings.data_directory / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    os.environ.update(
        {
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(settings.engine_port),
            "AWS_ENDPOINT_URL": settings.endpoint,
            "PERSIST_STATE": "0",
            "AUTH": "true" if settings.enforce_policies else "false",
            "S3_PERSIST": "1",
            "S3_DATA_DIR": str(settings.data_directory / "objects"),
            "SFN_WAIT_SCALE": str(settings.wait_scale),
            "MINISTACK_WORKER_THREADS": str(SERVER_THREADS),
            "IOT_MTLS_ENABLED": "0",
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "TMPDIR": str(temporary),
        }
    )
    tempfile.tempdir = None
    # Amounts of 38 digits are exact on AWS; Python's default context rounds at 28.
    decimal.DefaultContext.prec = NUMBER_DIGITS
    decimal.setcontext(decimal.Context(prec=NUMBER_DIGITS))
    socketserver.StreamRequestHandler.disable_nagle_algorithm = True


def _count_loopback_as_tls() -> None:
    """Buckets take requests over TLS only; here none leaves the machine."""
    app = internals.module("app")
    pin = app.pin_request_origin
    app.pin_request_origin = lambda source_ip, _is_secure: pin(source_ip, True)


class Host:
    """The emulator inside this process, patched and ready to serve."""

    def __init__(self, settings: Settings) -> None:
        data = settings.data_directory
        self.writes = ItemWrites(Journal(data / "items.journal"))
        self.keepsakes = Keepsakes(data)
        self.streams = StreamDelivery()
        self.pool = WorkerPool(
            settings.workers_per_function, settings.workers_total, settings.worker_wait_seconds
        )
        self.front_door = FrontDoor(internals.module("app").app, settings.api_port)
        self._settings = settings
        self._log = _open_log(data / "functions.log")

    def install(self) -> None:
        """Apply every repair."""
        runtime = internals.module("core.lambda_runtime")
        runtime.Worker._drain_stderr_bounded.__defaults__ = LOG_DRAIN_SECONDS
        runtime.ProvidedWorker._pump_output = self._teeing(runtime.ProvidedWorker._pump_output)
        _count_loopback_as_tls()
        self.pool.install()
        self.streams.install()
        self.keepsakes.install()
        self.writes.install()
        task_tokens.install()
        stream_rights.install()
        mail.install(self._settings.data_directory / "mail")

    def _teeing(self, original: Callable[..., None]) -> Callable[..., None]:
        """Copy each line a function prints to the log file, with the function's name."""
        log = self._log

        def pump(worker: Any, stream: Any, log_queue: Any) -> None:
            original(worker, _Tee(stream, log, worker.func_name), log_queue)

        return pump

    def serve(self, stopping: threading.Event, on_listening: Callable[[], None]) -> None:
        """Serve until `stopping` is set; `on_listening` runs once connections are accepted."""
        asyncio.run(self._serve(stopping, on_listening))

    async def _serve(self, stopping: threading.Event, on_listening: Callable[[], None]) -> None:
        from hypercorn.asyncio import serve
        from hypercorn.config import Config

        config = Config()
        ports = (self._settings.engine_port, self._settings.api_port)
        config.bind = [f"127.0.0.1:{port}" for port in ports]
        config.keep_alive_timeout = 75
        config.graceful_timeout = 1
        config.loglevel = "WARNING"

        async def shutdown() -> None:
            await asyncio.to_thread(stopping.wait)

        waiting = asyncio.create_task(_when_listening(ports, on_listening))
        try:
            await serve(
                self.front_door,  # type: ignore[arg-type]  # a plain ASGI callable
                config,
                shutdown_trigger=shutdown,
            )
        finally:
            stopping.set()
        await waiting


async def _when_listening(ports: Iterable[int], then: Callable[[], None]) -> None:
    for port in ports:
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.01)
            else:
                writer.close()
                break
    then()


class _Tee:
    """A byte stream that copies every line it hands out to the log of functions."""

    def __init__(self, stream: Any, log: logging.Logger, function_name: str) -> None:
        self._stream = stream
        self._log = log
        self._function_name = function_name

    def readline(self) -> bytes:
        line: bytes = self._stream.readline()
        if line:
            text = line.decode("utf-8", errors="replace").rstrip()
            self._log.info("%s %s", self._function_name, text)
        return line

    def close(self) -> None:
        self._stream.close()


def _open_log(path: Path) -> logging.Logger:
    log = logging.getLogger("local.engine.functions")
    log.propagate = False
    log.setLevel(logging.INFO)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(message)s"))
    log.addHandler(handler)
    return log
