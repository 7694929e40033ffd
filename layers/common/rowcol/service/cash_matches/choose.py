"""Whether lines may be the money of items, as somebody wishes: checked before the write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rowcol.domain.bill import Bill
from rowcol.domain.cash_matching.cash_match import LINES_MAX, PARTS_MAX, MatchPart
from rowcol.domain.cash_matching.tolerance import TOLERANCE, CashTolerance
from rowcol.domain.cash_matching.wanted import CashTarget, OpenItem, TargetKind
from rowcol.domain.facts import BankLine
from rowcol.domain.invoice import Invoice
from rowcol.domain.link import Link, StoredLine
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import key_of, valid_id
from rowcol.service.cash_matches.effects import found_of
from rowcol.service.cash_matches.open_items import of_any_payment
from rowcol.service.cash_matches.wants import (
    of_bill_paid_by_hand,
    of_invoice,
    of_open_bill,
    of_paid_invoice,
    of_undecided,
    waits_for_debit,
)
from rowcol.service.change import Change
from rowcol.service.stored_lines import counts


@dataclass(frozen=True, slots=True)
class WishedPart:
    """One item, and what of the lines is its; None: all that is open of it."""

    target: CashTarget
    amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """Lines and parts that go together."""

    lines: tuple[BankLine, ...]
    parts: tuple[MatchPart, ...]
    difference: Money


def choose(
    change: Change, line_ids: Sequence[str], parts: Sequence[WishedPart]
) -> Chosen | Refusal:
    """The lines and parts as they are now.

    Refused: `not_found`, `line_taken`, `wrong_state`, `duplicate_item`, `too_many_items`,
    `currency_mismatch`, `match_differs` with both sums and what is allowed.
    """
    lines = chosen_lines(change, line_ids)
    if isinstance(lines, Refusal):
        return lines
    if len({str(part.target) for part in parts}) != len(parts) or len(parts) > PARTS_MAX:
        return _too_many("items", PARTS_MAX, len(parts))
    found: list[MatchPart] = []
    for wished in parts:
        part = _part(change, wished)
        if isinstance(part, Refusal):
            return part
        found.append(part)
    currency = lines[0].amount.currency
    if any(part.amount.currency != currency for part in found):
        return Refusal(
            Code.CURRENCY_MISMATCH, f"the bank's line is in {currency}", {"expected": currency}
        )
    return _summed(change, lines, tuple(found))


def _summed(
    change: Change, lines: tuple[BankLine, ...], parts: tuple[MatchPart, ...]
) -> Chosen | Refusal:
    currency = lines[0].amount.currency
    seen = Money(sum(line.amount.minor for line in lines), currency)
    wanted = Money(sum(part.amount.minor for part in parts), currency) if parts else seen
    tolerance = change.get(CashTolerance, TOLERANCE) or CashTolerance()
    allowed = Money(tolerance.allowed(wanted), currency)
    off = seen - wanted
    if abs(off.minor) > allowed.minor or (seen.minor > 0) != (wanted.minor > 0):
        return Refusal(
            Code.MATCH_DIFFERS,
            f"the lines are {seen}, the items {wanted}: more than {allowed} apart",
            {"lines": seen, "items": wanted, "difference": off, "allowed": allowed},
            remedy="choose others, say what part of an item it is, or widen the tolerance",
        )
    return Chosen(lines, parts, off)


def chosen_lines(change: Change, line_ids: Sequence[str]) -> tuple[BankLine, ...] | Refusal:
    """Lines by our ids that are nobody's: settled, of one account, in one direction."""
    if not line_ids or len(set(line_ids)) != len(line_ids) or len(line_ids) > LINES_MAX:
        return _too_many("lines", LINES_MAX, len(line_ids))
    found: list[BankLine] = []
    for name in line_ids:
        stored = change.get(StoredLine, name) if valid_id(name) else None
        if stored is None or not counts(stored):
            return Refusal(Code.NOT_FOUND, "no such bank line", {"line_id": name[:80]})
        if stored.line.pending:
            return Refusal(
                Code.WRONG_STATE,
                "the bank has not posted this line yet: it may change or disappear",
                {"line_id": name},
            )
        claim = change.get(Link, key_of("bank", stored.line.line_id))
        if claim is not None and claim.is_claimed:
            return Refusal(
                Code.LINE_TAKEN,
                "this bank line is matched already",
                {"line_id": name, "by": claim.bill_id},
                remedy="undo that match first",
            )
        found.append(stored.line)
    first = found[0]
    for line in found[1:]:
        same = line.account_id == first.account_id and line.amount.currency == first.amount.currency
        if not same or (line.amount.minor > 0) != (first.amount.minor > 0):
            return Refusal(
                Code.INVALID_INPUT,
                "lines of one match are of one account and go in one direction",
                {"line_id": key_of("", line.line_id)},
            )
    return tuple(sorted(found, key=lambda line: (line.posted_on, line.line_id)))


def _too_many(what: str, most: int, found: int) -> Refusal:
    return Refusal(
        Code.TOO_MANY_ITEMS,
        f"a match has 1 to {most} {what}, each once",
        {"field": what, "most": most, "found": found},
    )


def _part(change: Change, wished: WishedPart) -> MatchPart | Refusal:
    item = open_item_of(change, wished.target)
    if isinstance(item, Refusal):
        return item
    whole = item.wanted.amount
    amount = whole
    if wished.amount is not None:
        amount = Money(abs(wished.amount.minor), wished.amount.currency)
        amount = -amount if whole.minor < 0 else amount
        partly = wished.target.kind is TargetKind.INVOICE
        too_much = abs(amount.minor) > abs(whole.minor)
        if too_much or (amount != whole and not partly):
            return Refusal(
                Code.MATCH_DIFFERS,
                f"{wished.target} has {Money(abs(whole.minor), whole.currency)} open"
                + ("" if partly else ", and is matched as a whole"),
                {"open": whole, "asked": amount},
            )
    wanted = item.wanted
    return MatchPart(
        wished.target, amount, wanted.vendor_name, wanted.party_id, wanted.invoice_number
    )


def open_item_of(change: Change, target: CashTarget) -> OpenItem | Refusal:
    """The item as it waits now, or as a person may still match it.

    Refused: `not_found`, `wrong_state` when it waits for nothing.
    """
    unknown = Refusal(Code.NOT_FOUND, f"no such {target.kind.value}", {"id": target.id[:80]})
    if not valid_id(target.id):
        return unknown
    item: OpenItem | None = None
    if target.kind is TargetKind.PAYMENT:
        payment = change.get(Payment, target.id)
        if payment is None:
            return unknown
        item = of_any_payment(payment)
    elif target.kind is TargetKind.BILL:
        bill = change.get(Bill, target.id)
        if bill is None:
            return unknown
        item = _of_bill(change, bill)
    else:
        invoice = change.get(Invoice, target.id)
        if invoice is None:
            return unknown
        found = found_of(change, target)
        item = of_invoice(invoice, found) or of_paid_invoice(invoice, found)
    if item is None:
        return Refusal(
            Code.WRONG_STATE,
            f"this {target.kind.value} waits for no money at the bank",
            {"id": target.id},
        )
    return item


def _of_bill(change: Change, bill: Bill) -> OpenItem | None:
    if waits_for_debit(bill):
        rail = bill.rail.payment
        account = change.client.bank_account_of(rail.source_account_id if rail else None)
        return of_undecided(bill, account)
    found = found_of(change, CashTarget(TargetKind.BILL, bill.id))
    return of_open_bill(bill, found) or of_bill_paid_by_hand(bill, found)
