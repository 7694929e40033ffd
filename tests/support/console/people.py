"""What people and machines ask of the console: anything, of any bill they have heard of."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from local.simulation.broken import broken
from rowcol.domain.bill import Bill, DecisionState
from rowcol.domain.calendar import next_bank_day
from rowcol.domain.limits import CLIENT_LIMITS, Limits
from rowcol.domain.payment import Payment
from rowcol.domain.scope import FIRM_WIDE, Member, Scope
from rowcol.domain.staging_rules import STAGING_RULES, StagingRules
from rowcol.domain.vendor import vendor_id
from rowcol.service.change import Contention
from tests.support.api import Answer
from tests.support.console.firm import CLIENTS, Firms
from tests.support.signing import post

COMMANDS = 9
_WEIGHTS = {
    "stage": 6, "unstage": 1, "decide": 7, "approve": 6, "refuse": 1, "change": 2, "withdraw": 2,
    "finalize": 3, "approve_many": 2, "call_back": 2, "rules": 1,
    "ask_override": 3, "approve_override": 4, "withdraw_override": 1, "pay": 2, "limits": 2,
    "look": 1,
}  # fmt: skip
_DECIDABLE = (DecisionState.STAGED, DecisionState.OVERDUE)
_DECIDED = (
    *(DecisionState.QUEUED, DecisionState.CHECKING),
    *(DecisionState.AWAITING_SECOND_PERSON, DecisionState.RELEASED),
)
# How often they ask what could succeed; else anything.
SENSIBLE = 0.8
SIGNED = 0.95
_DECISION = "/clients/{client}/decisions/{decision}"
_OVERRIDE = "/clients/{client}/bills/{bill}/override"


def _state(bill: Bill) -> DecisionState | None:
    return bill.decision.state if bill.decision is not None else None


@dataclass(frozen=True)
class Asked:
    """One call, as it is sent again after a lost answer."""

    method: str
    route: str
    path: Mapping[str, str]
    body: Mapping[str, Any] | None
    key: str | None
    version: int | None
    shown_at: datetime | None


class Person:
    """One who asks, at their own pace; the interleaving is another's."""

    def __init__(self, firms: Firms, firm: str, name: str, chance: random.Random) -> None:
        self.firms, self.firm, self.name, self.chance = firms, firm, name, chance
        self.robot = firms.robots.get(name)
        self.trace: list[str] = []
        self.codes: dict[str, int] = {}

    def work(self) -> None:
        """Some commands, one after the other."""
        names, weights = list(_WEIGHTS), list(_WEIGHTS.values())
        for _ in range(COMMANDS):
            name = self.chance.choices(names, weights)[0]
            command: Callable[[Scope], None] = getattr(self, name)
            command(self._scope())

    # ---- decisions

    def stage(self, scope: Scope) -> None:
        """Take a bill up."""
        bill = self._bill(scope, None, DecisionState.WITHDRAWN, DecisionState.REFUSED)
        self._ask("POST", "/clients/{client}/bills/{bill}/stage", scope, bill=bill)

    def unstage(self, scope: Scope) -> None:
        """Take a staging back."""
        bill = self._bill(scope, DecisionState.STAGED)
        self._ask("DELETE", "/clients/{client}/bills/{bill}/stage", scope, bill=bill)

    def decide(self, scope: Scope) -> None:
        """Pay now, schedule or delay."""
        body = {"bill_id": self._bill(scope, *_DECIDABLE), **self._wish()}
        self._ask("POST", "/clients/{client}/decisions", scope, body)

    def approve(self, scope: Scope) -> None:
        """Have the last word."""
        decision = self._decision(scope, DecisionState.AWAITING_SECOND_PERSON)
        self._ask("POST", f"{_DECISION}/approve", scope, decision=decision)

    def refuse(self, scope: Scope) -> None:
        """Say no."""
        body = {"reason": "not delivered"}
        decision = self._decision(scope, DecisionState.AWAITING_SECOND_PERSON)
        self._ask("POST", f"{_DECISION}/refuse", scope, body, decision=decision)

    def change(self, scope: Scope) -> None:
        """Decide otherwise."""
        decision = self._decision(scope, *_DECIDED)
        self._ask("POST", f"{_DECISION}/change", scope, self._wish(), decision=decision)

    def withdraw(self, scope: Scope) -> None:
        """Take a decision back."""
        self._ask("DELETE", _DECISION, scope, decision=self._decision(scope, *_DECIDED))

    # ---- overrides

    def ask_override(self, scope: Scope) -> None:
        """Ask that cash be overlooked."""
        bills = [bill for bill in self.firms.bills(scope) if bill.open_reserve is not None]
        short = [bill.id for bill in bills if bill.open_reserve and not bill.open_reserve.covered]
        bill = self.chance.choice(short) if short else self._bill(scope)
        self._ask("POST", _OVERRIDE, scope, {"reason": "rent"}, bill=bill)

    def approve_override(self, scope: Scope) -> None:
        """Say yes to that."""
        bill, name = self._override(scope)
        self._ask("POST", f"{_OVERRIDE}/{{override}}/approve", scope, bill=bill, override=name)

    def withdraw_override(self, scope: Scope) -> None:
        """Or no."""
        bill, name = self._override(scope)
        self._ask("DELETE", f"{_OVERRIDE}/{{override}}", scope, bill=bill, override=name)

    # ---- payments, limits

    def pay(self, scope: Scope) -> None:
        """Hold, lift, cancel or move a payment."""
        payments: list[Payment] = self.firms.payments(scope)
        name = self.chance.choice(payments).id if payments else "pay_none"
        verb = self.chance.choice(["hold", "lift", "cancel", "reschedule"])
        evidence = {"kind": "call_back", "reference": "call 7", "note": "asked for Jo"}
        bodies: dict[str, dict[str, Any]] = {
            "hold": {"reason": "disputed"},
            "lift": {"evidence": evidence} if self.chance.random() < 0.5 else {},
            "cancel": {},
            "reschedule": {"pay_on": self._day().isoformat()},
        }
        route = f"/clients/{{client}}/payments/{{payment}}/{verb}"
        self._ask("POST", route, scope, bodies[verb], payment=name)

    def limits(self, scope: Scope) -> None:
        """Propose other limits of the client, or decide on those that wait."""
        known = self._known(Limits, scope, CLIENT_LIMITS)
        waiting = known.pending if isinstance(known, Limits) else None
        route = "/clients/{client}/limits"
        if waiting is not None and self.chance.random() < 0.7:
            verb = self.chance.choice(["approve", "approve", "reject"])
            self._ask("POST", f"{route}/{verb}", scope, {"change_id": waiting.id})
            return
        day = {"minor": self.chance.choice([100_000, 300_000]), "currency": "USD"}
        body = {"per_transaction": None, "per_day": day, "verification_from": None}
        version = known.version if isinstance(known, Limits) else 0
        self._ask("PUT", route, scope, body, version=version)

    def finalize(self, scope: Scope) -> None:
        """Several decisions at once, over clients, staged or not."""
        rows = [
            {"client": one.client, "bill_id": self._bill(one, None, *_DECIDABLE), **self._wish()}
            for one in [self._scope() for _ in range(self.chance.randint(1, 4))]
        ]
        body = {"decisions": rows, "mode": self.chance.choice(["independent", "all_or_nothing"])}
        self._ask("POST", "/decisions/finalize", scope, body)

    def approve_many(self, scope: Scope) -> None:
        """Several last words at once."""
        waiting = DecisionState.AWAITING_SECOND_PERSON
        rows = [
            {"client": one.client, "decision_id": self._decision(one, waiting)}
            for one in [self._scope() for _ in range(self.chance.randint(1, 3))]
        ]
        self._ask("POST", "/decisions/approve", scope, {"decisions": rows})

    def call_back(self, scope: Scope) -> None:
        """Keep a call to a vendor."""
        vendor = vendor_id(f"{scope.client}-vendor-{self.chance.randint(1, 2)}")
        body = {
            "account_id": "vendor-account-1",
            "account_confirmed": self.chance.random() < 0.9,
            "number_from": "contract",
            "spoken_to": "Jo",
            "reference": "call 7",
        }
        route = "/clients/{client}/vendors/{vendor}/call-backs"
        self._ask("POST", route, scope, body, vendor=vendor)

    def rules(self, scope: Scope) -> None:
        """Replace the client's staging rules, or decide on weaker ones that wait."""
        known = self._known(StagingRules, scope, STAGING_RULES)
        route = "/clients/{client}/staging-rules"
        waiting = known.pending if isinstance(known, StagingRules) else None
        if waiting is not None and self.chance.random() < 0.7:
            verb = self.chance.choice(["approve", "reject"])
            self._ask("POST", f"{route}/{verb}", scope, {"change_id": waiting.id})
            return
        then = [["auto_stage"], ["second_person"], ["step_up"], ["second_person", "auto_stage"]]
        large = {"minor": self.chance.choice([50_000, 100_000]), "currency": "USD"}
        rule = {
            "id": "large",
            "name": "Large bills",
            "when": [[{"fact": "amount", "at_least": large}]],
            "then": self.chance.choice(then),
        }
        body = {"rules": [rule] if self.chance.random() < 0.8 else []}
        version = known.version if isinstance(known, StagingRules) else 0
        self._ask("PUT", route, scope, body, version=version)

    def look(self, scope: Scope) -> None:
        """Read what there is, here and across clients."""
        for route in ("/clients/{client}/console", "/clients/{client}/reserves", "/console"):
            self._ask("GET", route, scope)

    # ---- what they have heard of

    def _scope(self) -> Scope:
        """Mostly a client of their firm; now and then somebody else's."""
        firm = self.firm if self.chance.random() < 0.95 else self.chance.choice(list(CLIENTS))
        return Scope(firm, self.chance.choice(CLIENTS[firm]))

    def _known(self, kind: type[Any], scope: Scope, name: str) -> Any:
        return self.firms.store.items.get((scope.firm, scope.client, str(kind.kind), name))

    def _bill(self, scope: Scope, *states: DecisionState | None) -> str:
        """Mostly one whose decision is in one of these states, as its list shows it."""
        bills: list[Bill] = self.firms.bills(scope)
        fitting = [bill for bill in bills if _state(bill) in states]
        sensible = fitting and self.chance.random() < SENSIBLE
        return self.chance.choice(fitting if sensible else bills).id

    def _decision(self, scope: Scope, *states: DecisionState) -> str:
        decided = [bill for bill in self.firms.bills(scope) if bill.decision is not None]
        fitting = [bill for bill in decided if _state(bill) in states]
        sensible = fitting and self.chance.random() < SENSIBLE
        chosen = self.chance.choice(fitting if sensible else decided) if decided else None
        return chosen.decision.id if chosen is not None and chosen.decision else "dec_none"

    def _override(self, scope: Scope) -> tuple[str, str]:
        asked = [(bill.id, bill.override.id) for bill in self.firms.bills(scope) if bill.override]
        return self.chance.choice(asked) if asked else (self._bill(scope), "ovr_none")

    def _day(self) -> date:
        day = self.firms.clock.at.date() + timedelta(days=self.chance.randint(0, 12))
        return next_bank_day(day) if self.chance.random() < SENSIBLE else day

    def _wish(self) -> dict[str, Any]:
        match self.chance.choice(["pay_now", "pay_now", "schedule", "schedule", "delay"]):
            case "pay_now":
                return {"action": "pay_now"}
            case "schedule":
                return {"action": "schedule", "pay_on": self._day().isoformat()}
            case _:
                until = self._day().isoformat()
                return {"action": "delay", "until": until, "reason": "disputed"}

    # ---- asking

    def _ask(
        self,
        method: str,
        route: str,
        scope: Scope,
        body: Mapping[str, Any] | None = None,
        version: int | None = None,
        **path: str,
    ) -> None:
        """One call; sometimes sent twice with one key, as after a lost answer."""
        shown = None
        if self.chance.random() < 0.7:
            ago = self.chance.choice([5, 200, 2000])
            shown = self.firms.clock.now() - timedelta(seconds=ago)
        key = f"key-{self.name}-{self.chance.randrange(10**9):09d}" if method == "POST" else None
        names = {"client": scope.client, **path} if "{client}" in route else {}
        asked = Asked(method, route, names, body, key, version, shown)
        blind_before = self._blind()
        for _ in range(self.chance.choice([1, 1, 1, 2])):
            try:
                answer = self._answered(asked)
            except Contention:
                self._count("contention")
                continue
            self._count(answer.code or str(answer.status))
            what = f"{self.name} {method} {route} {names} {body or ''}"
            self.trace.append(f"{what}: {answer.status} {answer.code or ''}")
            self._tells_nothing(answer, asked, blind_before & self._blind())

    def _answered(self, asked: Asked) -> Answer:
        """A person's call, or a machine's, which is signed unless it forgets to."""
        if self.robot is not None and asked.method != "GET":
            request = post(
                asked.route, asked.body, asked.key, asked.method, asked.version, **asked.path
            )
            if self.chance.random() < SIGNED:
                request = self.robot.sign(request)
            return self.robot.send(request, self.name)
        return self.firms.webs[self.firm].call(
            asked.method, asked.route, asked.body, person=self.name, key=asked.key,
            version=asked.version, shown_at=asked.shown_at, path=asked.path or None,
        )  # fmt: skip

    def _count(self, code: str) -> None:
        self.codes[code] = self.codes.get(code, 0) + 1

    def _blind(self) -> frozenset[str]:
        """Clients, of any firm, for which they hold no role now."""
        member: Member = self.firms.store.items[(self.firm, FIRM_WIDE, Member.kind, self.name)]
        every = {name for names in CLIENTS.values() for name in names}
        seen = {name for name in CLIENTS[self.firm] if member.roles_for(name)}
        return frozenset(every - seen)

    def _tells_nothing(self, answer: Answer, asked: Asked, blind: frozenset[str]) -> None:
        """What they named themselves may be named to them."""
        text, own = str(answer.body), str(asked.body)
        for name in sorted(blind):
            if name in own:
                continue
            if f"{name}-bill" in text or f"{name}-vendor" in text:
                broken(
                    "no answer tells of another's client", f"{self.name}: {name} in {text[:200]}"
                )
