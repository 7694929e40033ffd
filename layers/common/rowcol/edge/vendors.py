"""Routes of a client's vendors: what is known of them, what was agreed, and calls to them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from rowcol.domain.client import Client
from rowcol.domain.fraud import FraudSettings, Signal
from rowcol.domain.fraud_rules import FRAUD_RULES, FraudRules
from rowcol.domain.fraud_signals import signals_about
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.vendor import NumberSource, Vendor, VendorAccount, VendorTerms
from rowcol.edge.amounts import MoneyBody, money_of
from rowcol.edge.caller import CONFIGURE, DECIDE, NOT_FOUND
from rowcol.edge.operation import ETAG, Body, Call, Operation, Operations, Reply, table
from rowcol.edge.reading import OfClient, PageQuery, Reading, read_operation
from rowcol.edge.writing import Shown, write
from rowcol.service.call_backs import CallBackKept, CalledBack, call_back
from rowcol.service.store import Books
from rowcol.service.sync.times import sync_times
from rowcol.service.vendor_terms import set_terms

TAG = "Vendors"
PATH = "/clients/{client}/vendors/{vendor}"
BASIS_POINTS_MAX = 10_000
DAYS_MAX = 365


@dataclass(frozen=True, slots=True)
class VendorRow:
    """A vendor in a list. `signals`: what any payment to its last account would show.

    `waiting_ids`: payments that were put on hold until it is called back, cancelled ones too.
    """

    id: str
    rail_vendor_id: str
    name: str
    first_seen_at: datetime
    first_paid_on: date | None
    account: VendorAccount | None
    critical: bool
    waiting_ids: tuple[str, ...]
    signals: tuple[Signal, ...]


@dataclass(frozen=True, slots=True)
class VendorPage:
    """A page, by id. `synced_at`: when all open bills were last read from Ramp."""

    items: tuple[VendorRow, ...]
    next_cursor: str | None
    synced_at: datetime | None


@dataclass(frozen=True, slots=True)
class VendorShown:
    """All that is kept of a vendor, and what any payment to its last account would show."""

    vendor: Vendor
    signals: tuple[Signal, ...]


class TermsBody(Body):
    """What was agreed. Rates in basis points; `late_fee` is flat, beside the rate per day.

    The discount holds for `discount_days` after the issue date, late fees begin after `grace_days`.
    """

    critical: bool = False
    discount_basis_points: Annotated[int, Field(ge=0, le=BASIS_POINTS_MAX)] = 0
    discount_days: Annotated[int, Field(ge=0, le=DAYS_MAX)] = 0
    late_fee: MoneyBody | None = None
    late_basis_points_per_day: Annotated[int, Field(ge=0, le=BASIS_POINTS_MAX)] = 0
    grace_days: Annotated[int, Field(ge=0, le=DAYS_MAX)] = 0


class CallBackBody(Body):
    """A call to the vendor, on a number that was known before what is to be checked.

    `account_id`: Ramp's id of the account that the vendor was asked about, as the vendor's page
    shows it; null for a vendor paid without one. `account_confirmed`: whether the vendor knows it.
    `spoken_to`: who answered. `reference`: where the call can be found again.
    """

    account_id: Annotated[str, Field(min_length=1, max_length=200)] | None
    account_confirmed: bool
    number_from: NumberSource
    spoken_to: Annotated[str, Field(min_length=1, max_length=200)]
    reference: Annotated[str, Field(min_length=1, max_length=200)]
    note: Annotated[str, Field(max_length=1000)] = ""


def settings_in(books: Books, currency: str) -> FraudSettings:
    """The client's settings, or the usual ones. One read."""
    rules = books.get(FraudRules, FRAUD_RULES)
    return rules.settings if rules is not None else FraudSettings.usual(currency)


def _list(read: OfClient) -> Reply:
    asked, now = read.page, read.environment.now()
    page = read.books.ids(Vendor, after=asked.cursor, limit=asked.limit)
    found = read.books.get_many(Vendor, page.ids)
    settings = settings_in(read.books, read.client.currency)
    rows = tuple(_row(found[name], settings, now) for name in page.ids if name in found)
    return Reply(VendorPage(rows, page.next_key, sync_times(read.books).bills))


