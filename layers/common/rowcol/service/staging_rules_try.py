"""What staging rules would do with bills, asked without effect: nothing is ever written.

Each bill is staged in a change that is thrown away, so that the answer is the one that staging it
would give.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from rowcol.domain.bill import Bill
from rowcol.domain.money import Money
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.requirements import Requirements
from rowcol.domain.scope import Actor, Scope
from rowcol.domain.staging_rules import Rule
from rowcol.domain.staging_rules_evaluation import RuleExplained
from rowcol.domain.tray import TrayItem, tray_id
from rowcol.domain.vendor import Vendor, vendor_id
from rowcol.service.blocking_tray import BLOCKING
from rowcol.service.change import Change, open_change
from rowcol.service.environment import Environment
from rowcol.service.stage import stage
from rowcol.service.staging_rules import applied, rules_of

# Sorts behind every bill of which nothing is to be paid, and before all others.
_BEHIND_DONE = "done$"


class WouldBe(StrEnum):
    """What would happen to a bill: RowCol stages it, a person may, or nobody may now."""

    STAGED_BY_RULE = "staged_by_rule"
    STAGED_BY_PEOPLE = "staged_by_people"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Tried:
    """A bill under the rules. `code`, `detail`: of the refusal. `matched`: rules that matched.

    `rules` explains each one; left out where many bills are tried.
    """

    bill_id: str
    vendor_id: str | None
    vendor_name: str
    amount: Money
    would_be: WouldBe
    code: Code | None
    detail: str | None
    requirements: Requirements
    matched: tuple[str, ...]
    rules: tuple[RuleExplained, ...] | None


@dataclass(frozen=True, slots=True)
class TriedPage:
    """Bills tried, and where the next page begins."""

    items: tuple[Tried, ...]
    next_key: str | None


def try_bill(
    environment: Environment,
    scope: Scope,
    actor: Actor,
    rules: tuple[Rule, ...] | None,
    bill_id: str,
) -> Tried | Refusal:
    """One bill, with each rule explained; under the rules in force when none are given.

    Refused: `not_found`. Raises UnknownClient.
    """
    change = _change(environment, scope, actor, rules)
    bill = change.get(Bill, bill_id)
    if bill is None:
        return Refusal(Code.NOT_FOUND, "no such bill")
    return _tried(environment, change, bill)


def try_open_bills(
    environment: Environment,
    scope: Scope,
    actor: Actor,
    rules: tuple[Rule, ...] | None,
    after: str | None,
    limit: int,
) -> TriedPage:
    """A page of the client's bills of which something is still to be paid, without explanations.

    Reads: a query, and of bills, vendors and tray items one per hundred. Raises UnknownClient.
    """
    change = _change(environment, scope, actor, rules)
    page = change.books.ids(Bill, after=after or _BEHIND_DONE, limit=limit)
    change.load(Bill, page.ids)
    bills = [bill for name in page.ids if (bill := change.get(Bill, name)) is not None]
    _load(change, bills)
    tried = (_tried(environment, change, bill) for bill in bills)
    return TriedPage(tuple(replace(one, rules=None) for one in tried), page.next_key)


def _change(
    environment: Environment, scope: Scope, actor: Actor, rules: tuple[Rule, ...] | None
) -> Change:
    """A change that is never committed, in which the given rules are already in force."""
    change = open_change(environment.store, environment.surroundings, scope, actor)
    if rules is not None:
        change.put(rules_of(change).with_rules(rules, change.now))
    return change


def _load(change: Change, bills: Sequence[Bill]) -> None:
    vendors: Iterable[str] = {
        vendor_id(bill.rail.vendor_id) for bill in bills if bill.rail.vendor_id
    }
    change.load(Vendor, sorted(vendors))
    change.load(TrayItem, [tray_id(f"bill-{bill.id}", kind) for bill in bills for kind in BLOCKING])


def _tried(environment: Environment, change: Change, bill: Bill) -> Tried:
    found = applied(change, rules_of(change), bill)
    point = change.savepoint()
    staged = stage(environment, change, bill.id)
    change.roll_back(point)
    refusal = staged if isinstance(staged, Refusal) else None
    by_rule = WouldBe.STAGED_BY_RULE if found.auto_stage else WouldBe.STAGED_BY_PEOPLE
    return Tried(
        bill.id,
        bill.rail.vendor_id,
        bill.rail.vendor_name,
        bill.amount,
        WouldBe.REFUSED if refusal is not None else by_rule,
        refusal.code if refusal is not None else None,
        refusal.detail if refusal is not None else None,
        found.requirements,
        tuple(told.id for told in found.rules if told.follows),
        found.rules,
    )
