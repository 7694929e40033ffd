"""Stripe's sample files of the contract, where they lie beside this repository: each is true."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rowcol.domain.receivables.composition import composed, rows_of
from rowcol.domain.receivables.file_reading import DecimalQuestion, Layout, StripeReading
from rowcol.domain.receivables.objects import (
    charge_of,
    dispute_of,
    entry_of,
    payout_of,
    refund_of,
)
from rowcol.domain.receivables.told import Field, ObjectKind, StripeObject, heard, object_id
from rowcol.edge.stripe_files.read import read_stripe_file

SAMPLES = Path(__file__).resolve().parents[4] / "shared/rails/stripe"
if not SAMPLES.is_dir():
    pytest.skip("the samples are not beside the repository", allow_module_level=True)

TRUTH: dict[str, Any] = json.loads((SAMPLES / "expected.json").read_text())
HOSTILE: dict[str, Any] = json.loads((SAMPLES / "hostile/manifest.json").read_text())["files"]
GOOD = sorted(SAMPLES.glob("*.csv"))
LAYOUTS = {
    "balance_change_from_activity_itemized_3.csv": Layout.BALANCE_CHANGE,
    "dashboard_payments.csv": Layout.DASHBOARD_PAYMENTS,
    "dashboard_payouts.csv": Layout.DASHBOARD_PAYOUTS,
    "dashboard_balance_history.csv": Layout.BALANCE_HISTORY,
    "payout_reconciliation_itemized_5.csv": Layout.PAYOUT_RECONCILIATION,
    "payouts_itemized_3.csv": Layout.PAYOUTS,
}


def read(path: Path, decimal: str | None = None) -> StripeReading:
    found = read_stripe_file(path.read_bytes(), decimal)
    assert isinstance(found, StripeReading), found
    return found


def objects(*readings: StripeReading) -> dict[str, StripeObject]:
    """All words of some files, each file an import."""
    kept: dict[str, StripeObject] = {}
    for place, reading in enumerate(readings):
        for row in reading.rows:
            for told in row.told:
                name = object_id(told.kind, told.stripe_id)
                kept[name] = heard(kept.get(name), [told], f"import-{place}")
    return kept


def cents(text: str) -> int:
    return int(Decimal(text) * 100)


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.name)
def test_a_sample_is_read_whole_as_what_it_is(path: Path) -> None:
    reading = read(path)
    assert reading.layout is LAYOUTS[path.name]
    assert (reading.bad_row_count, reading.warnings) == (0, ())


def test_entries_are_the_truths_balance_transactions() -> None:
    kept = objects(read(SAMPLES / "balance_change_from_activity_itemized_3.csv"))
    entries = {
        one.stripe_id: entry
        for one in kept.values()
        if one.type is ObjectKind.ENTRY and (entry := entry_of(one)) is not None
    }
    assert set(entries) == {row["id"] for row in TRUTH["balance_transactions"]}
    for row in TRUTH["balance_transactions"]:
        entry = entries[row["id"]]
        shown = (entry.gross.minor, entry.fee.minor, entry.net.minor)
        assert shown == (cents(row["gross"]), cents(row["fee"]), cents(row["net"]))
        assert entry.gross.currency == row["currency"].upper()
        assert (entry.category, entry.payout_id) == (row["reporting_category"], row["payout"])
        assert (entry.source_id, entry.charge_id) == (row["source_id"], row["charge_id"])
        assert entry.created_at.isoformat().replace("+00:00", "Z") == row["created_utc"]
        charge = kept.get(object_id(ObjectKind.CHARGE, row["charge_id"] or "-"))
        if charge is not None:
            told = charge_of(charge)
            assert told is not None
            assert told.reference == row["invoice_doc_number"]
            assert told.customer_id == row["customer_id"]


@pytest.mark.parametrize("names", [
    ("payout_reconciliation_itemized_5.csv", "payouts_itemized_3.csv"),
    ("dashboard_payouts.csv", "balance_change_from_activity_itemized_3.csv"),
    tuple(LAYOUTS),
])  # fmt: skip
def test_payouts_are_made_of_their_rows_to_the_cent(names: tuple[str, ...]) -> None:
    kept = objects(*(read(SAMPLES / name) for name in names if (SAMPLES / name).exists()))
    for row in TRUTH["payouts"]:
        payout = payout_of(kept[object_id(ObjectKind.PAYOUT, row["id"])])
        assert payout is not None
        assert payout.amount is not None
        assert payout.amount.minor == cents(row["amount"])
        assert f"{payout.arrives_on}" == row["arrival_date"]
        assert payout.trace_id == row["trace_id"]
        of_it = [one for one in kept.values() if one.told.get(Field.PAYOUT) == row["id"]]
        rows = rows_of(
            [e for one in of_it if one.type is ObjectKind.ENTRY and (e := entry_of(one))],
            [c for one in of_it if one.type is ObjectKind.CHARGE and (c := charge_of(one))],
        )
        made_of = composed(payout.amount, payout.currency, rows)
        sums = made_of.sums
        assert made_of.is_explained
        assert sums.charges.minor == cents(row["gross_charges"])
        assert sums.fees.minor == cents(row["fees"])
        assert sums.refunds.minor == cents(row["refunds"])
        assert sums.disputes.minor == cents(row["disputes"])
        assert sums.billed.minor + sums.adjustments.minor == cents(row["other"])


def test_refunds_and_disputes_are_objects_of_their_own() -> None:
    kept = objects(read(SAMPLES / "payout_reconciliation_itemized_5.csv"))
    [refund] = [refund_of(one) for one in kept.values() if one.type is ObjectKind.REFUND]
    [dispute] = [dispute_of(one) for one in kept.values() if one.type is ObjectKind.DISPUTE]
    assert refund is not None
    assert (refund.amount.minor, refund.charge_id) == (25_000, "ch_1SDh7EUrLopfmmndKvWnChxu")
    assert dispute is not None
    assert (dispute.amount.minor, dispute.charge_id) == (82_900, "ch_1SDh740Wr7Zz41T4bR1mijr9")


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_file_behaves_as_its_manifest_says(name: str) -> None:
    wanted, path = HOSTILE[name], SAMPLES / "hostile" / name
    found = read_stripe_file(path.read_bytes())
    if wanted["expected"] == "accept_with_mapping":
        assert isinstance(found, DecimalQuestion)
        assert found.code == wanted["code"]
        found = read_stripe_file(path.read_bytes(), ",")
    assert isinstance(found, StripeReading)
    assert found.bad_row_count == 0
    codes = {problem.code.value for problem in found.warnings}
    if wanted["code"] == "payout_sum_mismatch":
        # The file alone does not say what the payout was; its rows and Stripe's amount do.
        kept = objects(found, read(SAMPLES / "payouts_itemized_3.csv"))
        lacking = kept[object_id(ObjectKind.PAYOUT, "po_1SDh7r7mFTU4Q5QrRLArrNDX")]
        payout = payout_of(lacking)
        assert payout is not None
        entries = [entry_of(one) for one in kept.values() if one.type is ObjectKind.ENTRY]
        own = [one for one in entries if one is not None and one.payout_id == payout.id]
        made_of = composed(payout.amount, payout.currency, rows_of(own, ()))
        assert made_of.unexplained is not None
        assert made_of.unexplained.minor in {217_474, 80_466}
    elif wanted["expected"] == "accept":
        assert codes == set()
    elif wanted["expected"] == "accept_with_warning":
        assert codes == {wanted["code"]}
    if "rows" in wanted:
        assert len(found.rows) == wanted["rows"]
    if "currencies" in wanted:
        assert {total.net.currency.lower() for total in found.totals} == set(wanted["currencies"])
