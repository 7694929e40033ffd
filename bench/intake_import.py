"""Cold start of webhook intake against a bare `import boto3; boto3.client("dynamodb")`, as ratios
of one run.

`python bench/intake_import.py [runs]`. Every measurement is a fresh process; medians; the order
alternates so that a busy machine hurts all alike. Bytecode is compiled first, hash-checked, as it
is shipped. Exits 1 over a bar.
"""

from __future__ import annotations

import os
import py_compile
import statistics
import subprocess
import sys
from pathlib import Path

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
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - our own interpreter
    return float(done.stdout)


def main() -> int:
    """Print medians and ratios; 1 when a ratio is over its bar."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    compile_all()
    times: dict[str, list[float]] = {name: [] for name in ("bare", *BARS)}
    for _ in range(runs):
        times["bare"].append(seconds(BASELINE))
        for rail in BARS:
            times[rail].append(seconds(HANDLER, LAYER, ROOT / "functions" / f"{rail}_webhook"))
    bare = statistics.median(times["bare"])
    print(f"bare boto3 client      {bare * 1000:7.1f} ms   ({runs} runs, medians)")
    failed = False
    for rail, bar in BARS.items():
        median = statistics.median(times[rail])
        failed |= median / bare > bar
        print(
            f"{rail:<8} handler+client {median * 1000:7.1f} ms   {median / bare:5.2f}x (bar {bar}x)"
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
