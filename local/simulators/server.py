"""Carries a simulator core over HTTP on loopback: serves calls, acts out delays, sends webhooks."""

from __future__ import annotations

import argparse
import json
import logging
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import httpx

from local.simulators.control import PREFIX, control
from local.simulators.core import Ambient, SimulatorCore
from local.simulators.document import Document
from local.simulators.messages import Delivery, SimRequest, SimResponse, json_response

CoreFactory = Callable[[Document, Ambient], SimulatorCore]
_BODY_BYTES_MAX = 32 * 1024 * 1024
_DELIVERY_POLL_SECONDS = 0.05
_SENDERS = 8
_LOG = logging.getLogger(__name__)


class SimulatorServer:
    """One core behind a loopback port. `port` 0 picks a free one; `url` is the base address."""

    def __init__(self, core: SimulatorCore, port: int = 0) -> None:
        self.core = core
        self.lock = threading.Lock()
        self._stop = threading.Event()
        self._http = _Server(port, self)
        self.url = f"http://127.0.0.1:{self._http.server_address[1]}"
        self._threads = [
            threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.05}),
            threading.Thread(target=self._deliver_forever),
        ]

    def start(self) -> SimulatorServer:
        """Begin to serve and to deliver."""
        for thread in self._threads:
            thread.daemon = True
            thread.start()
        return self

    def stop(self) -> None:
        """Stop and close the durable state."""
        self._stop.set()
        self._http.shutdown()
        self._http.server_close()
        for thread in self._threads:
            thread.join(timeout=5)
        with self.lock:
            self.core.document.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def answer(self, request: SimRequest) -> SimResponse:
        """One call at a time goes through the core; delays are acted out outside the lock."""
        with self.lock:
            try:
                if request.path.startswith(f"{PREFIX}/"):
                    return control(self.core, request)
                return self.core.handle(request)
            except Exception as defect:  # noqa: BLE001 (a defect must reach the caller, not hang it)
                self.core.document.rollback()
                self.core.timers.rebuild()
                _LOG.exception("defect in %s %s", request.method, request.path)
                return json_response(500, {"simulator_defect": repr(defect)})

    def _deliver_forever(self) -> None:
        with ThreadPoolExecutor(_SENDERS) as pool, httpx.Client(trust_env=False) as client:
            while not self._stop.wait(_DELIVERY_POLL_SECONDS):
                with self.lock:
                    due = self.core.due_deliveries()
                for delivery in due:
                    pool.submit(self._send, client, delivery)

    def _send(self, client: httpx.Client, delivery: Delivery) -> None:
        status: int | None = None
        try:
            answer = client.post(
                delivery.url,
                content=delivery.body,
                headers=dict(delivery.headers),
                timeout=delivery.timeout_seconds,
                follow_redirects=False,
            )
            status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            status = None
        with self.lock:
            if not self._stop.is_set():
                self.core.record_delivery_result(delivery.id, status)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, owner: SimulatorServer) -> None:
        self.owner = owner
        super().__init__(("127.0.0.1", port), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _serve(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        if length > _BODY_BYTES_MAX:
            self.close_connection = True
            return self._write(SimResponse(413))
        body = self.rfile.read(length) if length else b""
        host = self.headers.get("host", "localhost")
        url = f"http://{host}{self.path}"
        request = SimRequest.of(self.command, url, dict(self.headers.items()), body)
        # A page in a browser must not reach the levers, whatever name it gave this address.
        if request.path.startswith(f"{PREFIX}/") and not self._is_local(host):
            return self._write(SimResponse(403))
        response = self.server.owner.answer(request)
        if response.delay_seconds:
            time.sleep(response.delay_seconds)
        if response.disconnect:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return None
        return self._write(response)

    def _is_local(self, host: str) -> bool:
        name = host.rsplit(":", 1)[0]
        return name in ("127.0.0.1", "localhost") and self.headers.get("origin") is None

    def _write(self, response: SimResponse) -> None:
        try:
            self.send_response(response.status)
            for name, value in response.headers.items():
                self.send_header(name, value)
            if response.status != 204:
                self.send_header("content-length", str(len(response.body)))
            self.end_headers()
            self.wfile.write(b"" if response.status == 204 else response.body)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 (http.server's names)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (http.server's name)
        """Say nothing: the counters of the control API tell every call."""


def serve(rail: str, factory: CoreFactory, arguments: Sequence[str] | None = None) -> None:
    """Command line of one rail's process: `--data DIR --port N [--status FILE] [--seed TEXT]`."""
    parser = argparse.ArgumentParser(prog=f"python -m local.simulators.{rail}")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--status", type=Path, default=None, help="written as JSON when ready")
    parser.add_argument("--seed", default=None, help="of chance; random when not given")
    parser.add_argument("--settings", default="{}", help="JSON of settings to change")
    options = parser.parse_args(arguments)
    document = Document(options.data)
    ambient = Ambient(lambda: datetime.now(UTC), options.seed or secrets.token_hex(16))
    core = factory(document, ambient)
    core.configure(json.loads(options.settings))
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with SimulatorServer(core, options.port) as server:
        ready = {"rail": rail, "url": server.url, "pid": os.getpid(), "ready": True}
        if options.status is not None:
            write_status(options.status, ready)
        print(json.dumps(ready), flush=True)
        stop.wait()


def write_status(path: Path, status: Mapping[str, object]) -> None:
    """Write a status file in one step, so that a reader never sees half of it."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(json.dumps(status), encoding="utf-8")
    temporary.replace(path)
