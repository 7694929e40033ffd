"""Executions of the real custody machine on the engine, one test per branch."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from local.demo.firm import FIRM, DemoClient
from rowcol.domain.bill import Bill
from rowcol.domain.client import Client
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Step, Verification
from rowcol.domain.scope import Scope
from rowcol.service.audit import verify_log
from tests.support.rig.custody import (
    commanded,
    executions,
    is_held,
    judged,
    open_kinds,
    ramp_address,
    run,
    waits_for_rail,
)
from tests.support.rig.stack import Rig, eventually

PAYMENT_PATCH = {"method": "PATCH"}
UNANSWERED = {"seconds": 0, "disconnect": True}


@pytest.fixture(autouse=True)
def _bank_morning(rig: Rig) -> None:
    rig.early()


@pytest.fixture
def client(rig: Rig) -> DemoClient:
    return rig.client(("120.50", "75.25"))


# ---- the whole chain


def test_paid_booked_and_debited_is_verified(rig: Rig, client: DemoClient) -> None:
    payment = commanded(rig, client)
    rig.to_hour(16)
    rig.until(client, payment, lambda found: found.status is Status.PROCESSING)
    rig.morning(5)
    found = rig.until(client, payment, lambda found: found.recorded_attempt > 0)
    assert (found.status, found.verification) == (Status.DONE, Verification.VERIFIED)
    assert [status for _, status in rig.commands(client)] == [200]
    run_of = executions(rig, payment)[0]
    assert rig.engine.wait_for_execution(run_of["executionArn"])["status"] == "SUCCEEDED"
    assert verify_log(rig.books(client), "USD").intact
    assert open_kinds(rig, client) == set()


def test_the_proof_is_judged_again_with_each_new_fact(rig: Rig, client: DemoClient) -> None:
    late = {"match": {"bill_id": client.bill_id(1)}, "times": 1}
    rig.fault("plaid", "bank_delay", **late, params={"business_days": 4})
    payment = commanded(rig, client)
    rig.to_hour(16)
    rig.morning(4)
    waiting = rig.until(
        client, payment, lambda found: found.status is Status.DONE and found.ledger is not None
    )
    rig.until(client, payment, lambda found: found.custody.token is not None)
    assert waiting.verification is Verification.AWAITING
    rig.morning(3)
    rig.until(client, payment, lambda found: found.verification is Verification.VERIFIED)
    outcomes = judged(rig, client, payment)
    assert outcomes[-1] == "verified"
    assert outcomes[:-1].count("waiting") == len(outcomes) - 1 >= 1
    assert len(executions(rig, payment)) == 1


# ---- waiting for the rail


def test_a_lost_webhook_is_found_by_the_sweep(rig: Rig, client: DemoClient) -> None:
    lost = rig.fault("ramp", "drop_webhook", match={"url": ramp_address(rig, client)})
    payment = commanded(rig, client)
    rig.to_hour(16)
    rig.morning(4)
    assert rig.payment(client, payment).status is Status.PENDING
    rig.sweep(client)
    rig.until(client, payment, lambda found: found.verification is Verification.VERIFIED)
    rig.remove_fault("ramp", lost)


def test_a_lost_resume_is_found_by_the_minute_sweep(rig: Rig, client: DemoClient) -> None:
    payment = commanded(rig, client)
    books = rig.books(client)

    def lose_the_resume() -> bool:
        found = rig.payment(client, payment)
        custody = replace(found.custody, step=Step.VERIFY, fresh_facts=True)
        past = rig.timeline.now() - timedelta(minutes=1)
        return books.save(replace(found, custody=custody, due=past))  # beside the log: no stream

    eventually(lose_the_resume, "saved")
    rig.due_work()
    found = rig.until(client, payment, lambda found: found.custody.step is Step.AWAIT_PROOF)
    assert found.custody.attempt == 1
    assert judged(rig, client, payment) == ["waiting"]


def test_the_token_of_a_dead_execution_is_replaced_by_a_new_attempt(
    rig: Rig, client: DemoClient
) -> None:
    payment = commanded(rig, client)
    machines = rig.engine.client("stepfunctions")
    machines.stop_execution(executionArn=executions(rig, payment)[0]["executionArn"])
    rig.to_hour(16)
    rig.morning(5)
    rig.until(client, payment, lambda found: found.status is Status.DONE)

    def proved() -> bool:
        rig.pass_time(minutes=3)
        rig.due_work()
        return rig.payment(client, payment).verification is Verification.VERIFIED

    eventually(proved, "verified by the next attempt")
    assert rig.payment(client, payment).custody.attempt == 2
    assert len(rig.commands(client)) == 1


def test_an_old_attempt_is_stopped_without_a_write(rig: Rig, client: DemoClient) -> None:
    payment = commanded(rig, client)
    before, length = rig.payment(client, payment), rig.log_length(client)
    for old in (0, 2, 99):
        ended = run(rig, client, payment, old)
        assert ended["status"] == "SUCCEEDED"
        assert json.loads(ended["output"])["last"]["outcome"] == "stopped"
    assert run(rig, client, "pay_unknown", 1)["status"] == "SUCCEEDED"
    assert rig.payment(client, payment) == before
    assert rig.log_length(client) == length


# ---- holds before the command


def test_an_unknown_balance_holds_and_the_repaired_bank_releases(
    rig: Rig, client: DemoClient
) -> None:
    rig.pass_time(minutes=70)
    rig.act("plaid", "login_required", item_id=client.item_id)
    payment = rig.pay(client)
    found = rig.until(client, payment, is_held)
    assert found.hold is not None
    assert found.hold.kind in ("balance_stale", "balance_unknown")
    assert rig.commands(client) == []
    assert "connection_broken" in open_kinds(rig, client)
    rig.act("plaid", "repair", item_id=client.item_id)

    def released() -> bool:
        rig.pass_time(minutes=61)
        rig.due_work()
        # An execution that was started gets the time it needs: a later hour would end it.
        found = rig.until(client, payment, lambda one: waits_for_rail(one) or is_held(one))
        return waits_for_rail(found)

    eventually(released, "released once the balance is known")


def test_another_amount_at_the_recheck_holds(rig: Rig, client: DemoClient) -> None:
    lost = rig.fault("ramp", "drop_webhook", match={"url": ramp_address(rig, client)})
    rig.act("ramp", "change_amount", bill_id=client.bill_id(1), amount="130.50")
    payment = rig.pay(client)
    found = rig.until(client, payment, is_held)
    rig.remove_fault("ramp", lost)
    assert found.hold is not None
    assert found.hold.kind == "bill_changed"
    bill = rig.books(client).get(Bill, client.bill_id(1))
    assert bill is not None
    assert bill.open_reserve is not None
    assert bill.open_reserve.amount.minor == 13_050
    assert rig.commands(client) == []


def test_another_vendor_account_at_the_recheck_holds(rig: Rig, client: DemoClient) -> None:
    lost = rig.fault("ramp", "drop_webhook", match={"url": ramp_address(rig, client)})
    other = "11111111-2222-4333-8444-555555555555"
    rig.act("ramp", "change_vendor_account", bill_id=client.bill_id(1), vendor_account_id=other)
    payment = rig.pay(client)
    found = rig.until(client, payment, is_held)
    rig.remove_fault("ramp", lost)
    assert found.hold is not None
    assert found.hold.kind == "bank_details_changed"
    assert rig.commands(client) == []


def test_paid_outside_in_the_ledger_holds(rig: Rig, client: DemoClient) -> None:
    for _ in range(2):  # the fact travels to the ledger, and its answer back to Ramp
        rig.pass_time(minutes=45)
    rig.sweep(client)
    bill = rig.books(client).get(Bill, client.bill_id(1))
    assert bill is not None
    rig.act(
        "qbo",
        "pay_bill",
        realm=client.realm_id,
        key=bill.rail.ledger_bill_id,
        amount="20.00",
    )
    payment = rig.pay(client)
    found = rig.until(client, payment, is_held)
    assert found.hold is not None
    assert found.hold.kind == "paid_outside"
    assert rig.commands(client) == []


# ---- the command


def test_a_refusal_by_the_rail_holds_with_its_words(rig: Rig, client: DemoClient) -> None:
    rig.fault("ramp", "server_error", times=1, match=PAYMENT_PATCH, params={"status": 400})
    payment = rig.pay(client)
    found = rig.until(client, payment, is_held)
    assert found.hold is not None
    assert found.hold.kind == "rail_refused"
    assert found.command is not None
    assert found.command.result == "refused"
    assert "held" in open_kinds(rig, client)


def test_a_missing_capability_holds_once_and_is_refused_afterwards(rig: Rig) -> None:
    client = rig.client(("120.50", "75.25"), profile="OA25")
    payment = rig.pay(client)
    found = rig.until(client, payment, is_held)
    assert found.hold is not None
    assert found.hold.kind == "capability_missing"
    known = rig.books(client).get(Client, client.id)
    assert known is not None
    assert known.missing_capabilities == ("payment_date",)
    bill = client.bill_id(2)
    assert rig.ann.post(f"/clients/{client.id}/bills/{bill}/stage").status_code == 201
    answer = rig.ann.post(f"/clients/{client.id}/decisions", {"bill_id": bill, "action": "pay_now"})
    assert (answer.status_code, answer.json()["code"]) == (422, "capability_missing")


@pytest.mark.parametrize("effect", ["with", "without"])
def test_a_lost_answer_holds_and_the_rail_is_asked_again(
    rig: Rig, client: DemoClient, effect: str
) -> None:
    rig.fault("ramp", f"timeout_{effect}_effect", times=1, match=PAYMENT_PATCH, params=UNANSWERED)
    payment = rig.pay(client)
    found = rig.until(client, payment, is_held)
    assert found.hold is not None
    assert found.hold.kind == "outcome_unknown"
    assert len(rig.commands(client)) == 1
    rig.pass_time(minutes=6)
    rig.due_work()
    found = rig.until(client, payment, waits_for_rail)
    assert found.custody.attempt == 2
    assert len(rig.commands(client)) == (1 if effect == "with" else 2)
    assert rig.rail_bill(client)["state"] == "PAYMENT_SCHEDULED"
    assert "held" not in open_kinds(rig, client)


# ---- trouble


def test_a_rail_in_trouble_is_retried(rig: Rig, client: DemoClient) -> None:
    path = f"/bills/{client.bill_id(1)}$"
    rig.fault("ramp", "server_error", times=5, match={"method": "GET", "path": path})
    payment = rig.pay(client)
    found = rig.until(client, payment, lambda found: waits_for_rail(found) or is_held(found))
    assert waits_for_rail(found)
    assert found.custody.attempt == 1


def test_a_broken_contract_is_compensated_with_a_hold(rig: Rig, client: DemoClient) -> None:
    path = f"/bills/{client.bill_id(1)}$"
    broken = {"times": 1, "match": {"method": "GET", "path": path}, "params": {"status": 418}}
    rig.fault("ramp", "server_error", **broken)
    payment = rig.pay(client)
    found = rig.until(client, payment, is_held)
    assert found.hold is not None
    assert found.hold.kind == "step_failed"
    assert "RailProtocolError" in found.hold.detail
    ended = rig.engine.wait_for_execution(executions(rig, payment)[0]["executionArn"])
    assert ended["status"] == "SUCCEEDED"
    assert rig.commands(client) == []


def test_a_failing_compensation_fails_the_execution_by_name(rig: Rig, client: DemoClient) -> None:
    length = rig.log_length(client)
    ended = run(rig, client, "pay_x", "one")
    assert (ended["status"], ended["error"]) == ("FAILED", "CustodyFailed")
    assert rig.log_length(client) == length


def test_scopes_are_the_firms_own(rig: Rig, client: DemoClient) -> None:
    assert Scope(FIRM, client.id) in rig.store.scopes()
