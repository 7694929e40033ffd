"""What a confirmed match does to its items, and what ends with it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from rowcol.domain.bill import Bill
from rowcol.domain.calendar import local_date
from rowcol.domain.cash_matching.cash_match import CashMatch, MatchPart, TargetCash, target_key
from rowcol.domain.cash_matching.kinds import PAID_AT_BANK
from rowcol.domain.cash_matching.wanted import CashTarget, TargetKind
from rowcol.domain.evidence import CashFact, ConfirmedCash
from rowcol.domain.link import Link
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment, Verification
from rowcol.domain.record_lines import looked_for_until
from rowcol.domain.scope import key_of
from rowcol.domain.windows import RETURN_WATCH_DAYS
from rowcol.service.cash_matches.wants import group_of, waits_for_debit
from rowcol.service.change import Change
from rowcol.service.hold import woken
from rowcol.service.received_notes import LINES_TOLD_MAX, Received, ask_received, note_record
from rowcol.service.tray import close_item, open_item

CONFIRMED = "confirmed"


def found_of(change: Change, target: CashTarget) -> TargetCash:
    """What confirmed matches have found of a bill or invoice."""
    name = target_key(target)
    return change.get(TargetCash, name) or TargetCash(name, 0, target)


def take_effect(change: Change, match: CashMatch, group: tuple[str, ...]) -> None:
    """Tell every item of a match of its lines. `group`: ids of payments that share one of them."""
    for part in match.parts:
        if part.target.kind is TargetKind.PAYMENT:
            _payment(change, match, part)
        else:
            change.put(found_of(change, part.target).taking(match.id, part.amount))
            if part.target.kind is TargetKind.BILL:
                _bill(change, match, part)
            else:
                _invoice(change, match, part)
    told = {part.target.id for part in match.parts}
    leaders = {
        group_of(payment): part
        for part in match.parts
        if part.target.kind is TargetKind.PAYMENT
        and (payment := change.get(Payment, part.target.id)) is not None
        and payment.commands_rail
    }
    for name in group:
        payment = change.get(Payment, name)
        if name in told or payment is None or payment.cash is not None:
            continue
        leader = leaders.get(group_of(payment))
        if leader is not None:
            _payment(change, match, replace(leader, target=CashTarget(TargetKind.PAYMENT, name)))


def _payment(change: Change, match: CashMatch, part: MatchPart) -> None:
    payment = change.get(Payment, part.target.id)
    if payment is None:
        return
    share = Money(abs(part.amount.minor), part.amount.currency)
    incoming = part.amount.minor < 0
    fact = CashFact(
        () if incoming else match.lines,
        match.lines if incoming else (),
        CONFIRMED,
        match.explanation,
        change.now,
        change.now,
        confirmed=ConfirmedCash(match.id, share),
    )
    seen = replace(payment, cash=fact)
    if payment.commands_rail:
        seen = woken(seen, change.now)
    else:
        last = max(line.posted_on for line in match.lines)
        seen = replace(
            seen,
            verification=Verification.VERIFIED,
            watch_until=last + timedelta(days=RETURN_WATCH_DAYS),
        )
    change.put(seen)
    change.state("payment.cash_observed", payment=seen)
    note_record(change, seen)


def _invoice(change: Change, match: CashMatch, part: MatchPart) -> None:
    """Money that came for an invoice is noted beside it, if the client wants that."""
    amount = Money(abs(part.amount.minor), part.amount.currency)
    words = tuple(f"Bank: {-one.amount} on {one.posted_on} ({one.line_id})" for one in match.lines)
    posted = max(line.posted_on for line in match.lines)
    told = (f"Match: {match.id}", *words[:LINES_TOLD_MAX])
    ask_received(change, part.target.id, Received(match.id, amount, posted, told))


def _bill(change: Change, match: CashMatch, part: MatchPart) -> None:
    """Money left for a bill that is not paid here: a second payment has to be kept from leaving."""
    bill = change.get(Bill, part.target.id)
    if bill is None:
        return
    if waits_for_debit(bill):
        seen = replace(bill, debit_seen_at=change.now)
        change.put(seen)
        change.state("bill.debit_observed", bill=seen, explanation=match.explanation)
        return
    if bill.is_closed:
        return  # paid by hand: now it is known from where
    posted = max(line.posted_on for line in match.lines)
    open_item(
        change,
        f"bill-{bill.id}",
        PAID_AT_BANK,
        f"The bank shows the bill of {bill.rail.vendor_name} paid; Ramp and QuickBooks do not",
        expected="open, nothing paid",
        found=f"{part.amount} on {posted}",
    )


def end_effect(change: Change, match: CashMatch, because: str) -> None:
    """Take back what a match told its items; payments look for their lines again."""
    for part in match.parts:
        if part.target.kind is TargetKind.PAYMENT:
            forget_cash(change, part.target.id, match.id)
            continue
        left = found_of(change, part.target).without(match.id)
        change.put(left)
        if part.target.kind is TargetKind.BILL:
            close_item(change, f"bill-{part.target.id}", PAID_AT_BANK, because)
            _debit_unseen(change, part.target.id)


def _debit_unseen(change: Change, bill_id: str) -> None:
    bill = change.get(Bill, bill_id)
    held = bill.open_reserve if bill is not None else None
    if bill is None or bill.debit_seen_at is None or held is None or not held.observed:
        return
    unseen = replace(bill, debit_seen_at=None)
    change.put(unseen)
    change.state("bill.debit_unmatched", bill=unseen)


def forget_cash(change: Change, payment_id: str, match_id: str | None) -> bool:
    """A payment loses its lines; of a match only when they are that match's. True when it did."""
    payment = change.get(Payment, payment_id)
    if payment is None or payment.cash is None:
        return False
    confirmed = payment.cash.confirmed
    if (confirmed.match_id if confirmed is not None else None) != match_id:
        return False
    for line in (*payment.cash.debits, *payment.cash.credits):
        claim = change.get(Link, key_of("bank", line.line_id))
        if match_id is not None and claim is not None and claim.bill_id == match_id:
            change.put(claim.freed)  # a return that came after the match as well
    lost = replace(payment, cash=None)
    if payment.commands_rail:
        lost = woken(lost, change.now)
    else:
        today = local_date(change.now, change.client.zone)
        lost = replace(
            lost,
            verification=Verification.AWAITING,
            watch_until=looked_for_until(payment, today),
        )
    change.put(lost)
    change.state("payment.cash_unmatched", payment=lost)
    return True


def settle_bill(change: Change, bill_id: str) -> None:
    """The bill is closed by now, or gone: nothing can be paid twice any more."""
    bill = change.get(Bill, bill_id)
    if bill is None or not bill.is_open:
        close_item(change, f"bill-{bill_id}", PAID_AT_BANK, "Ramp shows it closed")
