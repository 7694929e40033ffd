"""Rails apart in time: paid at Ramp, booked in the ledger and debited at the bank on other days."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from local.simulators.messages import Json
from tests.unit.simulators.conftest import Bench, make_bench


def at(day: int, hour: int = 23) -> datetime:
    return datetime(2026, 11, day, hour, 0, tzinfo=UTC)


def schedule(bench: Bench, place: int = 1, day: str = "2026-11-09") -> str:
    key = bench.sample.clients[0].bill_id(place)
    answer = bench.ramp_call("PATCH", f"/bills/{key}", {"payment_date": day})
    assert answer.status_code == 200, answer.text
    return key


def facts(bench: Bench, key: str) -> tuple[str, list[Any], list[Any]]:
    """What Ramp, the ledger and the bank say: state, BillPayments, bank lines."""
    state = bench.ramp_call("GET", f"/bills/{key}").json()["status_summary"]
    payments = bench.query("select * from BillPayment").get("BillPayment", [])
    lines = bench.plaid_call("/transactions/sync").json()["added"]
    return state, payments, [(line["amount"], line["pending"]) for line in lines]


def test_a_payment_walks_through_the_rails_on_their_own_days(bench: Bench) -> None:
    bench.to(at(5))
    key = schedule(bench)
    bench.to(at(9, 19))
    assert facts(bench, key) == ("PAYMENT_SCHEDULED", [], [])
    bench.to(at(9, 21))  # Ramp starts at 15:00 in New York
    assert facts(bench, key) == ("PAYMENT_PROCESSING", [], [])
    bench.to(at(10, 9))  # pending since 18:00 the day before, seen at Plaid's next look
    assert facts(bench, key) == ("PAYMENT_PROCESSING", [], [(100.0, True)])
    bench.to(at(10, 22))
    state, payments, lines = facts(bench, key)
    assert (state, lines) == ("PAYMENT_PROCESSING", [(100.0, False)])
    assert payments[0]["TotalAmt"] == 100.0
    bill = bench.query("select * from Bill where DocNumber = 'INV-01-001'")["Bill"][0]
    assert bill["Balance"] == 0
    assert bill["LinkedTxn"] == [{"TxnId": payments[0]["Id"], "TxnType": "BillPaymentCheck"}]
    bench.to(at(12, 23))  # three business days after the 9th, Veterans Day not counted
    assert facts(bench, key)[0] == "PAYMENT_PROCESSING"
    bench.to(at(13, 23))
    shown = bench.ramp_call("GET", f"/bills/{key}").json()
    assert (shown["status"], shown["sync_status"]) == ("PAID", "BILL_AND_PAYMENT_SYNCED")
    assert shown["remote_id"] == bill["Id"]
    listed = bench.ramp_call("GET", "/bills?payment_status=PAID").json()["data"][0]
    assert shown["payment"]["trace_id"] is not None
    assert listed["payment"]["trace_id"] is None


def test_the_bank_line_carries_the_debit_reference(bench: Bench) -> None:
    key = schedule(bench)
    bench.to(at(11))
    payment = bench.ramp_call("GET", f"/bills/{key}").json()["payment"]
    (line,) = bench.plaid_call("/transactions/sync").json()["added"]
    reference = line["payment_meta"]["reference_number"]
    assert reference == payment["bank_debit_trace_id"]["trace_id"]
    assert line["pending_transaction_id"] is not None


def test_nothing_happens_without_the_world(bench: Bench) -> None:
    schedule(bench)
    bench.base.at = at(20)
    for core in (bench.ramp, bench.qbo, bench.plaid):
        core.catch_up()
    assert bench.query("select * from BillPayment") == {}
    assert bench.plaid_call("/transactions/sync").json()["added"] == []


def test_facts_are_applied_once_however_often_they_are_carried(bench: Bench) -> None:
    key = schedule(bench)
    bench.to(at(10, 4))
    bench.world._cursors.clear()
    bench.world.settle()
    bench.to(at(12))
    assert len(facts(bench, key)[1]) == 1
    assert len(facts(bench, key)[2]) == 1


def test_each_rail_counts_on_its_own_clock(bench: Bench) -> None:
    key = schedule(bench)
    bench.ramp.advance(to=at(14))  # only Ramp's clock moves
    bench.world.settle()
    state, payments, lines = facts(bench, key)
    assert (state, payments, lines) == ("PAYMENT_COMPLETED", [], [])
    bench.qbo.advance(to=at(14))
    assert len(facts(bench, key)[1]) == 1
    assert facts(bench, key)[2] == []


@pytest.mark.parametrize(
    ("rail", "fault", "payments", "lines"),
    [
        ("qbo", {"kind": "ledger_amount", "params": {"delta_minor": -500}}, [95.0], [100.0]),
        ("qbo", {"kind": "ledger_skip"}, [], [100.0]),
        ("qbo", {"kind": "ledger_duplicate"}, [100.0, 100.0], [100.0]),
        ("plaid", {"kind": "bank_amount", "params": {"amount_minor": 9900}}, [100.0], [99.0]),
        ("plaid", {"kind": "bank_skip"}, [100.0], []),
    ],
)
def test_disagreements(
    bench: Bench, rail: str, fault: Json, payments: list[float], lines: list[float]
) -> None:
    {"qbo": bench.qbo, "plaid": bench.plaid}[rail].faults.add({**fault, "times": 1})
    key = schedule(bench)
    bench.to(at(12))
    _, booked, seen = facts(bench, key)
    assert [payment["TotalAmt"] for payment in booked] == payments
    assert [amount for amount, _ in seen] == lines


def test_a_return_credits_the_bank_and_leaves_the_ledger_paid(bench: Bench) -> None:
    bench.ramp.faults.add({"kind": "ach_return", "times": 1})
    key = schedule(bench)
    bench.to(at(20))
    state, payments, lines = facts(bench, key)
    assert state == "PAYMENT_ERROR"
    assert payments[0]["TotalAmt"] == 100.0
    assert lines == [(100.0, False), (-100.0, False)]
    answer = bench.ramp_call("PATCH", f"/bills/{key}", {"payment_date": "2026-11-23"}).json()
    assert answer["payment"]["bank_debit_trace_id"] is None  # another attempt, another payment


@pytest.mark.parametrize(
    ("fault", "state"),
    [
        ("awaiting_release", "AWAITING_RELEASE"),
        ("held_by_provider", "HELD_BY_PROVIDER"),
        ("payment_error", "PAYMENT_ERROR"),
    ],
)
def test_payments_that_stop_on_their_day(bench: Bench, fault: str, state: str) -> None:
    bench.ramp.faults.add({"kind": fault, "times": 1})
    key = schedule(bench)
    bench.to(at(12))
    assert facts(bench, key) == (state, [], [])
    if state != "PAYMENT_ERROR":
        bench.ramp.act("release_payment", bill_id=key)
        bench.to(at(20))
        assert facts(bench, key)[0] == "PAYMENT_COMPLETED"


def test_a_check_is_debited_when_it_is_cashed(bench: Bench) -> None:
    key = schedule(bench)
    bench.ramp_call("PATCH", f"/bills/{key}", {"payment_method": "CHECK"})
    bench.to(at(16))
    state, payments, lines = facts(bench, key)
    assert (state, len(payments), lines) == ("PAYMENT_PROCESSING", 1, [])
    bench.to(at(28))
    line = bench.plaid_call("/transactions/sync").json()["added"][0]
    assert line["check_number"] is not None
    assert facts(bench, key)[0] == "PAYMENT_COMPLETED"


def test_a_batch_is_one_debit_and_a_payment_per_bill(bench: Bench) -> None:
    keys = [bench.sample.clients[0].bill_id(place) for place in (1, 2)]
    bench.to(at(5))
    bench.ramp.act("batch", bill_ids=keys, payment_date="2026-11-09")
    bench.to(at(12))
    _, payments, lines = facts(bench, keys[0])
    assert sorted(payment["TotalAmt"] for payment in payments) == [100.0, 200.0]
    assert lines == [(300.0, False)]


def test_one_seed_gives_one_run() -> None:
    def run() -> list[Any]:
        bench = make_bench("seed-7")
        bench.qbo.faults.add({"kind": "drop_webhook", "probability": 0.3})
        schedule(bench)
        bench.to(at(12))
        cores = (bench.ramp, bench.qbo, bench.plaid)
        return [
            (delivery.event_type, dict(delivery.headers), delivery.body)
            for core in cores
            for delivery in core.due_deliveries()
        ]

    first = run()
    assert len(first) >= 5
    assert first == run()
