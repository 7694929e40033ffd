"""Bluebird's tray and people of every role who do things with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from rowcol.domain.money import Money
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import Actor, ActorKind, Role
from rowcol.domain.tray import TrayItem, tray_id
from rowcol.domain.tray_acts import TrayVerb
from rowcol.domain.tray_rules import TRAY_RULES, TrayRules
from rowcol.service.change import Change
from rowcol.service.onboard import register_firm
from rowcol.service.rights import rights_of
from rowcol.service.tray import close_item, open_item
from rowcol.service.tray_acts import Wanted, act_on_item
from rowcol.service.tray_rules import RuleWanted
from tests.support.desk import SCOPE, Desk

SUBJECT, KIND = "thing-1", "late"


class TrayDesk(Desk):
    """A person of each role, called as the role; and `bot`, a machine that an admin answers for."""

    def __init__(self) -> None:
        super().__init__()
        register_firm(self.store, SCOPE.firm, "Maple Street")
        self.people()

    def people(self) -> None:
        """Somebody of each role."""
        for role in Role:
            self.join(role.value, role)
        self.join("bot", Role.RELEASER, actor_kind=ActorKind.MACHINE, responsible_id="firm_admin")

    def tell(self, kind: str = KIND, subject: str = SUBJECT, found: str = "1", **more: Any) -> str:
        """The facts differ; gives the item's id."""

        def plan(change: Change) -> bool:
            open_item(change, subject, kind, "Differs", expected="0", found=found, **more)
            return True

        self.work(plan)
        return tray_id(subject, kind)

    def agree(self, kind: str = KIND, subject: str = SUBJECT) -> None:
        """The facts agree."""

        def plan(change: Change) -> bool:
            close_item(change, subject, kind, "the facts agree")
            return True

        self.work(plan)

    def item(self, kind: str = KIND, subject: str = SUBJECT) -> TrayItem:
        """A stored item."""
        found = self.books.get(TrayItem, tray_id(subject, kind))
        assert found is not None
        return found

    def actor(self, person: str, *, fresh: bool = True) -> Actor:
        """Somebody, who has shown a second factor just now if they are a person."""
        if person == "bot":
            return Actor(ActorKind.MACHINE, "bot", None, "firm_admin")
        return Actor(ActorKind.PERSON, person, self.clock.now() if fresh else None)

    def do(
        self, verb: TrayVerb, person: str = "firm_admin", *, fresh: bool = True, **how: Any
    ) -> TrayItem | Refusal:
        """One act, as the API has it done; words and mark are good ones unless they are given."""
        item = self.books.get(TrayItem, how.get("item_id", tray_id(SUBJECT, KIND)))
        usual: dict[str, Any] = {"item_id": tray_id(SUBJECT, KIND), "words": "because"}
        if verb is TrayVerb.ACCEPT and item is not None:
            usual["mark"] = item.mark
        if verb is TrayVerb.SNOOZE:
            usual["until"] = self.clock.now() + timedelta(days=2)
        if verb is TrayVerb.EXCLUDE:
            usual["rule"] = RuleWanted(self.clock.now() + timedelta(days=30))
        wanted = Wanted(verb, **{**usual, **how})
        done: TrayItem | Refusal = self.planned(
            person, lambda change: act_on_item(self.environment, change, wanted), fresh
        )
        return done

    def planned(self, person: str, plan: Callable[[Change], Any], fresh: bool = True) -> Any:
        """A plan by somebody, with their rights."""
        rights = rights_of(self.store, SCOPE.firm, person)

        def with_rights(change: Change) -> Any:
            change.rights = rights
            return plan(change)

        return self.act_as(self.actor(person, fresh=fresh), with_rights)

    def rules(self) -> TrayRules:
        """The client's rules as stored."""
        return self.store.books(SCOPE).get(TrayRules, TRAY_RULES) or TrayRules(TRAY_RULES, 0)

    def settle(self) -> None:
        """The minute sweep, until what it walks is walked."""
        for _ in range(4):
            self.clock.pause(60)
            self.sweep()


def usd(minor: int) -> Money:
    """Dollars in cents."""
    return Money(minor, "USD")
