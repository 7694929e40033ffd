"""QuickBooks' deliveries, from their bytes: each company by itself, each object once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import pytest

from rowcol.domain.directory import Tenant, tenant_key
from rowcol.domain.facts import LedgerChanges, LedgerPayment
from rowcol.domain.scope import Scope
from rowcol.rails.qbo.webhook import RAIL
from rowcol.service.apply_event import Application, apply_rows
from rowcol.service.inbox_ports import InboxRow
from rowcol.service.intake_ports import Endpoint, Reading
from rowcol.service.ledger_notices import READ_ONE_BY_ONE_MAX
from rowcol.service.ports import RailUnavailable
from rowcol.service.sync.ledger import sync_ledger
from tests.support.desk import SCOPE
from tests.support.invoice_desk import OTHER, InvoiceDesk, OneRow, ScriptedLedger, shown
from tests.support.webhooks.base import OTHER_REALM, REALM, compact
from tests.support.webhooks.qbo import classic, cloud_event


class Ledger(ScriptedLedger):
    """Counts calls of every kind; `down` refuses them."""

    down = False

    def read_invoice(self, invoice_id: str) -> Any:
        if self.down:
            raise RailUnavailable("qbo", "503")
        return super().read_invoice(invoice_id)

    def read_payment(self, payment_id: str) -> LedgerPayment | None:
        self.reads.append(f"payment {payment_id}")
        return None

    def changes(self, since: Any) -> LedgerChanges:
        self.reads.append("changes")
        return super().changes(since)


@dataclass(frozen=True, slots=True)
class Applied:
    """What became of a delivery."""

    answer: Application
    row: InboxRow


class QboDesk(InvoiceDesk):
    """Two companies with numbers of Intuit's kind."""

    def __init__(self) -> None:
        super().__init__()
        self.ledgers = {name: Ledger(self) for name in self.ledgers}
        firm = self.store.books(Scope(SCOPE.firm))
        firm.save(Tenant(tenant_key("qbo", REALM), 0, SCOPE.client))
        firm.save(Tenant(tenant_key("qbo", OTHER_REALM), 0, OTHER.client))
        for ledger in self.ledgers.values():
            ledger.held = {str(n): shown(invoice_id=str(n)) for n in range(1, 60)}

    @property
    def theirs(self) -> ScriptedLedger:
        return self.ledgers[OTHER.client]

    def row(self, body: object) -> InboxRow:
        raw, now = compact(body), self.clock.now()
        return InboxRow(
            "qbo#1", "delivery", "qbo", "endpoint-0123456789", SCOPE.firm, None, now, raw, "0" * 64,
            "stored", None, False,
        )  # fmt: skip

    def deliver(self, body: object) -> Applied:
        return self.apply(self.row(body))

    def apply(self, row: InboxRow) -> Applied:
        inbox = OneRow(row)
        answer = apply_rows(self.environment, inbox, understand, [row.inbox_key])
        return Applied(answer, inbox.row)


def understand(row: InboxRow) -> Reading:
    return RAIL.understand(row.body, Endpoint("qbo", "e", SCOPE.firm), row.received_at)


def event(number: int, entity_id: int, kind: str = "invoice.updated", realm: str = REALM) -> Any:
    told = {"intuitentityid": str(entity_id), "intuitaccountid": realm}
    return cloud_event(number, f"qbo.{kind}.v1", **told)


@pytest.fixture
def desk() -> QboDesk:
    return QboDesk()


def test_each_company_of_a_delivery_is_looked_at_in_its_own_books(desk: QboDesk) -> None:
    done = desk.deliver([event(1, 7), event(2, 8, realm=OTHER_REALM)])
    assert (done.row.state, done.row.outcome) == ("applied", "applied")
    assert (desk.qbo.reads, desk.theirs.reads) == (["7"], ["8"])
    assert desk.invoice("8") is None
    assert desk.invoice("7", OTHER) is None


def test_the_trouble_of_one_company_is_not_the_others(desk: QboDesk) -> None:
    ledger: Any = desk.qbo
    ledger.down = True
    body = [event(1, 7), event(2, 8, realm=OTHER_REALM), event(3, 9, realm="99")]
    row = desk.row(body)
    desk.clock.pause(1)
    done = desk.apply(row)
    assert done.answer.retry == ("qbo#1",)
    assert not done.row.handled
    assert desk.invoice("8", OTHER) is not None
    ledger.down = False
    again = desk.apply(row)
    assert again.row.state == "applied"
    assert desk.invoice("7") is not None
    assert desk.theirs.reads == ["8"]  # what was read since the notice came is not read again


