"""A labelled bank in a client's books: what the product does is what was measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from rowcol.domain.cash_matching.automatic import automatic
from rowcol.domain.cash_matching.cash_match import How, MatchState
from rowcol.domain.cash_matching.pool import Pool
from rowcol.domain.link import StoredLine
from rowcol.service.audit import verify_log
from tests.support.cash_desk import CashDesk
from tests.support.cash_world.made import made


def kept(desk: CashDesk, aggregates: Iterable[Any]) -> None:
    """Stored as they are."""
    for aggregate in aggregates:
        assert desk.books.save(replace(aggregate, version=0))


@pytest.mark.parametrize("seed", [7, 8])
def test_the_product_confirms_what_was_measured(seed: int) -> None:
    world, desk = made(seed, 300, 150), CashDesk()
    kept(desk, world.payments)
    kept(desk, world.bills)
    kept(desk, world.invoices)
    kept(desk, (StoredLine(line.line_id, 0, line) for line in world.lines))
    for _ in range(3):  # what is found leaves fewer rivals for the rest
        desk.looked()
    expected = {
        line.line_id
        for one in automatic(Pool(world.items(), world.lines))
        for line in one.matched.debits
    }
    claimed = {line.line_id for line in world.lines if desk.claim(line.line_id) is not None}
    assert len(expected) > 50
    assert len(claimed ^ expected) <= len(expected) // 50, (claimed - expected, expected - claimed)
    truth = {name for one in world.truths for name in one.lines}
    assert len(claimed - truth) <= len(claimed) // 100
    confirmed = desk.matches(MatchState.CONFIRMED)
    assert {match.how for match in confirmed} <= {How.EXACT, How.TRACE_ID}
    tentative = desk.matches(MatchState.TENTATIVE)
    assert tentative
    assert not claimed & {name for match in tentative for name in match.line_ids}
    assert verify_log(desk.books, "USD").intact
    before = len(desk.types())
    desk.looked()
    assert len(desk.types()) == before
