"""Keep the tray in step with the facts: one live item per discrepancy, closed when they agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from rowcol.domain import tray
from rowcol.domain.bill import Bill
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment
from rowcol.domain.scope import SYSTEM
from rowcol.domain.tray import Act, Severity, TrayItem, TrayState, tray_id
from rowcol.domain.tray_acts import excluded
from rowcol.domain.tray_kinds import kind_of
from rowcol.domain.tray_rules import TRAY_RULES, TrayRules

if TYPE_CHECKING:
    from rowcol.service.change import Change

_OF_PAYMENT, _OF_BILL = "payment-", "bill-"


def open_item(
    change: Change,
    subject: str,
    item: str,
    title: str,
    *,
    expected: str = "",
    found: str = "",
    severity: Severity | None = None,
    link: str | None = None,
    party: str | None = None,
    party_id: str | None = None,
    amount: Money | None = None,
    labels: Mapping[str, str] | None = None,
    source: str | None = None,
    due_on: date | None = None,
) -> None:
    """Open (or refresh) the item of one kind for one subject; nothing when it is so already.

    `severity` is the kind's own unless it is told. `party` (a name), `party_id` and `amount`: whom
    and how much it is about; of a payment or a bill that this change has read they are known.
    `labels` and `source`: of what can be replayed. `due_on`: of a new item, people may move
    it. A rule of the client may keep it out of the list; it is live all the same.
    """
    identity = tray_id(subject, item)
    fresh = TrayItem(
        identity,
        0,
        subject,
        item,
        severity if severity is not None else kind_of(item).severity,
        title,
        expected,
        found,
        change.now,
        link=link,
        labels=dict(labels or {}),
        source=source,
        due_on=due_on,
        **_about(change, subject, party, party_id, amount),
    )
    known = change.get(TrayItem, identity)
    stored = tray.opened(known, fresh)
    if stored is None:
        return
    is_news = known is None or known.state is not stored.state
    if is_news or stored.state is TrayState.EXCLUDED:
        stored = evaluated(stored, rules_of(change), change) or stored
    change.put(stored)
    kept_out = stored.state is TrayState.EXCLUDED
    change.state("tray.excluded" if kept_out else "tray.opened", tray=stored)


def close_item(change: Change, subject: str, item: str, because: str) -> None:
    """Close the item if it is live."""
    if not may_be_live(change, subject, item):
        return
    stored = tray.closed(change.get(TrayItem, tray_id(subject, item)), change.now, because)
    if stored is not None:
        change.put(stored)
        change.state("tray.closed", tray=stored)


def may_be_live(change: Change, subject: str, item: str) -> bool:
    """False where a bill that this change holds says that it has no such item: no read for it."""
    name = subject.removeprefix(_OF_BILL)
    if name == subject or change.knows(TrayItem, tray_id(subject, item)):
        return True
    if not change.knows(Bill, name):
        return True
    bill = change.get(Bill, name)
    return bill is not None and item in bill.tray_kinds


def remember_on_bills(change: Change) -> None:
    """Keep with each bill which kinds of items it has now, in the write that changes them."""
    for name, items in _moved(change).items():
        bill = change.get(Bill, name)
        if bill is None:
            continue
        kinds = {*bill.tray_kinds, *(item.item for item in items if item.is_live)}
        kinds -= {item.item for item in items if not item.is_live}
        if kinds != {*bill.tray_kinds}:
            change.put(replace(bill, tray_kinds=tuple(sorted(kinds))))


def bills_to_remember(change: Change) -> int:
    """How many bills `remember_on_bills` may put that are not put so far."""
    return sum((str(Bill.kind), name) not in change.puts for name in _moved(change))


def _moved(change: Change) -> dict[str, list[TrayItem]]:
    """Items about bills that open or close in this change, by bill."""
    found: dict[str, list[TrayItem]] = {}
    for item in change.puts.values():
        if isinstance(item, TrayItem) and item.subject.startswith(_OF_BILL):
            before = change.before(TrayItem, item.id)
            if item.is_live != (before is not None and before.is_live):
                found.setdefault(item.subject.removeprefix(_OF_BILL), []).append(item)
    return found


def rules_of(change: Change) -> TrayRules:
    """The client's rules; none while nobody made any."""
    return change.get(TrayRules, TRAY_RULES) or TrayRules(TRAY_RULES, 0)


def evaluated(item: TrayItem, rules: TrayRules, change: Change) -> TrayItem | None:
    """A live item as the rules of now have it; None when nothing changes.

    What a rule kept out, and no rule does any more, waits for somebody again.
    """
    rule = rules.rule_for(item, change.now)
    if item.state is TrayState.EXCLUDED:
        if rule is None:
            return tray.reopened(item, change.now, "no rule keeps it out any more")
        return None if rule.id == item.rule_id else replace(item, rule_id=rule.id)
    if rule is None or item.state is not TrayState.OPEN:
        return None
    act = Act(change.now, SYSTEM.id, "excluded", f"by rule {rule.id}: {rule.reason}"[:200])
    return excluded(item, rule.id, act)


def _about(
    change: Change, subject: str, party: str | None, party_id: str | None, amount: Money | None
) -> dict[str, Any]:
    """Whom and how much an item is about, from what the change holds anyway: no read for it."""
    told = {"party": party, "party_id": party_id, "amount": amount}
    if any(value is not None for value in told.values()):
        return told
    if subject.startswith(_OF_PAYMENT):
        payment = change.held(Payment, subject.removeprefix(_OF_PAYMENT))
        if payment is not None:
            told = {
                "party": payment.counterparty_name,
                "party_id": payment.counterparty_id,
                "amount": payment.amount,
            }
    elif subject.startswith(_OF_BILL):
        bill = change.held(Bill, subject.removeprefix(_OF_BILL))
        if bill is not None:
            rail = bill.rail
            told = {"party": rail.vendor_name, "party_id": rail.vendor_id, "amount": rail.amount}
    return told
