"""Decisions over many clients: a thousand over fifty, each with the single call's answer."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date
from typing import Any

import pytest

from rowcol.domain.batch import BatchState, Mode
from rowcol.domain.bill import DecisionAction, DecisionState
from rowcol.domain.decision_batch import DecisionsState
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import valid_id
from rowcol.service.bulk.decision_verbs import APPROVE
from rowcol.service.decision_batches.submit import Submitted
from tests.support.bad_decisions import HIDDEN, SEEN, SPOILS, UNABLE, StrictFirm
from tests.support.decisions import FIRM, DecisionFirm, Wish
from tests.support.domain.builders import usd

INDEPENDENT, ALL = Mode.INDEPENDENT, Mode.ALL_OR_NOTHING
KINDS = list(SPOILS)
GOOD: tuple[dict[str, Any], ...] = (
    {},
    {"action": DecisionAction.PAY_NOW, "pay_on": None},
    {
        "action": DecisionAction.DELAY,
        "pay_on": None,
        "until": date(2026, 12, 4),
        "reason": "waits for a credit",
    },
    {"pay_on": date(2026, 12, 1)},
)


def asked_of(
    firm: DecisionFirm, clients: list[str], items: int, bad: list[str], seed: int
) -> tuple[list[Wish], dict[int, str]]:
    """A list over all clients, mixed, with some bad decisions in it: where they are, and why."""
    chance = random.Random(seed)  # noqa: S311  # which ones are bad, and where
    good = [clients[number % len(clients)] for number in range(items - len(bad))]
    rows: list[tuple[Wish, str]] = []
    for number, name in enumerate(good):
        [bill] = firm.bills(name, 1)
        rows.append((Wish(name, bill, **GOOD[number % len(GOOD)]), ""))
    for kind in bad:
        name = chance.choice(clients)
        if kind != "twice":
            rows.append((SPOILS[kind][0](firm, name), kind))
    chance.shuffle(rows)
    for kind in bad:
        if kind == "twice":
            fine = [wish for wish, why in rows if not why]
            rows.append((chance.choice(fine), kind))
    return [wish for wish, _ in rows], {at: why for at, (_, why) in enumerate(rows) if why}


def alone(firm: DecisionFirm, wishes: list[Wish], bad: dict[int, str]) -> list[Code | None]:
    """What single calls say, one after the other; rights are those of the route."""
    codes: list[Code | None] = []
    for at, wish in enumerate(wishes):
        if bad.get(at) == "twice":
            codes.append(Code.DUPLICATE_ITEM)
        elif wish.client in (HIDDEN, "nowhere") or not valid_id(wish.bill):
            codes.append(Code.NOT_FOUND)
        elif wish.client == SEEN:
            codes.append(Code.FORBIDDEN)
        else:
            answer = firm.decide(wish)
            codes.append(answer.code if isinstance(answer, Refusal) else None)
    return codes


def states(firm: DecisionFirm, wishes: list[Wish]) -> list[tuple[str | None, int]]:
    """Each bill's decision and how many payments it has."""
    found = []
    for wish in wishes:
        try:
            bill = firm.bill(wish.client, wish.bill)
        except (AssertionError, ValueError):
            continue
        state = bill.decision.state.value if bill.decision is not None else None
        found.append((state, len(bill.payment_ids)))
    return found


def test_a_thousand_over_fifty_clients_are_fifty_transactions() -> None:
    firm = DecisionFirm(50)
    wishes = [Wish(name, bill) for name in firm.clients for bill in firm.bills(name, 20)]
    calls = firm.writes()
    name = firm.submitted(wishes)
    assert calls.count("commit:after") == 1
    batch = firm.run(name)
    assert (batch.state, batch.ok, batch.failed) == (DecisionsState.DONE, 1000, 0)
    # One for what was asked, one a client, one for the end.
    assert calls.count("commit:after") == 1 + 50 + 1
    assert calls.count("save:after") == 0
    per_client = [len(firm.store.logs[firm.scope(client)]) for client in firm.clients]
    assert len(per_client) == 50
    assert sum(len(firm.payments(client)) for client in firm.clients) == 1000
    # Reads of one client's part: 14 calls, however many of its bills.
    reads = len(calls) - 2 * calls.count("commit:after")
    assert reads <= 50 * 15 + 20


