"""`python -m bench`: every measurement once, as ratios of this run; `--only package` and so on."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

# `python -m bench` needs the package where it lies for SAM, as local/ does.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "layers" / "common"))

from bench.result import Section, text


def sections(quick: bool) -> dict[str, Callable[[], Section]]:
    """The measurements by name; `quick` takes fewer samples."""
    from bench import (
        application,
        budgets,
        bulk,
        console,
        costs,
        decisions,
        exports,
        hygiene,
        intake_cpu,
        intake_import,
        matching,
        month,
        package_size,
        plan,
        proofs,
        statements,
        tray,
    )

    return {
        "calls": lambda: intake_cpu.section(200 if quick else 1000),
        "import": lambda: intake_import.section(3 if quick else 9),
        "application": lambda: application.section(50 if quick else 300),
        "budgets": budgets.section,
        "bulk": lambda: bulk.section(1 if quick else 3),
        "decisions": lambda: decisions.section(1 if quick else 3),
        "console": lambda: console.section(2 if quick else 7),
        "tray": lambda: tray.section(2 if quick else 7),
        "plan": lambda: plan.section(1 if quick else 3),
        "statements": lambda: statements.section(1 if quick else 3),
        "matching": lambda: matching.section(1 if quick else 3),
        "hygiene": hygiene.section,
        "exports": lambda: exports.section(5_000 if quick else exports.ROWS),
        "proofs": lambda: proofs.section((2_000,) if quick else proofs.SIZES),
        "package": package_size.section,
        "costs": costs.section,
        "month": lambda: month.section(*((1, 60, 10) if quick else (2, 300, 30))),
    }


def main(arguments: Sequence[str]) -> int:
    """Print figures; with --strict 1 when one is over its bar."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer samples")
    parser.add_argument("--strict", action="store_true", help="fail when a bar does not hold")
    names = (
        *("calls", "import", "application", "budgets", "bulk", "decisions", "console", "tray"),
        *("plan", "statements", "matching", "hygiene", "exports", "proofs", "package", "costs"),
        "month",
    )
    parser.add_argument("--only", choices=names)
    options = parser.parse_args(arguments)
    found: list[Section] = []
    for name, measure in sections(options.quick).items():
        if options.only in (None, name):
            found.append(measure())
            print(text(found[-1:]), flush=True)
    over = [figure.name for part in found for figure in part.figures if not figure.ok]
    print("\nEvery bar holds." if not over else f"\nOver the bar: {'; '.join(over)}")
    return 1 if over and options.strict else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
