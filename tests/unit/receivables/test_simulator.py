"""From a charge at the simulated Stripe to payout, bank line and invoice, by events and reports."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from rowcol.domain.link import StoredLine
from rowcol.domain.receivables.collected import ChargeState
from rowcol.domain.receivables.payout_record import PayoutRecord, PayoutStanding
from rowcol.service.listing import every_id
from tests.support.stripe_web import FileDesk
from tests.unit.simulators.conftest import Bench, make_bench

SEEDS = (1, 2, 3)


@pytest.fixture
def bench() -> Bench:
    return make_bench()


def pay(bench: Bench, amount: str, number: str) -> str:
    # Metadata columns are in a report only where somebody asks for them; a description always is.
    given = {
        "metadata": {"qbo_invoice_doc_number": number},
        "description": f"Payment for Invoice {number}",
    }
    return str(bench.stripe.act("charge", amount=amount, **given)["id"])


def bodies(bench: Bench) -> list[dict[str, Any]]:
    """Every event so far, as it is delivered."""
    return [dict(row["object"]) for row in bench.stripe.document.rows("events").values()]


def hear(desk: FileDesk, bench: Bench, chance: random.Random, *, lost: float = 0.0) -> None:
    """Events arrive in any order, some twice, some never."""
    every = bodies(bench)
    told = [one for one in every if chance.random() >= lost]
    told += chance.choices(every, k=3) if not lost else []
    chance.shuffle(told)
    for body in told:
        desk.deliver(json.loads(json.dumps({**body, "livemode": True})))


def bank(desk: FileDesk, bench: Bench) -> None:
    """The bank shows what it shows."""
    for place, row in enumerate(bench.plaid.document.rows("bank_lines").values()):
        if "STRIPE" in row["name"] and not row["pending"]:
            shown = str(row.get("date") or row.get("posted_on"))[:10]
            desk.bank_shows(f"line-{place}", -row["amount_minor"], shown, row["name"])


def report(bench: Bench, layout: str) -> bytes:
    return str(bench.stripe.act("report", layout=layout)["csv"]).encode()


def payouts(desk: FileDesk) -> list[PayoutRecord]:
    names = every_id(desk.books, PayoutRecord, "")
    return [desk.books.get_many(PayoutRecord, names)[name] for name in names]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("lost", [0.0, 0.5, 1.0])
def test_from_charge_to_invoice_and_bank(bench: Bench, seed: int, lost: float) -> None:
    chance = random.Random(seed)  # noqa: S311  # a seed replays the test
    desk = FileDesk()
    first = desk.bill_customer()
    second = desk.bill_customer(invoice_id="1742", doc_number="INV-2042")
    one, other = pay(bench, "300.00", "INV-2041"), pay(bench, "120.00", "INV-2042")
    bench.stripe.act("refund", charge_id=other, amount="20.00")
    bench.to(bench.base.at + timedelta(days=8))
    steps: list[Callable[[], object]] = [
        lambda: hear(desk, bench, chance, lost=lost),
        lambda: bank(desk, bench),
        lambda: desk.apply(report(bench, "payout_reconciliation.itemized.5")),
        lambda: desk.apply(report(bench, "payouts")),
    ]
    chance.shuffle(steps)
    for step in steps:
        step()
    bank(desk, bench)
    [found] = payouts(desk)
    assert found.standing is PayoutStanding.ARRIVED
    assert found.sums is not None
    assert (found.sums.charges.minor, found.sums.refunds.minor) == (42_000, -2_000)
    assert found.unexplained is not None
    assert found.unexplained.minor == 0
    assert found.sums.net == found.amount
    for name, invoice in ((one, first), (other, second)):
        match = desk.match(name)
        assert (match.state, match.invoice_id) == (ChargeState.EXACT, invoice)
    assert desk.collected(first) == 30_000
    if lost == 0.0:  # reports do not say what of a charge was refunded; the payments export does
        assert desk.collected(second) == 10_000
    desk.apply(report(bench, "payments"))
    assert desk.collected(second) == 10_000
    assert desk.open_items() == {}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_payout_that_fails_after_paid(bench: Bench, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  # a seed replays the test
    bench.stripe.faults.add({"kind": "payout_fails", "times": 1})
    desk = FileDesk()
    pay(bench, "300.00", "INV-2041")
    bench.to(bench.base.at + timedelta(days=12))
    bank(desk, bench)
    hear(desk, bench, chance)
    failed = [one for one in payouts(desk) if one.standing is PayoutStanding.BACK]
    assert len(failed) == 1
    assert failed[0].line is None
    assert "payout_failed" in desk.open_items()
    assert date(2026, 11, 5) < (failed[0].payout.arrives_on or date.min)
    assert len(every_id(desk.books, StoredLine, "")) >= 1
