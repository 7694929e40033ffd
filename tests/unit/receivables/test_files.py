"""Stripe's files over the API: preview, apply, undo, again and torn, beside events."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from typing import Any

import pytest

from rowcol.domain.receivables.payout_record import PayoutStanding
from rowcol.domain.receivables.stripe_file import StripeFile
from rowcol.service.due_work import sweep_due
from rowcol.service.stripe_files.run import carry_on
from tests.support import stripe_files
from tests.support.desk import SCOPE
from tests.support.stripe_desk import charge
from tests.support.stripe_web import FILES, FileDesk


class Crash(Exception):
    """The process died here."""


@pytest.fixture
def desk() -> FileDesk:
    return FileDesk()


def test_a_preview_says_what_is_in_it_and_changes_nothing(desk: FileDesk) -> None:
    sent = desk.send(stripe_files.reconciliation())
    assert (sent.status, sent.body["state"]) == (201, "previewed")
    seen = sent.body["seen"]
    assert (seen["layout"], seen["rows"], seen["payout_count"]) == ("payout_reconciliation", 6, 2)
    [total] = seen["totals"]
    assert total["net"]["minor"] == 38_722 + 15_780
    assert desk.stripe_objects() == {}


def test_applied_it_explains_payouts_pays_invoices_and_finds_bank_lines(desk: FileDesk) -> None:
    invoice = desk.bill_customer()
    desk.apply(stripe_files.reconciliation())
    desk.apply(stripe_files.payouts())
    found = desk.payout()
    assert found.sums is not None
    assert (found.sums.charges.minor, found.sums.fees.minor) == (42_000, 1_278)
    assert (found.sums.refunds.minor, found.sums.net.minor) == (-2_000, 38_722)
    assert found.unexplained is not None
    assert found.unexplained.minor == 0
    second = desk.payout("po_2").sums
    assert second is not None
    assert (second.disputes.minor, second.billed.minor) == (-30_000, -1_240)
    # ch_a is disputed: its money is gone.
    assert desk.match("ch_a").invoice_id == invoice
    assert desk.collected(invoice) == 0
    desk.bank_shows("line-1", 38_722, "2026-11-13", "STRIPE TRANSFER")
    assert desk.payout().standing is PayoutStanding.ARRIVED
    assert "payout_sum" not in desk.open_items()


def test_rows_alone_tell_the_amount_when_no_payout_does(desk: FileDesk) -> None:
    desk.apply(stripe_files.reconciliation())
    amount = desk.payout().amount
    assert amount is not None
    assert amount.minor == 38_722


def test_a_row_that_is_missing_is_said(desk: FileDesk) -> None:
    desk.apply(stripe_files.payouts())
    sent = desk.send(stripe_files.reconciliation(stripe_files.SALES[1:]))
    assert [w["code"] for w in sent.body["seen"]["warnings"]] == ["payout_sum_mismatch"]
    desk.post(f"{FILES}/{{file}}/apply", file=sent.body["id"])
    left = desk.payout().unexplained
    assert left is not None
    assert left.minor == 29_100
    assert "payout_sum" in desk.open_items()
    desk.apply(stripe_files.balance_change())
    assert "payout_sum" not in desk.open_items()


@pytest.mark.parametrize("layout", [
    stripe_files.balance_change, stripe_files.balance_history, stripe_files.payments,
    stripe_files.payouts, stripe_files.dashboard_payouts,
])  # fmt: skip
def test_undoing_leaves_what_others_say(desk: FileDesk, layout: Any) -> None:
    desk.tell("charge.succeeded", charge("ch_a", created=1_794_312_000))
    first = desk.apply(stripe_files.reconciliation())
    before = desk.state()
    second = desk.apply(layout())
    undone = desk.undo(second)
    assert (undone.status, undone.body["state"]) == (200, "undone")
    assert desk.state() == before
    assert desk.undo(first).status == 200
    assert set(desk.state()) == {"charge-ch_a"}
    assert desk.payout().standing is PayoutStanding.FORGOTTEN


def test_a_reversal_in_a_report_ends_a_dispute(desk: FileDesk) -> None:
    desk.apply(stripe_files.reconciliation())
    assert "dispute_open" in desk.open_items()
    won = stripe_files.Sale(
        "h", "dispute_reversal", 30_000, 0, None, "2026-11-15 09:00:00", caused_by="du_e"
    )
    second = desk.apply(stripe_files.balance_change([won]))
    assert "dispute_open" not in desk.open_items()
    desk.undo(second)
    assert "dispute_open" in desk.open_items()


def test_the_very_same_file_is_held_once_and_may_come_again_after_undo(desk: FileDesk) -> None:
    name = desk.apply(stripe_files.payouts())
    again = desk.send(stripe_files.payouts())
    assert again.body["seen"]["same_file_as"] == name
    refused = desk.post(f"{FILES}/{{file}}/apply", file=again.body["id"])
    assert refused.code == "already_exists"
    desk.undo(name)
    assert desk.post(f"{FILES}/{{file}}/apply", file=again.body["id"]).status == 200


def test_a_decimal_comma_is_asked_for(desk: FileDesk) -> None:
    content = stripe_files.reconciliation(point=",")
    asked = desk.send(content)
    assert asked.body["state"] == "asking"
    assert asked.body["question"]["code"] == "locale_mapping_required"
    assert desk.post(f"{FILES}/{{file}}/apply", file=asked.body["id"]).code == "wrong_state"
    desk.apply(content, decimal=",")
    amount = desk.payout().amount
    assert amount is not None
    assert amount.minor == 38_722


@pytest.mark.parametrize(("content", "problem"), [
    (b"", "empty_file"),
    (b"a,b\n1,2\n", "unknown_dialect"),
    (b"PK\x03\x04...", "not_a_statement"),
    (b"<html>", "not_a_statement"),
    (stripe_files.payouts().replace(b"0.00", b"1.00"), "net_mismatch"),
    (stripe_files.payouts() + b'\n"', "unbalanced_quote"),
    (stripe_files.payouts() + b"\n\0", "nul_byte"),
    (stripe_files.payouts().replace(b"usd", b"dollars"), "bad_row"),
    (stripe_files.payouts().replace(b"payout_status", b"currency"), "duplicate_header"),
])  # fmt: skip
def test_what_cannot_be_read_is_refused_with_the_reason(
    desk: FileDesk, content: bytes, problem: str
) -> None:
    refused = desk.send(content)
    assert (refused.status, refused.code) == (400, "import_unreadable")
    assert refused.body["numbers"]["problem"] == problem
    assert desk.stripe_objects() == {}


def test_good_rows_are_kept_and_bad_ones_listed(desk: FileDesk) -> None:
    lines = stripe_files.payouts().split(b"\n")
    lines[1] = lines[1].replace(b"po_1", b"=HYPERLINK(1)")
    sent = desk.send(b"\n".join(lines))
    assert (sent.body["seen"]["rows"], sent.body["seen"]["bad_row_count"]) == (1, 1)
    assert sent.body["seen"]["bad_rows"][0]["line"] == 2


def test_a_viewer_imports_nothing_and_other_clients_files_are_not_there(desk: FileDesk) -> None:
    body = {"file_name": "x", "content": b64encode(stripe_files.payouts()).decode()}
    assert desk.post(FILES, body, "vic").status == 403
    assert desk.undo("stf_nothing").status == 404


@pytest.mark.parametrize("fault", ["save:before", "save:after", "commit:before", "commit:after"])
def test_a_crash_anywhere_is_carried_on_to_the_same_end(fault: str) -> None:
    whole = FileDesk()
    whole.apply(stripe_files.reconciliation())
    truth, place = whole.state(), 0
    while True:
        desk, met = FileDesk(), 0
        sent = desk.send(stripe_files.reconciliation()).body["id"]

        def die(call: str, wanted: int = place) -> None:
            nonlocal met
            if call == fault:
                met += 1
                if met == wanted + 1:
                    raise Crash

        desk.store.on_call = die
        with suppress(Crash):
            desk.post(f"{FILES}/{{file}}/apply", file=sent)
        desk.store.on_call = lambda _: None
        file = desk.books.get(StripeFile, sent)
        assert file is not None
        if file.state.value == "previewed":
            desk.post(f"{FILES}/{{file}}/apply", file=sent)
        desk.clock.pause(120)
        sweep_due(desk.environment)
        for name in desk.handed:
            carry_on(desk.environment, SCOPE, name, None)
        ended = desk.books.get(StripeFile, sent)
        assert ended is not None
        assert ended.state.value == "applied"
        assert desk.state() == truth
        sums = desk.payout().sums
        assert sums is not None
        assert sums.net.minor == 38_722
        assert desk.undo(sent).body["state"] == "undone"
        assert desk.state() == {}
        if met <= place:
            break
        place += 1
    assert place > 1
