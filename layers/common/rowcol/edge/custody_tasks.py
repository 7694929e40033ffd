"""Tasks of the custody machine: read the input, call one use case, answer with an outcome.

A rail whose budget of calls is used up is no failure: the answer says how long to wait for a slot.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from rowcol.domain.payment import Step
from rowcol.domain.sync_run import NeededBy
from rowcol.edge.observability import line
from rowcol.edge.task import BadTaskInput, Task, scope_of, task_of
from rowcol.service import custody, execute, judgement, rail_dates
from rowcol.service.bill_orders.carrying import carry_out
from rowcol.service.environment import Environment
from rowcol.service.ports import RailThrottled
from rowcol.service.proof import observe_cash
from rowcol.service.sync.balance import refresh_balance
from rowcol.service.sync.bank import sync_bank
from rowcol.service.sync.ledger import prove_ledger

Run = Callable[[Environment, Task], str]
WAIT_FOR_SLOT = "wait_for_slot"
# Steps after which the machine waits for a slot of the rail and comes back.
_WAITING = frozenset({"recheck", "execute"})


def execution_step(environment: Environment, event: Mapping[str, Any]) -> dict[str, object]:
    """payment_execution: load, recheck, execute, await_rail, compensate.

    Beside them clear_date: what was asked of a bill at Ramp, its date off or an order.
    """
    if event.get("step") == "clear_date":
        scope, bill = scope_of(event), event.get("bill")
        if not isinstance(bill, str):
            raise BadTaskInput("bill is needed")
        outcome = rail_dates.clear_date(environment, scope, bill)
        ordered = carry_out(environment, scope, bill)
        return _answer("clear_date", ordered if outcome == "nothing" else outcome, bill=bill)
    return _run(environment, event, _EXECUTION)


def record_step(environment: Environment, event: Mapping[str, Any]) -> dict[str, object]:
    """custody_record: judge, await_proof, record."""
    return _run(environment, event, _RECORD)


def refresh_step(environment: Environment, event: Mapping[str, Any]) -> dict[str, object]:
    """plaid_balance_refresh: a balance young enough to decide on; live when asked for."""
    scope = scope_of(event)
    live = event.get("live") is True
    why = NeededBy.PERSON if live else NeededBy.GUARDRAIL
    outcome = refresh_balance(environment, scope, why, live=live)
    return _answer("refresh_balance", outcome, client=scope.client)


def ledger_step(environment: Environment, event: Mapping[str, Any]) -> dict[str, object]:
    """qbo_verification: the ledger's side of one payment."""
    task = task_of(event)
    seen = prove_ledger(environment, task.scope, task.payment_id)
    return _answer("ledger_proof", "seen" if seen else "nothing_new", payment=task.payment_id)


def cash_step(environment: Environment, event: Mapping[str, Any]) -> dict[str, object]:
    """cash_verification: new bank lines first, then the bank's side of one payment."""
    task = task_of(event)
    sync_bank(environment, task.scope, NeededBy.PAYMENT)
    seen = observe_cash(environment, task.scope, task.payment_id, None, wake=False)
    return _answer("cash_proof", "seen" if seen else "nothing_new", payment=task.payment_id)


def _run(
    environment: Environment, event: Mapping[str, Any], steps: Mapping[str, Run]
) -> dict[str, object]:
    task = task_of(event)
    run = steps.get(task.step)
    if run is None:
        raise BadTaskInput(f"unknown step {task.step[:40]!r}")
    seconds = 0
    try:
        outcome = run(environment, task)
    except RailThrottled as slow:
        if task.step not in _WAITING:
            raise
        # The slot's time as data: an error's text is nothing to compute with, and a bounded Retry
        # would end in a hold when many are released at once.
        outcome, seconds = WAIT_FOR_SLOT, max(1, math.ceil(slow.retry_after_seconds))
    known = {"client": task.scope.client, "payment": task.payment_id, "attempt": task.attempt}
    return {**_answer(task.step, outcome, **known), "seconds": seconds}


def _answer(step: str, outcome: str, **fields: object) -> dict[str, object]:
    line("task", step=step, outcome=outcome, **fields)
    return {"outcome": outcome}


def _await(step: Step) -> Run:
    def run(environment: Environment, task: Task) -> str:
        if task.token is None:
            raise BadTaskInput("token is needed")
        return judgement.await_fact(
            environment, task.scope, task.payment_id, task.attempt, task.token, step
        )

    return run


def _judge(environment: Environment, task: Task) -> str:
    verdict = judgement.judge_payment(environment, task.scope, task.payment_id, task.attempt)
    return verdict.outcome.value if verdict else custody.STOPPED


_EXECUTION: dict[str, Run] = {
    "load": lambda env, task: custody.load(env, task.scope, task.payment_id, task.attempt),
    "recheck": lambda env, task: custody.recheck(env, task.scope, task.payment_id, task.attempt),
    "execute": lambda env, task: execute.execute(env, task.scope, task.payment_id, task.attempt),
    "await_rail": _await(Step.AWAIT_RAIL),
    "compensate": lambda env, task: judgement.compensate(
        env, task.scope, task.payment_id, task.attempt, task.error or "unknown"
    ),
}
_RECORD: dict[str, Run] = {
    "judge": _judge,
    "await_proof": _await(Step.AWAIT_PROOF),
    "record": lambda env, task: judgement.record_custody(
        env, task.scope, task.payment_id, task.attempt
    ),
}
