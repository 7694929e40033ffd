"""Vendors with a past, and payments to them: what tests of signs of fraud need."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from rowcol.domain.fraud import Effect, Examined, FraudSettings, Signal, SignalKind
from rowcol.domain.fraud_signals import signals_of
from rowcol.domain.vendor import CallBack, Vendor, VendorAccount, VendorPayment
from tests.support.domain.builders import FRIDAY, NOW, usd

OLD = NOW - timedelta(days=400)
SETTINGS = FraudSettings.usual("USD")


def paid(days_ago: int, amount: str, **changes: Any) -> VendorPayment:
    """A bill of the vendor that was paid so many days before FRIDAY."""
    name = changes.pop("bill_id", f"bill-{days_ago}-{amount}")
    fields: dict[str, Any] = {"number": f"N{name}"}
    return VendorPayment(name, FRIDAY - timedelta(days=days_ago), usd(amount), **(fields | changes))


def vendor(*payments: VendorPayment, **changes: Any) -> Vendor:
    """A vendor that was first paid long ago, on an account that is old as well."""
    ordered = tuple(sorted(payments, key=lambda one: (one.on, one.bill_id)))
    fields: dict[str, Any] = {
        "id": "vendor-vendor-1",
        "version": 1,
        "rail_vendor_id": "vendor-1",
        "name": "Acme Supplies",
        "first_seen_at": OLD,
        "first_paid_on": OLD.date(),
        "account": VendorAccount("account-1", OLD),
        "payments": ordered,
    }
    return Vendor(**(fields | changes))


def asked(amount: str = "6000", **changes: Any) -> Examined:
    """A payment of today to the vendor's account, decided by Anna and Boris."""
    fields: dict[str, Any] = {
        "bill_id": "bill-1",
        "payment_id": "pay_1",
        "amount": usd(amount),
        "number": "INV-7",
        "account_id": "account-1",
        "approved_account_id": "account-1",
        "today": FRIDAY,
        "now": NOW,
        "hands": frozenset({"anna", "boris"}),
    }
    return Examined(**(fields | changes))


def call(**changes: Any) -> CallBack:
    """Cleo called yesterday about account-1 and payment pay_1."""
    fields: dict[str, Any] = {
        "id": "call_1",
        "by": "cleo",
        "hands": "cleo",
        "at": NOW - timedelta(days=1),
        "account_id": "account-1",
        "reference": "call 17",
        "payment_ids": ("pay_1",),
    }
    return CallBack(**(fields | changes))


def found(
    of: Vendor, examined: Examined, settings: FraudSettings = SETTINGS
) -> dict[SignalKind, Signal]:
    """The signs by their kind."""
    signals = signals_of(of, examined, settings)
    assert len({signal.kind for signal in signals}) == len(signals)
    return {signal.kind: signal for signal in signals}


def effects(of: Vendor, examined: Examined, **settings: Any) -> dict[str, Effect]:
    """What each sign does."""
    signals = found(of, examined, replace(SETTINGS, **settings))
    return {kind.value: signal.effect for kind, signal in signals.items()}


def day(days_ago: int) -> date:
    """So many days before FRIDAY."""
    return FRIDAY - timedelta(days=days_ago)
