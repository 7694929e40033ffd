"""What is kept of an event's object: kind, status, amounts and ids of what it belongs to.

Nothing that names a person is taken. Fields that are not as they should be are left out: the event
itself is the fact (stripe contract, section 3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rowcol.rails.untrusted import safe_id
from rowcol.service.intake_ports import AMOUNT, REFERENCE

# Integer minor units of the object's currency.
AMOUNTS = (
    "amount", "amount_captured", "amount_due", "amount_paid", "amount_refunded",
    "amount_remaining", "total",
)  # fmt: skip
REFERENCES = (
    "balance_transaction", "charge", "dispute", "failure_balance_transaction", "invoice",
    "payment_intent", "payout", "refund",
)  # fmt: skip
AMOUNT_MAX = 10**15
_WORD = re.compile(r"[a-z][a-z0-9_.]{0,63}\Z")
_CURRENCY = re.compile(r"[a-z]{3}\Z")


def details_of(subject: dict[str, object], *, livemode: bool, is_known: bool) -> dict[str, str]:
    """A notice's details: `amount:<field>`, `reference:<field>`, and single words beside them."""
    return {
        "livemode": _flag(livemode),
        "known": _flag(is_known),
        **dict(_words(subject)),
        **dict(_amounts(subject)),
        **dict(_references(subject)),
    }


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _words(subject: dict[str, object]) -> Iterator[tuple[str, str]]:
    for name in ("object", "status"):
        value = subject.get(name)
        if isinstance(value, str) and _WORD.match(value):
            yield name, value
    currency = subject.get("currency")
    if isinstance(currency, str) and _CURRENCY.match(currency):
        yield "currency", currency.upper()


def _amounts(subject: dict[str, object]) -> Iterator[tuple[str, str]]:
    for name in AMOUNTS:
        value = subject.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= AMOUNT_MAX:
            yield f"{AMOUNT}{name}", str(value)


def _references(subject: dict[str, object]) -> Iterator[tuple[str, str]]:
    for name in REFERENCES:
        value = subject.get(name)
        found = safe_id(value.get("id") if isinstance(value, dict) else value)  # expanded, or not
        if found is not None:
            yield f"{REFERENCE}{name}", found
