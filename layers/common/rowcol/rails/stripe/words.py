"""What a snapshot says of its object and of what moved the balance, as words on objects.

Names, addresses and cards of persons are not taken. A field that is not as it should be is left
out; what is missing may be told by another event or a file (stripe contract, section 3).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime

from rowcol.domain.money import Money
from rowcol.domain.plain import instant_text
from rowcol.domain.receivables.amounts import money_of_api
from rowcol.domain.receivables.ranks import charge_rank, payout_rank, refund_rank
from rowcol.domain.receivables.references import CUSTOMER_KEY, INVOICE_KEY, invoice_in, reference
from rowcol.domain.receivables.told import Field, ObjectKind, Told
from rowcol.rails.untrusted import safe_id

ENTRIES_MAX = 20
AMOUNT_MAX = 10**15
_CURRENCY = re.compile(r"[a-z]{3}\Z")
_WORD = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
Fields = Mapping[Field, str | None]
Subject = Mapping[str, object]


def words_of(event_id: str, at: datetime, subject: Subject) -> tuple[Told, ...]:
    """All that an event of a kind that is acted on says; nothing for objects that are not kept."""
    name, kind = safe_id(subject.get("id")), subject.get("object")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    if name is None or reader is None:
        return ()
    what, fields, rank = reader(subject)
    # What `charge.refunded` shows is the charge again: the later snapshot counts.
    own = _told(what, name, fields, at, rank, event_id)
    return (*((own,) if own.fields else ()), *_entries(subject, at, event_id))


def _told(kind: ObjectKind, name: str, fields: Fields, at: datetime, rank: int, key: str) -> Told:
    known = {field.value: text for field, text in fields.items() if text}
    return Told(kind, name, known, at, rank, key)


def _payout(subject: Subject) -> tuple[ObjectKind, Fields, int]:
    status = _word(subject.get("status")) or ""
    trace = subject.get("trace_id")
    traced = trace if isinstance(trace, dict) and trace.get("status") == "supported" else {}
    arrives = _at(subject.get("arrival_date"))
    automatic = subject.get("automatic")
    fields = {
        **_amount(subject),
        Field.STATUS: status,
        Field.CREATED_AT: _created(subject),
        Field.ARRIVES_ON: arrives.date().isoformat() if arrives is not None else None,
        Field.TRACE_ID: safe_id(traced.get("value")),
        Field.ENTRY: _id_in(subject, "balance_transaction"),
        Field.FAILURE_CODE: _word(subject.get("failure_code")),
        Field.AUTOMATIC: str(automatic).lower() if isinstance(automatic, bool) else None,
        Field.RECONCILED: _word(subject.get("reconciliation_status")),
    }
    return ObjectKind.PAYOUT, fields, payout_rank(status)


def _charge(subject: Subject) -> tuple[ObjectKind, Fields, int]:
    status = _word(subject.get("status")) or ""
    if subject.get("captured") is False and status == "succeeded":
        status = "uncaptured"  # allowed by the customer's bank, and not taken yet
    amount = _amount(subject)
    refunded = _money(subject.get("amount_refunded"), subject)
    minor = refunded.minor if refunded is not None else 0
    fields = {
        **amount,
        Field.STATUS: status,
        Field.CREATED_AT: _created(subject),
        Field.REFUNDED: str(minor) if refunded is not None else None,
        Field.ENTRY: _id_in(subject, "balance_transaction"),
        **_payer(subject),
        Field.INVOICE: _id_in(subject, "invoice"),
    }
    return ObjectKind.CHARGE, fields, charge_rank(status, minor)


def _refund(subject: Subject) -> tuple[ObjectKind, Fields, int]:
    status = _word(subject.get("status")) or ""
    fields = {
        **_amount(subject),
        Field.STATUS: status,
        Field.CREATED_AT: _created(subject),
        Field.CHARGE: _id_in(subject, "charge"),
        Field.ENTRY: _id_in(subject, "balance_transaction"),
    }
    return ObjectKind.REFUND, fields, refund_rank(status)


def _dispute(subject: Subject) -> tuple[ObjectKind, Fields, int]:
    details = subject.get("evidence_details")
    due = _at(details.get("due_by")) if isinstance(details, dict) else None
    fields = {
        **_amount(subject),
        Field.STATUS: _word(subject.get("status")),
        Field.CREATED_AT: _created(subject),
        Field.DUE_AT: instant_text(due) if due is not None else None,
        Field.REASON: _word(subject.get("reason")),
        Field.CHARGE: _id_in(subject, "charge"),
    }
    return ObjectKind.DISPUTE, fields, 0


def _invoice(subject: Subject) -> tuple[ObjectKind, Fields, int]:
    fields = {
        Field.STATUS: _word(subject.get("status")),
        Field.CREATED_AT: _created(subject),
        **_payer(subject),
        Field.CHARGE: _id_in(subject, "charge"),
    }
    return ObjectKind.INVOICE, fields, 0


_READERS: Mapping[str, Callable[[Subject], tuple[ObjectKind, Fields, int]]] = {
    "payout": _payout,
    "charge": _charge,
    "refund": _refund,
    "dispute": _dispute,
    "invoice": _invoice,
}


def _entries(subject: Subject, at: datetime, event_id: str) -> Iterator[Told]:
    """Balance transactions that stand in the snapshot as a whole: a dispute's, expanded ones."""
    listed = subject.get("balance_transactions")
    found = listed[:ENTRIES_MAX] if isinstance(listed, list) else []
    for each in (*found, subject.get("balance_transaction")):
        name = safe_id(each.get("id")) if isinstance(each, dict) else None
        if not isinstance(each, dict) or name is None:
            continue
        gross, fee, net = (_money(each.get(part), each) for part in ("amount", "fee", "net"))
        if gross is None or fee is None or net is None or gross - fee != net:
            continue
        available = _at(each.get("available_on"))
        fields = {
            Field.GROSS: str(gross.minor),
            Field.FEE: str(fee.minor),
            Field.CURRENCY: gross.currency,
            Field.CATEGORY: _word(each.get("reporting_category")),
            Field.CREATED_AT: _created(each),
            Field.AVAILABLE_ON: available.date().isoformat() if available is not None else None,
            Field.SOURCE: _id_in(each, "source"),
            Field.CHARGE: _id_in(subject, "charge"),
        }
        yield _told(ObjectKind.ENTRY, name, fields, at, 0, event_id)


