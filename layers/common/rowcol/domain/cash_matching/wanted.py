"""What is looked for at the bank: one open item, what kind it is, and what would tell it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rowcol.domain.cash_matching.text import squeezed, tokens
from rowcol.domain.facts import BankLine
from rowcol.domain.money import Money

_NUMBER_LENGTH_MIN = 5
_TRACE_DIGITS = 15


class TargetKind(StrEnum):
    """What a bank line can be the money of."""

    PAYMENT = "payment"
    BILL = "bill"
    INVOICE = "invoice"


@dataclass(frozen=True, slots=True)
class CashTarget:
    """One payment, bill or invoice by our id."""

    kind: TargetKind
    id: str

    def __str__(self) -> str:
        return f"{self.kind.value}/{self.id}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to look for: `amount` leaving `account_id` (None: any) in the days `first`..`last`.

    Money that comes is a negative amount, as at the bank. Without `amount_alone` an equal amount is
    not enough: the line must name trace, document, check or party (`named_alone`: the document).
    `party_id`: under which aliases of the party are kept. `by_rail`: a text may name Ramp instead.
    `any_text`: transfers and fees, whose texts name no party. `by_check`: the line is a check's.
    `rail_is_named`: this bank prints Ramp's name, so that a line without a name is not Ramp's.
    `watched_until`: the last day of a return, where that is set; see `is_return`.
    """

    amount: Money
    first: date
    last: date
    account_id: str | None
    trace_id: str | None
    vendor_name: str
    invoice_number: str | None = None
    amount_alone: bool = True
    named_enough: bool = False
    check_number: str | None = None
    party_id: str | None = None
    by_rail: bool = True
    any_text: bool = False
    by_check: bool = False
    rail_is_named: bool = False
    watched_until: date | None = None


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something whose money has not been found: what it is, what to look for, when expected.

    `group`: items that are one and the same movement of money (bills of one Ramp payment).
    """

    target: CashTarget
    wanted: Wanted
    expected_on: date
    group: str

    @property
    def party(self) -> str:
        """By what its items are put together: the party's id, else its name."""
        return self.wanted.party_id or self.wanted.vendor_name.lower()

    @property
    def order(self) -> tuple[date, str]:
        """A stable order: by the day expected."""
        return self.expected_on, str(self.target)


def names_invoice(line: BankLine, invoice_number: str | None) -> bool:
    """Whether a line's text holds an invoice number, punctuation aside; short ones say nothing."""
    invoice = squeezed(invoice_number) if invoice_number else ""
    if len(invoice) < _NUMBER_LENGTH_MIN:
        return False
    said = tokens(line.text)
    if invoice in said:
        return True
    # A number runs over several words ("INV 2026 0042"), or is glued to what is before it.
    every = squeezed(line.text)
    at = every.find(invoice)
    while at >= 0:
        after = every[at + len(invoice) : at + len(invoice) + 1]
        before = every[at - 1 : at] if at else ""
        if not (_digits(before, invoice[0]) or _digits(after, invoice[-1])):
            return True
        at = every.find(invoice, at + 1)
    return False


def _digits(outside: str, inside: str) -> bool:
    """Whether a number goes on outside: INV-10421 is not in INV-104215."""
    return outside.isdigit() and inside.isdigit()


def is_trace(reference: str | None) -> bool:
    """Whether a bank's reference looks like an ACH trace number."""
    return reference is not None and len(reference) == _TRACE_DIGITS and reference.isdigit()


def same_check(wanted: str | None, line: BankLine) -> bool | None:
    """Whether both name a check and it is the same one; None where one of them names none."""
    if wanted is None or line.check_number is None:
        return None
    ours, theirs = _check(wanted), _check(line.check_number)
    return ours == theirs if ours and theirs else None


def _check(number: str) -> str:
    text = number.strip().lstrip("#").lstrip("0")
    return text if text.isdigit() else ""
