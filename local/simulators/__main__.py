"""Starts one process per rail, the world between them, and a status file when all are ready.

python -m local.simulators --data DIR [--ramp-port N] [--plaid-port N] [--qbo-port N]
    [--oidc-port N] [--stripe-port N] [--status FILE] [--no-world] [--seed TEXT]
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from local.simulators.server import write_status

RAILS = ("ramp", "plaid", "qbo", "oidc", "stripe")
_START_SECONDS_MAX = 30.0
_STOP_SECONDS_MAX = 10.0


def _start(rail: str, options: argparse.Namespace) -> subprocess.Popen[bytes]:
    data = options.data / rail
    status = data / "status.json"
    data.mkdir(parents=True, exist_ok=True)
    status.unlink(missing_ok=True)
    command = [sys.executable, "-m", f"local.simulators.{rail}", "--data", str(data)]
    command += ["--port", str(getattr(options, f"{rail}_port")), "--status", str(status)]
    if options.seed is not None:
        command += ["--seed", options.seed]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def _start_world(urls: dict[str, str], options: argparse.Namespace) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "local.simulators.world", "--data", str(options.data)]
    for rail in ("ramp", "plaid", "qbo", "stripe"):
        command += [f"--{rail}", urls[rail]]
    return subprocess.Popen(command)


def _wait_ready(
    processes: dict[str, subprocess.Popen[bytes]], options: argparse.Namespace
) -> dict[str, str]:
    """Addresses by rail. Raises SystemExit when one does not come up."""
    urls: dict[str, str] = {}
    deadline = time.monotonic() + _START_SECONDS_MAX
    while len(urls) < len(processes):
        for rail, process in processes.items():
            status = options.data / rail / "status.json"
            if rail not in urls and status.exists():
                urls[rail] = json.loads(status.read_text(encoding="utf-8"))["url"]
            if process.poll() is not None:
                raise SystemExit(f"simulator {rail} stopped with code {process.returncode}")
        if time.monotonic() > deadline:
            raise SystemExit(f"simulators not ready: {sorted(set(processes) - set(urls))}")
        time.sleep(0.02)
    return urls


def main(arguments: Sequence[str] | None = None) -> None:
    """Run until a signal, or until one process ends by itself."""
    parser = argparse.ArgumentParser(prog="python -m local.simulators")
    parser.add_argument("--data", type=Path, required=True)
    for rail in RAILS:
        parser.add_argument(f"--{rail}-port", type=int, default=0)
    parser.add_argument("--status", type=Path, default=None)
    parser.add_argument("--seed", default=None)
    parser.add_argument("--no-world", action="store_true")
    options = parser.parse_args(arguments)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for rail in RAILS:
            processes[rail] = _start(rail, options)
        urls = _wait_ready(processes, options)
        if not options.no_world:
            processes["world"] = _start_world(urls, options)
        pids = {name: process.pid for name, process in processes.items()}
        status = {"ready": True, "pid": os.getpid(), "urls": urls, "pids": pids}
        write_status(options.status or options.data / "status.json", status)
        print(json.dumps(status), flush=True)
        while not stop.wait(0.2):
            for name, process in processes.items():
                if process.poll() is not None:
                    raise SystemExit(f"{name} stopped with code {process.returncode}")
    finally:
        for process in processes.values():
            process.terminate()
        for process in processes.values():
            try:
                process.wait(_STOP_SECONDS_MAX)
            except subprocess.TimeoutExpired:
                process.kill()


if __name__ == "__main__":
    main()
