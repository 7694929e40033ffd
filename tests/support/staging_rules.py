"""Staging rules for tests: conditions by name, rules that say what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from rowcol.domain.staging_rules import BillFact, Block, Condition, Rule, Then
from rowcol.domain.staging_rules_facts import FactsOfBill
from rowcol.domain.vendor import Vendor, VendorAccount, vendor_id
from rowcol.service import tray
from rowcol.service.change import Change
from tests.support.desk import Desk
from tests.support.domain.builders import FRIDAY, NOW, usd

LONG_AGO = NOW - timedelta(days=400)


def asks(fact: str, **operands: Any) -> Condition:
    """A condition; amounts in dollars as texts."""
    for name in ("at_least", "below"):
        if isinstance(operands.get(name), str):
            operands[name] = usd(operands[name])
    return Condition(BillFact(fact), **operands)


def rule(
    name: str, then: str | Sequence[str], *when: Block, active: bool = True, **how: Any
) -> Rule:
    """A rule; without blocks it always matches. Its id is its name."""
    follows = (then,) if isinstance(then, str) else tuple(then)
    if "do_not_stage" in follows:
        how.setdefault("reason", f"because of {name}")
    words = tuple(Then(each) for each in follows)
    return Rule(name, f"Rule {name}", when or ((),), words, active, **how)


def known_facts(**changes: Any) -> FactsOfBill:
    """A bill of 1,250.00 to a vendor paid before, by ACH to an old account, due in ten days."""
    fields: dict[str, Any] = {
        "amount": usd("1250.00"),
        "vendor": "vendor-1",
        "first_payment": False,
        "account_age_days": 400,
        "network": "ACH",
        "same_day": False,
        "ramp_date": None,
        "due_in_days": 10,
    }
    return FactsOfBill(**(fields | changes))


def vendor(name: str = "vendor-1", **changes: Any) -> Vendor:
    """A vendor that was paid, with the account of `rail_payment` seen long ago."""
    fields: dict[str, Any] = {
        "id": vendor_id(name),
        "version": 0,
        "rail_vendor_id": name,
        "name": "Acme Supplies",
        "first_seen_at": LONG_AGO,
        "first_paid_on": date(2025, 12, 1),
        "account": VendorAccount("vendor-account-1", LONG_AGO),
    }
    return Vendor(**(fields | changes))


def due_in(days: int) -> date:
    """A due date so many days after FRIDAY, which is NOW's day in New York."""
    return FRIDAY + timedelta(days=days)


def doubt(desk: Desk, kind: str, bill: str = "bill-1") -> None:
    """The tray asks about a bill."""

    def plan(change: Change) -> bool:
        tray.open_item(change, f"bill-{bill}", kind, "It looks odd")
        return True

    assert desk.work(plan) is True


def settle(desk: Desk, kind: str, bill: str = "bill-1") -> None:
    """The question is answered."""

    def plan(change: Change) -> bool:
        tray.close_item(change, f"bill-{bill}", kind, "looked at")
        return True

    assert desk.work(plan) is True
