"""Run seeds: `python -m local.simulation --seed 7 --trace`, `--seeds 0-1999 --processes 2`."""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from local.simulation.run import STEPS, Result, run_seed


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; gives its exit status."""
    parser = argparse.ArgumentParser(prog="python -m local.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="one seed")
    parser.add_argument("--seeds", help="a range such as 0-1999")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--trace", action="store_true", help="show what happened, step by step")
    parser.add_argument("--keep", type=Path, help="folder for the traces of seeds that failed")
    options = parser.parse_args(arguments)
    if options.seed is not None:
        result = run_seed(options.seed, options.steps)
        if options.trace or result.failure:
            print("\n".join(result.trace))
        return _tell([result])
    first, _, last = (options.seeds or "0-59").partition("-")
    seeds = range(int(first), int(last or first) + 1)
    began = time.monotonic()
    results = _run_all(seeds, options.steps, options.processes)
    status = _tell(results)
    if options.keep is not None:
        _keep(options.keep, results)
    seconds = time.monotonic() - began
    print(f"{len(seeds)} seeds in {seconds:.0f} s ({seconds / len(seeds):.2f} s each)")
    return status


def _run_all(seeds: range, steps: int, processes: int) -> list[Result]:
    if processes == 1:
        return [run_seed(seed, steps) for seed in seeds]
    with ProcessPoolExecutor(processes) as pool:
        return list(pool.map(run_seed, seeds, [steps] * len(seeds), chunksize=4))


def _keep(folder: Path, results: Iterable[Result]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for result in results:
        if result.failure:
            text = "\n".join([*result.trace, result.failure])
            (folder / f"seed-{result.seed}.txt").write_text(text, encoding="utf-8")


def _tell(results: Iterable[Result]) -> int:
    counts: Counter[str] = Counter()
    failed = 0
    for result in results:
        counts.update(result.counts)
        if result.failure:
            failed += 1
            print(f"seed {result.seed}: {result.invariant}")
    if failed == 1 and isinstance(results, list) and len(results) == 1:
        print(results[0].failure)
    print(", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    print(f"{failed} failed; replay with: python -m local.simulation --seed N --trace")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
