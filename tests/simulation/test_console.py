"""Two to eight people and machines at one console: what no mix of them may break.

A failure names its seed. More seeds: `ROWCOL_CONSOLE_SEEDS=5000 python -m pytest
tests/simulation/test_console.py`.
"""

from __future__ import annotations

import os

import pytest

from tests.support.console.run import run_seed

SEEDS = int(os.environ.get("ROWCOL_CONSOLE_SEEDS") or 200)
CHUNK = 25
# Without any of these the seeds would prove little.
HAPPENS = {
    *("bill.staged", "payment.created", "decision.awaiting_second_person", "override.approved"),
    *("decision.delayed", "decision.not_approved", "guardrail.passed", "limits.approved"),
}


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_no_mix_of_people_breaks_an_invariant(first: int) -> None:
    for seed in range(first, min(first + CHUNK, SEEDS)):
        result = run_seed(seed)
        shown = "\n".join([f"seed {seed}", *result.trace, result.failure or ""])
        assert result.failure is None, shown


def test_a_seed_is_one_run() -> None:
    first, second = run_seed(7), run_seed(7)
    assert first.trace == second.trace
    assert first.facts == second.facts


def test_the_seeds_do_what_they_are_for() -> None:
    seen: set[str] = set()
    codes: set[str] = set()
    for seed in range(60):
        result = run_seed(seed)
        seen |= set(result.facts)
        codes |= set(result.codes)
    assert seen >= HAPPENS, HAPPENS - seen
    assert {"same_person", "forbidden", "not_found", "step_up_required"} <= codes
