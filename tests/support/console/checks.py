"""What no mix of people may break, checked at every write by rules written apart from the code.

Who may do what stands here as a table of facts; who counts as whom is the test's own knowledge.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from local.simulation.broken import broken
from local.simulation.watched_store import Written
from rowcol.domain.bill import Bill
from rowcol.domain.client import Client
from rowcol.domain.lifecycle import FINAL
from rowcol.domain.log import Entry
from rowcol.domain.money import Money
from rowcol.domain.payment import Payment
from rowcol.domain.plain import from_plain
from rowcol.domain.scope import FIRM_WIDE, ActorKind, Member, Scope

_ANY = frozenset({"viewer", "preparer", "approver", "releaser", "client_owner", "firm_admin"})
_STAGING = _ANY - {"viewer"}
_DECIDING = _STAGING - {"preparer"}
_RELEASING = _DECIDING - {"approver"}
# Which roles a fact in a person's name needs; others need a decider's.
ROLES = {
    "command.denied": _ANY,
    "bill.staged": _STAGING,
    "bill.unstaged": _STAGING,
    "override.approved": _RELEASING,
    "limits.proposed": _RELEASING - {"releaser"},
    "limits.approved": _RELEASING - {"releaser"},
    "limits.rejected": _RELEASING - {"releaser"},
}
# What only accompanies another fact of the same write.
_BESIDE = frozenset({"tray.opened", "tray.closed"})
# Noted of whoever tried, member or no longer: nothing is done with it.
NO_RIGHT_NEEDED = frozenset(
    {"machine.signature_refused", "batch.given_up", "batch.refused", "decisions.done"}
)
# Whose hands are RowCol's, staging by rule with what a rail has told.
NOBODY = "nobody"
_FACTOR_AGE = timedelta(seconds=330)


class PeopleChecks:
    """Rights, separation of duties, and one live payment per bill. `items`: the store's."""

    def __init__(self, items: Callable[[], Mapping[Any, Any]]) -> None:
        self._items = items
        self._staged: dict[tuple[Scope, str], str] = {}
        self._decided: dict[tuple[Scope, str], tuple[str, Money]] = {}
        self._asked: dict[tuple[Scope, str], str] = {}
        self._live: dict[tuple[Scope, str], set[str]] = {}
        self.seen: dict[str, int] = {}

    def __call__(self, written: Written) -> None:
        """Check one write. Raises InvariantBroken."""
        scope = written.commit.scope
        for entry in written.commit.entries:
            if entry.type not in NO_RIGHT_NEEDED and entry.actor.kind in (
                ActorKind.PERSON,
                ActorKind.MACHINE,
            ):
                self._rights(scope, entry)
            self._duties(scope, entry)
            self.seen[entry.type] = self.seen.get(entry.type, 0) + 1
        for put in written.commit.puts:
            if isinstance(put, Payment):
                self._one_live(scope, put)

    # ---- rights

    def _member(self, firm: str, name: str) -> Member | None:
        found: Member | None = self._items().get((firm, FIRM_WIDE, Member.kind, name))
        return found

    def _rights(self, scope: Scope, entry: Entry) -> None:
        member = self._member(scope.firm, entry.actor.id)
        if member is None or not member.active:
            broken("who is no member writes nothing", f"{entry.actor.id} {entry.type}")
        if entry.type in _BESIDE or scope.client == FIRM_WIDE:
            return
        held = {role.value for role in member.roles.get("*", ())}
        held |= {role.value for role in member.roles.get(scope.client, ())}
        needed = ROLES.get(entry.type, _DECIDING)
        if not held & needed:
            broken("rights hold at the write", f"{entry.actor.id} {sorted(held)} {entry.type}")

    def _hands(self, scope: Scope, entry: Entry) -> str:
        if entry.actor.kind not in (ActorKind.PERSON, ActorKind.MACHINE):
            return NOBODY
        member = self._member(scope.firm, entry.actor.id)
        answers = member.responsible_id if member is not None else None
        return answers or entry.actor.id

    # ---- duties

    def _duties(self, scope: Scope, entry: Entry) -> None:
        if entry.bill_id is None:
            return
        key = (scope, entry.bill_id)
        match entry.type:
            case "bill.staged":
                self._staged[key] = self._hands(scope, entry)
                self._decided.pop(key, None)
            case "decision.changing":
                self._decided.pop(key, None)
            case "decision.awaiting_second_person":
                self._decided[key] = (self._hands(scope, entry), _amount(entry))
            case "payment.created":
                self._released(scope, key, entry)
            case "override.asked":
                self._asked[key] = self._hands(scope, entry)
            case "override.approved":
                self._overridden(scope, key, entry)

    def _released(self, scope: Scope, key: tuple[Scope, str], entry: Entry) -> None:
        """Who said the last yes, and who stands behind it besides."""
        client: Client = self._items()[(scope.firm, scope.client, Client.kind, scope.client)]
        amount = _amount(entry)
        decided = self._decided.pop(key, None)
        if decided is not None and decided[1] != amount:
            broken("both agree to one amount", f"{decided[1]} and {amount}")
        threshold = client.dual_control_from
        if threshold is None or amount < threshold:
            return
        last, staged = self._hands(scope, entry), self._staged[key]
        people = {last, staged} | ({decided[0]} if decided is not None else set())
        people.discard(NOBODY)
        if last == staged or len(people) < 2 or entry.actor.kind is not ActorKind.PERSON:
            broken("two people stand behind it", f"{entry.bill_id}: {sorted(people)}, last {last}")

    def _overridden(self, scope: Scope, key: tuple[Scope, str], entry: Entry) -> None:
        asked, by = self._asked.pop(key, None), self._hands(scope, entry)
        shown = entry.actor.authenticated_at
        if asked is None or asked == by or entry.actor.kind is not ActorKind.PERSON:
            broken("two people override", f"{asked} and {by}")
        if shown is None or entry.at - shown > _FACTOR_AGE:
            broken("who overrides has shown a second factor", f"{shown} at {entry.at}")

    def _one_live(self, scope: Scope, payment: Payment) -> None:
        if payment.bill_id is None:
            return
        live = self._live.setdefault((scope, payment.bill_id), set())
        live.discard(payment.id)
        if payment.status not in FINAL:
            live.add(payment.id)
        if len(live) > 1:
            broken("one live payment per bill", f"{payment.bill_id}: {sorted(live)}")


def _amount(entry: Entry) -> Money:
    shown: Any = entry.data["bill"]
    return from_plain(Money, shown["rail"]["amount"])


def open_reserves(items: Mapping[Any, Any], scope: Scope) -> tuple[int, int]:
    """Minor units held covered and uncovered, summed from the bills."""
    covered = uncovered = 0
    for key, item in items.items():
        if isinstance(item, Bill) and key[:2] == (scope.firm, scope.client):
            held = item.open_reserve
            if held is not None and held.covered:
                covered += held.amount.minor
            elif held is not None:
                uncovered += held.amount.minor
    return covered, uncovered
