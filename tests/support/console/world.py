"""What happens beside people: money comes and goes, Ramp, time, releases, rights."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

from rowcol.domain.facts import RailState
from rowcol.domain.payment import Payment, Step
from rowcol.domain.scope import FIRM_WIDE, Member, Scope
from rowcol.service.change import Contention
from rowcol.service.custody import recheck
from rowcol.service.due_work import sweep_due
from rowcol.service.execute import execute
from rowcol.service.ports import RailError
from rowcol.service.rail_dates import clear_date
from rowcol.service.rail_facts import refresh_bill
from tests.support.console.firm import FIRM, Firms, dollars

EVENTS = 24
_WEIGHTS = {
    "cash": 4, "ramp": 3, "release": 8, "sweep": 4, "time": 3, "rights": 4, "new_bill": 1,
    "clear": 3,
}  # fmt: skip


class World:
    """One more at work, who is nobody in particular."""

    def __init__(self, firms: Firms, chance: random.Random) -> None:
        self.firms, self.chance = firms, chance
        self.trace: list[str] = []
        self.released = 0
        self._bill_count = 0

    def work(self) -> None:
        """Some events, one after the other."""
        names, weights = list(_WEIGHTS), list(_WEIGHTS.values())
        for _ in range(EVENTS):
            name = self.chance.choices(names, weights)[0]
            event: Callable[[Scope], str] = getattr(self, name)
            try:
                told = event(self.chance.choice(self.firms.scopes()))
            except (Contention, RailError) as lost:
                told = f"{name}: {lost!r}"
            self.trace.append(f"-- {told}")

    def cash(self, scope: Scope) -> str:
        """The bank shows another balance."""
        self.firms.ramps.cash[scope.client] = dollars(self.chance.choice([200, 1500, 4000, 9000]))
        self.firms.accept(scope)
        return f"{scope.client} has {self.firms.ramps.cash[scope.client]}"

    def ramp(self, scope: Scope) -> str:
        """Somebody changes a bill in Ramp, and it is read."""
        bill = self.firms.ramps.bills[self.chance.choice(self.firms.bills(scope)).id]
        if bill.bill.state in (RailState.READY, RailState.SCHEDULED):
            bill.bill = replace(bill.bill, amount=dollars(self.chance.choice([300, 700, 1300])))
        refresh_bill(self.firms.environment, scope, bill.bill.bill_id)
        return f"{bill.bill.bill_id} is {bill.bill.amount}"

    def release(self, scope: Scope) -> str:
        """The machine takes a payment's next step."""
        ready = [
            (one, payment)
            for one in self.firms.scopes()
            for payment in self.firms.payments(one)
            if self._runs(payment)
        ]
        if not ready:
            return "nothing to release"
        scope, payment = self.chance.choice(ready)
        environment, attempt = self.firms.environment, payment.custody.attempt
        if payment.custody.step is Step.EXECUTE:
            told = execute(environment, scope, payment.id, attempt)
            self.released += told == "go"
        else:
            told = recheck(environment, scope, payment.id, attempt)
        return f"{payment.id} {payment.custody.step.value}: {told}"

    @staticmethod
    def _runs(payment: Payment) -> bool:
        steps = (Step.REFRESH_BALANCE, Step.RECHECK, Step.EXECUTE)
        return payment.custody.attempt > 0 and payment.custody.step in steps

    def sweep(self, scope: Scope) -> str:
        """The minute sweep."""
        return f"sweep {sweep_due(self.firms.environment)}"

    def clear(self, scope: Scope) -> str:
        """A wish to take Ramp's date off is carried out."""
        wanted = [
            bill
            for bill in self.firms.bills(scope)
            if bill.command is not None and bill.command.is_open
        ]
        if not wanted:
            return "nothing to clear"
        name = self.chance.choice(wanted).id
        return f"clear {name}: {clear_date(self.firms.environment, scope, name)}"

    def time(self, scope: Scope) -> str:
        """Time passes."""
        self.firms.clock.pause(self.chance.choice([60, 3600, 20_000, 90_000]))
        return f"{self.firms.clock.now()}"

    def new_bill(self, scope: Scope) -> str:
        """Ramp has another approved bill."""
        self._bill_count += 1
        name = f"{scope.client}-bill-new-{self._bill_count}"
        self.firms.bill(scope, name)
        return name

    def rights(self, scope: Scope) -> str:
        """An admin changes what somebody may do."""
        firm = FIRM if self.chance.random() < 0.9 else scope.firm
        name = self.chance.choice(self.firms.people[firm])
        books = self.firms.store.books(Scope(firm, FIRM_WIDE))
        member = books.get(Member, name)
        assert member is not None
        roles = self.firms.roles(firm)
        active = self.chance.random() < 0.9
        saved = books.save(replace(member, roles=roles, active=active))
        return f"{name} now holds {roles if active else 'nothing'} ({saved})"
