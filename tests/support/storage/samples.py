"""One of each kind that is stored, with every optional part filled in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from rowcol.domain.allocation import Allocated, AllocatedPart, Allocation, AllocationTarget
from rowcol.domain.batch import Batch, BatchState, Mode
from rowcol.domain.batch_items import BatchInput, BatchResults, ItemOutcome, ItemResult
from rowcol.domain.bill import Bill, Decision, DecisionAction, DecisionState, Delay, WishState
from rowcol.domain.client import PayingAccount
from rowcol.domain.connection import Connection
from rowcol.domain.directory import Tenant
from rowcol.domain.evidence import Finding, Mismatch, Outcome, Side, Verdict
from rowcol.domain.facts import LedgerInvoice
from rowcol.domain.invoice import Invoice
from rowcol.domain.journal import EntryRole, JournalEntry, JournalRef, Line
from rowcol.domain.lifecycle import Status
from rowcol.domain.link import Feed, Link, StoredLine
from rowcol.domain.payment import Change, Custody, Payment, Step
from rowcol.domain.permission import Permission
from rowcol.domain.permission_set import PermissionSet
from rowcol.domain.receipts import PaidInvoice, PayingHabit
from rowcol.domain.refusal import Code
from rowcol.domain.reserve import Reserve
from rowcol.domain.scope import Actor, ActorKind, Member, Role
from rowcol.domain.spending import Spending
from rowcol.domain.tray import Severity, TrayItem
from tests.support.domain import builders
from tests.support.domain.builders import FRIDAY, NOW


def bill(name: str = "bill-1", due: datetime | None = None, **changes: Any) -> Bill:
    """A bill that was never stored."""
    return Bill(name, 0, builders.rail_bill(bill_id=name), due=due, **changes)


def tray_item(name: str = "item-1", **changes: Any) -> TrayItem:
    """An open tray item that was never stored."""
    texts = ("payment-1", "late")
    fields = (name, 0, *texts, Severity.HIGH, "Late", "2026-11-20", "nothing", NOW)
    return replace(TrayItem(*fields), **changes)


def line(name: str, day: str = "2026-11-20", **changes: Any) -> StoredLine:
    """A bank line that was never stored."""
    posted = {"line_id": name, "posted_on": datetime.fromisoformat(day).date()}
    return StoredLine(name, 0, builders.bank_line(**(posted | changes)))


def feed(name: str = "ledger", cursor: str | None = None) -> Feed:
    """A feed that was never stored."""
    return Feed(name, 0, cursor, NOW)


def full_bill() -> Bill:
    """A decided bill with a reserve, a delay and a command."""
    decision = Decision(
        "dec_1",
        DecisionState.QUEUED,
        "anna",
        NOW,
        DecisionAction.DELAY,
        FRIDAY,
        Delay(FRIDAY, "cash is short", WishState.ASKED),
        "ben",
        NOW,
    )
    return Bill(
        "bill-2",
        0,
        builders.rail_bill(bill_id="bill-2"),
        decision,
        Reserve(builders.usd("1250.00"), True, FRIDAY, NOW),
        live_payment_id="pay_1",
        payment_ids=("pay_0", "pay_1"),
        vendor_account_id_approved="vendor-account-1",
        command=builders.command(),
        regress_seen_at=NOW,
        due=NOW + timedelta(days=1),
    )


def full_payment() -> Payment:
    """A payment with all three facts, a verdict, a changed date and a waiting execution."""
    finding = Finding(Side.CASH, Mismatch.AMOUNT, "1,250.00 USD", "1,200.00 USD", "line-1")
    return builders.payment(
        Status.PROCESSING,
        version=0,
        custody=Custody(Step.AWAIT_RAIL, 2, "token" * 100, Step.AWAIT_RAIL, True),
        hold=builders.held("guardrail"),
        changes=(Change(NOW, "anna", FRIDAY, None, WishState.ASKED),),
        command=builders.command(),
        rail=builders.rail_bill(),
        rail_error_at=NOW,
        ledger=builders.ledger(),
        cash=builders.cash(),
        verdict=Verdict(Outcome.MISMATCH, NOW, (finding,), (Side.LEDGER,), NOW, ("line-1",)),
        watch_until=FRIDAY,
        due=NOW,
        override="dec_0",
        number="2026-000001",
        allocations=(Allocation(AllocationTarget.BILL, "bill-1", builders.usd("1250.00")),),
        journal=(JournalRef("jrn_000000000007_000", EntryRole.POSTING, "jrn_000000000009_000"),),
    )


def entry(name: str = "jrn_000000000007_000") -> JournalEntry:
    """A mirror entry that was never stored."""
    lines = (Line("1010", 125_000, 0, "operating-1"), Line("2000", 0, 125_000))
    return JournalEntry(
        name, 0, "pay_1", "2026-000001", EntryRole.POSTING, FRIDAY, "USD", lines,
        "vendor_payment", "Acme Supplies", "INV-7", NOW, "anna", "jrn_000000000006_000",
    )  # fmt: skip


def allocated(name: str = "bill-bill-1") -> Allocated:
    """A bill that two payments pay in part; never stored."""
    parts = [AllocatedPart(f"pay_{place}", builders.usd("10.00")) for place in (1, 2)]
    return Allocated(name, 0, AllocationTarget.BILL, "bill-1", tuple(parts))


def invoice(name: str = "inv-77") -> Invoice:
    """An invoice that was never stored, with every field."""
    owed = builders.usd("500.00")
    shown = LedgerInvoice(
        "77", "201", "Blue Heron Hotels", "INV-2077", owed, owed, FRIDAY, FRIDAY, False, "3",
        builders.READ,
    )  # fmt: skip
    return Invoice(name, 0, shown, paid_on=FRIDAY)


def a_batch() -> tuple[Batch, BatchInput, BatchResults]:
    """A batch in the middle of its work, what was asked, and a chunk's results."""
    batch = Batch(
        "bat_1", 0, "confirm", Mode.ALL_OR_NOTHING, BatchState.COMMITTED,
        Actor(ActorKind.PERSON, "anna", NOW), "hash", 5, 1, NOW, due=NOW, ok=1, failed=2,
        skipped=1, claimed=5, ends=(2, 3), progressed_at=NOW, troubles=1, claimed_since=NOW,
    )  # fmt: skip
    numbers: dict[str, object] = {"asked": {"minor": 1, "currency": "USD"}, "days": [], "of": None}
    refused = ItemResult(1, "pay_2", ItemOutcome.FAILED, Code.OVER_ALLOCATED, "no", numbers)
    fine = ItemResult(0, "pay_1", ItemOutcome.OK, version=7, line=2)
    return (
        batch,
        BatchInput("bat_1-i0", 0, ("pay_1", "pay_2", "", "a/b", "ü", '{"record":null}')),
        BatchResults("bat_1-r0", 0, 0, (fine, refused)),
    )


