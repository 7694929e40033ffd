"""Versions of what log entries carry: an older entry is read as if it were written today.

Each step is a pure function from one version to the next and never changes again: it describes what
was, not what is. What is stored stays as it was written, and the chain's hash covers that.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

CURRENT = 2
Data = dict[str, object]


class UnknownEventVersion(Exception):
    """An entry of a version that this code does not know: newer than CURRENT, or none at all."""


class UnreadableEvent(Exception):
    """An entry does not have the shape of the version that it says it has."""


def upcast(fact_type: str, version: int, data: Mapping[str, object]) -> Data:
    """An entry's data as version CURRENT would show it; the input is left as it is.

    Raises UnknownEventVersion, UnreadableEvent.
    """
    if isinstance(version, bool) or not 1 <= version <= CURRENT:
        raise UnknownEventVersion(f"{fact_type} has version {version}, known are 1 to {CURRENT}")
    shown = dict(data)
    for step in range(version, CURRENT):
        shown = _STEPS[step](shown)
    return shown


def record_as_current(kind: str, body: Data) -> Data:
    """A stored record as today's code reads it; its next write moves it.

    Records carry no version of their shape: a payment of version 1 is known by its vendor.
    """
    if kind == "payment" and _RENAMED_IN_2.keys() <= body.keys():
        return _payment_from_1(body)
    return body


def _from_1(data: Data) -> Data:
    """A payment's other side may be anybody, not only a vendor; it may be a record; it is posted.

    Every payment of version 1 paid a bill of a vendor by a decision.
    """
    payment = data.get("payment")
    if payment is None:
        return data
    if not isinstance(payment, dict) or not _RENAMED_IN_2.keys() <= payment.keys():
        raise UnreadableEvent("a payment of version 1 names its vendor")
    return {**data, "payment": _payment_from_1(payment)}


def _payment_from_1(payment: Data) -> Data:
    renamed = {new: payment[old] for old, new in _RENAMED_IN_2.items()}
    kept = {name: value for name, value in payment.items() if name not in _RENAMED_IN_2}
    return {**_added_in_2(), **renamed, **kept}


_RENAMED_IN_2 = {"vendor_id": "counterparty_id", "vendor_name": "counterparty_name"}


def _added_in_2() -> Data:
    return {
        "type": "vendor_payment",
        "origin": "decision",
        "number": None,
        "allocations": [],
        "journal": [],
        "method": None,
        "reference": None,
        "memo": None,
        "to_account_id": None,
        "cancel_asked": None,
        "evidence": [],
        "replaces": None,
        "replaced_by": None,
        "recurrence_id": None,
        "occurrence_on": None,
        "batch_id": None,
        "deleted_at": None,
        "awaiting_release_since": None,
        "route": None,
        "counted": None,
        "uncounted": True,
    }


_STEPS: dict[int, Callable[[Data], Data]] = {1: _from_1}
