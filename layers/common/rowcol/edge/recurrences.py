"""Routes of recurring payments: define, approve, read, change, end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Annotated

from pydantic import Field

from rowcol.domain.calendar import next_bank_day
from rowcol.domain.client import Client
from rowcol.domain.recurrence import (
    Frequency,
    Recurrence,
    RecurrenceState,
    Schedule,
    Terms,
    Tolerance,
    nominal_dates,
)
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.amounts import MoneyBody, money_of
from rowcol.edge.caller import DECIDE, NOT_FOUND, VIEW
from rowcol.edge.limits import LIMITED
from rowcol.edge.operation import (
    ETAG,
    LOCATION,
    Body,
    Call,
    Operation,
    Operations,
    Query,
    Reply,
    table,
)
from rowcol.edge.writing import Shown, write
from rowcol.service.recurrences.define import approve, change_terms, define, end

TAG = "Recurrences"
DATES_SHOWN = 12
_ALL = "/clients/{client}/recurrences"
_ONE = "/clients/{client}/recurrences/{recurrence}"


class ScheduleBody(Body):
    """`day` only with `monthly_on_day`; `ends_on` or `count`, or neither."""

    frequency: Frequency
    starts_on: date
    every: int = 1
    day: int | None = None
    ends_on: date | None = None
    count: int | None = None


class ToleranceBody(Body):
    """How far a bill's amount may be off: the larger of the two."""

    basis_points: int = 0
    floor_minor: int = 0


class RecurrenceBody(Body):
    """What is paid again and again, to whom, and when."""

    vendor_id: str
    vendor_name: str
    amount: MoneyBody
    tolerance: ToleranceBody = ToleranceBody()
    schedule: ScheduleBody


class RecurrencesQuery(Query):
    """`limit` a page, from 1 to 200; `cursor` as the page before gave it."""

    state: RecurrenceState | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class RecurrenceShown:
    """A recurrence with the bank days of its first occurrences under the present terms."""

    recurrence: Recurrence
    pay_dates: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class RecurrencesPage:
    """A page, by state and id."""

    items: tuple[Recurrence, ...]
    next_cursor: str | None


def _shown(recurrence: Recurrence) -> RecurrenceShown:
    nominal = islice(nominal_dates(recurrence.terms.schedule), DATES_SHOWN)
    return RecurrenceShown(recurrence, tuple(next_bank_day(day) for day in nominal))


def _show(client: str, recurrence: Recurrence, seen: int) -> Shown:
    """`seen`: the version this write stored."""
    headers = {
        "Location": f"/clients/{client}/recurrences/{recurrence.id}",
        "ETag": f'"{seen}"',
    }
    return Shown(_shown(recurrence), headers)


def _terms(call: Call) -> Terms | Refusal:
    body = call.body_as(RecurrenceBody)
    client = call.environment.store.books(call.scope).get(Client, call.scope.client)
    if client is None:
        return NOT_FOUND
    amount = money_of(body.amount, client.currency)
    if isinstance(amount, Refusal):
        return amount
    when, allowed = body.schedule, body.tolerance
    return Terms(
        body.vendor_id,
        body.vendor_name,
        amount,
        Tolerance(allowed.basis_points, allowed.floor_minor),
        Schedule(when.frequency, when.starts_on, when.every, when.day, when.ends_on, when.count),
    )


def _define(call: Call) -> Reply | Refusal:
    terms = _terms(call)
    if isinstance(terms, Refusal):
        return terms
    return write(
        call,
        lambda change: define(call.environment, change, terms),
        lambda found: _show(call.scope.client, found, found.version + 1),
        {"recurrence": terms},
        201,
    )


def _approve(call: Call) -> Reply | Refusal:
    name = call.path["recurrence"]
    return write(
        call,
        lambda change: approve(call.environment, change, name),
        lambda found: _show(call.scope.client, found, found.version + 1),
        {"approve": name},
    )


def _change(call: Call) -> Reply | Refusal:
    terms, name, version = _terms(call), call.path["recurrence"], call.version
    if isinstance(terms, Refusal):
        return terms
    assert version is not None  # the operation needs If-Match
    return write(
        call,
        lambda change: change_terms(call.environment, change, name, terms, version),
        lambda found: _show(call.scope.client, found, found.version + 1),
        None,
    )


