"""Desks where payments are looked at for signs of fraud, and people who call vendors back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rowcol.domain.bill import DecisionAction
from rowcol.domain.fraud import FraudSettings
from rowcol.domain.fraud_rules import FRAUD_RULES, FraudRules
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.shown import EvidenceKind, Given
from rowcol.domain.vendor import NumberSource, Vendor, VendorAccount
from rowcol.service.call_backs import CalledBack, call_back
from rowcol.service.change import Change
from rowcol.service.decide import Decide, decide
from rowcol.service.stage import stage
from tests.support.desk import Desk
from tests.support.domain.builders import NOW, usd
from tests.support.fraud import OLD, vendor
from tests.support.payment_desk import PaymentDesk

VENDOR = "vendor-vendor-1"
ACCOUNT, OTHER = "vendor-account-1", "vendor-account-2"
CALL = Given(EvidenceKind.CALL_BACK, "call 17")
_FRAUD = {field for field in FraudSettings.__dataclass_fields__ if field != "hold_from"}


def desk_with(known: Vendor | None = None, amount: str = "1", **settings: Any) -> PaymentDesk:
    """Holds from `amount` on; a vendor with a past, or one that nobody has paid yet."""
    changes = {name: settings.pop(name) for name in list(settings) if name in _FRAUD}
    desk = PaymentDesk(**settings)
    usual = replace(FraudSettings.usual("USD"), hold_from=usd(amount), **changes)
    assert desk.books.save(FraudRules(FRAUD_RULES, 0, usual, "ada", NOW))
    if known is not None:
        stored = of_vendor(desk)
        assert desk.books.save(replace(known, version=stored.version))
    return desk


def of_vendor(desk: Desk) -> Vendor:
    """The vendor as stored."""
    found = desk.books.get(Vendor, VENDOR)
    assert found is not None
    return found


def old(*payments: Any, **changes: Any) -> Vendor:
    """A vendor known long on the account that the bill names."""
    account = VendorAccount(ACCOUNT, OLD)
    return vendor(*payments, **({"account": account} | changes))


def said(account: str | None = ACCOUNT, *, confirmed: bool = True) -> CalledBack:
    """What a person says of a call."""
    return CalledBack(
        VENDOR, account, confirmed, NumberSource.CONTRACT, "M. Osei", "call 2026-11-20/3"
    )


def called(
    desk: Desk, person: str = "cleo", account: str | None = ACCOUNT, *, confirmed: bool = True
) -> Any:
    """A person called the vendor about an account."""
    wish = said(account, confirmed=confirmed)
    return desk.act(lambda change: call_back(desk.environment, change, wish), person)


def code(answer: object) -> Code | None:
    """Of a refusal."""
    return answer.code if isinstance(answer, Refusal) else None


def other_account(desk: PaymentDesk, account: str = OTHER) -> None:
    """Ramp shows another account of the vendor."""
    payment = desk.ramp.bill.payment
    assert payment is not None
    desk.ramp.bill = replace(desk.ramp.bill, payment=replace(payment, vendor_account_id=account))
    desk.refresh()


def of(change: Change, kind: Any, name: str) -> Any:
    """Something that is stored, read through a change."""
    found = change.get(kind, name)
    assert found is not None
    return found


def pay(desk: Desk, bill: str) -> str:
    """Anna stages a bill, Boris pays it now; gives the payment's id."""
    desk.act(lambda change: stage(desk.environment, change, bill))
    wish = Decide(bill, DecisionAction.PAY_NOW)
    taken: Any = desk.act(lambda change: decide(desk.environment, change, wish), "boris")
    return str(taken.payment.id)