def _row(vendor: Vendor, settings: FraudSettings, now: datetime) -> VendorRow:
    return VendorRow(
        vendor.id,
        vendor.rail_vendor_id,
        vendor.name,
        vendor.first_seen_at,
        vendor.first_paid_on,
        vendor.account,
        vendor.terms.critical,
        vendor.waiting_ids,
        signals_about(vendor, settings, now),
    )


def _one(read: OfClient) -> Reply | Refusal:
    vendor = read.books.get(Vendor, read.call.path["vendor"])
    if vendor is None:
        return NOT_FOUND
    settings = settings_in(read.books, read.client.currency)
    signals = signals_about(vendor, settings, read.environment.now())
    return Reply(VendorShown(vendor, signals), headers={"ETag": f'"{vendor.version}"'})


def _set_terms(call: Call) -> Reply | Refusal:
    terms, version = _terms(call), call.version
    if isinstance(terms, Refusal):
        return terms
    assert version is not None  # the operation needs If-Match
    return write(
        call,
        lambda change: set_terms(change, call.path["vendor"], terms, version),
        lambda vendor: Shown(vendor.terms, {"ETag": f'"{vendor.version + 1}"'}),
        None,
    )


def _terms(call: Call) -> VendorTerms | Refusal:
    body = call.body_as(TermsBody)
    owner = call.environment.store.books(call.scope).get(Client, call.scope.client)
    if owner is None:
        return NOT_FOUND
    fee = money_of(body.late_fee, owner.currency, "late_fee") if body.late_fee else None
    if isinstance(fee, Refusal):
        return fee
    return VendorTerms(
        body.critical,
        body.discount_basis_points,
        body.discount_days,
        fee,
        body.late_basis_points_per_day,
        body.grace_days,
    )


def _call_back(call: Call) -> Reply | Refusal:
    body = call.body_as(CallBackBody)
    said = CalledBack(
        call.path["vendor"],
        body.account_id,
        body.account_confirmed,
        body.number_from,
        body.spoken_to,
        body.reference,
        body.note,
    )
    return write(
        call, lambda change: call_back(call.environment, change, said), Shown, {"call_back": said}
    )


COMMANDS: Operations = table(
    (
        Operation(
            "PUT", f"{PATH}/terms", "setVendorTerms", "Other terms of a vendor", TAG, _set_terms,
            CONFIGURE, {200: VendorTerms}, body=TermsBody,
            refusals=frozenset(
                {
                    Code.VERSION_MISMATCH, Code.VERSION_REQUIRED, Code.CURRENCY_MISMATCH,
                    Code.AMOUNT_NOT_POSITIVE, Code.AMOUNT_PRECISION, Code.AMOUNT_TOO_LARGE,
                }
            ),
            if_match=True,
            example={"critical": True, "discount_basis_points": 200, "discount_days": 10},
            headers=ETAG,
        ),
        Operation(
            "POST", f"{PATH}/call-backs", "callVendorBack",
            "Keep a call to a vendor; what waited for it goes on, checked again", TAG, _call_back,
            DECIDE, {200: CallBackKept}, body=CallBackBody,
            refusals=frozenset(
                {
                    Code.SAME_PERSON, Code.SECOND_PERSON_REQUIRED, Code.BANK_DETAILS_CHANGED,
                    Code.EVIDENCE_REQUIRED, Code.UNKNOWN_VALUE,
                }
            ),
            example={
                "account_id": "vendor-account-1",
                "account_confirmed": True,
                "number_from": "contract",
                "spoken_to": "M. Osei, accounts receivable",
                "reference": "call 2026-11-20/3",
            },
        ),
    )
)  # fmt: skip
READS: Operations = table(
    (
        read_operation(
            Reading(
                "/vendors", "listVendors", "Vendors, and what a payment to each would show", TAG,
                VendorPage, PageQuery,
            ),
            _list,
        ),
        read_operation(
            Reading(
                "/vendors/{vendor}", "readVendor", "All that is kept of a vendor", TAG, VendorShown,
                headers=ETAG,
            ),
            _one,
        ),
    )
)  # fmt: skip
