"""A bank line that is gone again: whatever it proved is judged anew."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from rowcol.domain.cash_matching.cash_match import CashMatch, MatchState
from rowcol.domain.cash_matching.wanted import CashTarget, TargetKind
from rowcol.domain.evidence import Outcome
from rowcol.domain.payment import Custody, Payment, Step
from rowcol.service.audit import verify_log
from rowcol.service.cash_matches.choose import WishedPart
from rowcol.service.cash_matches.decide_match import Wish, confirm, undo
from rowcol.service.cash_matches.release import release_line
from rowcol.service.change import Change
from tests.support.cash_desk import CashDesk
from tests.support.domain.builders import FRIDAY
from tests.support.sent_payments import judged, of_ramp


@pytest.fixture
def desk() -> CashDesk:
    """A payment that was verified by its line, and whose execution has ended."""
    made = CashDesk()
    of_ramp(made, "p1", "100.00")
    made.line("out-1", "100.00", "RAMP BILL PAY VENDOR P1", posted_on=FRIDAY)
    made.looked()
    assert judged(made, "p1").outcome is Outcome.VERIFIED
    return made


def ended(desk: CashDesk) -> None:
    """Its custody rests: only a new fact starts it again."""

    def plan(change: Change) -> None:
        current = change.get(Payment, "p1")
        assert current is not None
        change.put(replace(current, custody=Custody(Step.DONE, 1)))

    desk.work(plan)


def taken_back_by_the_bank(desk: CashDesk) -> None:
    """The feed removes it."""
    desk.bank_takes_back("out-1")
    desk.looked()


def released_by_a_person(desk: CashDesk) -> None:
    """It was found by itself, and was wrong."""
    assert isinstance(desk.act(lambda change: release_line(change, "out-1", "no")), CashMatch)
    desk.looked()


@pytest.mark.parametrize("lost", [taken_back_by_the_bank, released_by_a_person])
def test_a_verified_payment_without_its_line_is_verified_no_longer(
    desk: CashDesk, lost: Callable[[CashDesk], None]
) -> None:
    ended(desk)
    lost(desk)
    payment = desk.payment("p1")
    assert payment.cash is None
    assert payment.custody.fresh_facts
    assert payment.custody.step is Step.VERIFY
    assert judged(desk, "p1").outcome is not Outcome.VERIFIED
    assert desk.types()[-1] != "payment.cash_observed"
    before = len(desk.types())
    desk.looked()
    assert len(desk.types()) == before
    desk.line("out-2", "100.00", "RAMP BILL PAY VENDOR P1", posted_on=FRIDAY)
    desk.looked()
    assert judged(desk, "p1").outcome is Outcome.VERIFIED
    assert verify_log(desk.books, "USD").intact


def test_the_line_that_comes_again_proves_it_again(desk: CashDesk) -> None:
    taken_back_by_the_bank(desk)
    desk.line("out-1", "100.00", "RAMP BILL PAY VENDOR P1", posted_on=FRIDAY)
    desk.looked()
    assert judged(desk, "p1").outcome is Outcome.VERIFIED


@pytest.mark.parametrize("undone", [True, False])
def test_a_persons_match_ends_with_its_line_or_by_a_persons_word(undone: bool) -> None:
    desk = CashDesk()
    of_ramp(desk, "p1", "100.00")
    desk.line("out-1", "100.50", "SOMETHING", posted_on=FRIDAY)
    wish = Wish(["out-1"], [WishedPart(CashTarget(TargetKind.PAYMENT, "p1"))])
    match = desk.act(lambda change: confirm(change, wish))
    assert isinstance(match, CashMatch)
    assert judged(desk, "p1").outcome is Outcome.VERIFIED
    ended(desk)
    if undone:
        assert isinstance(desk.act(lambda change: undo(change, match.id, None)), CashMatch)
    else:
        taken_back_by_the_bank(desk)
    (over,) = desk.matches(MatchState.UNDONE if undone else MatchState.WITHDRAWN)
    assert over.id == match.id
    payment = desk.payment("p1")
    assert (payment.cash, payment.custody.step) == (None, Step.VERIFY)
    assert judged(desk, "p1").outcome is not Outcome.VERIFIED
