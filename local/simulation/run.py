"""One seed, one run: things happen, everything is checked, then it must come to rest."""

from __future__ import annotations

import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from local.simulation.actions import Actions
from local.simulation.agreement import Agreement
from local.simulation.boundary import Boundary
from local.simulation.broken import InvariantBroken
from local.simulation.console_actions import ConsoleActions
from local.simulation.customer_actions import CustomerActions
from local.simulation.decision_batch_actions import DecisionBatchActions
from local.simulation.defects import no_defects
from local.simulation.fraud_checks import FraudChecks
from local.simulation.invariants import WriteChecks, check_rails
from local.simulation.limit_actions import LimitActions
from local.simulation.limit_checks import LimitChecks
from local.simulation.order_actions import OrderActions
from local.simulation.payment_actions import PaymentActions
from local.simulation.product import Product
from local.simulation.quiet import exchange, operate, reconcile, repair, settle, sweep
from local.simulation.rails import Shape, make_rails
from local.simulation.record_actions import RecordActions
from local.simulation.registration import FIRM
from local.simulation.rule_actions import RuleActions
from local.simulation.rule_checks import RuleChecks
from local.simulation.tray_actions import TrayActions
from local.simulation.trouble import Trouble
from local.simulation.vendor_actions import VendorActions
from local.simulation.watched_store import Written
from rowcol.domain.client import Client
from rowcol.domain.scope import Scope

START = datetime(2026, 11, 2, 14, 0, tzinfo=UTC)
STEPS = 160
QUIET_DAYS = 28
_BETWEEN = 0.003
_ACTION_WEIGHTS = {
    "stage": 8, "unstage": 1, "decide": 8, "withdraw": 1, "rules": 2, "limits": 3, "call_back": 6,
    "tray": 6,
    "seconds": 8, "hours": 6, "days": 3, "drift": 2,
    "webhooks": 10, "inbox": 10, "stream": 18, "step": 24, "kill": 1, "asked": 4,
    "minute": 8, "reconcile": 3, "crash": 6, "connect": 1,
}  # fmt: skip
# Of files of their own.
_ELSEWHERE = ("limits", "rules", "call_back", "tray")
_PAYMENT_WEIGHTS = {
    "hold": 1, "lift": 3, "cancel": 1, "reschedule": 2, "reverse": 1, "reissue": 3, "reject": 1,
}  # fmt: skip
_RECORD_WEIGHTS = {"record": 2, "work_on_record": 3, "bulk": 2, "recur": 1}
_CONSOLE_WEIGHTS = {"approve": 5, "refuse": 1, "change": 2, "override": 4}
_ORDER_WEIGHTS = {"order": 2, "second_order": 3, "manual_balance": 2, "ledger_notes": 1}
_CUSTOMER_WEIGHTS = {"customer": 4}
_DECISION_WEIGHTS = {"decide_many": 3, "approve_many": 2, "stop_many": 1}
_TROUBLE_WEIGHTS = {
    "request_fault": 5, "rail_fault": 4, "ramp_app": 3, "bookkeeper": 2, "bank": 2,
    "lose_token": 1, "void_check": 3,
}  # fmt: skip
_BETWEEN_NAMES = (
    *("webhooks", "inbox", "stream", "minute", "seconds", "decide", "asked", "webhooks"),
    *("cancel", "reschedule", "hold", "stream", "asked", "rules"),
)


@dataclass
class Result:
    """How a run went. `failure` is None when everything held."""

    seed: int
    steps: int = 0
    failure: str | None = None
    invariant: str | None = None
    trace: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)