def everything() -> list[Any]:
    """One of each kind, never stored."""
    client = builders.client(
        id="bluebird",
        version=0,
        paying_accounts=(PayingAccount("source-1", "operating-1"),),
        dual_control_from=builders.usd("10000.00"),
    )
    return [
        client,
        Member("anna", 0, {"*": (Role.VIEWER,), "bluebird": (Role.APPROVER, Role.RELEASER)}),
        Member(
            "robot", 0, {}, True, ActorKind.MACHINE, "anna", {"*": ("pst_1", "pst_2")}, "Payables"
        ),
        PermissionSet("pst_1", 0, "Clerks", (Permission.VIEW, Permission.STAGE)),
        Tenant("ramp-0123", 0, "bluebird"),
        full_bill(),
        full_payment(),
        tray_item(occurrence=3, link="https://app.ramp.com/bills/1"),
        line("line-1", reference="R-7", check_number="1001"),
        feed(cursor="c" * 256),
        Link("qbo-bill-1184", 0, "bill-2"),
        entry(),
        allocated(),
        invoice(),
        PayingHabit("customer-201", 0, "Heron", (PaidInvoice("inv-77", FRIDAY, 41, 11),)),
        Spending("spending", 0, FRIDAY, 90, builders.usd("9.99"), builders.usd("1")),
        Connection("qbo", 0, "sealed", NOW, "sealed too", NOW, NOW, refreshing_until=NOW),
        *a_batch(),
    ]
