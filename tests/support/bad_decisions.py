"""Decisions that cannot be taken, one for each reason that a single call can give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

from rowcol.domain.allocation import (
    Allocated,
    AllocatedPart,
    AllocationTarget,
    allocated_id,
)
from rowcol.domain.bill import DecisionAction, RailCommand
from rowcol.domain.claim import Claim
from rowcol.domain.facts import RailState
from rowcol.domain.limits import CLIENT_LIMITS, Level, Limits, LimitSet
from rowcol.domain.money import Money
from rowcol.domain.permission import Role
from rowcol.domain.refusal import Code
from rowcol.domain.scope import Member
from rowcol.service.change import Change
from rowcol.service.onboard import register_client, register_member
from rowcol.service.tray import open_item
from tests.support.decisions import ASKER, FIRM, DecisionFirm, Wish
from tests.support.domain.builders import client, usd

SEEN, HIDDEN, UNABLE = "seen", "hidden", "unable"
PAY_NOW, DELAY = DecisionAction.PAY_NOW, DecisionAction.DELAY
Spoil = Callable[[DecisionFirm, str], Wish]


class StrictFirm(DecisionFirm):
    """Anna may decide for all but one client that she sees and one that she does not.

    No payment above 40,000.00; from 30,000.00 on with a second factor. One client's Ramp account
    has no dates to set.
    """

    def __init__(self, clients: int) -> None:
        super().__init__(clients)
        for name, fields in ((SEEN, {}), (HIDDEN, {}), (UNABLE, _UNABLE)):
            register_client(self.store, FIRM.firm, client(id=name, version=0, **fields))
            self.cash(name, "100000")
        roles: dict[str, tuple[Role, ...]] = dict.fromkeys(self.clients, (Role.RELEASER,))
        roles |= {SEEN: (Role.VIEWER,), UNABLE: (Role.RELEASER,)}
        register_member(self.store, FIRM.firm, Member(ASKER, 0, roles))
        limits = LimitSet(per_transaction=usd("40000"), verification_from=usd("30000"))
        for name in self.clients:
            known = Limits(CLIENT_LIMITS, 0, Level.CLIENT, name, limits)
            assert self.store.books(self.scope(name)).save(known)


_UNABLE: dict[str, Any] = {"missing_capabilities": ("payment_date",)}


def _one(firm: DecisionFirm, name: str, *, staged: bool = True, **fields: Any) -> str:
    return firm.bills(name, 1, staged=staged, **fields)[0]


def _saved(firm: DecisionFirm, name: str, **changes: Any) -> Wish:
    bill = firm.bill(name, _one(firm, name))
    assert firm.store.books(firm.scope(name)).save(replace(bill, **changes))
    return Wish(name, bill.id)


def _no_lever(firm: DecisionFirm, _name: str) -> Wish:
    return Wish(UNABLE, _one(firm, UNABLE))


def _decided(firm: DecisionFirm, name: str) -> Wish:
    wish = Wish(name, _one(firm, name))
    firm.decide(wish, "carla")
    return wish


def _paid(firm: DecisionFirm, name: str) -> Wish:
    bill = _one(firm, name)
    firm.shows(name, bill, RailState.PAID)
    return Wish(name, bill)


def _paid_by_record(firm: DecisionFirm, name: str) -> Wish:
    bill = firm.bill(name, _one(firm, name))
    part = AllocatedPart("rec_1", usd("10.00"))
    target = AllocationTarget.BILL
    kept = Allocated(allocated_id(target, bill.id), 0, target, bill.id, (part,))
    assert firm.store.books(firm.scope(name)).save(kept)
    return Wish(name, bill.id)


def _short_of_cash(firm: DecisionFirm, name: str) -> Wish:
    """Less cash than the bill needs when it is staged, and enough for all others."""
    firm.cash(name, "20000")
    return Wish(name, _one(firm, name, amount=usd("29000")), PAY_NOW, None)


def _asked_by_tray(firm: DecisionFirm, name: str) -> Wish:
    bill = _one(firm, name, staged=False)

    def plan(change: Change) -> bool:
        open_item(change, f"bill-{bill}", "amount", "The bill cannot be earmarked")
        return True

    firm.act(name, plan)
    return Wish(name, bill)


def _with(**fields: Any) -> Spoil:
    """A staged bill, and another decision on it."""
    return lambda firm, name: Wish(name, _one(firm, name), **fields)


def _shown(**fields: Any) -> Spoil:
    """A bill that Ramp shows so, not staged."""
    return lambda firm, name: Wish(name, _one(firm, name, staged=False, **fields))


SPOILS: dict[str, tuple[Spoil, Code]] = {
    "no bill": (lambda _firm, name: Wish(name, "nothing"), Code.NOT_FOUND),
    "no id": (lambda _firm, name: Wish(name, "a/b"), Code.NOT_FOUND),
    "no client": (lambda _firm, name: Wish("nowhere", f"{name}-b000"), Code.NOT_FOUND),
    "not for her eyes": (lambda firm, _: Wish(HIDDEN, _one(firm, HIDDEN)), Code.NOT_FOUND),
    "not for her hands": (lambda firm, _: Wish(SEEN, _one(firm, SEEN)), Code.FORBIDDEN),
    "decided": (_decided, Code.NOT_STAGED),
    "not approved": (_shown(approved=False), Code.BILL_NOT_APPROVED),
    "paid": (_paid, Code.BILL_NOT_OPEN),
    "paid by a record": (_paid_by_record, Code.PAID_OUTSIDE),
    "asked about": (_asked_by_tray, Code.BLOCKED_BY_TRAY),
    "no due date": (_shown(due_on=None), Code.BILL_INCOMPLETE),
    "another currency": (_shown(amount=Money(100_00, "EUR")), Code.CURRENCY_MISMATCH),
    "yesterday": (_with(pay_on=date(2026, 11, 19)), Code.DATE_PAST),
    "next winter": (_with(pay_on=date(2027, 12, 1)), Code.DATE_TOO_FAR),
    "Thanksgiving": (_with(pay_on=date(2026, 11, 26)), Code.DATE_NOT_BANK_DAY),
    "no day": (_with(pay_on=None), Code.INVALID_INPUT),
    "no reason": (
        _with(action=DELAY, pay_on=None, until=date(2026, 12, 1)),
        Code.INVALID_INPUT,
    ),
    "no lever": (_no_lever, Code.CAPABILITY_MISSING),
    "over the limit": (
        lambda firm, name: Wish(name, _one(firm, name, amount=usd("50000"))),
        Code.LIMIT_TRANSACTION,
    ),
    "no second factor": (
        lambda firm, name: Wish(name, _one(firm, name, amount=usd("35000"))),
        Code.STEP_UP_REQUIRED,
    ),
    "no answer yet": (
        lambda firm, name: _saved(
            firm, name, command=RailCommand("cmd_1", "clear_date", firm.clock.now())
        ),
        Code.OUTCOME_UNKNOWN,
    ),
    "short of cash": (_short_of_cash, Code.GUARDRAIL_INSUFFICIENT),
    "another batch": (
        lambda firm, name: _saved(firm, name, claim=Claim("fin_other")),
        Code.BATCH_MEMBER,
    ),
}
"""What spoils a decision, and the code that the single call gives."""