class Run:
    """A seeded run in progress."""

    def __init__(self, seed: int, shape: Shape | None = None) -> None:
        self.seed = seed
        self.chance = random.Random(seed)
        start = START + timedelta(days=self.chance.randrange(0, 40), hours=self.chance.random() * 9)
        self.boundary = Boundary()
        rails = make_rails(seed, start, self.chance, shape)
        self.checks = WriteChecks(self._client)
        self.limits = LimitChecks(lambda: self.product.store.items)
        self.fraud = FraudChecks(lambda scope: self.product.store.logs[scope])
        self.rules = RuleChecks(lambda: self.product.store.items)
        self.product = Product(
            rails, self.boundary, random.Random(f"{seed}/product"), self._written
        )
        self.actions = Actions(self.product, self.chance)
        self.trouble = Trouble(self.product, self.chance)
        self.payments = PaymentActions(self.actions)
        self.records = RecordActions(self.actions)
        console = ConsoleActions(self.actions)
        many = DecisionBatchActions(self.actions)
        orders = OrderActions(self.actions)
        self._nested = False
        self._choices: dict[str, Callable[[], str | None]] = {
            **{
                name: getattr(self.actions, name)
                for name in _ACTION_WEIGHTS
                if name not in _ELSEWHERE
            },
            "limits": LimitActions(self.actions).limits,
            "rules": RuleActions(self.actions).rules,
            "call_back": VendorActions(self.actions).call_back,
            "tray": TrayActions(self.actions).tray,
            **{name: getattr(self.payments, name) for name in _PAYMENT_WEIGHTS},
            **{name: getattr(self.records, name) for name in _RECORD_WEIGHTS},
            **{name: getattr(console, name) for name in _CONSOLE_WEIGHTS},
            **{name: getattr(many, name) for name in _DECISION_WEIGHTS},
            **{name: getattr(orders, name) for name in _ORDER_WEIGHTS},
            "customer": CustomerActions(rails, self.chance).customer,
            **{name: getattr(self.trouble, name) for name in _TROUBLE_WEIGHTS},
        }
        weights = _ACTION_WEIGHTS | _PAYMENT_WEIGHTS | _RECORD_WEIGHTS | _TROUBLE_WEIGHTS
        weights |= _CONSOLE_WEIGHTS | _DECISION_WEIGHTS | _ORDER_WEIGHTS
        weights |= _CUSTOMER_WEIGHTS
        self._names = list(weights)
        self._weights = list(weights.values())
        self.trace: list[str] = []
        self.rows_compared = 0

    def _written(self, written: Written) -> None:
        self.checks(written)
        self.limits(written)
        self.rules(written)
        self.fraud(written)

    def _client(self, scope: Scope) -> Client | None:
        found: Client | None = self.product.store.items.get(
            (scope.firm, scope.client, Client.kind, scope.client)
        )
        return found

    def act(self) -> None:
        """One thing happens, and what must hold is checked."""
        name = self.chance.choices(self._names, self._weights)[0]
        self._do(name)
        check_rails(self.product.rails)

    def _do(self, name: str) -> None:
        told = self._choices[name]()
        if told is not None:
            self.trace.append(f"{'  | ' if self._nested else ''}{told}")

    def _between(self, call: str) -> None:
        """Another process works while this one is between two calls."""
        if self._nested or self.product.store.allowed is None:
            return
        if self.chance.random() >= _BETWEEN:
            return
        self._nested = True
        try:
            self.trace.append(f"  | at {call}")
            self._do(self.chance.choice(_BETWEEN_NAMES))
        finally:
            self._nested = False

    def happen(self, steps: int) -> None:
        """Things happen."""
        reconcile(self.product)
        self.boundary.between = self._between
        for _ in range(steps):
            self.act()
        self.boundary.between = lambda _call: None

    def rest(self) -> None:
        """Come to rest, and check what must be true then."""
        self.trace.append("-- quiet")
        repair(self.product)
        exchange(self.product)
        self.product.rails.pass_time(180)
        reconcile(self.product)
        sweep(self.product)
        operate(self.product)
        check_rails(self.product.rails)
        agreement = Agreement(self.product)
        agreement.check_logs()
        agreement.check_dates()
        settle(self.product, QUIET_DAYS)
        check_rails(self.product.rails)
        agreement = Agreement(self.product)
        agreement.check()
        self.rows_compared = agreement.rows_compared


def run_seed(seed: int, steps: int = STEPS) -> Result:
    """Run one seed to its rest or to its failure."""
    result = Result(seed)
    with no_defects():
        run = Run(seed)
        try:
            run.happen(steps)
            run.rest()
        except (InvariantBroken, Exception) as failure:  # noqa: BLE001 - any end is told
            result.failure = "".join(traceback.format_exception(failure))
            named = isinstance(failure, InvariantBroken)
            result.invariant = str(failure) if named else repr(failure)
        result.trace = [*run.trace, *log_lines(run.product)]
        result.steps = steps
        result.counts = {
            "calls": run.boundary.count,
            "crashes": run.product.crashes,
            "covering writes": run.checks.covering_writes,
            "usage grown under a limit": run.limits.grown_under_a_limit,
            "staged under rules": run.rules.staged_under_rules,
            "staged by rule": run.rules.staged_by_rule,
            "held for a call-back": run.fraud.held,
            "released after a call-back": run.fraud.called_releases,
            "entries lost to views": run.product.streams.lost_to_views_count,
            "view rows compared": run.rows_compared,
            **{f"{a or '-'} -> {b}": count for (a, b), count in run.checks.moves.items()},
        }
    return result


def log_lines(product: Product) -> list[str]:
    """The clients' logs, readable."""
    lines = []
    for scope, log in product.store.logs.items():
        for entry in log:
            payment, bill = entry.data.get("payment"), entry.data.get("bill")
            shown = payment.get("status", "") if isinstance(payment, dict) else ""
            state = bill.get("rail", {}).get("state", "") if isinstance(bill, dict) else ""
            lines.append(
                f"{scope.client} {entry.sequence:4d} {entry.at:%m-%d %H:%M:%S} {entry.type} "
                f"{entry.payment_id or ''} {(entry.bill_id or '')[:8]} {shown} {state}"
            )
    return lines


__all__ = ["FIRM", "Result", "Run", "run_seed"]
