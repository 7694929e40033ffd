"""Rail payments cancelled in a batch, and what the minute sweep leaves alone meanwhile."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.batch import Batch, Mode
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code
from rowcol.domain.scope import Actor, ActorKind, Member, Role, Scope
from rowcol.service.bulk.results import results_of
from rowcol.service.bulk.run import advance
from rowcol.service.bulk.submit import Submission, Submitted, submit
from rowcol.service.bulk.verbs import CANCEL
from rowcol.service.change import Asked
from rowcol.service.payment_commands.cancel import cancel
from rowcol.service.store import VersionCheck
from tests.support.bulk import record
from tests.support.desk import SCOPE
from tests.support.domain import builders
from tests.support.payment_desk import PaymentDesk

FIRM = Scope(SCOPE.firm)


def cancelled(desk: PaymentDesk, names: list[str], mode: Mode) -> tuple[Batch, list[Any]]:
    """A batch of cancels by Boris, who may; and its results."""
    member = Member("boris", 0, {"*": (Role.APPROVER,)})
    assert desk.store.books(FIRM).save(member)
    actor = Actor(ActorKind.PERSON, "boris", desk.clock.now())
    asked = Asked.by("boris", "cancel-1", names)
    check = VersionCheck(FIRM, Member.kind, "boris", 1)
    submission = Submission(CANCEL, mode, tuple(names), actor, asked)
    answer = submit(desk.environment, SCOPE, submission, (check,))
    assert isinstance(answer, Submitted)
    batch = advance(desk.environment, SCOPE, answer.batch.id)
    return batch, list(results_of(desk.books, batch))


@pytest.mark.parametrize("mode", list(Mode))
def test_a_scheduled_payment_is_cancelled_as_if_alone(mode: Mode) -> None:
    alone, desk = PaymentDesk(), PaymentDesk()
    by_itself, name = alone.scheduled(), desk.scheduled()
    assert isinstance(alone.do(lambda env, change: cancel(env, change, by_itself)), Payment)
    batch, results = cancelled(desk, [name], mode)
    assert batch.ok == 1
    wanted, found = alone.payment(by_itself), desk.payment(name)
    assert (found.status, found.cancel_asked is None) == (
        wanted.status,
        wanted.cancel_asked is None,
    )
    assert results[0].version == found.version
    assert desk.types()[-3:-1] == alone.types()[-2:]
    assert desk.usage() == alone.usage()


def test_a_record_among_them_stops_all_or_nothing_and_not_the_independent() -> None:
    for mode in Mode:
        desk = PaymentDesk()
        name = desk.scheduled()
        assert desk.books.save(record("pay_recorded"))
        batch, results = cancelled(desk, [name, "pay_recorded"], mode)
        first = None if mode is Mode.INDEPENDENT else Code.ITEM_FAILED
        assert [each.code for each in results] == [first, Code.WRONG_STATE]
        assert (desk.payment(name).cancel_asked is None) is (mode is Mode.ALL_OR_NOTHING)
        assert batch.is_over


def test_a_claimed_payment_is_not_released_until_it_is_let_go() -> None:
    desk = PaymentDesk()
    at = desk.clock.now()
    claimed = builders.payment(
        Status.SCHEDULED, id="pay_due", version=0, due=at, batch_id="bat_1", pay_on=at.date()
    )
    assert desk.books.save(claimed)
    desk.sweep()
    kept = desk.payment("pay_due")
    assert kept.due == at + timedelta(minutes=1)
    assert kept.custody == claimed.custody
    assert "custody.driven" not in desk.types()
