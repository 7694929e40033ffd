"""A limit of calls per time, shared by processes that lease calls in blocks.

Instants and lengths are whole milliseconds. A lease is good until an instant, and counts as if all
its calls were made then: whoever counts the leases of a window counts every call that can be made
in it. Pure: the state goes through a compare-and-set cell (service/rail_budget_ports.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

SLOTS = 20
# The pace in parts of FULL: halved by each refusal of the rail, whole again after RECOVERY.
FULL = 64
RECOVERY_MILLISECONDS = 120_000
# Nobody is sent away for longer: whoever comes back then is told again.
WAIT_MILLISECONDS_MAX = 120_000
# A call takes about so long: how long a block lives when calls are scarce.
CALL_MILLISECONDS = 500
# A seat that nobody had to give back at once is kept for so long.
SEAT_MILLISECONDS = 20_000
# How soon a seat is likely to be free again.
SEAT_WAIT_MILLISECONDS = 500


@dataclass(frozen=True, slots=True)
class Window:
    """At most `calls_max` in any `length` milliseconds."""

    length: int
    calls_max: int

    @property
    def slot(self) -> int:
        """Instants are counted in slots of so many milliseconds."""
        return max(1, self.length // SLOTS)


@dataclass(frozen=True, slots=True)
class GateRule:
    """What one limit allows. `skew`: by how much two clocks may differ, milliseconds.

    `seats`: calls in flight at once, 0 for any number; one is held for `call_max` milliseconds at
    most, which no call outlives. `block_max`: the most calls that one lease takes.
    """

    windows: tuple[Window, ...]
    block_max: int
    skew: int
    seats: int = 0
    call_max: int = 0


@dataclass(frozen=True, slots=True)
class Gate:
    """State of a limit: per window, calls by the slot in which their lease ends; who sits where.

    `told`: the last instant somebody was told to come back. `closed`: no leases before. `pace` in
    parts of FULL as it was at `slowed`.
    """

    leased: tuple[Mapping[int, int], ...] = ()
    seated: Mapping[str, int] = field(default_factory=dict)
    told: int = 0
    closed: int = 0
    pace: int = FULL
    slowed: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """Calls that may be begun before `until`; a seat outlasts them.

    `is_borrowed`: the seat is one of the last: it is given back after each call.
    """

    calls: int
    until: int
    is_borrowed: bool = False


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing now: a time of one's own to come back, in milliseconds from now."""

    milliseconds: int


