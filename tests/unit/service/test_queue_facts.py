"""Open work of bills and payments: from which facts it comes, what it tells, when it is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from rowcol.domain.bill import Bill, Decision, DecisionState, WishState
from rowcol.domain.cancelling import CancelAsked
from rowcol.domain.facts import RailState
from rowcol.domain.holds import DATE_CLEARING, HOLDS
from rowcol.domain.lifecycle import Status
from rowcol.domain.override import Override
from rowcol.domain.plain import PlainError, to_plain
from rowcol.domain.queue import Queued, QueueKind, urgency, wanted_on
from rowcol.domain.reserve import Reserve, ReserveState
from rowcol.domain.tray import Severity
from rowcol.service.queue_facts import NAME_CHARACTERS_MAX, bill_work, payment_work
from tests.support.domain.builders import FRIDAY, NOW, held, payment, rail_bill, rail_payment, usd

K, R, D = QueueKind, RailState, DecisionState
DUE = date(2026, 12, 1)
UNDATED = rail_payment(planned_on=None, effective_on=None)
DECISION = Decision("dec_1", D.STAGED, "anna", NOW - timedelta(days=2))
OVERRIDE = Override(
    "ovr_1",
    usd("1250"),
    "the loan comes tomorrow",
    "boris",
    "boris",
    NOW,
    NOW + timedelta(hours=7),
    {"short": 1},
)


def bill(
    state: RailState = R.READY,
    *,
    decision: Decision | None = None,
    override: Override | None = None,
    live: str | None = None,
    **rail: Any,
) -> Queued | None:
    """The open work of a bill that Ramp shows so."""
    shown = rail_bill(state, **{"payment": UNDATED, **rail})
    made = Bill("bill-1", 1, shown, decision, override=override, live_payment_id=live)
    return bill_work(to_plain(made))


def told(queued: Queued | None) -> Queued:
    assert queued is not None
    return queued


# ---- bills that nobody took up


def test_a_bill_that_waits_for_approval_waits_in_ramp() -> None:
    for state in (R.AWAITING_APPROVAL, R.INCOMPLETE):
        found = told(bill(state, approved=False))
        assert (found.kind, found.code, found.waiting_in_ramp) == (K.TO_APPROVE, state, True)
        assert (found.due_on, found.since, found.amount) == (
            DUE,
            date(2026, 11, 1),
            usd("1250"),
        )
        assert (found.party, found.invoice_number) == ("Acme Supplies", "INV-7")


def test_an_approved_bill_is_to_be_taken_up() -> None:
    found = told(bill())
    assert (found.kind, found.code, found.waiting_in_ramp) == (K.TO_STAGE, R.READY, False)
    assert (found.severity, found.rail_date, found.staged_hands) == (Severity.MEDIUM, None, None)


@pytest.mark.parametrize(
    "lack", [{"due_on": None}, {"vendor_id": None}, {"amount": usd("0")}, {"amount": usd("-5")}]
)
def test_a_bill_that_lacks_something_waits_in_ramp(lack: dict[str, Any]) -> None:
    found = told(bill(**lack))
    assert (found.kind, found.code, found.waiting_in_ramp) == (K.TO_STAGE, "bill_incomplete", True)


def test_what_ramp_pays_by_itself_is_shown_with_its_date_and_is_as_urgent() -> None:
    found = told(bill(R.SCHEDULED, payment=rail_payment(planned_on=FRIDAY)))
    assert (found.kind, found.rail_date, found.due_on) == (K.TO_STAGE, FRIDAY, DUE)
    assert wanted_on(found) == FRIDAY
    assert urgency(found) < urgency(told(bill()))


def test_a_bill_that_nobody_took_up_may_wait_for_ramps_release() -> None:
    found = told(bill(R.AWAITING_RELEASE, payment=rail_payment(planned_on=FRIDAY)))
    assert (found.kind, found.waiting_in_ramp, found.rail_date) == (K.TO_RELEASE, True, FRIDAY)


@pytest.mark.parametrize("state", [R.PAID, R.ARCHIVED, R.REJECTED, R.PROCESSING, R.UNKNOWN])
def test_nobody_is_waited_for_when_nothing_is_to_be_paid(state: RailState) -> None:
    assert bill(state) is None
    assert bill(state, approved=False) is None


def test_a_bill_with_a_payment_is_told_by_the_payment() -> None:
    for state in RailState:
        assert bill(state, live="pay_1") is None


@pytest.mark.parametrize("state", [D.RELEASED, D.REFUSED, D.WITHDRAWN])
def test_a_bill_whose_decision_is_over_is_to_be_taken_up_again(state: DecisionState) -> None:
    assert told(bill(decision=replace(DECISION, state=state))).kind is K.TO_STAGE


# ---- staged and decided


@pytest.mark.parametrize("state", [D.STAGED, D.OVERDUE])
def test_a_staged_bill_is_to_be_decided(state: DecisionState) -> None:
    found = told(bill(decision=replace(DECISION, state=state)))
    assert (found.kind, found.code, found.decision_id) == (K.TO_DECIDE, state, "dec_1")
    assert (found.since, found.staged_hands) == (date(2026, 11, 18), "anna")
    assert (found.decided_hands, found.waiting_in_ramp, found.uncovered) == (None, False, False)


def test_money_that_cash_does_not_cover_is_told() -> None:
    for covered, state, expected in (
        (False, ReserveState.OPEN, True),
        (True, ReserveState.OPEN, False),
        (False, ReserveState.RELEASED, False),
    ):
        held_money = Reserve(usd("1250"), covered, FRIDAY, NOW, state=state)
        made = Bill("bill-1", 1, rail_bill(R.READY), DECISION, held_money)
        assert told(bill_work(to_plain(made))).uncovered is expected


@pytest.mark.parametrize("state", [D.CHECKING, D.QUEUED])
def test_a_decision_that_goes_on_by_itself_waits_for_nobody(state: DecisionState) -> None:
    assert bill(decision=replace(DECISION, state=state)) is None


@pytest.mark.parametrize("state", [R.PAID, R.ARCHIVED, R.PROCESSING, R.UNKNOWN])
def test_a_staged_bill_that_was_paid_elsewhere_still_holds_money(state: RailState) -> None:
    found = told(bill(state, decision=DECISION))
    assert (found.kind, found.code) == (K.TO_DECIDE, "bill_not_open")


def test_a_staged_bill_that_lost_its_approval_waits_in_ramp() -> None:
    found = told(bill(R.AWAITING_APPROVAL, decision=DECISION, approved=False))
    assert (found.kind, found.code) == (K.TO_DECIDE, "bill_not_approved")
    assert found.waiting_in_ramp


def test_a_second_person_is_one_who_had_no_hand_in_it() -> None:
    decided = replace(
        DECISION,
        state=D.AWAITING_SECOND_PERSON,
        decided_by="robot",
        decided_at=NOW,
        staged_by="rowcol",
        decided_hands="boris",
    )
    found = told(bill(decision=decided))
    assert (found.kind, found.code) == (K.SECOND_PERSON, "awaiting_second_person")
    assert (found.staged_hands, found.decided_hands) == (None, "boris")
    assert found.since == FRIDAY
    both = told(bill(decision=replace(decided, staged_by="anna")))
    assert (both.staged_hands, both.decided_hands) == ("anna", "boris")


# ---- overrides


def test_an_override_waits_for_another_person_until_it_ends() -> None:
    found = told(bill(decision=DECISION, override=OVERRIDE))
    assert (found.kind, found.code, found.override_id) == (K.SECOND_PERSON, "override", "ovr_1")
    assert (found.severity, found.words) == (Severity.HIGH, "the loan comes tomorrow")
    assert (found.decided_hands, found.decision_id) == ("boris", "dec_1")
    assert found.at(NOW) == found
    assert found.at(OVERRIDE.until) == bill(decision=DECISION)


def test_an_override_of_a_payment_on_hold_leaves_nothing_afterwards() -> None:
    queued = replace(DECISION, state=D.QUEUED)
    found = told(bill(decision=queued, override=OVERRIDE, live="pay_1"))
    assert found.kind is K.SECOND_PERSON
    assert found.at(OVERRIDE.until) is None


def test_an_override_that_was_approved_or_of_a_paid_bill_waits_for_nobody() -> None:
    approved = replace(OVERRIDE, approved_by="cleo", approved_at=NOW)
    assert told(bill(decision=DECISION, override=approved)).kind is K.TO_DECIDE
    assert bill(R.PAID, override=OVERRIDE) is None


# ---- payments


def pay(status: Status = Status.PENDING, **changes: Any) -> Queued | None:
    """The open work of a payment."""
    return payment_work(to_plain(payment(status, **changes)))


def test_a_payment_that_ramp_holds_for_release_waits_in_ramp() -> None:
    shown = rail_bill(R.AWAITING_RELEASE, payment=rail_payment(planned_on=date(2026, 11, 23)))
    found = told(pay(rail=shown, awaiting_release_since=NOW))
    assert (found.kind, found.waiting_in_ramp) == (K.TO_RELEASE, True)
    assert (found.due_on, found.rail_date, found.since) == (FRIDAY, date(2026, 11, 23), FRIDAY)
    assert (found.bill_id, found.decision_id) == ("bill-1", "dec_1")
    for status in set(Status) - {Status.PENDING}:
        assert pay(status, rail=shown) is None
    for state in set(RailState) - {R.AWAITING_RELEASE}:
        assert pay(rail=rail_bill(state)) is None
    assert pay(rail=None) is None


@pytest.mark.parametrize("kind", HOLDS)
def test_a_payment_on_hold_is_open_work(kind: str) -> None:
    found = pay(Status.HOLD, hold=held(kind))
    if kind == DATE_CLEARING:
        assert found is None
        return
    assert (told(found).kind, told(found).code) == (K.HELD, kind)
    assert (told(found).words, told(found).since) == ("for a reason", FRIDAY)
    assert told(found).amount == usd("1250")
    urgent = Severity.MEDIUM if kind in ("outcome_unknown", "held_by_provider") else Severity.HIGH
    assert told(found).severity is urgent
    in_ramp = ("held_by_provider", "rail_hold", "outcome_unknown", "capability_missing")
    assert told(found).waiting_in_ramp is (kind in in_ramp)


def test_a_hold_that_an_admin_meant_is_no_alarm() -> None:
    found = told(pay(Status.ADMIN_HOLD, hold=held("admin_hold")))
    assert (found.kind, found.severity) == (K.HELD, Severity.MEDIUM)


def test_a_kind_of_hold_that_this_code_does_not_know_is_shown() -> None:
    assert told(pay(Status.HOLD, hold=held("asleep"))).code == "asleep"


def test_what_is_being_cancelled_waits_for_ramp_alone() -> None:
    for state in WishState:
        asked = CancelAsked("boris", NOW, state=state)
        found = pay(Status.HOLD, hold=held("bill_changed"), cancel_asked=asked)
        assert (found is None) is (state is WishState.ASKED)


def test_a_payment_that_goes_on_or_is_over_waits_for_nobody() -> None:
    for status in set(Status) - {Status.HOLD, Status.BANK_HOLD, Status.ADMIN_HOLD}:
        assert pay(status) is None
    assert pay(Status.HOLD, hold=held("bill_changed"), deleted_at=NOW) is None


# ---- snapshots of other versions


def test_long_names_are_cut_and_empty_ones_are_none() -> None:
    assert len(told(bill(vendor_name="x" * 500)).party or "") == NAME_CHARACTERS_MAX
    assert told(bill(vendor_name="", invoice_number="")).party is None


def test_states_of_newer_code_are_taken_as_they_are() -> None:
    shown = to_plain(Bill("bill-1", 1, rail_bill(R.READY), DECISION))
    shown["rail"]["state"] = "dreaming"
    shown["mood"] = "good"
    assert told(bill_work(shown)).kind is K.TO_DECIDE
    shown["decision"]["state"] = "pondered"
    assert bill_work(shown) is None
    shown["decision"] = None
    assert told(bill_work(shown)).code == "dreaming"


def test_what_is_no_snapshot_is_refused() -> None:
    assert bill_work({"id": "bill-1"}) is None  # a bill of which Ramp has told nothing
    with pytest.raises(PlainError):
        bill_work({"rail": {"state": 7}})
    with pytest.raises(PlainError):
        payment_work({"status": "hold"})
