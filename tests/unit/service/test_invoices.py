"""Invoices of the ledger: told twice, late, out of order, deleted, missed, and of somebody else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from rowcol.domain.facts import LedgerChanges
from rowcol.domain.invoice import Invoice
from rowcol.domain.money import Money
from rowcol.service.invoices import drop_invoices, keep_invoices
from rowcol.service.sync.ledger import sync_ledger
from tests.support.desk import SCOPE
from tests.support.invoice_desk import OTHER, InvoiceDesk, later, shown


@pytest.fixture
def desk() -> InvoiceDesk:
    """The books, and a ledger that shows INV-2041."""
    made = InvoiceDesk()
    made.qbo.held["1741"] = shown()
    return made


def balance(desk: InvoiceDesk) -> int:
    found = desk.invoice()
    assert found is not None
    return found.ledger.balance.minor


def test_a_notice_has_the_invoice_read(desk: InvoiceDesk) -> None:
    assert desk.notice("invoice.created") == "applied"
    found = desk.invoice()
    assert found is not None
    assert (found.ledger.customer_id, found.ledger.doc_number) == ("201", "INV-2041")
    assert found.list_key == f"open#2026-12-01#{found.id}"
    (entry,) = [one for one in desk.books.entries() if one.type == "invoice.reported"]
    assert entry.actor.id == "qbo"
    told = entry.data["invoice"]
    assert isinstance(told, dict)
    assert (told["id"], "version" in told) == (found.id, False)


def test_told_twice_it_is_written_once(desk: InvoiceDesk) -> None:
    desk.notice("invoice.created")
    assert desk.notice("invoice.created") == "unchanged"
    assert desk.notice("invoice.updated") == "unchanged"
    assert desk.facts() == ["invoice.reported"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_readings_may_come_in_any_order(desk: InvoiceDesk, order: tuple[int, ...]) -> None:
    now = desk.clock.now()
    said = [shown(30_000, 0), shown(10_000, 1), shown(0, 2)]
    readings = [later(one, now + timedelta(minutes=place)) for place, one in enumerate(said)]
    for place in order:
        keep_invoices(desk.environment, SCOPE, [readings[place]])
    assert balance(desk) == 0


def test_an_older_version_is_the_past_whenever_it_is_read(desk: InvoiceDesk) -> None:
    now = desk.clock.now()
    keep_invoices(desk.environment, SCOPE, [later(shown(10_000, 10), now)])
    stale = later(shown(30_000, 9), now + timedelta(hours=1))
    assert keep_invoices(desk.environment, SCOPE, [stale]) == 0
    assert balance(desk) == 10_000


def test_of_one_version_the_later_reading_counts(desk: InvoiceDesk) -> None:
    now = desk.clock.now()
    keep_invoices(desk.environment, SCOPE, [later(shown(10_000, 4), now, seconds=5)])
    between = later(shown(20_000, 4), now + timedelta(seconds=3))
    assert keep_invoices(desk.environment, SCOPE, [between]) == 0
    after = later(shown(20_000, 4), now + timedelta(seconds=5))
    assert keep_invoices(desk.environment, SCOPE, [after]) == 1
    assert balance(desk) == 20_000


def test_a_deleted_one_stays_deleted_for_what_was_read_before(desk: InvoiceDesk) -> None:
    desk.notice("invoice.created")
    late = desk.read_now(shown(15_000, 1))
    desk.pass_days(0.01)
    assert desk.notice("invoice.deleted") == "applied"
    assert desk.notice("invoice.deleted") == "unchanged"
    assert keep_invoices(desk.environment, SCOPE, [late]) == 0
    found = desk.invoice()
    assert found is not None
    assert (found.gone, found.is_payable) == (True, False)
    assert found.list_key == f"void#{found.id}"
    assert desk.facts() == ["invoice.reported", "invoice.deleted"]


def test_a_deletion_is_not_read_and_an_unknown_one_is_nothing(desk: InvoiceDesk) -> None:
    assert desk.notice("invoice.deleted", "9999") == "unchanged"
    assert desk.qbo.reads == []
    assert desk.facts() == []


def test_a_notice_that_comes_after_the_deletion(desk: InvoiceDesk) -> None:
    desk.notice("invoice.created")
    del desk.qbo.held["1741"]
    assert desk.notice("invoice.updated") == "applied"
    assert desk.facts() == ["invoice.reported", "invoice.deleted"]


def test_an_invoice_that_the_ledger_shows_again_is_there_again(desk: InvoiceDesk) -> None:
    desk.notice("invoice.created")
    del desk.qbo.held["1741"]
    desk.notice("invoice.updated")
    desk.qbo.held["1741"] = shown()
    assert desk.notice("invoice.updated") == "applied"
    found = desk.invoice()
    assert found is not None
    assert found.is_payable


def test_a_void_is_shown_and_not_payable(desk: InvoiceDesk) -> None:
    desk.notice("invoice.created")
    nothing = Money.zero("USD")
    desk.qbo.held["1741"] = shown(0, 1, amount=nothing, voided=True)
    assert desk.notice("invoice.voided") == "applied"
    found = desk.invoice()
    assert found is not None
    assert (found.gone, found.is_payable) == (False, False)


def test_each_client_has_its_own_ledger(desk: InvoiceDesk) -> None:
    desk.ledgers[OTHER.client].held["1741"] = shown(5_000, customer_name="Fern & Field")
    desk.notice("invoice.created", realm="realm-2")
    assert desk.invoice() is None
    assert desk.qbo.reads == []
    theirs = desk.invoice(scope=OTHER)
    assert theirs is not None
    assert theirs.ledger.balance == Money(5_000, "USD")
    assert desk.facts() == []
    drop_invoices(desk.environment, SCOPE, ["1741"])
    kept = desk.invoice(scope=OTHER)
    assert kept is not None
    assert not kept.gone


def test_a_notice_of_an_unknown_company_is_put_aside(desk: InvoiceDesk) -> None:
    assert desk.notice("invoice.created", realm="realm-9") == "unknown_tenant"
    assert desk.qbo.reads == []


def test_the_first_reconciliation_reads_every_open_invoice_and_no_other_does(
    desk: InvoiceDesk,
) -> None:
    desk.qbo.held["1742"] = shown(0, 3, invoice_id="1742")
    assert sync_ledger(desk.environment, SCOPE) == 1
    assert desk.qbo.reads == ["open"]
    assert desk.invoice("1742") is None
    assert sync_ledger(desk.environment, SCOPE) == 0
    assert desk.qbo.reads == ["open"]


def test_reconciliation_applies_changed_and_deleted_ones(desk: InvoiceDesk) -> None:
    desk.qbo.held["1742"] = shown(invoice_id="1742")
    sync_ledger(desk.environment, SCOPE)
    desk.qbo.feed = LedgerChanges(invoices=(shown(12_000, 1),), deleted_invoice_ids=("1742", "8"))
    assert sync_ledger(desk.environment, SCOPE) == 2
    assert balance(desk) == 12_000
    gone = desk.invoice("1742")
    assert gone is not None
    assert gone.gone
    desk.qbo.feed = LedgerChanges(invoices=(shown(12_000, 1),), deleted_invoice_ids=("1742",))
    assert sync_ledger(desk.environment, SCOPE) == 0


def test_after_a_gap_what_is_open_here_is_compared_with_the_ledger(desk: InvoiceDesk) -> None:
    desk.qbo.held["1742"] = shown(invoice_id="1742")
    desk.qbo.held["1743"] = shown(invoice_id="1743")
    sync_ledger(desk.environment, SCOPE)
    desk.qbo.reads.clear()
    del desk.qbo.held["1742"]
    desk.qbo.held["1743"] = shown(0, 1, invoice_id="1743")
    desk.qbo.feed = LedgerChanges(complete=False)
    assert sync_ledger(desk.environment, SCOPE) == 2
    assert sorted(desk.qbo.reads) == ["1742", "1743", "open"]
    missing, paid = desk.invoice("1742"), desk.invoice("1743")
    assert missing is not None
    assert paid is not None
    assert missing.gone
    assert paid.list_key == f"paid#{paid.id}"


def test_many_are_written_in_several_transactions(desk: InvoiceDesk) -> None:
    many = [desk.read_now(shown(invoice_id=str(2_000 + place))) for place in range(70)]
    assert keep_invoices(desk.environment, SCOPE, many) == 70
    assert len(desk.books.ids(Invoice, "open#", limit=200).ids) == 70


def test_only_the_version_told_is_news(desk: InvoiceDesk) -> None:
    """Somebody changed what is not kept here: the version must still be known."""
    desk.notice("invoice.created")
    desk.qbo.held["1741"] = shown(30_000, 7)
    desk.notice("invoice.updated")
    found = desk.invoice()
    assert found is not None
    assert found.ledger.sync_token == "7"
    known = replace(shown(1, 6), read=found.ledger.read)
    assert not found.learns_from(known)