def lease(
    gate: Gate, rule: GateRule, holder: str, wanted: int, now: int
) -> tuple[Gate, Lease | Wait]:
    """Calls for a holder, as many as wanted if there are, or when to come back."""
    gate = _pruned(gate, rule, now)
    if now < gate.closed:
        return _told(gate, rule, gate.closed, now)
    if rule.seats and holder not in gate.seated and len(gate.seated) >= rule.seats:
        return _told(gate, rule, now + SEAT_WAIT_MILLISECONDS, now)
    allowed = [_allowed(gate, window, now) for window in rule.windows]
    spent = [sum(slots.values()) for slots in gate.leased]
    free = min(most - used for most, used in zip(allowed, spent, strict=True))
    if free < 1:
        return _told(gate, rule, _opens(gate, rule, allowed, now), now)
    calls = max(1, min(wanted, free, rule.block_max))
    is_scarce = any(2 * (used + calls) > most for most, used in zip(allowed, spent, strict=True))
    if is_scarce:
        calls = max(1, min(calls, free // 2))
        until = now + min(calls * CALL_MILLISECONDS, _shortest(rule) // 2)
    else:
        until = now + _shortest(rule)
    leased = tuple(
        {**slots, _slot(window, until): slots.get(_slot(window, until), 0) + calls}
        for window, slots in zip(rule.windows, gate.leased, strict=True)
    )
    if not rule.seats:
        return replace(gate, leased=leased), Lease(calls, until)
    is_borrowed = 2 * len({*gate.seated, holder}) > rule.seats
    end = until if is_borrowed else max(until, now + SEAT_MILLISECONDS)
    seated = {**gate.seated, holder: max(gate.seated.get(holder, 0), end + rule.call_max)}
    return replace(gate, leased=leased, seated=seated), Lease(calls, until, is_borrowed)


def left_seat(gate: Gate, holder: str) -> Gate:
    """The holder's seat is free."""
    seated = {name: until for name, until in gate.seated.items() if name != holder}
    return replace(gate, seated=seated)


def refused(gate: Gate, rule: GateRule, wait: int, now: int) -> tuple[Gate, Wait]:
    """The rail itself said that it is too much: half the pace, and no leases for `wait`.

    Several who were refused at one time halve it once.
    """
    gate = _pruned(gate, rule, now)
    longest = max(window.length for window in rule.windows)
    if not gate.slowed <= now < gate.slowed + longest:
        gate = replace(gate, pace=max(1, _pace(gate, now) // 2), slowed=now)
    gate = replace(gate, closed=max(gate.closed, now + min(max(wait, 0), WAIT_MILLISECONDS_MAX)))
    return _told(gate, rule, gate.closed, now)


def spoilt_until(gate: Gate, rule: GateRule) -> int:
    """From when on a gate that nobody touches says nothing any more."""
    seats = max(gate.seated.values(), default=0)
    calls = max(
        ((max(slots, default=0) + 1) * window.slot + window.length + rule.skew)
        for window, slots in zip(rule.windows, gate.leased or _none(rule), strict=True)
    )
    return max(seats, calls, gate.closed, gate.slowed + RECOVERY_MILLISECONDS)


def _none(rule: GateRule) -> tuple[Mapping[int, int], ...]:
    return tuple({} for _ in rule.windows)


def _slot(window: Window, until: int) -> int:
    """The slot that a lease ends in; it counts until the end of it."""
    return -(-until // window.slot)


def _shortest(rule: GateRule) -> int:
    return min(window.length for window in rule.windows)


def _pruned(gate: Gate, rule: GateRule, now: int) -> Gate:
    """Without leases that no window can see, ended seats, and what a clock set back left behind."""
    known = gate.leased if len(gate.leased) == len(rule.windows) else _none(rule)
    # Nothing is told or leased so far ahead: a clock was set back.
    far = now + WAIT_MILLISECONDS_MAX
    leased = tuple(
        {
            slot: calls
            for slot, calls in slots.items()
            if now - window.length - rule.skew < slot * window.slot <= far + window.length
        }
        for window, slots in zip(rule.windows, known, strict=True)
    )
    seat_far = far + SEAT_MILLISECONDS + rule.call_max
    seated = {
        name: until for name, until in gate.seated.items() if now - rule.skew < until <= seat_far
    }
    kept = replace(
        gate,
        leased=leased,
        seated=seated,
        told=gate.told if gate.told <= far else 0,
        closed=gate.closed if gate.closed <= far else 0,
    )
    return kept if gate.slowed <= far else replace(kept, pace=FULL, slowed=0)


def _pace(gate: Gate, now: int) -> int:
    elapsed = max(0, now - gate.slowed)
    return min(FULL, gate.pace + elapsed * FULL // RECOVERY_MILLISECONDS)


def _allowed(gate: Gate, window: Window, now: int) -> int:
    return max(1, window.calls_max * _pace(gate, now) // FULL)


def _opens(gate: Gate, rule: GateRule, allowed: list[int], now: int) -> int:
    """When every window has room for one call again."""
    at = now
    for window, slots, most in zip(rule.windows, gate.leased, allowed, strict=True):
        used = sum(slots.values())
        for slot in sorted(slots):
            if used < most:
                break
            used -= slots[slot]
            at = max(at, slot * window.slot + window.length + rule.skew)
    return at


def _told(gate: Gate, rule: GateRule, first: int, now: int) -> tuple[Gate, Wait]:
    """A time of one's own: a thousand that are sent away at once do not come back at once."""
    slowest = max(rule.windows, key=lambda window: window.length / window.calls_max)
    each = max(1, (slowest.length + rule.skew + slowest.slot) // _allowed(gate, slowest, now))
    at = max(first, gate.told, now + 1)
    if at > now + WAIT_MILLISECONDS_MAX:
        at = max(first, now + 1)
    return replace(gate, told=at + each), Wait(at - now)
