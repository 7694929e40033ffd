"""Runs a module's `child` in a process of its own, so that what it measures is its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

_CALL = "from bench.{} import child; import sys; child(sys.argv[1], int(sys.argv[2]))"


def told_by(module: str, what: str, size: int) -> Any:
    """What `bench.<module>.child(what, size)` prints as its last line, which is JSON.

    Raises CalledProcessError when it fails.
    """
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", _CALL.format(module), what, str(size)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])
