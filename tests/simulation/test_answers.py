"""What the API answers in seeded runs is what its description says it answers."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from local.answers import check_answer
from local.simulation import product
from local.simulation.run import run_seed
from rowcol.edge.http import serve

SEEDS = int(os.environ.get("ROWCOL_SEEDS") or 50)
CHUNK = 10


@pytest.mark.parametrize("first", range(0, SEEDS, CHUNK))
def test_every_answer_is_as_described(first: int, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: Counter[int] = Counter()

    def held(event: Mapping[str, Any], *rest: Any) -> dict[str, Any]:
        answer = serve(event, *rest)
        check_answer(str(event["httpMethod"]), str(event["resource"]), answer)
        seen[answer["statusCode"]] += 1
        return answer

    monkeypatch.setattr(product, "serve", held)
    for seed in range(first, min(first + CHUNK, SEEDS)):
        result = run_seed(seed)
        assert result.failure is None, f"seed {seed}\n{result.failure}"
    assert {200, 409} <= set(seen)