def test_an_unknown_company_is_put_aside_alone(desk: QboDesk) -> None:
    done = desk.deliver([event(1, 7, realm="99"), event(2, 8), event(3, 9, "vendor.merged")])
    assert (done.row.state, done.row.outcome) == ("applied", "applied")
    assert desk.qbo.reads == ["8"]
    only = desk.deliver([event(4, 7, realm="99")])
    assert (only.row.state, only.row.outcome) == ("quarantined", "unknown_tenant")


def test_several_notices_of_one_object_are_one_read(desk: QboDesk) -> None:
    kinds = ("invoice.created", "invoice.updated", "invoice.emailed", "invoice.void")
    desk.deliver([event(number, 7, kind) for number, kind in enumerate(kinds)])
    assert desk.qbo.reads == ["7"]


def test_notices_that_waited_while_it_was_read_are_no_read(desk: QboDesk) -> None:
    waiting = [desk.row([event(number, 7)]) for number in range(5)]
    desk.clock.pause(0.1)
    for row in waiting:
        desk.apply(row)
    assert desk.qbo.reads == ["7"]
    desk.clock.pause(1)
    desk.deliver([event(9, 7)])
    assert desk.qbo.reads == ["7", "7"]


@pytest.mark.parametrize("kinds", [("updated", "deleted"), ("deleted", "updated")])
def test_what_was_deleted_is_not_read_in_whatever_order_it_is_told(
    desk: QboDesk, kinds: tuple[str, ...]
) -> None:
    desk.deliver([event(1, 7)])
    desk.clock.pause(1)
    desk.qbo.reads.clear()
    desk.deliver([event(n, 7, f"invoice.{kind}") for n, kind in enumerate(kinds, 2)])
    assert desk.qbo.reads == []
    found = desk.invoice("7")
    assert found is not None
    assert found.gone


def test_many_objects_of_a_company_are_one_read_of_its_change_feed(desk: QboDesk) -> None:
    sync_ledger(desk.environment, SCOPE)
    desk.clock.pause(60)
    desk.qbo.reads.clear()
    many = range(1, 51)
    changed = tuple(shown(20_000, 1, invoice_id=str(n)) for n in many[:-1])
    desk.qbo.feed = LedgerChanges(invoices=changed)
    row = desk.row([event(n, n) for n in many] + [event(90, 8, realm=OTHER_REALM)])
    desk.clock.pause(1)
    assert desk.apply(row).row.outcome == "applied"
    assert (desk.qbo.reads, desk.theirs.reads) == (["changes"], ["8"])
    found = [desk.invoice(str(n)) for n in many[:-1]]
    assert {one.ledger.balance.minor for one in found if one is not None} == {20_000}
    # Whatever else was told before that read is known by now.
    late = desk.apply(replace(row, body=compact([event(91, 3), event(92, 4, "bill.updated")])))
    assert late.row.outcome == "unchanged"
    assert desk.qbo.reads == ["changes"]


def test_a_few_objects_are_read_one_by_one(desk: QboDesk) -> None:
    desk.deliver([event(n, n) for n in range(1, READ_ONE_BY_ONE_MAX + 1)])
    assert desk.qbo.reads == ["1", "2", "3"]


def entity(name: str, operation: str, number: int, **more: str) -> dict[str, object]:
    told = {"name": name, "id": str(number), "operation": operation}
    return {**told, "lastUpdated": "2026-11-20T06:59:00-0800", **more}


def test_the_retired_envelope_does_the_same(desk: QboDesk) -> None:
    body = classic(
        (REALM, entity("Invoice", "Void", 7)),
        (OTHER_REALM, entity("Invoice", "Update", 8)),
        (REALM, entity("BillPayment", "Void", 1822)),
        (REALM, entity("BillPayment", "Delete", 1823)),
        (REALM, entity("Vendor", "Merge", 56, deletedId="58")),
        ("99", entity("Invoice", "Update", 9)),
    )
    done = desk.deliver(body)
    assert (done.row.state, done.row.outcome) == ("applied", "applied")
    assert desk.qbo.reads == ["7", "payment 1822"]
    assert desk.theirs.reads == ["8"]


def test_a_merge_names_both_and_asks_nothing(desk: QboDesk) -> None:
    merged = classic((REALM, entity("Vendor", "Merge", 56, deletedId="58")))
    [notice] = understand(desk.row(merged)).notices
    assert notice.object_ids == ("56", "58")
    assert desk.deliver(merged).row.outcome == "unchanged"  # no bill names a vendor
    assert desk.deliver([event(1, 5, "vendor.merged")]).row.outcome == "unchanged"
    assert desk.qbo.reads == []


def test_a_payment_that_was_deleted_is_not_read(desk: QboDesk) -> None:
    assert desk.deliver([event(1, 5, "billpayment.deleted")]).row.outcome == "ignored:not_ours"
    assert desk.qbo.reads == []
