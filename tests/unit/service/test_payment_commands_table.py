"""Every command of a person in every situation of a payment: what it does, or why not."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Any

import pytest

from rowcol.domain.bill import Bill, Decision, DecisionAction, DecisionState, RailCommand
from rowcol.domain.facts import RailState
from rowcol.domain.holds import HOLDS
from rowcol.domain.lifecycle import FINAL, By, Status
from rowcol.domain.lifecycle import TABLE as ROWS
from rowcol.domain.payment import Custody, Origin, Step
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.shown import EvidenceKind, Given
from rowcol.service.audit import verify_log
from rowcol.service.payment_commands.cancel import cancel
from rowcol.service.payment_commands.hold import hold
from rowcol.service.payment_commands.lift import Lift, lift
from rowcol.service.payment_commands.reissue import Reissue, reissue
from rowcol.service.payment_commands.reject import Reject, reject
from rowcol.service.payment_commands.reschedule import reschedule
from rowcol.service.payment_commands.reverse import Reverse, Why, reverse
from rowcol.service.reserves import open_reserve
from tests.support.domain import builders
from tests.support.domain.builders import NOW, held
from tests.support.payment_desk import PaymentDesk, Plan

LATER = date(2026, 12, 7)
DAY = date(2026, 11, 20)
NEXT_WEEK = date(2026, 11, 30)
OPEN_COMMAND = RailCommand("cmd_1", "set_date", NOW, DAY)
ACCEPTED = replace(OPEN_COMMAND, result="accepted", ended_at=NOW)
REFUSED = replace(OPEN_COMMAND, result="refused", ended_at=NOW)
NOTICE = Given(EvidenceKind.BANK_NOTICE, "notice 17")
STOP = Given(EvidenceKind.STOP_PAYMENT, "stop 55")

COMMANDS: dict[str, Plan] = {
    "hold": lambda env, change: hold(env, change, "pay_1", "disputed"),
    "lift": lambda env, change: lift(env, change, "pay_1", Lift(By.ADMIN, NOTICE)),
    "cancel": lambda env, change: cancel(env, change, "pay_1"),
    "move": lambda env, change: reschedule(env, change, "pay_1", LATER),
    "return": lambda env, change: reverse(env, change, "pay_1", Reverse(Why.RETURNED, NOTICE)),
    "recall": lambda env, change: reverse(
        env, change, "pay_1", Reverse(Why.CANCELLED_AFTER_COLLECTION, NOTICE)
    ),
    "back": lambda env, change: reverse(env, change, "pay_1", Reverse(Why.MONEY_BACK, NOTICE)),
    "reissue": lambda env, change: reissue(env, change, "pay_1", Reissue(STOP)),
    "reject": lambda env, change: reject(env, change, "pay_1", Reject("not ours", NOTICE)),
}


@dataclass(frozen=True)
class Situation:
    """A payment, and what Ramp shows of its bill."""

    status: Status
    rail: RailState = RailState.READY
    planned_on: date | None = None
    method: str = "ACH"
    changes: dict[str, Any] | None = None


def hold_of(kind: str, **more: Any) -> Situation:
    return Situation(Status.HOLD, changes={"hold": held(kind), **more})


def record(status: Status, method: str = "ACH") -> Situation:
    changes = {"origin": Origin.RECORD, "bill_id": None, "decision_id": None, "method": method}
    return Situation(status, method=method, changes=changes)


S = Status
# Kinds that belong to Bank Hold and Admin Hold.
NOT_HERE = frozenset({"held_by_provider", "admin_hold"})
SITUATIONS: dict[str, Situation] = {
    "scheduled": Situation(S.SCHEDULED, changes={"pay_on": NEXT_WEEK}),
    "scheduled_dated": Situation(
        S.SCHEDULED, RailState.SCHEDULED, DAY, changes={"pay_on": NEXT_WEEK}
    ),
    "pending": Situation(S.PENDING),
    "pending_open": Situation(S.PENDING, changes={"command": OPEN_COMMAND}),
    "pending_asked": Situation(S.PENDING, RailState.SCHEDULED, DAY, changes={"command": ACCEPTED}),
    **{f"hold:{kind}": hold_of(kind) for kind in HOLDS if kind not in NOT_HERE},
    "hold:unheard_of": hold_of("unheard_of"),
    "outside_paying": Situation(
        S.HOLD, RailState.PROCESSING, DAY, changes={"hold": held("paid_outside")}
    ),
    "outside_paid": Situation(S.HOLD, RailState.PAID, DAY, changes={"hold": held("paid_outside")}),
    "held_at_ramp": Situation(S.HOLD, RailState.ON_HOLD, changes={"hold": held("rail_hold")}),
    "changed_taken": Situation(
        S.HOLD,
        RailState.PROCESSING,
        DAY,
        changes={"hold": held("bill_changed"), "command": ACCEPTED},
    ),
    "bank_hold": Situation(
        S.BANK_HOLD, RailState.HELD_BY_PROVIDER, DAY, changes={"hold": held("held_by_provider")}
    ),
    "admin_hold": Situation(S.ADMIN_HOLD, changes={"hold": held("admin_hold")}),
    "admin_later": Situation(
        S.ADMIN_HOLD, changes={"hold": held("admin_hold"), "pay_on": NEXT_WEEK}
    ),
    "admin_dated": Situation(
        S.ADMIN_HOLD,
        RailState.SCHEDULED,
        DAY,
        changes={"hold": held("admin_hold"), "command": ACCEPTED},
    ),
    "admin_taken": Situation(
        S.ADMIN_HOLD,
        RailState.PROCESSING,
        DAY,
        changes={"hold": held("admin_hold"), "command": ACCEPTED},
    ),
    "processing": Situation(S.PROCESSING, RailState.PROCESSING, DAY, changes={"command": ACCEPTED}),
    "after_error": Situation(
        S.PROCESSING,
        RailState.ERROR,
        DAY,
        changes={"command": ACCEPTED, "rail_error_at": NOW},
    ),
    "error_debited": Situation(
        S.PROCESSING,
        RailState.ERROR,
        DAY,
        changes={"command": ACCEPTED, "rail_error_at": NOW, "cash": builders.cash()},
    ),
    "done": Situation(S.DONE, RailState.PAID, DAY, changes={"command": ACCEPTED}),
    "check_out": Situation(
        S.PROCESSING, RailState.PROCESSING, DAY, "CHECK", changes={"command": ACCEPTED}
    ),
    "check_voided": Situation(S.DONE, RailState.READY, None, "CHECK", {"command": ACCEPTED}),
    "reversing": Situation(S.REVERSING, RailState.PAID, DAY, changes={"command": ACCEPTED}),
    "record": record(S.DONE),
    "record_check": record(S.DONE, "CHECK"),
    "record_reversing": record(S.REVERSING),
    **{status.value: Situation(status) for status in Status if status in FINAL},
}
HEADER = ("hold", "lift", "cancel", "move", "return", "recall", "back", "reissue", "reject")
CODES = {
    "!": "!wrong_state",
    "!late": "!too_late",
    "!unknown": "!outcome_unknown",
    "!shown": "!evidence_required",
    "!shut": "!bill_not_open",
    "!held": "!rail_refused",
    "sched+": "scheduled+asked",
    "pend+": "pending+asked",
    "adm+": "admin_hold+asked",
    "unkn+": "outcome_unknown+asked",
    "pend": "pending",
    "sched": "scheduled",
    "adm": "admin_hold",
    "clear": "date_clearing",
    "gone": "cancelled",
    "rev": "reversing",
    "rej": "rejected",
}
# = : as before (a hold stays what it was). One column a command, in the order of HEADER.
TABLE = """
scheduled                        | adm    !        gone   sched    !   !   !        !        !
scheduled_dated                  | adm    !        sched+ sched    !   !   !        !        !
pending                          | adm    !        gone   sched    !   !   !        !        !
pending_open                     | !unknown !      pend+  !unknown !   !   !        !        !
pending_asked                    | adm    !        pend+  clear    !   !   !        !        !
hold:guardrail_insufficient_cash | !      pend     gone   sched    !   !   !        !        !
hold:guardrail_account_negative  | !      pend     gone   sched    !   !   !        !        !
hold:reserve_uncovered           | !      pend     gone   sched    !   !   !        !        !
hold:balance_unknown             | !      pend     gone   sched    !   !   !        !        !
hold:balance_stale               | !      pend     gone   sched    !   !   !        !        !
hold:buffer_unknown              | !      pend     gone   sched    !   !   !        !        !
hold:step_failed                 | !      pend     gone   sched    !   !   !        !        !
hold:missed_cutoff               | !      pend     gone   sched    !   !   !        !        !
hold:limit_transaction           | !      pend     gone   =        !   !   !        !        !
hold:limit_daily                 | !      pend     gone   sched    !   !   !        !        !
hold:route_invalid               | !      pend     gone   =        !   !   !        !        !
hold:capability_missing          | !      pend     gone   =        !   !   !        !        !
hold:rail_refused                | !      pend     gone   =        !   !   !        !        !
hold:rail_hold                   | !      pend     gone   =        !   !   !        !        !
hold:paid_outside                | !      pend     gone   =        !   !   !        !        !
hold:bill_changed                | !      pend     gone   =        !   !   !        !        !
hold:bank_details_changed        | !      !shown   gone   =        !   !   !        !        !
hold:call_back_required          | !      !shown   gone   =        !   !   !        !        !
hold:rail_failed                 | !      pend     gone   =        !   !   !        !        !
hold:bill_withdrawn              | !      !        gone   =        !   !   !        !        rej
hold:no_bill                     | !      !        gone   sched    !   !   !        !        !
hold:date_clearing               | !      !        gone   sched    !   !   !        !        !
hold:outcome_unknown             | !      !unknown unkn+  !unknown !   !   !        !        !
hold:unheard_of                  | !      !        gone   =        !   !   !        !        !
outside_paying                   | !late  !shut    !late  !late    !   !   !        !        !
outside_paid                     | !      !shut    gone   !shut    !   !   !        !        !
held_at_ramp                     | !      !held    gone   =        !   !   !        !        !
changed_taken                    | !late  processing !late !late   !   !   !        !        !
bank_hold                        | !      !        !      !        !   !   !        !        !
admin_hold                       | !      pend     gone   adm      !   !   !        !        rej
admin_later                      | !      sched    gone   adm      !   !   !        !        rej
admin_dated                      | !      clear    adm+   adm      !   !   !        !        !held
admin_taken                      | !late  processing !late !late   !   !   !        !        !late
processing                       | !late  !        !late  !late    rev rev !        !        !
after_error                      | !late  !        !late  !late    rev rev !        !        rej
error_debited                    | !late  !        !late  !late    rev rev !        !        !
done                             | !late  !        !late  !late    rev rev !        !        !
check_out                        | !late  !        !late  !late    rev rev !        !shut    !
check_voided                     | !late  !        !late  !late    rev rev !        reissued !
reversing                        | !late  !        !late  !late    !   !   reversed !        !
record                           | !      !        !      !        rev rev !        !        !
record_check                     | !      !        !      !        rev rev !        reissued !
record_reversing                 | !      !        !      !        !   !   reversed !        !
cancelled                        | !      !        !      !        !   !   !        !        !
rejected                         | !      !        !      !        !   !   !        !        !
rescheduled                      | !      !        !      !        !   !   !        !        !
reversed                         | !      !        !      !        !   !   !        !        !
reissued                         | !      !        !      !        !   !   !        !        !
"""


def expected() -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for line in TABLE.strip().splitlines():
        name, _, cells = line.partition("|")
        for command, cell in zip(HEADER, cells.split(), strict=True):
            kind = name.strip()
            stays = kind.removeprefix("hold:") if kind.startswith("hold:") else "rail_hold"
            found[kind, command] = stays if cell == "=" else CODES.get(cell, cell)
    return found


CELLS = expected()
MOVES = {(row.source, row.target) for row in ROWS}


def desk_in(situation: Situation) -> PaymentDesk:
    """A desk whose bill and payment stand so, as if they had come there."""
    desk = PaymentDesk()
    shown = builders.rail_payment(
        planned_on=situation.planned_on, effective_on=None, method=situation.method
    )
    desk.ramp.bill = replace(desk.ramp.bill, payment=shown)
    desk.ramp.show(situation.rail, situation.planned_on)
    desk.refresh()
    live = situation.status not in FINAL
    fields: dict[str, Any] = {"version": 0, "custody": Custody(Step.STOPPED, 1)}
    on_rail = (situation.changes or {}).get("origin") is not Origin.RECORD

    def plan(change: Any) -> Any:
        bill = change.get(Bill, "bill-1")
        payment = builders.payment(
            situation.status, **(fields | {"rail": bill.rail} | (situation.changes or {}))
        )
        change.put(payment)
        change.state("payment.created", payment=payment)
        if on_rail:
            decision = Decision(
                *("dec_1", DecisionState.RELEASED, "carla", NOW, DecisionAction.SCHEDULE),
                *(payment.pay_on, None, "anna", NOW, "pay_1"),
            )
            bill = replace(
                bill,
                decision=decision,
                live_payment_id="pay_1" if live else None,
                payment_ids=("pay_1",),
            )
            bill = open_reserve(change, bill, payment.pay_on, observed=False) if live else bill
            change.put(bill)
            change.state("bill.staged", bill=bill)
        return True

    desk.work(plan)
    desk.clock.pause(1)
    return desk


def told(desk: PaymentDesk, command: str) -> str:
    answer = desk.do(COMMANDS[command])
    if isinstance(answer, Refusal):
        return f"!{answer.code.value}"
    after = desk.payment("pay_1")
    told = after.status.value
    if after.status is Status.HOLD and after.hold is not None:
        told = after.hold.kind
    return f"{told}+asked" if after.wants_cancelling else told


def kept(desk: PaymentDesk) -> dict[Any, Any]:
    """All that is stored but the head, whose log grows by a denial."""
    return {key: item for key, item in desk.store.items.items() if key[2] != "head"}


def test_the_table_names_every_situation_and_every_command() -> None:
    assert set(CELLS) == {(name, command) for name in SITUATIONS for command in COMMANDS}
    assert {one.status for one in SITUATIONS.values()} == set(Status)
    kinds = {(one.changes or {}).get("hold") for one in SITUATIONS.values()}
    assert {held.kind for held in kinds if held is not None} >= set(HOLDS)


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", SITUATIONS)
def test_each_command_does_what_the_table_says(name: str, command: str) -> None:
    desk = desk_in(SITUATIONS[name])
    before, log = kept(desk), len(desk.types())
    found = told(desk, command)
    assert found == CELLS[name, command]
    if found.startswith("!"):
        assert kept(desk) == before
        assert desk.types()[log:] == ["command.denied"]
        return
    statuses = [SITUATIONS[name].status]
    for entry in desk.books.entries(log):
        shown = entry.data.get("payment")
        if isinstance(shown, dict) and shown["id"] == "pay_1":
            statuses.append(Status(str(shown["status"])))
    assert {(a, b) for a, b in pairwise(statuses) if a is not b} <= MOVES
    assert verify_log(desk.books, "USD").intact


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_ended_holds_nothing(name: str) -> None:
    for command in ("cancel", "reject", "back", "return"):
        desk = desk_in(SITUATIONS[name])
        if told(desk, command) not in ("cancelled", "rejected", "reversed"):
            continue
        payment, bill = desk.payment("pay_1"), desk.bill()
        if payment.bill_id is not None:
            assert bill.live_payment_id is None
            held = bill.open_reserve
            assert held is None or (held.observed and bill.rail.state is RailState.PAID)
        if command in ("cancel", "reject"):
            assert payment.custody.step is Step.STOPPED
            assert payment.due is None
            assert not desk.items()


def test_another_clients_payment_is_not_found() -> None:
    desk = PaymentDesk()
    for plan in COMMANDS.values():
        answer = desk.do(plan)
        assert isinstance(answer, Refusal)
        assert answer.code is Code.NOT_FOUND
    assert "command.denied" not in desk.types()