@pytest.mark.parametrize(("seed", "items"), [(1, 1000), (2, 1000), (3, 150), (4, 60), (5, 40)])
def test_k_bad_items_are_k_failures_with_the_single_calls_codes(seed: int, items: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # how many are bad
    bad = [*KINDS, "twice", *chance.choices(KINDS, k=chance.randint(0, items // 12))]
    clients = 49 if items == 1000 else 4
    firm, twin = StrictFirm(clients), StrictFirm(clients)
    wishes, where = asked_of(firm, firm.clients, items, bad, seed)
    assert asked_of(twin, twin.clients, items, bad, seed) == (wishes, where)
    firm.factor = twin.factor = False
    calls = firm.writes()
    batch = firm.run(firm.submitted(wishes))
    results = firm.results(batch.id)
    commits = calls.count("commit:after") - 2
    wanted = alone(twin, wishes, where)

    assert [each.index for each in results] == list(range(items))
    assert [each.code for each in results] == wanted
    failed = {each.index for each in results if each.outcome == "failed"}
    assert failed == set(where)
    assert (batch.ok, batch.failed) == (items - len(bad), len(bad))
    for at, why in where.items():
        assert results[at].code is (Code.DUPLICATE_ITEM if why == "twice" else SPOILS[why][1])
    assert states(firm, wishes) == states(twin, wishes)
    assert firm.usage() == twin.usage()
    assert [firm.held(name) for name in firm.clients] == [twin.held(name) for name in firm.clients]
    assert commits <= 50


def test_whoever_decides_nothing_is_told_by_row_and_nothing_is_begun() -> None:
    firm = StrictFirm(1)
    wishes = [Wish(SEEN, "one"), Wish(HIDDEN, "two"), Wish("nowhere", "three"), Wish("a/b", "x")]
    answer = firm.submit(wishes)
    assert isinstance(answer, Submitted)
    assert (answer.batch.state, answer.batch.failed) == (DecisionsState.DONE, 4)
    assert answer.batch.due is None
    codes = [each.code for each in firm.results(answer.batch.id)]
    assert codes == [Code.FORBIDDEN, Code.NOT_FOUND, Code.NOT_FOUND, Code.NOT_FOUND]
    # Who may not see a client does not learn that it is there.
    shown = firm.results(answer.batch.id)
    assert {each.detail for each in shown[1:]} == {"no such client"}
    assert {each.client for each in shown} == {None}


def test_bills_that_are_not_staged_are_staged_with_their_decision() -> None:
    firm = DecisionFirm(2)
    staged = firm.bills("c00", 17)
    fresh = firm.bills("c01", 17, staged=False)
    calls = firm.writes()
    wishes = [Wish("c00", bill) for bill in staged] + [Wish("c01", bill) for bill in fresh]
    batch = firm.run(firm.submitted(wishes))
    assert batch.ok == 34
    assert calls.count("commit:after") == 4
    bill = firm.bill("c01", fresh[0])
    assert bill.decision is not None
    assert (bill.decision.staged_by, bill.decision.decided_by) == ("anna", "anna")
    assert bill.decision.state is DecisionState.QUEUED


def test_an_amount_for_two_people_waits_for_the_second_and_is_approved_in_a_batch() -> None:
    firm = DecisionFirm(2, dual_control_from=usd("100.00"))
    for name in firm.clients:
        firm.shows(name, f"{name}-big")
    wishes = [Wish(name, f"{name}-big") for name in firm.clients]
    name = firm.submitted(wishes)
    batch = firm.run(name)
    assert batch.ok == 2
    waiting = [each.state for each in firm.results(name)]
    assert waiting == [DecisionState.AWAITING_SECOND_PERSON.value] * 2
    assert firm.usage() == {}

    decisions = []
    for wish in wishes:
        decision = firm.bill(wish.client, wish.bill).decision
        assert decision is not None
        decisions.append((wish.client, decision.id))
    own = firm.approvals(decisions, "anna", INDEPENDENT)
    firm.run(own)
    assert [each.code for each in firm.results(own, APPROVE)] == [Code.SAME_PERSON] * 2
    yes = firm.approvals([*decisions, ("c00", "dec_none")], "carla", INDEPENDENT)
    firm.run(yes)
    results = firm.results(yes, APPROVE)
    assert [each.code for each in results] == [None, None, Code.NOT_FOUND]
    assert [each.state for each in results[:2]] == [DecisionState.QUEUED.value] * 2
    assert all(each.payment_id for each in results[:2])


def test_a_role_revoked_in_between_stops_the_rest() -> None:
    firm = StrictFirm(3)
    wishes = [Wish(name, bill) for name in firm.clients for bill in firm.bills(name, 5)]
    name = firm.submitted(wishes)
    firm.boundary.between = lambda call: firm.member("anna") if _written(firm, name, call) else None
    batch = firm.run(name)
    assert (batch.ok, batch.failed) == (5, 10)
    codes = [each.code for each in firm.results(name)]
    assert codes == [None] * 5 + [Code.FORBIDDEN] * 10


def _written(firm: DecisionFirm, name: str, call: str) -> bool:
    """Just after the first client's part was written; once."""
    if call != "commit:after" or firm.part(name, "c00") is None:
        return False
    firm.boundary.between = lambda _call: None
    return True


def test_the_same_key_is_the_same_batch_and_another_input_is_refused() -> None:
    firm = DecisionFirm(2)
    wishes = [Wish(name, bill) for name in firm.clients for bill in firm.bills(name, 2)]
    first, again = firm.submit(wishes), firm.submit(wishes)
    assert isinstance(first, Submitted)
    assert isinstance(again, Submitted)
    assert (first.is_repeat, again.is_repeat) == (False, True)
    assert again.batch.id == first.batch.id
    other = firm.submit(wishes[:1])
    assert isinstance(other, Refusal)
    assert other.code is Code.IDEMPOTENCY_MISMATCH
    assert len(firm.store.logs[FIRM]) == 1


def test_too_many_and_none_are_refused_and_write_nothing() -> None:
    firm = DecisionFirm(1)
    many = firm.submit([Wish("c00", f"b{number}") for number in range(1001)])
    assert isinstance(many, Refusal)
    assert many.code is Code.TOO_MANY_ITEMS
    none = firm.submit([])
    assert isinstance(none, Refusal)
    assert none.code is Code.INVALID_INPUT
    assert firm.store.logs.get(FIRM) is None


def test_all_or_nothing_is_for_each_client_alone() -> None:
    firm = StrictFirm(3)
    wishes = [Wish(name, bill) for name in firm.clients for bill in firm.bills(name, 5)]
    wishes.insert(7, SPOILS["Thanksgiving"][0](firm, "c01"))
    batch = firm.run(firm.submitted(wishes, ALL))
    assert (batch.ok, batch.failed) == (10, 6)
    parts = [firm.part(batch.id, name) for name in firm.clients]
    assert [part.state if part else None for part in parts] == [
        *(BatchState.DONE, BatchState.FAILED, BatchState.DONE)
    ]
    codes = Counter(each.code for each in firm.results(batch.id))
    assert codes == {None: 10, Code.ITEM_FAILED: 5, Code.DATE_NOT_BANK_DAY: 1}
    assert firm.payments("c01") == []
    assert UNABLE not in [part.client for part in batch.parts]
