"""`python -m local.engine`: run the local stack until it is told to stop."""

import logging
import os
import signal
import sys
import threading
import time

from local.engine.settings import Settings, parse
from local.engine.status import write_status


def follow(parent: int, stopping: threading.Event) -> None:
    """Stop when the process `parent` is gone; 0 follows nobody."""

    def watch() -> None:
        while not stopping.wait(0.5):
            try:
                os.kill(parent, 0)
            except OSError:
                stopping.set()

    if parent:
        threading.Thread(target=watch, daemon=True, name="follow-parent").start()


def run(settings: Settings) -> int:
    """Start, serve and stop the engine; returns the exit status of the process."""
    from local.engine.host import (
        FolderTaken,
        PortTaken,
        lock_folder,
        prepare_process,
        require_free_ports,
    )

    started = time.monotonic()
    settings.data_directory.mkdir(parents=True, exist_ok=True)
    try:
        lock_folder(settings.data_directory)
    except FolderTaken as error:
        return complain(str(error))
    settings.status_file.unlink(missing_ok=True)
    try:
        require_free_ports(((settings.engine_port, "--port"), (settings.api_port, "--api-port")))
    except PortTaken as error:
        return fail(settings, str(error))
    prepare_process(settings)
    logging.basicConfig(
        filename=settings.data_directory / "engine.log",
        level=logging.WARNING,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
    )
    # Imported only now: the emulator reads its settings while it is imported.
    from local.engine.host import Host
    from local.engine.self_check import EngineMismatch, check_installation
    from local.engine.start import Start

    try:
        check_installation()
    except EngineMismatch as error:
        return fail(settings, str(error))
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    follow(settings.follow_parent, stopping)
    host = Host(settings)
    host.install()
    start = Start(settings, host, stopping, started)
    try:
        host.serve(stopping, start.begin)
    finally:
        host.pool.stop()
    return fail(settings, start.failure) if start.failure else 0


def fail(settings: Settings, message: str) -> int:
    """Report one line on the terminal and in the status file."""
    document = {"state": "failed", "pid": os.getpid(), "message": message}
    write_status(settings.status_file, document)
    return complain(message)


def complain(message: str) -> int:
    """Report one line on the terminal; returns the exit status of a failure."""
    print(f"rowcol local engine: {message}", file=sys.stderr, flush=True)
    return 1


if __name__ == "__main__":
    sys.exit(run(parse(sys.argv[1:])))
