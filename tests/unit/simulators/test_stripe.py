"""Stripe's charges, payouts and their life, lists, refusals, limits (stripe contract, 1 and 2)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from local.simulators.messages import ControlError, Json
from tests.unit.simulators.conftest import Bench, make_bench

CUSTOMER = f"cus_{1:014d}"


def get(bench: Bench, path: str, **params: Any) -> httpx.Response:
    headers = {"authorization": f"Bearer {bench.sample.clients[0].stripe_key}"}
    return bench.http.get(f"https://api.stripe.com{path}", params=params, headers=headers)


def charge(bench: Bench, amount: str = "1480.00", **given: Any) -> Json:
    return bench.stripe.act("charge", amount=amount, customer=CUSTOMER, **given)


def pass_days(bench: Bench, days: float) -> None:
    bench.to(bench.base.at + timedelta(days=days))


def payout(bench: Bench) -> Json:
    found: Json = get(bench, "/v1/payouts").json()["data"][0]
    return found


def kinds(bench: Bench) -> list[str]:
    events = [row["object"] for row in bench.stripe.document.rows("events").values()]
    return [event["type"] for event in events]


def bank_lines(bench: Bench) -> list[Json]:
    rows = bench.plaid.document.rows("bank_lines").values()
    return [row for row in rows if "STRIPE" in row["name"]]


def test_fees_are_the_published_ones(bench: Bench) -> None:
    card = charge(bench)
    moved = get(bench, f"/v1/balance_transactions/{card['balance_transaction']}").json()
    assert (moved["amount"], moved["fee"], moved["net"]) == (148_000, 4322, 143_678)
    assert moved["status"] == "pending"
    debit = charge(bench, "1275.40", method="us_bank_account")
    assert (debit["status"], debit["id"][:3]) == ("pending", "py_")
    pass_days(bench, 8)
    settled = get(bench, f"/v1/charges/{debit['id']}", **{"expand[]": "balance_transaction"}).json()
    assert (settled["status"], settled["balance_transaction"]["fee"]) == ("succeeded", 500)


def test_a_payout_lives_to_its_bank_line(bench: Bench) -> None:
    charge(bench)
    pass_days(bench, 5)
    bench.world.settle()
    pass_days(bench, 2)
    paid = payout(bench)
    assert (paid["amount"], paid["status"]) == (143_678, "paid")
    assert paid["reconciliation_status"] == "completed"
    assert paid["arrival_date"] % 86_400 == 0
    (line,) = bank_lines(bench)
    assert (line["amount_minor"], line["pending"]) == (-143_678, False)
    assert line["reference"] == bench.stripe.document.rows("payouts")[paid["id"]]["trace"]
    life = [kind for kind in kinds(bench) if kind.startswith("payout")]
    assert life[0] == "payout.created"
    assert life.index("payout.paid") < life.index("payout.reconciliation_completed")
    moves = get(bench, "/v1/balance_transactions", payout=paid["id"]).json()["data"]
    assert sum(move["net"] for move in moves if move["type"] != "payout") == paid["amount"]


def test_before_it_is_reconciled_a_payout_shows_a_part(bench: Bench) -> None:
    for _ in range(4):
        charge(bench, "100.00")
    bench.stripe.configure({"reconciliation_after_seconds": 10 * 86_400})
    pass_days(bench, 7)
    found = payout(bench)
    assert found["reconciliation_status"] == "in_progress"
    assert len(get(bench, "/v1/balance_transactions", payout=found["id"]).json()["data"]) == 2
    bench.stripe.configure({"unreconciled_listing": "empty"})
    assert get(bench, "/v1/balance_transactions", payout=found["id"]).json()["data"] == []
    pass_days(bench, 10)
    assert len(get(bench, "/v1/balance_transactions", payout=found["id"]).json()["data"]) == 5


def test_a_payout_fails_after_it_was_paid(bench: Bench) -> None:
    bench.stripe.faults.add({"kind": "payout_fails", "times": 1})
    charge(bench)
    pass_days(bench, 6)
    assert payout(bench)["status"] == "paid"
    assert bank_lines(bench) == []  # paid is what Stripe says; the bank never saw it
    pass_days(bench, 2)
    failed = next(row["object"] for row in bench.stripe.document.rows("payouts").values())
    assert (failed["status"], failed["failure_code"]) == ("failed", "account_closed")
    back = get(bench, f"/v1/balance_transactions/{failed['failure_balance_transaction']}").json()
    assert (back["net"], back["reporting_category"]) == (143_678, "payout_reversal")
    pass_days(bench, 4)  # the money is paid out once more, and lands
    assert [line["amount_minor"] for line in bank_lines(bench)] == [-143_678]


def test_a_credit_that_landed_is_taken_back(bench: Bench) -> None:
    charge(bench)
    pass_days(bench, 7)
    bench.stripe.configure({"payout_at_utc": "00:20"})
    bench.stripe.act("fail_payout", code="no_account")
    bench.world.settle()
    pass_days(bench, 0.5)
    assert sorted(line["amount_minor"] for line in bank_lines(bench)) == [-143_678, 143_678]


def test_only_a_pending_payout_can_be_stopped(bench: Bench) -> None:
    charge(bench)
    pass_days(bench, 4.5)
    bench.stripe.act("run_payouts")
    pass_days(bench, 3)
    key = payout(bench)["id"]
    with pytest.raises(ControlError, match="only pending can stop"):
        bench.stripe.act("cancel_payout", payout_id=key)
    with pytest.raises(ControlError, match="insufficient funds"):
        bench.stripe.act("pay_out", amount="10.00")
    bench.stripe.configure({"payout_at_utc": "23:59"})
    charge(bench)
    while get(bench, "/v1/balance").json()["available"][0]["amount"] == 0:
        pass_days(bench, 0.25)
    by_hand = bench.stripe.act("pay_out", amount="10.00")
    bench.stripe.act("cancel_payout", payout_id=by_hand["id"])
    assert get(bench, f"/v1/payouts/{by_hand['id']}").json()["status"] == "canceled"
    assert by_hand["reconciliation_status"] == "not_applicable"
    refused = get(bench, "/v1/balance_transactions", payout=by_hand["id"])
    assert refused.status_code == 400
    assert "automatic transfers" in refused.json()["error"]["message"]


def test_the_trace_may_stay_pending_for_ten_days_or_never_come(bench: Bench) -> None:
    bench.stripe.faults.add({"kind": "trace_late", "times": 1})
    charge(bench)
    pass_days(bench, 8)
    assert payout(bench)["trace_id"] == {"status": "pending", "value": None}
    pass_days(bench, 8)
    assert payout(bench)["trace_id"]["status"] == "supported"
    bench.stripe.faults.add({"kind": "trace_unsupported", "times": 1})
    charge(bench)
    pass_days(bench, 10)
    assert payout(bench)["trace_id"] == {"status": "unsupported", "value": None}


def test_refunds_and_disputes_move_the_balance(bench: Bench) -> None:
    paid = charge(bench)
    back = bench.stripe.act("refund", charge_id=paid["id"], amount="250.00")
    again = get(bench, f"/v1/charges/{paid['id']}").json()
    assert (again["amount_refunded"], again["refunded"]) == (25_000, False)
    with pytest.raises(ControlError, match="is left to refund"):
        bench.stripe.act("refund", charge_id=paid["id"], amount="1400.00")
    bench.stripe.act("fail_refund", refund_id=back["id"])
    opened = bench.stripe.act("dispute", charge_id=paid["id"])
    (taken,) = opened["balance_transactions"]
    assert (taken["amount"], taken["fee"], taken["net"]) == (-148_000, 1500, -149_500)
    bench.stripe.act("move_dispute", dispute_id=opened["id"], status="under_review")
    bench.stripe.act("move_dispute", dispute_id=opened["id"], status="won")
    wanted = ["charge.refunded", "refund.created", "refund.updated", "refund.failed"]
    disputes = ["created", "funds_withdrawn", "updated", "closed", "funds_reinstated"]
    assert kinds(bench)[1:] == wanted + [f"charge.dispute.{name}" for name in disputes]
    balance = get(bench, "/v1/balance").json()
    assert balance["pending"] == [{"amount": 143_678 - 1500, "currency": "usd"}]


def test_invoices_are_paid_fail_fall_due_and_end(bench: Bench) -> None:
    def invoice(**given: Any) -> Json:
        return bench.stripe.act("create_invoice", amount="20.00", customer=CUSTOMER, **given)

    first, second, third, fourth = (invoice(days=1) for _ in range(4))
    bench.stripe.act("pay_invoice", invoice_id=first["id"], outcome="card_declined")
    bench.stripe.act("pay_invoice", invoice_id=first["id"])
    bench.stripe.act("void_invoice", invoice_id=second["id"])
    bench.stripe.act("give_up_invoice", invoice_id=third["id"])
    pass_days(bench, 2)
    told = [kind for kind in kinds(bench) if kind.startswith("invoice")][4:]
    ends = ["payment_failed", "paid", "voided", "marked_uncollectible", "overdue"]
    assert told == [f"invoice.{name}" for name in ends]
    shown = get(bench, f"/v1/invoices/{first['id']}").json()
    assert (shown["status"], shown["attempt_count"], shown["amount_remaining"]) == ("paid", 2, 0)
    assert not {"charge", "payment_intent"} & set(shown)
    assert get(bench, "/v1/invoices", status="open").json()["data"][0]["id"] == fourth["id"]


def test_lists_page_by_page_newest_first(bench: Bench) -> None:
    made = []
    for _ in range(5):
        made.append(charge(bench, "1.00")["id"])
        bench.base.move(seconds=1)
    first = get(bench, "/v1/charges", limit=2).json()
    assert [one["id"] for one in first["data"]] == [made[4], made[3]]
    assert first["has_more"] is True
    rest = get(bench, "/v1/charges", limit=3, starting_after=made[3]).json()
    assert ([one["id"] for one in rest["data"]], rest["has_more"]) == (made[2::-1], False)
    back = get(bench, "/v1/charges", limit=1, ending_before=made[2]).json()
    assert [one["id"] for one in back["data"]] == [made[3]]
    newest = int(bench.base.at.timestamp()) - 2
    assert len(get(bench, "/v1/charges", **{"created[gte]": newest}).json()["data"]) == 2
    named = {"types[0]": "charge.succeeded", "types[1]": "charge.failed"}
    assert len(get(bench, "/v1/events", **named).json()["data"]) == 5


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("/v1/payouts/po_none", {}, 404, "resource_missing"),
        ("/v1/nothing", {}, 404, None),
        ("/v1/payouts", {"color": "red"}, 400, "parameter_unknown"),
        ("/v1/payouts", {"limit": "101"}, 400, "parameter_invalid_integer"),
        ("/v1/payouts", {"limit": "many"}, 400, "parameter_invalid_integer"),
        ("/v1/charges", {"starting_after": "ch_none"}, 404, "resource_missing"),
        ("/v1/charges", {"expand[]": "data.secret"}, 400, None),
    ],
)
def test_refusals(bench: Bench, path: str, params: Json, status: int, code: str | None) -> None:
    charge(bench)
    answer = get(bench, path, **params)
    error = answer.json()["error"]
    assert (answer.status_code, error.get("code")) == (status, code)
    assert error["type"] == "invalid_request_error"
    assert answer.headers["request-id"].startswith("req_")


def test_keys_and_other_peoples_objects() -> None:
    bench = make_bench("5", clients=2)
    mine, theirs = bench.sample.clients
    other = bench.stripe.act("charge", amount="5.00", account=theirs.stripe_account)
    assert get(bench, f"/v1/charges/{other['id']}").status_code == 404
    nobody = bench.http.get("https://api.stripe.com/v1/payouts")
    assert nobody.status_code == 401
    wrong = {"authorization": "Bearer sk_live_wrongwrongwrong1234"}
    said = bench.http.get("https://api.stripe.com/v1/payouts", headers=wrong).json()["error"]
    assert said["message"] == "Invalid API Key provided: sk_live_********1234"
    bench.stripe.faults.add({"kind": "permission_denied", "times": 1})
    assert get(bench, "/v1/payouts").status_code == 403
    bench.stripe.act("revoke_key", account=mine.stripe_account)
    assert get(bench, "/v1/payouts").status_code == 401


def test_too_many_calls_a_second(bench: Bench) -> None:
    statuses = [get(bench, "/v1/balance").status_code for _ in range(26)]
    assert statuses == [200] * 25 + [429]
    bench.base.move(seconds=1)
    assert get(bench, "/v1/balance").status_code == 200
