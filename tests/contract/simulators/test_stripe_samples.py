"""Stripe's simulator beside the samples of its contract: events key by key, files cell by cell."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from local.simulators.messages import Json
from tests.contract.simulators import own_shapes
from tests.contract.simulators.shapes import differences
from tests.contract.simulators.subset import HERE, RAILS
from tests.unit.simulators.conftest import Bench, make_bench

INVOICE = {"qbo_invoice_doc_number": "INV-2042", "qbo_customer_id": "202"}
CELLS = (
    ("amount", r"-?\d+\.\d{2}"),
    ("instant", r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"),
    ("minute", r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}"),
    ("day", r"\d{4}-\d{2}-\d{2}"),
    ("flag", r"true|false"),
    ("id", r"(txn|po|ch|py|re|du|pi|in|cus|ba)_\w{14,}"),
    ("text", r".+"),
)
FILES = {
    "payout_reconciliation_itemized_5": "payout_reconciliation.itemized.5",
    "balance_change_from_activity_itemized_3": "balance_change_from_activity.itemized.3",
    "payouts_itemized_3": "payouts.itemized.3",
    "dashboard_payments": "payments",
    "dashboard_payouts": "payouts",
}


@pytest.fixture(scope="module")
def month() -> Bench:
    """Card and bank payments, a refund, a dispute, a fee, paid out; a payout that failed."""
    bench = make_bench("month")
    bench.stripe.configure({"trace_after_days": [0.0, 0.0]})
    client = bench.sample.clients[0]
    act, customer = bench.stripe.act, f"cus_{1:014d}"
    made = act("create_invoice", amount="865.50", customer=customer, metadata=INVOICE)
    act("pay_invoice", invoice_id=made["id"])
    act("charge", amount="1275.40", method="us_bank_account", customer=customer, metadata=INVOICE)
    act("charge", amount="980.00", outcome="insufficient_funds", customer=customer)
    charges = [row["object"] for row in bench.stripe.document.rows("charges").values()]
    act("refund", charge_id=charges[0]["id"], amount="250.00")
    act("dispute", charge_id=charges[0]["id"], amount="100.00")
    act("stripe_fee", amount="12.40")
    bench.to(bench.base.at + timedelta(days=14))
    act("charge", amount="50.00", customer=customer, account=client.stripe_account)
    bench.stripe.faults.add({"kind": "payout_fails", "times": 1})
    bench.to(bench.base.at + timedelta(days=9))
    return bench


def event(bench: Bench, kind: str) -> Json:
    rows = bench.stripe.document.rows("events").values()
    found: Json = next(row["object"] for row in rows if row["object"]["type"] == kind)
    return found


def report(bench: Bench, layout: str, **options: Any) -> str:
    text: str = bench.stripe.act("report", layout=layout, **options)["csv"]
    return text


def rows(text: str, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=delimiter))


def cell(text: str) -> str:
    return next((name for name, form in CELLS if re.fullmatch(form, text)), "empty")


@pytest.mark.skipif(not HERE, reason="the rail contracts are not here")
@pytest.mark.parametrize(
    "name",
    [
        *("charge_dispute_created", "charge_refunded", "charge_succeeded", "invoice_paid"),
        *("payout_created", "payout_failed", "payout_paid", "payout_reconciliation_completed"),
        "refund_created",
    ],
)
def test_events_have_the_samples_keys_and_kinds(month: Bench, name: str) -> None:
    sample = json.loads((RAILS / "events" / "stripe" / f"{name}.json").read_bytes())
    shown = event(month, sample["type"])
    free = frozenset({"metadata", "payment_method_details", "evidence", "fraud_details"})
    assert differences(sample, shown, free=free) == []


@pytest.mark.parametrize("name", own_shapes.STRIPE)
def test_events_have_the_keys_that_we_composed(month: Bench, name: str) -> None:
    wanted = own_shapes.STRIPE[name]
    free = frozenset({"metadata"})
    assert differences(wanted, event(month, wanted["type"]), free=free) == []


@pytest.mark.skipif(not HERE, reason="the rail contracts are not here")
def test_envelopes_have_the_samples_keys(month: Bench) -> None:
    folder = RAILS / "events" / "stripe"
    paid = event(month, "payout.paid")
    bus = month.stripe.act("eventbridge", event_id=paid["id"])
    assert differences(json.loads((folder / "eventbridge_envelope.json").read_bytes()), bus) == []
    thin = month.stripe.notices.thin(paid)
    sample = json.loads((folder / "thin_event_v2.json").read_bytes())
    assert differences(sample, thin) == [".snapshot_event is not in the sample"]


@pytest.mark.skipif(not HERE, reason="the rail contracts are not here")
@pytest.mark.parametrize("name", FILES)
def test_files_have_the_samples_columns_and_cells(month: Bench, name: str) -> None:
    raw = (RAILS / "stripe" / f"{name}.csv").read_bytes().decode()
    head = next(csv.reader(io.StringIO(raw)))
    text = report(month, FILES[name], columns=head, timezone="America/New_York")
    assert next(csv.reader(io.StringIO(text))) == head
    sample, shown = rows(raw), rows(text)
    assert shown
    for column in head:
        kinds = {cell(row[column]) for row in sample} - {"empty"}
        # A column that is empty in the whole sample says nothing of its cells.
        assert not kinds or {cell(row[column]) for row in shown} <= kinds | {"empty"}, column
    bare = report(month, FILES[name]).splitlines()[0].split(",")
    assert bare == [column for column in head if "metadata" not in column]


@pytest.mark.skipif(not HERE, reason="the rail contracts are not here")
def test_the_decimal_comma_is_the_samples(month: Bench) -> None:
    raw = (RAILS / "stripe" / "hostile" / "decimal_comma.csv").read_text(encoding="utf-8")
    head = next(csv.reader(io.StringIO(raw), delimiter=";"))
    layout = FILES["payout_reconciliation_itemized_5"]
    text = report(month, layout, columns=head, decimal_separator=",")
    assert text.splitlines()[0] == raw.splitlines()[0]
    assert re.fullmatch(r"-?\d+,\d{2}", rows(text, ";")[0]["gross"])


def test_gross_less_fee_is_net_and_nets_add_up_to_the_payout(month: Bench) -> None:
    nets: dict[str, Decimal] = {}
    for row in rows(report(month, "payout_reconciliation.itemized.5")):
        assert Decimal(row["gross"]) - Decimal(row["fee"]) == Decimal(row["net"])
        key = row["automatic_payout_id"]
        nets[key] = nets.get(key, Decimal(0)) + Decimal(row["net"])
    shown = rows(report(month, "payouts"))
    assert nets == {row["id"]: Decimal(row["Amount"]) for row in shown}
    assert {row["Status"] for row in shown} == {"paid", "failed", "in_transit"}
    paid = rows(report(month, "payouts.itemized.3"))
    assert {row["reporting_category"] for row in paid} == {"payout", "payout_reversal"}


def test_a_day_in_another_zone_is_the_evening_before(month: Bench) -> None:
    layout, name = "payout_reconciliation.itemized.5", "automatic_payout_effective_at"
    row = rows(report(month, layout, timezone="America/New_York"))[0]
    assert row[f"{name}_utc"].endswith(" 00:00:00")
    assert row[name][:10] < row[f"{name}_utc"][:10]
    month.stripe.configure({"date_only_columns": "same"})
    same = rows(report(month, layout, timezone="America/New_York"))[0]
    month.stripe.configure({"date_only_columns": "shifted"})
    assert same[name] == same[f"{name}_utc"]


def test_the_balance_history_has_a_mark_minutes_and_payouts(month: Bench) -> None:
    text = report(month, "balance_history")
    assert text.startswith("\ufeffid,Type,Source,Amount,Fee,")
    assert cell(rows(text)[0]["Created (UTC)"]) == "minute"
    assert {"charge", "payment", "refund", "adjustment", "payout", "payout_failure"} <= {
        row["Type"] for row in rows(text)
    }
    month.stripe.configure({"bom_files": []})
    assert report(month, "balance_history").startswith("id,")


def test_currencies_without_decimals(month: Bench) -> None:
    month.stripe.act("charge", amount="148000", currency="jpy")
    only = rows(report(month, "balance_change_from_activity.itemized.3", currency="jpy"))
    assert [(row["currency"], row["gross"]) for row in only] == [("jpy", "148000")]
