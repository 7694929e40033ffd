"""One person with a machine of their own, and everything they could try to pay a bill alone."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from rowcol.domain.bill import Bill
from rowcol.domain.client import GuardrailSettings
from rowcol.domain.limits import CLIENT_LIMITS, Limits
from rowcol.domain.payment import Payment
from rowcol.domain.permission import Permission
from rowcol.domain.permission_set import PermissionSet
from rowcol.domain.scope import ActorKind, Member, Role, Scope
from rowcol.domain.staging_rules import STAGING_RULES, StagingRules
from rowcol.service.onboard import register_firm, register_member
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE, Desk
from tests.support.domain.builders import usd
from tests.support.furnished import LIMITS, OPERATIONS, RECURRENCE
from tests.support.signing import Robot, post, private_key, registered
from tests.support.staging_rules import rule

SOLO, BOT, PUPPET, OTHER = "solo", "solo-bot", "puppet", "olive"
BILL = "bill-1"
EVERYTHING = "pst_everything"
_CLIENT = "/clients/{client}"
_ONE = {"client": SCOPE.client}


@dataclass(frozen=True)
class Hand:
    """By whom something is asked: the person, or their machine."""

    name: str

    @property
    def is_machine(self) -> bool:
        """Whether it signs."""
        return self.name == BOT


class Alone(Desk):
    """A bill of 1,250.00 that two people must agree to, by threshold or by rule, and Solo.

    Solo has some roles for all clients, or a set with every permission; their machine has every
    role. Puppet is a member without rights; Olive is another approver, who sits still.
    """

    def __init__(
        self, roles: Iterable[Role], *, by_rule: bool = False, everything: bool = False
    ) -> None:
        above = None if by_rule else usd("1000")
        super().__init__(dual_control_from=above, guardrail=GuardrailSettings(enabled=False))
        register_firm(self.store, SCOPE.firm, "Maple")
        self.rules_at_first = (rule("all", "second_person"),) if by_rule else ()
        if by_rule:
            rules = StagingRules().with_rules(self.rules_at_first, self.clock.now())
            assert self.books.save(rules)
        firm = self.store.books(Scope(SCOPE.firm))
        assert firm.save(PermissionSet(EVERYTHING, 0, "Everything", tuple(Permission)))
        sets: dict[str, tuple[str, ...]] = {"*": (EVERYTHING,)} if everything else {}
        held: dict[str, tuple[Role, ...]] = {"*": tuple(roles)}
        all_roles: dict[str, tuple[Role, ...]] = {"*": tuple(Role)}
        members = (
            Member(SOLO, 0, held, sets=sets),
            Member(BOT, 0, all_roles, True, ActorKind.MACHINE, SOLO),
            Member(PUPPET, 0, {}),
            Member(OTHER, 0, all_roles),
        )
        for member in members:
            register_member(self.store, SCOPE.firm, member)
        self.key = private_key()
        now = self.clock.now()
        registered(self.store, SCOPE.firm, self.key, now, member_id=BOT, responsible_id=SOLO)
        self.web = Web(self.environment, OPERATIONS, SCOPE.firm)
        self.robot = Robot(self.environment, OPERATIONS, self.key, SCOPE.firm)
        self.later = 0
        self.read(payment=None)

    # ---- asking

    def call(
        self,
        who: str,
        method: str,
        route: str,
        body: object = None,
        path: Mapping[str, str] | None = None,
        version: int | None = None,
    ) -> Answer:
        """One call, with a second factor shown now where it is a person's."""
        assert (method, route) in OPERATIONS, route
        if Hand(who).is_machine:
            request = post(route, body, method=method, version=version, **(path or {}))
            return self.robot.send(self.robot.sign(request), who)
        now = self.clock.now()
        return self.web.call(
            method, route, body, person=who, path=path, version=version, shown_at=now
        )

    def wish(self, *, pay_now: bool) -> dict[str, Any]:
        """Pay now, or on a bank day."""
        day = self.today() + timedelta(days=10)
        return {"action": "pay_now"} if pay_now else {"action": "schedule", "pay_on": str(day)}

    @property
    def decision(self) -> str:
        """The bill's decision; an id of nothing without one."""
        decision = self.bill().decision
        return decision.id if decision is not None else "dec_none"

    # ---- what a person on their own can try

    def attempts(self) -> tuple[Callable[[str], object], ...]:
        """Everything that could bring money on its way, or take a guard away, by one's hand."""
        bill = {**_ONE, "bill": BILL}

        def of_decision(verb: str, body: Callable[[], object] = dict) -> Callable[[str], object]:
            route = f"{_CLIENT}/decisions/{{decision}}/{verb}"
            return lambda who: self.call(
                who, "POST", route, body(), {**_ONE, "decision": self.decision}
            )

        def simple(
            route: str,
            body: Callable[[], object] = dict,
            path: Mapping[str, str] | None = None,
        ) -> Callable[[str], object]:
            return lambda who: self.call(who, "POST", route, body(), path)

        return (
            simple(f"{_CLIENT}/bills/{{bill}}/stage", path=bill),
            simple(
                f"{_CLIENT}/decisions", lambda: {"bill_id": BILL, **self.wish(pay_now=True)}, _ONE
            ),
            simple(
                f"{_CLIENT}/decisions",
                lambda: {"bill_id": BILL, **self.wish(pay_now=False)},
                path=_ONE,
            ),
            of_decision("approve"),
            of_decision("change", lambda: self.wish(pay_now=True)),
            of_decision("change", lambda: self.wish(pay_now=False)),
            lambda who: self.call(
                who,
                "DELETE",
                f"{_CLIENT}/decisions/{{decision}}",
                path={**_ONE, "decision": self.decision},
            ),
            simple("/decisions/finalize", lambda: {"decisions": [self._row(pay_now=True)]}),
            simple("/decisions/finalize", lambda: {"decisions": [self._row(pay_now=False)]}),
            simple(
                "/decisions/approve",
                lambda: {"decisions": [{**_ONE, "decision_id": self.decision}]},
            ),
            simple(f"{_CLIENT}/recurrences", lambda: RECURRENCE, _ONE),
            self._approve_recurrences,
            self._read_again,
            *self._rules(),
            *self._people(),
        )

    def _row(self, *, pay_now: bool) -> dict[str, Any]:
        return {**_ONE, "bill_id": BILL, **self.wish(pay_now=pay_now)}

    def _approve_recurrences(self, who: str) -> None:
        for _, _, kind, name in list(self.store.items):
            if kind == "recurrence":
                route = f"{_CLIENT}/recurrences/{{recurrence}}/approve"
                self.call(who, "POST", route, {}, {**_ONE, "recurrence": name})

    def _read_again(self, _who: str) -> None:
        """Ramp shows another bill of the vendor: an occurrence that waits would take it."""
        self.later += 1
        self.read(bill_id=f"later-{self.later}", invoice_number=f"L-{self.later}", payment=None)

    def _rules(self) -> tuple[Callable[[str], object], ...]:
        """Limits and staging rules: proposed, and approved by the same hands."""

        def settle(verb: str, thing: str, kind: type[Limits | StagingRules], name: str) -> Any:
            def ask(who: str) -> object:
                known = self.books.get(kind, name)
                change = known.pending.id if known is not None and known.pending else "none"
                body = {"change_id": change}
                return self.call(who, "POST", f"{_CLIENT}/{thing}/{verb}", body, _ONE)

            return ask

        def put(thing: str, kind: type[Limits | StagingRules], name: str, body: object) -> Any:
            def ask(who: str) -> object:
                known = self.books.get(kind, name)
                version = known.version if known is not None else 0
                return self.call(who, "PUT", f"{_CLIENT}/{thing}", body, _ONE, version)

            return ask

        return (
            put("limits", Limits, CLIENT_LIMITS, LIMITS),
            settle("approve", "limits", Limits, CLIENT_LIMITS),
            put("staging-rules", StagingRules, STAGING_RULES, {"rules": []}),
            settle("approve", "staging-rules", StagingRules, STAGING_RULES),
        )

    def _people(self) -> tuple[Callable[[str], object], ...]:
        """More rights for oneself, or a second pair of hands."""
        rights = {"roles": {"*": ["firm_admin"]}, "sets": {}}

        def change(name: str, **more: str) -> Callable[[str], object]:
            def ask(who: str) -> object:
                found = self.store.books(Scope(SCOPE.firm)).get(Member, name)
                assert found is not None
                body = {**rights, **more}
                return self.call(
                    who, "PUT", "/members/{member}", body, {"member": name}, found.version
                )

            return ask

        second = {"id": "second-bot", "kind": "machine", "responsible_id": SOLO, **rights}
        return (
            change(SOLO),
            change(BOT, responsible_id=PUPPET),
            lambda who: self.call(who, "POST", "/members", second),
            lambda who: self.call(who, "POST", "/members", {**second, "responsible_id": PUPPET}),
            lambda who: self.call(
                who, "POST", "/members/{member}/deactivate", {"reason": "x"}, {"member": OTHER}
            ),
        )

    def try_everything(self, seed: int, rounds: int = 2) -> None:
        """All attempts by person and machine, in an order of chance, several times."""
        chance = random.Random(seed)  # noqa: S311  # seeded
        for _ in range(rounds):
            todo = [(who, ask) for ask in self.attempts() for who in (SOLO, BOT)]
            chance.shuffle(todo)
            for who, ask in todo:
                answer = ask(who)
                assert not isinstance(answer, Answer) or answer.status < 500, answer

    # ---- what came of it

    def facts(self) -> set[str]:
        """Types of all that happened in the client's books."""
        return {entry.type for entry in self.books.entries(0, 10_000)}

    @property
    def payments(self) -> list[Payment]:
        """Every payment that there is, but planned ones that wait for a bill."""
        found = (one for one in self.store.items.values() if isinstance(one, Payment))
        return [one for one in found if one.bill_id is not None]

    def untouched(self) -> bool:
        """No money on its way, and no guard gone."""
        limits = self.books.get(Limits, CLIENT_LIMITS)
        rules = self.books.get(StagingRules, STAGING_RULES)
        held = self.store.items[SCOPE.firm, SCOPE.client, Bill.kind, BILL]
        return (
            not self.payments
            and held.live_payment_id is None
            and (limits is None or limits.limits.per_day is None)
            and (rules.rules if rules is not None else ()) == self.rules_at_first
        )
