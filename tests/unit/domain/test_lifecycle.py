"""The table of design section 4, written out here once more, against every combination there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product

import pytest

from rowcol.domain.lifecycle import FINAL, TABLE, By, Status, Trigger, guard_holds, move
from rowcol.domain.payment import HELD, HoldWithoutReason, Moved, moved
from rowcol.domain.refusal import Code, Refusal
from tests.support.domain.builders import NOW, held, payment, rail_bill, rail_payment

# from | trigger | to | by | only when. "-" is creation. One line a cell of the design's table.
DESIGN = """
-          | released_today             | pending      | person        |
-          | decided_for_later          | scheduled    | person        |
-          | collection_unknown         | hold         | rail          |
-          | recorded                   | done         | person        |
-          | occurrence_planned         | scheduled    | system        |
-          | replacement_now            | pending      | admin         |
-          | replacement_later          | scheduled    | person        |
scheduled  | date_arrived               | pending      | system        |
scheduled  | date_checks_failed         | hold         | system        |
pending    | rail_taken                 | processing   | rail          |
pending    | system_hold                | hold         | system        |
scheduled  | system_hold                | hold         | system        |
pending    | bank_hold                  | bank_hold    | rail          |
scheduled  | bank_hold                  | bank_hold    | rail          |
pending    | admin_hold                 | admin_hold   | admin         |
scheduled  | admin_hold                 | admin_hold   | admin         |
hold       | system_lift_today          | pending      | system        | outcome known
hold       | system_lift_later          | scheduled    | system        | outcome known
hold       | outcome_happened           | processing   | rail          | outcome unknown
hold       | outcome_did_not_happen     | pending      | rail          | outcome unknown
bank_hold  | bank_allows                | pending      | rail          |
bank_hold  | bank_allows_and_taken      | processing   | rail          |
bank_hold  | bank_refuses               | rejected     | rail          |
admin_hold | admin_lift_today           | pending      | admin         |
admin_hold | admin_lift_later           | scheduled    | admin         |
admin_hold | admin_refuses              | rejected     | admin         |
pending    | cancel_confirmed           | cancelled    | person        |
scheduled  | cancel_confirmed           | cancelled    | person        |
hold       | cancel_confirmed           | cancelled    | person        |
admin_hold | cancel_confirmed           | cancelled    | person        |
pending    | refused_for_good           | rejected     | system, rail  |
hold       | refused_for_good           | rejected     | system, rail  |
scheduled  | recurrence_changed         | rescheduled  | person        |
pending    | recurrence_changed         | rescheduled  | person        |
processing | rail_paid                  | done         | rail          |
processing | rail_error                 | processing   | rail          |
processing | no_money_moved             | rejected     | system, admin | after rail error
processing | debit_and_credit_seen      | reversing    | rail          | after rail error
processing | cancelled_after_collection | reversing    | rail, admin   |
done       | cancelled_after_collection | reversing    | rail, admin   |
processing | return_seen                | reversing    | rail, admin   |
done       | return_seen                | reversing    | rail, admin   |
reversing  | money_back                 | reversed     | rail, admin   |
processing | stopped_check_replaced     | reissued     | admin         | check
done       | stopped_check_replaced     | reissued     | admin         | check
"""


@dataclass(frozen=True)
class Situation:
    """What a condition can depend on besides the status."""

    hold: str | None
    rail_error: bool
    method: str


SITUATIONS = tuple(
    Situation(hold, error, method)
    for hold, error, method in product(
        (None, "guardrail_insufficient_cash", "outcome_unknown"), (False, True), ("ACH", "CHECK")
    )
)
CONDITIONS: dict[str, Callable[[Situation], bool]] = {
    "": lambda situation: True,
    "outcome known": lambda situation: situation.hold != "outcome_unknown",
    "outcome unknown": lambda situation: situation.hold == "outcome_unknown",
    "after rail error": lambda situation: situation.rail_error,
    "check": lambda situation: situation.method == "CHECK",
}


@dataclass(frozen=True)
class Line:
    """One line of DESIGN."""

    target: str
    by: frozenset[str]
    condition: str


def design_lines() -> dict[tuple[str, str], Line]:
    lines: dict[tuple[str, str], Line] = {}
    for text in DESIGN.strip().splitlines():
        source, trigger, target, by, condition = (cell.strip() for cell in text.split("|"))
        assert (source, trigger) not in lines
        lines[source, trigger] = Line(target, frozenset(by.split(", ")), condition)
    return lines


LINES = design_lines()


def in_situation(status: Status, situation: Situation) -> Moved:
    """A payment in a status, as the start of a move."""
    made = payment(
        status,
        hold=held(situation.hold) if situation.hold else None,
        rail_error_at=NOW if situation.rail_error else None,
        rail=rail_bill(payment=rail_payment(method=situation.method)),
    )
    return Moved(made, status, Trigger.RAIL_PAID)


@pytest.mark.parametrize("status", Status)
def test_every_trigger_in_every_situation_by_everyone(status: Status) -> None:
    reason = held("because")
    for situation, trigger, by in product(SITUATIONS, Trigger, By):
        before = in_situation(status, situation).payment
        line = LINES.get((status.value, trigger.value))
        result = moved(before, trigger, by, reason)
        where = (status, trigger, by, situation)
        if line is None or not CONDITIONS[line.condition](situation):
            assert isinstance(result, Refusal), where
            assert result.code is Code.WRONG_STATE, where
            assert result.numbers == {"status": status.value, "trigger": trigger.value}
        elif by.value not in line.by:
            assert isinstance(result, Refusal), where
            assert result.code is Code.FORBIDDEN, where
        else:
            assert isinstance(result, Moved), where
            assert (result.source, result.trigger) == (status, trigger)
            assert result.payment.status.value == line.target, where
            kept = reason if result.payment.status in HELD else None
            assert result.payment == replace(before, status=result.payment.status, hold=kept)


@pytest.mark.parametrize("trigger", Trigger)
def test_creation_is_by_the_table_too(trigger: Trigger) -> None:
    row, line = move(None, trigger), LINES.get(("-", trigger.value))
    if line is None:
        assert row is None
    else:
        assert row is not None
        assert row.target.value == line.target
        assert {by.value for by in By if row.allows(by)} == line.by
        assert guard_holds(row.guard, hold=None, rail_error=False, method=None)


def test_the_table_has_no_line_that_the_design_has_not() -> None:
    keys = [(row.source.value if row.source else "-", row.trigger.value) for row in TABLE]
    assert len(keys) == len(set(keys))
    assert set(keys) == set(LINES)
    assert {row.trigger for row in TABLE} == set(Trigger)


def test_nothing_leaves_a_final_status() -> None:
    assert {status.value for status in FINAL} == {
        *("cancelled", "rejected", "rescheduled", "reversed", "reissued")
    }
    assert not [row for row in TABLE if row.source in FINAL]


def test_processing_is_never_put_on_hold() -> None:
    holds = {Status.HOLD, Status.BANK_HOLD, Status.ADMIN_HOLD}
    assert not [row for row in TABLE if row.source is Status.PROCESSING and row.target in holds]


def test_users_cancel_from_four_statuses_and_change_nothing_later() -> None:
    cancelled = {row.source for row in TABLE if row.target is Status.CANCELLED}
    assert cancelled == {Status.PENDING, Status.SCHEDULED, Status.HOLD, Status.ADMIN_HOLD}
    by_person = [row for row in TABLE if row.allows(By.PERSON) and row.source is not None]
    assert {row.trigger for row in by_person} == {
        Trigger.CANCEL_CONFIRMED,
        Trigger.RECURRENCE_CHANGED,
    }
    assert Status.PROCESSING not in {row.source for row in by_person}


def test_every_status_is_reached_and_every_other_one_can_be_left() -> None:
    reached, new = {Status.PENDING, Status.SCHEDULED}, True
    while new:
        more = {row.target for row in TABLE if row.source in reached} - reached
        reached, new = reached | more, bool(more)
    assert reached == set(Status)
    assert {row.source for row in TABLE if row.source} == set(Status) - FINAL


@pytest.mark.parametrize(
    ("trigger", "by"),
    [
        (Trigger.SYSTEM_HOLD, By.SYSTEM),
        (Trigger.BANK_HOLD, By.RAIL),
        (Trigger.ADMIN_HOLD, By.ADMIN),
    ],
)
def test_a_hold_without_a_reason_is_a_defect(trigger: Trigger, by: By) -> None:
    with pytest.raises(HoldWithoutReason):
        moved(payment(Status.PENDING), trigger, by)
