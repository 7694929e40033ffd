"""Whatever processes do and however they interleave: no window ever sees more calls than it allows.

A rail that counts calls itself, processes that lease blocks, use them, sit idle, die, are refused
and come back, each with a clock of its own that is wrong by up to half the skew.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowcol.domain.rate_gate import (
    FULL,
    WAIT_MILLISECONDS_MAX,
    Gate,
    GateRule,
    Lease,
    Wait,
    Window,
    lease,
    left_seat,
    refused,
    spoilt_until,
)
from rowcol.rails.gate_text import gate_of, text_of
from rowcol.rails.limits import PLAID_CLIENT, PLAID_ITEM, QBO_REALM, RAMP

START = 1_800_000_000_000
TINY = GateRule((Window(10, 2), Window(100, 5)), block_max=3, skew=4)
RULES = {
    "tiny": TINY,
    "ramp": RAMP,
    "qbo": QBO_REALM,
    "plaid item": PLAID_ITEM["transactions/sync"],
    "plaid client": PLAID_CLIENT["accounts/balance/get"],
}


@dataclass
class Process:
    """One that calls: its clock's error, its lease, when its calls end."""

    name: str
    error: int
    held: Lease | None = None
    left: int = 0
    in_flight_until: int | None = None


@dataclass
class Trial:
    """The cell, the processes, and the rail's own view."""

    rule: GateRule
    errors: list[int]
    gate: Gate = field(default_factory=Gate)
    now: int = START
    calls: list[int] = field(default_factory=list)
    processes: list[Process] = field(init=False)

    def __post_init__(self) -> None:
        self.processes = [Process(f"p{n}", error) for n, error in enumerate(self.errors)]

    def call(self, process: Process, wanted: int) -> None:
        """As SharedGate: from the block while it is good, else a new one."""
        if process.in_flight_until is not None:
            return
        clock = self.now + process.error
        if process.held is None or process.left == 0 or clock >= process.held.until:
            self.gate, answer = lease(self.gate, self.rule, process.name, wanted, clock)
            if isinstance(answer, Wait):
                assert 0 < answer.milliseconds <= WAIT_MILLISECONDS_MAX + self.rule.skew
                return
            assert 1 <= answer.calls <= self.rule.block_max
            process.held, process.left = answer, answer.calls
        process.left -= 1
        process.in_flight_until = self.now + min(self.rule.call_max, 700)
        self.calls.append(self.now)
        self.check()

    def finish(self, process: Process) -> None:
        """The answer came."""
        if process.in_flight_until is None:
            return
        process.in_flight_until = None
        if process.held is not None and process.held.is_borrowed:
            self.gate = left_seat(self.gate, process.name)
            process.held, process.left = None, 0

    def move(self, milliseconds: int) -> None:
        """Time goes on; what is in flight ends by itself at the latest then."""
        self.now += milliseconds
        for process in self.processes:
            if process.in_flight_until is not None and process.in_flight_until <= self.now:
                self.finish(process)
        if spoilt_until(self.gate, self.rule) < self.now - self.rule.skew:
            self.gate = Gate()

    def check(self) -> None:
        for window in self.rule.windows:
            seen = [at for at in self.calls if at > self.now - window.length]
            assert len(seen) <= window.calls_max
        if self.rule.seats:
            flying = [one for one in self.processes if one.in_flight_until is not None]
            assert len(flying) <= self.rule.seats


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("call"), st.integers(0, 39), st.integers(1, 40)),
        st.tuples(st.just("end"), st.integers(0, 39), st.just(0)),
        st.tuples(st.just("refuse"), st.integers(0, 39), st.integers(0, 5000)),
        st.tuples(st.just("die"), st.integers(0, 39), st.just(0)),
        st.tuples(st.just("move"), st.just(0), st.sampled_from([1, 3, 20, 90, 400, 900, 9000])),
    ),
    max_size=300,
)


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=120, deadline=None)
@given(steps=STEPS, data=st.data())
def test_no_window_sees_more_than_it_allows(
    name: str, steps: list[tuple[str, int, int]], data: st.DataObject
) -> None:
    rule = RULES[name]
    half = rule.skew // 2
    errors = data.draw(st.lists(st.integers(-half, half), min_size=1, max_size=40))
    trial = Trial(rule, errors)
    for what, which, number in steps:
        process = trial.processes[which % len(trial.processes)]
        clock = trial.now + process.error
        if what == "call":
            trial.call(process, number)
        elif what == "end":
            trial.finish(process)
        elif what == "refuse":
            trial.gate, _ = refused(trial.gate, rule, number, clock)
            process.held, process.left = None, 0
        elif what == "die":
            process.held, process.left, process.in_flight_until = None, 0, None
        else:
            trial.move(number)
        assert gate_of(text_of(trial.gate), rule) == gate_of(
            text_of(gate_of(text_of(trial.gate), rule)), rule
        )


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("processes", [1, 3, 12])
def test_a_crowd_that_comes_back_when_told_is_served_at_a_good_pace(
    name: str, processes: int
) -> None:
    """Everybody calls as often as they may: most of what is allowed is used."""
    rule = RULES[name]
    trial = Trial(rule, [0] * processes)
    back = dict.fromkeys(range(processes), START)
    slowest = max(rule.windows, key=lambda window: window.length / window.calls_max)
    span = 6 * slowest.length
    while trial.now < START + span:
        for number, process in enumerate(trial.processes):
            if back[number] > trial.now:
                continue
            before = len(trial.calls)
            trial.call(process, 1 if processes > 1 else rule.block_max)
            trial.finish(process)
            if len(trial.calls) == before:
                back[number] = trial.now + 1 + max(1, rule.windows[0].length // 20)
        trial.move(max(1, slowest.length // slowest.calls_max // 8))
    least = slowest.calls_max * 6 * 55 // 100
    assert len(trial.calls) >= least, (len(trial.calls), least)


def test_a_block_that_nobody_uses_is_free_again_after_its_window() -> None:
    gate, first = lease(Gate(), TINY, "dead", 2, START)
    assert isinstance(first, Lease)
    gate, answer = lease(gate, TINY, "other", 1, START)
    for _ in range(10):
        gate, answer = lease(gate, TINY, "other", 1, START)
    assert isinstance(answer, Wait)
    _, answer = lease(gate, TINY, "other", 1, START + 130)
    assert isinstance(answer, Lease)


def test_whoever_waits_is_told_a_time_of_their_own() -> None:
    gate, told = Gate(), []
    for number in range(400):
        gate, answer = lease(gate, RAMP, f"p{number}", 1, START)
        if isinstance(answer, Wait):
            told.append(answer.milliseconds)
    assert len(told) > 200
    assert len(set(told)) == len(told)


def test_a_refusal_halves_the_pace_once_for_all_and_closes_the_gate_for_everybody() -> None:
    gate, [window] = Gate(), RAMP.windows
    for _ in range(10):
        gate, told = refused(gate, RAMP, 3000, START)
        assert told.milliseconds >= 3000
    _, closed = lease(gate, RAMP, "other", 1, START + 2999)
    assert isinstance(closed, Wait)
    assert window.calls_max // 2 <= taken(gate, START + 3000) <= window.calls_max // 2 + 2
    assert taken(gate, START + 200_000) == window.calls_max


def taken(gate: Gate, now: int) -> int:
    """How many calls a gate gives in one instant."""
    calls = 0
    while True:
        gate, answer = lease(gate, RAMP, "other", 1, now)
        if isinstance(answer, Wait):
            return calls
        calls += answer.calls


def test_the_tenth_in_flight_is_the_last_and_a_dead_one_frees_its_seat() -> None:
    gate, held = Gate(), []
    now = START
    for number in range(30):
        gate, answer = lease(gate, QBO_REALM, f"p{number}", 1, now)
        if isinstance(answer, Lease):
            held.append(answer)
        now += 1000
    assert len(held) == QBO_REALM.seats
    assert [one.is_borrowed for one in held] == [False] * 5 + [True] * 5
    assert isinstance(lease(gate, QBO_REALM, "late", 1, now)[1], Wait)
    assert isinstance(lease(left_seat(gate, "p7"), QBO_REALM, "late", 1, now)[1], Lease)
    later = now + QBO_REALM.call_max + 30_000
    assert isinstance(lease(gate, QBO_REALM, "late", 1, later)[1], Lease)


@pytest.mark.parametrize("rule", [RAMP, QBO_REALM])
@pytest.mark.parametrize("hours", [1, 24, 24 * 365])
def test_a_clock_that_was_set_back_closes_no_gate(rule: GateRule, hours: int) -> None:
    gate = Gate()
    for _ in range(40):
        gate, _ = lease(gate, rule, "ahead", 20, START)
    gate, _ = refused(gate, rule, 60_000, START)
    gate, answer = lease(gate, rule, "right", 20, START - hours * 3_600_000)
    assert isinstance(answer, Lease)
    assert gate.pace == FULL
