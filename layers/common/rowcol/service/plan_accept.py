"""Accept lines of a plan: each becomes a decision, by the very plan of the single command.

A batch does it, so that lines that still hold are decided and those that do not are refused one by
one, with the code the single command gives. A line says what amount it was planned with: a bill
that has changed since is not decided on its new amount (`bill_changed`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rowcol.domain.bill import Bill, DecisionAction
from rowcol.domain.money import Money
from rowcol.domain.permission import Permission
from rowcol.domain.plain import canonical, from_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import valid_id
from rowcol.service.bulk.bill_claims import bill_claims
from rowcol.service.bulk.decision_verbs import (
    DECIDE,
    NO_BILL,
    decision_item,
    stage_and_decide,
    wish_of,
)
from rowcol.service.bulk.verb import Verb
from rowcol.service.change import Change
from rowcol.service.decide import Decide
from rowcol.service.environment import Environment
from rowcol.service.wishes import Outcome


@dataclass(frozen=True, slots=True)
class Accepted:
    """One line: what is decided, and the amount that the plan was made with."""

    wish: str
    minor: int
    currency: str


def accepted_item(wish: Decide, amount: Money) -> str:
    """A line as a batch keeps it."""
    return canonical(Accepted(decision_item(wish), amount.minor, amount.currency))


def in_order(lines: Iterable[tuple[Decide, Money]]) -> tuple[tuple[Decide, Money], ...]:
    """Delays first: what they give back may be what covers the others."""
    return tuple(sorted(lines, key=lambda line: line[0].action is not DecisionAction.DELAY))


def accept(environment: Environment, change: Change, item: str) -> Outcome | Refusal:
    """Stage where that is still to be done, and decide. Refused: as both, and `bill_changed`."""
    line = _line_of(item)
    wish = wish_of(line.wish)
    bill = change.get(Bill, wish.bill_id)
    amount = Money(line.minor, line.currency)
    if bill is not None and bill.amount != amount:
        return Refusal(
            Code.BILL_CHANGED,
            f"the bill is {bill.amount} now, the plan was made with {amount}",
            {"planned": amount, "amount": bill.amount},
            remedy="ask for another plan",
        )
    return stage_and_decide(environment, change, line.wish)


def _line_of(item: str) -> Accepted:
    return from_plain(Accepted, json.loads(item))


def _named(item: str) -> str | None:
    return wish_of(_line_of(item).wish).bill_id


def _bill_of(_change: Change, item: str) -> str | None:
    name = _named(item)
    return name if name is not None and valid_id(name) else None


def _reads(change: Change, items: Sequence[str]) -> None:
    DECIDE.reads(change, [_line_of(item).wish for item in items])


ACCEPT = Verb(
    "accept-plan",
    Permission.DECIDE,
    accept,
    _reads,
    named=_named,
    unknown=NO_BILL,
    claims=bill_claims(accept, _bill_of),
)
