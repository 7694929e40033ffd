"""Cold start of webhook intake against a bare `import boto3; boto3.client("dynamodb")`.

Every measurement is a fresh process; medians; the order alternates so that a busy machine hurts all
alike. Bytecode is compiled first, hash-checked, as it is shipped.
"""

from __future__ import annotations

import os
import py_compile
import statistics
import subprocess
import sys
from pathlib import Path

from bench.result import Figure, Section, under

ROOT = Path(__file__).resolve().parents[1]
LAYER = ROOT / "layers" / "common"
BASELINE = "import boto3; boto3.client('dynamodb')"
HANDLER = "import handler; from rowcol import wiring_intake; wiring_intake.dynamodb()"
BARS = {"ramp": 1.3, "qbo": 1.3, "stripe": 1.3, "plaid": 1.6}
TIMED = "import time; t = time.perf_counter(); {code}; print(time.perf_counter() - t)"


def compile_all() -> None:
    """Hash-checked bytecode, so that a changed file time costs nothing."""
    mode = py_compile.PycInvalidationMode.CHECKED_HASH
    for path in [*LAYER.rglob("*.py"), *(ROOT / "functions").rglob("*.py")]:
        py_compile.compile(str(path), doraise=True, invalidation_mode=mode)


def seconds(code: str, *folders: Path) -> float:
    """Time the code takes in a fresh process."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": os.pathsep.join(map(str, folders)),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
    }
    command = [sys.executable, "-c", TIMED.format(code=code)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return float(done.stdout)


def section(runs: int) -> Section:
    """Ratios of the medians of `runs` fresh processes each."""
    compile_all()
    times: dict[str, list[float]] = {name: [] for name in ("bare", *BARS)}
    for _ in range(runs):
        times["bare"].append(seconds(BASELINE))
        for rail in BARS:
            times[rail].append(seconds(HANDLER, LAYER, ROOT / "functions" / f"{rail}_webhook"))
    bare = statistics.median(times["bare"])
    figures = [
        under(f"{rail} intake / bare boto3 client", statistics.median(times[rail]) / bare, bar, "x")
        for rail, bar in BARS.items()
    ]
    told = Figure("bare boto3 client, this machine", f"{bare * 1000:.0f} ms")
    return Section(f"Cold start of intake ({runs} fresh processes each)", (*figures, told))