def _end(call: Call) -> Reply | Refusal:
    name, version = call.path["recurrence"], call.version
    assert version is not None  # the operation needs If-Match
    return write(
        call,
        lambda change: end(change, name, version),
        lambda found: _show(call.scope.client, found, found.version + 1),
        None,
    )


def _read(call: Call) -> Reply | Refusal:
    books = call.environment.store.books(call.scope)
    found = books.get(Recurrence, call.path["recurrence"])
    if found is None:
        return NOT_FOUND
    return Reply(_shown(found), headers={"ETag": f'"{found.version}"'})


def _list(call: Call) -> Reply | Refusal:
    asked, books = call.query_as(RecurrencesQuery), call.environment.store.books(call.scope)
    if books.get(Client, call.scope.client) is None:
        return NOT_FOUND
    prefix = f"{asked.state.value}#" if asked.state else ""
    page = books.ids(Recurrence, prefix, asked.cursor, asked.limit)
    found = books.get_many(Recurrence, page.ids)
    items = tuple(found[name] for name in page.ids if name in found)
    return Reply(RecurrencesPage(items, page.next_key))


_TERMS = frozenset(
    {
        Code.AMOUNT_NOT_POSITIVE, Code.AMOUNT_PRECISION, Code.AMOUNT_TOO_LARGE,
        Code.CURRENCY_MISMATCH, Code.DATE_PAST, Code.DATE_TOO_FAR,
    }
)  # fmt: skip
# What a change of open occurrences may meet.
_OPEN = frozenset(
    {
        Code.WRONG_STATE, Code.BATCH_MEMBER, Code.VERSION_MISMATCH, Code.VERSION_REQUIRED,
        Code.TOO_MANY_ITEMS,
    }
)  # fmt: skip
_WHERE = {**ETAG, **LOCATION}
_EXAMPLE = {
    "vendor_id": "b3f1c1de-6f0a-4a4e-9d0c-6f0a4a4e9d0c",
    "vendor_name": "Harbor Properties",
    "amount": {"minor": 420000, "currency": "USD"},
    "tolerance": {"basis_points": 200, "floor_minor": 500},
    "schedule": {
        "frequency": "monthly_on_day", "starts_on": "2027-01-01", "day": 1, "count": 24,
    },
}  # fmt: skip
COMMANDS: Operations = table(
    (
        Operation(
            "POST", _ALL, "defineRecurrence", "Pay a vendor's bills again and again", TAG, _define,
            DECIDE, {201: RecurrenceShown}, body=RecurrenceBody,
            refusals=_TERMS | LIMITED | {Code.TOO_MANY_ITEMS}, example=_EXAMPLE, headers=_WHERE,
        ),
        Operation(
            "POST", f"{_ONE}/approve", "approveRecurrence", "The second person's yes", TAG,
            _approve, DECIDE, {200: RecurrenceShown},
            refusals=LIMITED | {
                Code.WRONG_STATE, Code.SAME_PERSON, Code.SECOND_PERSON_REQUIRED, Code.DATE_PAST,
                Code.DATE_TOO_FAR,
            },
            headers=_WHERE,
        ),
        Operation(
            "PUT", _ONE, "changeRecurrence", "Other terms; open payments are replaced", TAG,
            _change, DECIDE, {200: RecurrenceShown}, body=RecurrenceBody,
            refusals=_TERMS | LIMITED | _OPEN,
            if_match=True, example=_EXAMPLE, headers=_WHERE,
        ),
        Operation(
            "DELETE", _ONE, "endRecurrence", "No more occurrences", TAG, _end, DECIDE,
            {200: RecurrenceShown},
            refusals=_OPEN,
            if_match=True, headers=_WHERE,
        ),
    )
)  # fmt: skip
READS: Operations = table(
    (
        Operation(
            "GET", _ALL, "listRecurrences", "Recurrences by state", TAG, _list, VIEW,
            {200: RecurrencesPage}, query=RecurrencesQuery,
        ),
        Operation(
            "GET", _ONE, "readRecurrence", "One recurrence and its dates", TAG, _read, VIEW,
            {200: RecurrenceShown}, headers=ETAG,
        ),
    )
)  # fmt: skip
