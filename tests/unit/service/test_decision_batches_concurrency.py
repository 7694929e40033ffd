"""Several at once: two lists with the same bills, several workers of one, people beside them."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable

import pytest

from rowcol.domain.batch import Mode
from rowcol.domain.decision_batch import DecisionsState
from rowcol.domain.refusal import Code, Refusal
from tests.support.decisions import DecisionFirm, Wish


class Crowd:
    """Threads that take turns at the calls of the store, as a seed draws them."""

    def __init__(self, firm: DecisionFirm, seed: int) -> None:
        self.firm, self.seed = firm, seed
        self.errors: list[BaseException] = []

    def run(self, *works: Callable[[], object]) -> None:
        chance = random.Random(self.seed)  # noqa: S311  # whose turn it is
        turn = threading.Lock()

        def pause(_call: str) -> None:
            if chance.random() < 0.3:
                turn.release()
                turn.acquire()

        def worker(work: Callable[[], object]) -> None:
            with turn:
                try:
                    work()
                except BaseException as error:  # noqa: BLE001  # told to the test
                    self.errors.append(error)

        self.firm.boundary.between = pause
        threads = [threading.Thread(target=worker, args=(work,)) for work in works]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.firm.boundary.between = lambda _call: None
        assert self.errors == []


def paid(firm: DecisionFirm) -> Counter[str | None]:
    """How many live payments each bill has."""
    return Counter(payment.bill_id for name in firm.clients for payment in firm.payments(name))


@pytest.mark.parametrize("mode", Mode)
@pytest.mark.parametrize("seed", range(4))
def test_two_lists_with_the_same_bills_decide_each_of_them_once(mode: Mode, seed: int) -> None:
    firm = DecisionFirm(4)
    wishes = [Wish(name, bill) for name in firm.clients for bill in firm.bills(name, 36)]
    first = firm.submitted(wishes, mode, key="key-first")
    other = list(wishes)
    random.Random(seed).shuffle(other)  # noqa: S311
    second = firm.submitted(other, mode, key="key-second", person="carla")
    Crowd(firm, seed).run(lambda: firm.run(first), lambda: firm.run(second))
    one, two = firm.swept(first), firm.swept(second)
    assert set(paid(firm).values()) <= {1}
    assert one.ok + two.ok == sum(paid(firm).values())
    if mode is Mode.INDEPENDENT:
        assert one.ok + two.ok == len(wishes)
    else:
        # Whoever claims first has all of a client; the other has none of it.
        for name in firm.clients:
            made = len(firm.payments(name))
            assert made in (0, 36)
    codes = {each.code for batch in (first, second) for each in firm.results(batch)}
    assert codes <= {None, Code.NOT_STAGED, Code.BATCH_MEMBER, Code.ITEM_FAILED}
    assert firm.claims(first) == firm.claims(second) == set()
    assert sum(total for (_, name), total in firm.usage().items() if name.startswith("firm-")) == (
        100_00 * sum(paid(firm).values())
    )
    for name in firm.clients:
        firm.held(name)


@pytest.mark.parametrize("seed", range(3))
def test_several_workers_of_one_list_do_each_step_once(seed: int) -> None:
    firm = DecisionFirm(3)
    wishes = [Wish(name, bill) for name in firm.clients for bill in firm.bills(name, 40)]
    name = firm.submitted(wishes, Mode.ALL_OR_NOTHING if seed % 2 else Mode.INDEPENDENT)
    Crowd(firm, seed).run(*[lambda: firm.run(name)] * 4)
    batch = firm.swept(name)
    assert (batch.state, batch.ok) == (DecisionsState.DONE, 120)
    assert set(paid(firm).values()) == {1}
    assert len(paid(firm)) == 120


@pytest.mark.parametrize("seed", range(3))
def test_who_cancels_while_it_runs_gets_sums_that_add_up(seed: int) -> None:
    firm = DecisionFirm(6)
    wishes = [Wish(name, bill) for name in firm.clients for bill in firm.bills(name, 5)]
    name = firm.submitted(wishes)
    Crowd(firm, seed).run(lambda: firm.run(name), lambda: firm.cancel(name))
    batch = firm.swept(name)
    assert batch.state is DecisionsState.DONE
    assert batch.ok + batch.skipped == 30
    assert batch.ok == sum(paid(firm).values())
    assert batch.ok % 5 == 0


def test_a_person_who_decides_meanwhile_is_one_of_two() -> None:
    firm = DecisionFirm(1)
    bills = firm.bills("c00", 30)
    name = firm.submitted([Wish("c00", bill) for bill in bills])
    answers: list[object] = []

    def decide() -> None:
        answers.extend(firm.decide(Wish("c00", bill), "carla") for bill in bills)

    Crowd(firm, 5).run(lambda: firm.run(name), decide)
    batch = firm.swept(name)
    refused = [answer for answer in answers if isinstance(answer, Refusal)]
    assert batch.ok + len(answers) - len(refused) == 30
    assert set(paid(firm).values()) == {1}
    assert {each.code for each in refused} <= {Code.NOT_STAGED}