def _payer(subject: Subject) -> Fields:
    metadata = subject.get("metadata")
    data = metadata if isinstance(metadata, dict) else {}
    named = reference(data.get(INVOICE_KEY))
    description = subject.get("description")
    by_words = invoice_in(description) if isinstance(description, str) and not named else ""
    return {
        Field.CUSTOMER: _id_in(subject, "customer"),
        Field.LEDGER_CUSTOMER: reference(data.get(CUSTOMER_KEY)),
        Field.REFERENCE: named or by_words,
        Field.REFERENCE_BY: "metadata" if named else "description" if by_words else None,
    }


def _id_in(subject: Subject, name: str) -> str | None:
    """The id of another object, expanded or not."""
    value = subject.get(name)
    return safe_id(value.get("id") if isinstance(value, dict) else value)


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and _WORD.match(value) else None


def _created(subject: Subject) -> str | None:
    at = _at(subject.get("created"))
    return instant_text(at) if at is not None else None


def _at(value: object) -> datetime | None:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**33:
        return None
    return datetime.fromtimestamp(value, UTC)


def _amount(subject: Subject) -> dict[Field, str | None]:
    amount = _money(subject.get("amount"), subject)
    if amount is None:
        return {}
    return {Field.AMOUNT: str(amount.minor), Field.CURRENCY: amount.currency}


def _money(value: object, subject: Subject) -> Money | None:
    code = subject.get("currency")
    if not isinstance(code, str) or not _CURRENCY.match(code):
        return None
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > AMOUNT_MAX:
        return None
    return money_of_api(value, code.upper())
