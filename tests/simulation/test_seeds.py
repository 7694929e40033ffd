"""Seeded runs of the whole product: every write is checked, and each run must come to rest.

A failure names its seed. Replay it with `python -m local.simulation --seed N --trace`.
"""

import os

import pytest

from local.simulation.run import run_seed

SEEDS = int(os.environ.get("ROWCOL_SEEDS") or 60)
CHUNK = 10


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_seeds(first: int) -> None:
    for seed in range(first, min(first + CHUNK, SEEDS)):
        result = run_seed(seed)
        shown = "\n".join([f"seed {seed}", *result.trace, result.failure or ""])
        assert result.failure is None, shown


def test_a_seed_is_one_run() -> None:
    first, second = run_seed(3), run_seed(3)
    assert first.trace == second.trace
    assert first.counts == second.counts
