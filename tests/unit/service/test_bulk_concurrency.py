"""Batches beside single commands, in threads: each payment once, numbers without a gap."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from rowcol.domain.batch import Mode
from rowcol.domain.payment import Payment, Posting
from rowcol.domain.refusal import Code, Refusal
from rowcol.service.change import Change, Contention
from rowcol.service.payment_commands.confirm import confirm
from rowcol.service.payment_commands.reset_to_draft import reset_to_draft
from tests.support.bulk_records import Records

SINGLES = 3


def together(*runs: Callable[[], object]) -> None:
    """Run all at once; what one raises is raised here."""
    raised: list[BaseException] = []

    def guarded(run: Callable[[], object]) -> None:
        try:
            run()
        except BaseException as error:  # noqa: BLE001  # told below, by the main thread
            raised.append(error)

    threads = [threading.Thread(target=guarded, args=(run,)) for run in runs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]


@pytest.mark.parametrize("mode", list(Mode))
def test_people_and_a_batch_confirm_the_same_payments(mode: Mode) -> None:
    desk = Records()
    names = desk.drafts(150)
    name = desk.submitted(names, mode, verb="confirm")
    answers: dict[str, object] = {}

    def single(first: int) -> None:
        for each in names[first::40]:

            def plan(change: Change, each: str = each) -> Payment | Refusal:
                return confirm(desk.environment, change, each)

            try:
                answers[each] = desk.act(plan, person=f"person-{first}")
            except Contention:
                answers[each] = None

    def worker() -> None:
        while not desk.advance(name).is_over:
            pass

    together(worker, *(lambda first=first: single(first) for first in range(SINGLES)))
    batch = desk.batch(name)
    by_people = {each for each, answer in answers.items() if isinstance(answer, Payment)}
    results = {each.id: each for each in desk.results(name)}
    for each in names:
        posted = desk.payment(each).posting is Posting.POSTED
        by_batch = results[each].code is None
        assert posted == (by_batch or each in by_people)
        assert not (by_batch and each in by_people)
        if each in by_people and mode is Mode.INDEPENDENT:
            assert results[each].code is Code.NOT_DRAFT
    numbers = sorted(number for number in desk.numbers(names) if number is not None)
    assert numbers == [f"2026-{place:06d}" for place in range(1, len(numbers) + 1)]
    assert len(numbers) == batch.ok + len(by_people)
    refused = {answer.code for answer in answers.values() if isinstance(answer, Refusal)}
    assert refused <= {Code.NOT_DRAFT, Code.BATCH_MEMBER}
    if mode is Mode.ALL_OR_NOTHING:
        assert batch.ok in (0, 150)
    assert {desk.payment(each).batch_id for each in names} == {None}


def test_several_workers_and_two_batches_of_the_same_payments() -> None:
    desk = Records()
    names = desk.drafts(120)
    first = desk.submitted(names, verb="confirm", key="key-0001")
    second = desk.submitted(list(reversed(names)), verb="post", key="key-0002")

    def worker(name: str) -> Callable[[], None]:
        def run() -> None:
            while not desk.advance(name).is_over:
                pass

        return run

    together(worker(first), worker(first), worker(second), worker(second))
    assert {desk.payment(name).posting for name in names} == {Posting.POSTED}
    assert sorted(str(number) for number in desk.numbers(names)) == [
        f"2026-{place:06d}" for place in range(1, 121)
    ]
    assert desk.batch(second).ok == 120
    codes = {each.code for each in desk.results(first)}
    assert codes <= {None, Code.NOT_DRAFT}
    assert len(desk.entries()) == 120


def test_a_batch_resets_what_people_confirm_again() -> None:
    desk = Records()
    names = desk.drafts(60)
    desk.do("confirm", names)
    numbers = desk.numbers(names)
    name = desk.submitted(names, verb="reset-to-draft")

    def people() -> None:
        for each in names[::7]:
            for plan_of in (reset_to_draft, confirm):

                def plan(
                    change: Change,
                    each: str = each,
                    plan_of: Callable[..., Payment | Refusal] = plan_of,
                ) -> Payment | Refusal:
                    return plan_of(desk.environment, change, each)

                with suppress(Contention):
                    desk.act(plan, person="ben")

    def worker() -> None:
        while not desk.advance(name).is_over:
            pass

    together(worker, people)
    assert desk.batch(name).done == 60
    assert desk.numbers(names) == numbers
