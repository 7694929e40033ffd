"""Every kind of disagreement is one finding: which side, what kind, by which source."""

from __future__ import annotations

import pytest

from rowcol.domain.verdict import (
    Mismatch,
    Outcome,
)
from tests.support.domain.disagreements import DISAGREEMENTS
from tests.support.domain.verdicts import verdict

BY_TIME = {Mismatch.MISSING}


@pytest.mark.parametrize("name", DISAGREEMENTS)
def test_each_disagreement_is_one_finding(name: str) -> None:
    changed, side, kind, source_id = DISAGREEMENTS[name]
    found = verdict(**changed)
    assert found.outcome is Outcome.MISMATCH
    assert [(one.side, one.kind, one.source_id) for one in found.findings] == [
        (side, kind, source_id)
    ]
    assert found.findings[0].expected != found.findings[0].found
    assert (found.waiting_for, found.until) == ((), None)


def test_every_kind_is_produced_by_some_case() -> None:
    produced = {kind for _, _, kind, _ in DISAGREEMENTS.values()}
    assert produced | BY_TIME == set(Mismatch)
