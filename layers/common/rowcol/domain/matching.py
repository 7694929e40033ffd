"""Find the bank lines of a payment: by trace id, then by exact amount, window and account.

Always explained. Never a guess between lines that fit equally well.

Source: design section 6 (cash matching), ramp contract section 9, plaid contract section 3.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from rowcol.domain.facts import BankLine
from rowcol.domain.money import Money
from rowcol.domain.windows import RETURN_WATCH_DAYS

__all__ = ["RETURN_WATCH_DAYS", "Matched", "Wanted", "is_return", "match", "names_invoice"]
# Whole words: "rtn" is also inside "partners".
_RETURN_WORD = re.compile(r"\b(returns?|returned|reversals?|reversed|rtn|reject(s|ed)?)\b")
_NAMES_VENDOR = 2
_NOT_PLAIN = re.compile(r"[^a-z0-9]")
_INVOICE_LENGTH_MIN = 5
_WORD = re.compile(r"[a-z0-9]{4,}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for: `amount` leaving `account_id` (None: any) in the days `first`..`last`.

    Without `amount_alone` an equal amount is not enough: the line must name trace or invoice.
    """

    amount: Money
    first: date
    last: date
    account_id: str | None
    trace_id: str | None
    vendor_name: str
    invoice_number: str | None = None
    amount_alone: bool = True


@dataclass(frozen=True, slots=True)
class Matched:
    """Lines that belong to the payment, how they were found, and why in words."""

    debits: tuple[BankLine, ...]
    credits: tuple[BankLine, ...]
    method: str
    explanation: str


def match(
    wanted: Wanted, lines: Iterable[BankLine], taken: frozenset[str] = frozenset()
) -> Matched | None:
    """The payment's debit and any return of it; None when nothing fits or several fit equally well.

    Several of one amount whose texts name this vendor are alike: the first one is taken.

    `taken` are ids of lines that belong to other payments.
    """
    free = [line for line in lines if line.line_id not in taken]
    replaced = {line.replaces_line_id for line in free}
    free = sorted(
        (line for line in free if line.line_id not in replaced),
        key=lambda line: (line.posted_on, line.line_id),
    )
    debits, method, why = _debits(wanted, free)
    if not debits:
        return None
    return Matched(debits, _returns(wanted, debits[0], free), method, why)


def still_matched(
    wanted: Wanted, known: Matched, lines: Iterable[BankLine], taken: frozenset[str] = frozenset()
) -> Matched | None:
    """A match made before, with returns that came since: its debit stays though the rail's date
    has moved away from it. None when the bank no longer shows it, or it is another payment's.
    """
    names = {line.line_id for line in known.debits}
    free = [line for line in lines if line.line_id not in taken]
    debits = tuple(line for line in free if line.line_id in names)
    if len(debits) != len(names):
        return None
    return Matched(debits, _returns(wanted, debits[0], free), known.method, known.explanation)


def _debits(wanted: Wanted, free: list[BankLine]) -> tuple[tuple[BankLine, ...], str, str]:
    if wanted.trace_id:
        traced = tuple(
            line for line in free if line.reference == wanted.trace_id and line.amount.minor > 0
        )
        if traced:
            return (
                traced,
                "trace_id",
                f"bank reference {wanted.trace_id} is the rail's debit trace id",
            )
    fitting = [
        line
        for line in free
        if line.amount == wanted.amount
        and wanted.first <= line.posted_on <= wanted.last
        and wanted.account_id in (None, line.account_id)
        and not (wanted.trace_id and line.reference and _is_trace(line.reference))
    ]
    if not wanted.amount_alone:
        fitting = [line for line in fitting if names_invoice(line, wanted.invoice_number)]
    if not fitting:
        return (), "", ""
    best = max(_likeness(wanted, line) for line in fitting)
    top = [line for line in fitting if _likeness(wanted, line) == best]
    if len(top) > 1 and best < _NAMES_VENDOR:
        return (), "", ""  # equal strangers, perhaps of other vendors: a person decides
    line = top[0]
    words = "and its text names the vendor or Ramp" if best else "and no other line fits"
    return (
        (line,),
        "exact",
        f"{wanted.amount} on {line.posted_on}, within {wanted.first}..{wanted.last}, {words}",
    )


def _is_trace(reference: str) -> bool:
    return len(reference) == 15 and reference.isdigit()


def _likeness(wanted: Wanted, line: BankLine) -> int:
    lowered = line.text.lower()
    text = set(_WORD.findall(lowered))
    vendor = set(_WORD.findall(wanted.vendor_name.lower()))
    named = names_invoice(line, wanted.invoice_number)
    return 2 * _NAMES_VENDOR * named + _NAMES_VENDOR * bool(text & vendor) + ("ramp" in text)


def names_invoice(line: BankLine, invoice_number: str | None) -> bool:
    """Whether a line's text holds an invoice number, punctuation aside; short ones say nothing."""
    invoice = _NOT_PLAIN.sub("", (invoice_number or "").lower())
    return len(invoice) >= _INVOICE_LENGTH_MIN and invoice in _NOT_PLAIN.sub("", line.text.lower())


def _returns(wanted: Wanted, debit: BankLine, free: list[BankLine]) -> tuple[BankLine, ...]:
    return tuple(line for line in free if is_return(line, debit))[:1]


def is_return(line: BankLine, debit: BankLine) -> bool:
    """Whether a line brings a debit back: its amount and account, by its words or its reference."""
    return (
        line.amount.minor == -debit.amount.minor
        and line.amount.currency == debit.amount.currency
        and line.account_id == debit.account_id
        and debit.posted_on <= line.posted_on <= debit.posted_on + timedelta(days=RETURN_WATCH_DAYS)
        and (
            _RETURN_WORD.search(line.text.lower()) is not None
            or (debit.reference is not None and line.reference == debit.reference)
        )
    )
