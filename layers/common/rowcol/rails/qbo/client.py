"""One company's ledger in QuickBooks Online (qbo contract, sections 2 to 5). Implements LedgerRail.

There is no method that changes bookkeeping, and the transport below would refuse it (guard.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

import httpx

from rowcol.domain.facts import (
    LedgerBill,
    LedgerChanges,
    LedgerCredit,
    LedgerInvoice,
    LedgerPayment,
    LedgerPreferences,
    LedgerVendor,
    ReadInterval,
)
from rowcol.domain.ledger_note import NOTE_CHARACTERS_MAX
from rowcol.rails.http import (
    Answer,
    Call,
    CommandUncertain,
    Patience,
    RailHttp,
    Site,
    TokenSource,
    check_base_url,
    make_client,
)
from rowcol.rails.qbo import wire
from rowcol.rails.qbo.changes import LAST_CHANGE, ChangeReader, text_of
from rowcol.rails.qbo.faults import NOT_FOUND, RAIL, ends, error_of, fault_of, throttles
from rowcol.rails.qbo.guard import NOTE_TARGETS, READABLE, ReadOnlyTransport
from rowcol.rails.qbo.query import Condition
from rowcol.rails.qbo.told import ledger_changes
from rowcol.rails.qbo.translate import (
    DELETED,
    ledger_bill,
    ledger_invoice,
    ledger_payment,
)
from rowcol.rails.qbo.translate_reference import (
    CREDITS,
    ledger_preferences,
    ledger_vendor,
)
from rowcol.rails.wire_reading import Model, model, parse
from rowcol.service.ports import (
    LedgerWriteUncertain,
    RailProtocolError,
    RailThrottled,
    RailUnavailable,
)

HOSTS = frozenset({"quickbooks.api.intuit.com", "sandbox-quickbooks.api.intuit.com"})
MINOR_VERSION = "75"
PATIENCE = Patience(read_seconds=60.0, read_attempts_max=3, throttle_seconds=60.0)
_REALM = re.compile(r"[0-9]{1,20}\Z")
_ENTITY_ID = re.compile(r"[A-Za-z0-9:_-]{1,64}\Z")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{1,36}\Z")


def site(base_url: str) -> Site:
    """QBO at a checked base URL."""
    return Site(
        RAIL, check_base_url(RAIL, base_url, HOSTS), PATIENCE, "intuit_tid", throttles, ends
    )


def ledger_client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """The only client a ledger may be reached with."""
    return make_client(ReadOnlyTransport(transport or httpx.HTTPTransport(trust_env=False)))


class QboLedger:
    """The ledger of one realm. Build `http` on `ledger_client`."""

    def __init__(self, http: RailHttp, tokens: TokenSource, realm: str) -> None:
        if not _REALM.match(realm):
            raise RailProtocolError(RAIL, "not a realm id")
        self._http = http
        self._tokens = tokens
        self._realm = realm

    # ---- single objects

    def read_bill(self, bill_id: str) -> LedgerBill | None:
        """The bill, or None when it is deleted or unknown."""
        found = self._entity("bill", "Bill", bill_id, wire.Bill)
        return ledger_bill(*found) if found else None

    def read_payment(self, payment_id: str) -> LedgerPayment | None:
        """The BillPayment, or None when it is deleted or unknown. A void is still there."""
        found = self._entity("billpayment", "BillPayment", payment_id, wire.BillPayment)
        return ledger_payment(*found) if found else None

    def read_invoice(self, invoice_id: str) -> LedgerInvoice | None:
        """The invoice, or None when it is deleted or unknown. A void is still there."""
        found = self._entity("invoice", "Invoice", invoice_id, wire.Invoice)
        return ledger_invoice(*found) if found else None

    def read_vendor(self, vendor_id: str) -> LedgerVendor | None:
        """The vendor; None when it is unknown, or was merged into another."""
        found = self._entity("vendor", "Vendor", vendor_id, wire.Vendor)
        return ledger_vendor(*found) if found else None

    def _entity(
        self, path: str, name: str, entity_id: str, kind: type[Model]
    ) -> tuple[Model, ReadInterval] | None:
        if path not in READABLE or not _ENTITY_ID.match(entity_id):
            raise RailProtocolError(RAIL, "not something to read")
        answer = self._get(f"{path}/{entity_id}", {})
        body = self._body(answer, absent_is_none=True)
        if body is None:
            return None
        value = body.get(name)
        if isinstance(value, dict) and value.get("status") == DELETED:
            return None
        return model(RAIL, kind, value), answer.read

    # ---- many objects

    def bills_where(self, conditions: Sequence[Condition]) -> tuple[LedgerBill, ...]:
        """Bills by query, such as those of a document number."""
        return tuple(ledger_bill(*row) for row in self._select("Bill", conditions, wire.Bill))

    def payments_where(self, conditions: Sequence[Condition]) -> tuple[LedgerPayment, ...]:
        """BillPayments by query."""
        rows = self._select("BillPayment", conditions, wire.BillPayment)
        return tuple(ledger_payment(*row) for row in rows)

    def invoices_where(self, conditions: Sequence[Condition]) -> tuple[LedgerInvoice, ...]:
        """Invoices by query."""
        rows = self._select("Invoice", conditions, wire.Invoice)
        return tuple(ledger_invoice(*row) for row in rows)

    def open_invoices(self) -> tuple[LedgerInvoice, ...]:
        """Every invoice that is not paid in full."""
        return self.invoices_where([Condition("Balance", ">", "0")])

    def open_bills(self) -> tuple[LedgerBill, ...]:
        """Every bill that is not paid in full."""
        return self.bills_where([Condition("Balance", ">", "0")])

    def active_vendors(self) -> tuple[LedgerVendor, ...]:
        """Every vendor but the inactive ones, which a query leaves out."""
        rows = self._select("Vendor", [], wire.Vendor)
        return tuple(ledger_vendor(*row) for row in rows)

    def credits_since(self, since: datetime) -> tuple[LedgerCredit, ...]:
        """Documents of every CreditKind that were changed since an instant, used up or not.

        What is left of them cannot be asked for in every company. One call per kind and thousand.
        """
        changed = [Condition(LAST_CHANGE, ">=", text_of(since))]
        return tuple(
            translate(*row)
            for kind, translate in CREDITS.items()
            for row in self._reader().rows(kind, changed).values()
        )

    def preferences(self) -> LedgerPreferences:
        """The company's settings."""
        rows = self._select("Preferences", [], wire.Preferences)
        if not rows:
            raise RailProtocolError(RAIL, "a company without preferences")
        return ledger_preferences(*rows[0])

    def _select(
        self, entity: str, conditions: Sequence[Condition], kind: type[Model]
    ) -> list[tuple[Model, ReadInterval]]:
        """All pages of a query."""
        rows = self._reader().rows(entity, conditions).values()
        return [(model(RAIL, kind, row), read) for row, read in rows]

    def changes(self, since: datetime) -> LedgerChanges:
        """What changed since an instant (a little overlap included), and ids of what was deleted.

        One call as a rule (changes.py).
        """
        now = self._http.surroundings.clock.now()
        return ledger_changes(self._reader().changed(since, now))

    def _reader(self) -> ChangeReader:
        return ChangeReader(self._feed, self._page)

    def _page(self, entity: str, statement: str) -> tuple[list[dict[str, object]], ReadInterval]:
        """One page of a query."""
        answer = self._get("query", {"query": statement})
        response = (self._body(answer) or {}).get("QueryResponse")
        if not isinstance(response, dict):
            # Nothing found has its words; this is no answer to the question.
            raise RailUnavailable(RAIL, "a query was answered without a result")
        return response.get(entity, []), answer.read

    def _feed(
        self, entities: Sequence[str], since: datetime
    ) -> tuple[list[tuple[str, dict[str, object]]], ReadInterval]:
        """Rows of the change feed with the name of their entity."""
        asked = {"entities": ",".join(entities), "changedSince": text_of(since)}
        answer = self._get("cdc", asked)
        told = (self._body(answer) or {}).get("CDCResponse")
        if not isinstance(told, list):
            # Read as "no changes", it would lose what changed: the feed goes on from here.
            raise RailUnavailable(RAIL, "the change feed was answered without changes")
        rows: list[tuple[str, dict[str, object]]] = []
        for response in _objects(told):
            for part in _objects(response.get("QueryResponse")):
                for name in entities:
                    rows.extend((name, row) for row in _objects(part.get(name)))
        return rows, answer.read

    # ---- the one thing that is written

    def attach_note(self, entity: str, entity_id: str, note: str, request_id: str) -> str:
        """Attach an audit note to one of NOTE_TARGETS; the object itself is not touched. Gives
        the note's id.

        Sent once: whoever repeats it looks for it first and uses the same `request_id`. Raises
        LedgerRefused when QBO says no, LedgerWriteUncertain when nobody knows what became of it.
        """
        if entity not in NOTE_TARGETS or not _ENTITY_ID.match(entity_id):
            raise RailProtocolError(RAIL, "not something to attach a note to")
        if not 1 <= len(note) <= NOTE_CHARACTERS_MAX or not _REQUEST_ID.match(request_id):
            raise RailProtocolError(RAIL, "not a note, or not a request id")
        target = {"EntityRef": {"type": entity, "value": entity_id}, "IncludeOnSend": False}
        call = Call(
            "POST",
            f"/v3/company/{self._realm}/attachable",
            {"requestid": request_id, "minorversion": MINOR_VERSION},
            body={"Note": note, "AttachableRef": [target]},
        )
        try:
            answer = self._http.command(call, self._tokens)
        except CommandUncertain as uncertain:
            raise LedgerWriteUncertain(
                RAIL, uncertain.detail, trace_id=uncertain.trace_id
            ) from None
        try:
            made = (self._body(answer) or {}).get("Attachable")
        except RailThrottled:
            raise
        except (RailUnavailable, RailProtocolError) as odd:
            raise LedgerWriteUncertain(RAIL, odd.detail, trace_id=odd.trace_id) from None
        if not isinstance(made, dict) or made.get("Note") != note:
            raise LedgerWriteUncertain(RAIL, "a note was taken without being shown")
        return model(RAIL, wire.Attachable, made).id

    def find_note(self, text: str, since: datetime) -> str | None:
        """The note made since then that ends with this line, by query. None when there is none."""
        made = Condition("MetaData.CreateTime", ">=", text_of(since))
        rows = self._select("Attachable", [made], wire.Attachable)
        return next((row.id for row, _ in rows if (row.note or "").endswith(text)), None)

    # ---- answers

    def _get(self, path: str, query: dict[str, str]) -> Answer:
        call = Call(
            "GET", f"/v3/company/{self._realm}/{path}", {**query, "minorversion": MINOR_VERSION}
        )
        return self._http.read(call, self._tokens)

    def _body(self, answer: Answer, *, absent_is_none: bool = False) -> dict[str, object] | None:
        """The JSON object. Status 200 is not success: a fault may be inside."""
        fault, trace_id = fault_of(answer), self._http.trace_id(answer)
        if fault is not None:
            if fault.code == NOT_FOUND and absent_is_none:
                return None
            raise error_of(fault, answer, trace_id)
        if answer.status == 404 and absent_is_none:
            return None
        body = parse(RAIL, answer)
        if answer.status != 200 or not isinstance(body, dict):
            raise RailProtocolError(RAIL, f"answered {answer.status}", trace_id=trace_id)
        return body


def _objects(value: object) -> list[dict[str, object]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
