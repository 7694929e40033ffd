"""What every rail state does to a payment in every situation, in one table."""

from __future__ import annotations

from typing import Any

import pytest

from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import By, Status, Trigger, move
from rowcol.domain.payment import Moved, moved
from rowcol.domain.rail_triggers import rail_triggers
from tests.support.domain.builders import NOW, command, held, payment, rail_bill

SITUATIONS: dict[str, dict[str, Any]] = {
    "scheduled": {"status": Status.SCHEDULED},
    "pending": {"status": Status.PENDING},
    "pending_asked": {"status": Status.PENDING, "command": command()},
    "processing": {"status": Status.PROCESSING},
    "after_error": {"status": Status.PROCESSING, "rail_error_at": NOW},
    "done": {"status": Status.DONE},
    "held": {"status": Status.HOLD, "hold": held("guardrail_insufficient_cash")},
    "unknown": {"status": Status.HOLD, "hold": held("outcome_unknown"), "command": command()},
    "outside": {"status": Status.HOLD, "hold": held("paid_outside")},
    "withdrawn": {"status": Status.HOLD, "hold": held("bill_withdrawn")},
    "clearing": {"status": Status.HOLD, "hold": held("date_clearing")},
    "clearing_ours": {
        "status": Status.HOLD,
        "hold": held("date_clearing"),
        "command": command(),
    },
    "bank_hold": {"status": Status.BANK_HOLD, "hold": held("held_by_provider")},
    "admin_hold": {"status": Status.ADMIN_HOLD, "hold": held("admin")},
    "cancelled": {"status": Status.CANCELLED},
    "rejected": {"status": Status.REJECTED},
    "rescheduled": {"status": Status.RESCHEDULED},
    "reversing": {"status": Status.REVERSING},
    "reversed": {"status": Status.REVERSED},
    "reissued": {"status": Status.REISSUED},
}
T = Trigger
PULLED: dict[str, tuple[Trigger, ...] | None] = {
    "!": None,  # recorded, status stays, tray unexpected_rail_state
    ".": (),  # fits, nothing new
    "hold": (T.SYSTEM_HOLD,),
    "bank": (T.BANK_HOLD,),
    "take": (T.RAIL_TAKEN,),
    "tk+paid": (T.RAIL_TAKEN, T.RAIL_PAID),
    "tk+err": (T.RAIL_TAKEN, T.RAIL_ERROR),
    "paid": (T.RAIL_PAID,),
    "error": (T.RAIL_ERROR,),
    "did": (T.OUTCOME_HAPPENED,),
    "did+paid": (T.OUTCOME_HAPPENED, T.RAIL_PAID),
    "did+err": (T.OUTCOME_HAPPENED, T.RAIL_ERROR),
    "ok": (T.BANK_ALLOWS,),
    "ok+take": (T.BANK_ALLOWS_AND_TAKEN,),
    "ok+paid": (T.BANK_ALLOWS_AND_TAKEN, T.RAIL_PAID),
    "ok+err": (T.BANK_ALLOWS_AND_TAKEN, T.RAIL_ERROR),
    "no": (T.BANK_REFUSES,),
    "lift+hold": (T.SYSTEM_LIFT_TODAY, T.SYSTEM_HOLD),
    "lift+take": (T.SYSTEM_LIFT_TODAY, T.RAIL_TAKEN),
    "lift+paid": (T.SYSTEM_LIFT_TODAY, T.RAIL_TAKEN, T.RAIL_PAID),
    "lift+err": (T.SYSTEM_LIFT_TODAY, T.RAIL_TAKEN, T.RAIL_ERROR),
}
EXPECTED = """
rail state        | scheduled pending pending_asked processing after_error done held unknown
awaiting_approval | !         !       !             !          !           !    !    !
incomplete        | .         .       .             !          !           !    .    .
ready             | .         .       .             !          !           !    .    .
scheduled         | .         .       .             !          !           !    .    .
awaiting_release  | .         .       .             !          !           !    .    .
processing        | hold      hold    take          .          .           !    !    did
paid              | hold      hold    tk+paid       paid       paid        .    !    did+paid
error             | !         !       tk+err        error      .           !    !    did+err
on_hold           | .         .       hold          !          !           !    .    .
held_by_provider  | bank      bank    bank          !          !           !    .    .
blocked           | !         !       hold          !          !           !    .    .
archived          | hold      hold    hold          !          !           !    !    !
rejected          | hold      hold    hold          !          !           !    !    !
unknown           | .         .       .             .          .           .    .    .

rail state        | outside withdrawn bank_hold admin_hold cancelled rejected rescheduled
awaiting_approval | !       !         !         !          !         !        !
incomplete        | .       .         !         .          .         .        .
ready             | .       .         ok        .          .         .        .
scheduled         | .       .         ok        .          .         .        .
awaiting_release  | .       .         ok        .          .         .        .
processing        | .       !         ok+take   !          !         !        !
paid              | .       !         ok+paid   !          !         !        !
error             | !       !         ok+err    !          !         .        !
on_hold           | .       .         !         .          .         .        !
held_by_provider  | .       .         .         !          !         !        !
blocked           | .       .         !         .          !         !        !
archived          | !       .         no        !          .         .        !
rejected          | !       .         no        !          !         .        !
unknown           | .       .         .         .          .         .        .

rail state        | reversing reversed reissued
awaiting_approval | !         !        .
incomplete        | .         .        .
ready             | .         .        .
scheduled         | .         .        .
awaiting_release  | .         .        .
processing        | !         !        .
paid              | .         .        .
error             | .         .        .
on_hold           | !         !        .
held_by_provider  | !         !        .
blocked           | !         !        .
archived          | !         .        .
rejected          | !         !        .
unknown           | .         .        .

rail state        | clearing  clearing_ours
awaiting_approval | !         !
incomplete        | .         .
ready             | .         .
scheduled         | .         .
awaiting_release  | .         .
processing        | lift+hold lift+take
paid              | lift+hold lift+paid
error             | !         lift+err
on_hold           | .         .
held_by_provider  | .         .
blocked           | .         .
archived          | lift+hold lift+hold
rejected          | lift+hold lift+hold
unknown           | .         .
"""


def cells() -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    columns: list[str] = []
    for text in filter(None, EXPECTED.splitlines()):
        state, _, rest = text.partition("|")
        if state.strip() == "rail state":
            columns = rest.split()
        else:
            found |= {
                (column, state.strip()): cell
                for column, cell in zip(columns, rest.split(), strict=True)
            }
    return found


CELLS = cells()


def test_the_table_has_every_pair() -> None:
    assert set(CELLS) == {(name, state.value) for name in SITUATIONS for state in RailState}
    assert {changes["status"] for changes in SITUATIONS.values()} == set(Status)


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_rail_state_does_what_the_table_says(name: str) -> None:
    before = payment(**SITUATIONS[name])
    found = {state.value: rail_triggers(before, rail_bill(state)) for state in RailState}
    assert found == {state.value: PULLED[CELLS[name, state.value]] for state in RailState}


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_a_rail_state_pulls_is_allowed_there(name: str) -> None:
    for state in RailState:
        after = payment(**SITUATIONS[name])
        for trigger in rail_triggers(after, rail_bill(state)) or ():
            row = move(after.status, trigger)
            assert row is not None
            assert row.by in (By.RAIL, By.SYSTEM)
            result = moved(after, trigger, row.by, held("because"))
            assert isinstance(result, Moved)
            after = result.payment
