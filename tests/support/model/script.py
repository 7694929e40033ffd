"""What can happen in a run of the model: Ramp's ways, its answers, and what people ask."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date

from hypothesis import HealthCheck, settings

from rowcol.domain.facts import RailState
from rowcol.domain.lifecycle import By
from rowcol.domain.shown import EvidenceKind, Given
from rowcol.service.payment_commands.cancel import cancel
from rowcol.service.payment_commands.hold import hold
from rowcol.service.payment_commands.lift import Lift, lift
from rowcol.service.payment_commands.reissue import Reissue, reissue
from rowcol.service.payment_commands.reject import Reject, reject
from rowcol.service.payment_commands.reschedule import reschedule
from rowcol.service.payment_commands.reverse import Reverse, Why, reverse
from tests.support.payment_desk import Plan

RUN_SETTINGS = settings(
    max_examples=int(os.environ.get("ROWCOL_MODEL_RUNS") or 60),
    stateful_step_count=40,
    deadline=None,
    derandomize=not os.environ.get("ROWCOL_MODEL_RUNS"),
    suppress_health_check=list(HealthCheck),
)
NOTICE = Given(EvidenceKind.BANK_NOTICE, "notice 17")
CALL = Given(EvidenceKind.CALL_BACK, "call at 10:40")
REJECT = Reject("not ours", NOTICE)
REISSUE = Reissue(Given(EvidenceKind.STOP_PAYMENT, "stop order 55"))
ANSWERS = ("accept", "accept", "refuse", "lost", "vanished", "down")
# What Ramp can come to show of a bill from what it shows; PAID ends there or comes back failed.
OPEN = ("ready", "scheduled", "awaiting_release", "on_hold", "blocked", "held_by_provider")
AFTER: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(OPEN, (*OPEN, "processing", "archived", "rejected", "error")),
    "processing": ("paid", "paid", "error", "ready"),
    "error": ("ready", "scheduled", "error"),
    "archived": ("archived",),
    "rejected": ("ready", "rejected"),
    "paid": ("paid",),
}
GOES_ON = (RailState.SCHEDULED, RailState.AWAITING_RELEASE, RailState.PROCESSING)
STAGES = ("nothing", "scheduled", "decided", "asked", "processing", "done")
DATED = {"scheduled", "awaiting_release", "held_by_provider", "blocked", "processing"}


def _lift(name: str, shown: Given) -> Plan:
    return lambda env, change: lift(env, change, name, Lift(By.ADMIN, shown))


def _seen(name: str, why: Why) -> Plan:
    return lambda env, change: reverse(env, change, name, Reverse(why, NOTICE))


VERBS: dict[str, Callable[[str, date], Plan]] = {
    "cancel": lambda name, _day: lambda env, change: cancel(env, change, name),
    "reschedule": lambda name, day: lambda env, change: reschedule(env, change, name, day),
    "hold": lambda name, _day: lambda env, change: hold(env, change, name, "disputed"),
    "lift": lambda name, _day: _lift(name, NOTICE),
    "lift_by_call": lambda name, _day: _lift(name, CALL),
    "reject": lambda name, _day: lambda env, change: reject(env, change, name, REJECT),
    "reverse": lambda name, _day: _seen(name, Why.RETURNED),
    "money_back": lambda name, _day: _seen(name, Why.MONEY_BACK),
    "reissue": lambda name, _day: lambda env, change: reissue(env, change, name, REISSUE),
}
