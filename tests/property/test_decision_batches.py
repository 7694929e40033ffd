"""Any list over any clients in any mode: counters add up at every write, and say what was done."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rowcol.domain.batch import BatchState, Mode
from rowcol.domain.bill import DecisionAction
from rowcol.domain.decision_batch import (
    DecisionBatch,
    DecisionsState,
    by_client,
    kept_rows,
    parts_of,
)
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.decision_batches.part import items_of_part
from tests.support.decisions import FIRM, DecisionFirm, Wish

CLIENTS, BILLS = 3, 12
ACTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"pay_on": date(2026, 11, 26)},  # Thanksgiving
    {"action": DecisionAction.PAY_NOW, "pay_on": None},
    {"action": DecisionAction.DELAY, "pay_on": None, "until": date(2026, 12, 4), "reason": "later"},
)
ROW = st.tuples(
    st.integers(0, CLIENTS),  # one of them is nobody's
    st.integers(0, BILLS),  # one of them is no bill
    st.sampled_from(ACTIONS),
)
LISTS = st.lists(ROW, min_size=1, max_size=60)


def a_firm() -> DecisionFirm:
    firm = DecisionFirm(CLIENTS)
    for name in firm.clients:
        firm.bills(name, BILLS - 4)
        firm.bills(name, 4, staged=False)
    return firm


def wish_of(row: tuple[int, int, dict[str, Any]]) -> Wish:
    client, bill, fields = row
    return Wish(f"c{client:02d}", f"c{client:02d}-b{bill:03d}", **fields)


def alone(firm: DecisionFirm, wish: Wish, seen: set[tuple[str, str]]) -> Code | None:
    """What the single call says of one row after those before it."""
    if wish.client not in firm.clients:
        return Code.NOT_FOUND
    if (wish.client, wish.bill) in seen:
        return Code.DUPLICATE_ITEM
    seen.add((wish.client, wish.bill))
    answer = firm.decide(wish)
    return answer.code if isinstance(answer, Refusal) else None


@given(LISTS, st.sampled_from(list(Mode)), st.integers(1, 40))
@settings(max_examples=30, deadline=None)
def test_a_batch_says_what_single_calls_would(
    rows: list[tuple[int, int, dict[str, Any]]], mode: Mode, stop: int
) -> None:
    firm, other = a_firm(), a_firm()
    wishes = [wish_of(row) for row in rows]
    name = firm.submitted(wishes, mode)
    # Looked at after every single write: `batch` checks that counters add up.
    firm.boundary.between = lambda call: looked(firm, name) if call == "commit:after" else None
    if stop > 20:
        firm.run_for(name, 0.0)
    batch = firm.run(name)
    assert batch.state is DecisionsState.DONE
    results = firm.results(name)
    assert [each.index for each in results] == list(range(len(wishes)))
    assert batch.ok == sum(each.outcome == "ok" for each in results)
    assert batch.failed == len(wishes) - batch.ok

    seen: set[tuple[str, str]] = set()
    wanted = [alone(other, wish, seen) for wish in wishes]
    spoiled = {
        wish.client
        for wish, code in zip(wishes, wanted, strict=True)
        if code is not None and wish.client in firm.clients
    }
    if mode is Mode.INDEPENDENT:
        assert [each.code for each in results] == wanted
    else:
        for wish, code, each in zip(wishes, wanted, results, strict=True):
            if wish.client not in spoiled:
                assert each.code == code
            else:
                assert each.code == (code or Code.ITEM_FAILED)
        for client in {wish.client for wish in wishes} & set(firm.clients):
            part = firm.part(name, client)
            assert part is not None
            ended = BatchState.FAILED if client in spoiled else BatchState.DONE
            assert part.state is ended
    for client in firm.clients:
        firm.held(client)
    assert firm.claims(name) == set()


def looked(firm: DecisionFirm, name: str) -> None:
    """As anybody may at any moment."""
    between, firm.boundary.between = firm.boundary.between, lambda _call: None
    firm.batch(name)
    firm.boundary.between = between


@given(
    st.lists(st.one_of(st.none(), st.sampled_from("abcdefgh")), min_size=1, max_size=300),
    st.integers(1, 4000),
)
@settings(max_examples=60, deadline=None)
def test_each_part_finds_its_own_items_in_order(owners: list[str | None], characters: int) -> None:
    firm = DecisionFirm(1)
    items = [f"{index:05d}{'x' * characters}" for index in range(len(owners))]
    parts, places = parts_of(owners)
    rows, ends = kept_rows("fin_1", by_client(items, places))
    assert len(rows) <= 62
    books = firm.store.books(FIRM)
    for row in rows:
        assert books.save(row)
    batch = DecisionBatch(
        "fin_1", 0, "decide", Mode.INDEPENDENT, DecisionsState.RUNNING, firm.actor(), "hash",
        firm.clock.now(), parts, places, ends,
    )  # fmt: skip
    assert batch.submitted == len(owners)
    assert batch.refused == owners.count(None)
    for place, part in enumerate(parts):
        mine = [item for item, owner in zip(items, owners, strict=True) if owner == part.client]
        assert items_of_part(firm.environment, firm.scope(part.client), batch) == tuple(mine)
        assert [items[at] for at in batch.positions(place)] == mine
