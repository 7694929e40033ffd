"""A chain of 10,000 entries: every edit, deletion, swap, insertion and cut tail, with its position.

What comes before a change is the same as before it: it was walked once, and each change is found by
walking on from the mark before it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from datetime import timedelta
from functools import cache

import pytest

from rowcol.domain.chain import BreakKind, ChainProof, Mark, verify
from rowcol.domain.chain_file import End, NotALog, end_line, end_of, line_of, verify_lines
from rowcol.domain.log import GENESIS, Entry, Fact, sealed
from rowcol.domain.scope import Actor, ActorKind, Scope
from tests.support.domain.builders import NOW

SCOPE = Scope("maple", "bluebird")
LENGTH = 10_000
EVERY_BYTE_OF = 300
SAMPLED_BYTES = 40_000
SEED = int(os.environ.get("CHAIN_SEED", "20261121"))


@cache
def chain() -> tuple[Entry, ...]:
    entries: list[Entry] = []
    previous = GENESIS
    for number in range(1, LENGTH + 1):
        fact = Fact(
            "payment.created" if number % 3 else "bill.staged",
            {
                "amount": {"minor": number * 7, "currency": "USD"},
                "memo": f'"firm":"maple","hash":"{"0" * 64}","payment_id": é {number}',
            },
            f"pay_{number % 40}" if number % 3 else None,
            f"bill_{number % 17}",
        )
        at = NOW + timedelta(seconds=number)
        actor = Actor(ActorKind.PERSON, "ann", NOW if number % 2 else None)
        entries.append(sealed(SCOPE, number, at, actor, fact, previous))
        previous = entries[-1].hash
    return tuple(entries)


@cache
def lines() -> tuple[bytes, ...]:
    return tuple(line_of(entry).encode() for entry in chain())


@cache
def end() -> End:
    return end_of(end_line(SCOPE, mark(LENGTH), NOW).encode())


def mark(position: int) -> Mark:
    return Mark(position, chain()[position - 1].hash) if position else Mark()


def go_on(position: int, changed: Sequence[bytes]) -> ChainProof:
    """Verify a file in which the lines from `position` on are these."""
    return verify_lines(changed, end(), start=mark(position - 1))


def is_found(proof: ChainProof, kind: BreakKind, position: int) -> bool:
    found = (proof.intact, proof.broken_at, proof.kind, proof.length, proof.head)
    return found == (False, position, kind, position - 1, mark(position - 1).hash)


def test_the_whole_chain_is_intact_as_log_and_as_file() -> None:
    whole = ChainProof(True, LENGTH, chain()[-1].hash)
    assert verify(SCOPE, chain(), LENGTH, chain()[-1].hash) == whole
    assert verify_lines(lines(), end()) == whole
    assert verify_lines(lines(), end(), [mark(5_000), mark(0), Mark(20_000, "f" * 64)]) == whole


def test_every_deletion_is_found() -> None:
    every = lines()
    for position in range(1, LENGTH):
        left = every[position : position + 20]
        assert is_found(go_on(position, left), BreakKind.DELETED, position)
    assert is_found(go_on(LENGTH, ()), BreakKind.CUT_TAIL, LENGTH)


def test_every_cut_tail_is_found() -> None:
    for left in range(LENGTH):
        assert is_found(go_on(left + 1, ()), BreakKind.CUT_TAIL, left + 1)


def test_every_swap_of_neighbours_is_found() -> None:
    every = lines()
    for position in range(1, LENGTH):
        changed = (every[position], every[position - 1], *every[position + 1 : position + 3])
        assert is_found(go_on(position, changed), BreakKind.SWAPPED, position)


def test_swaps_of_any_two_are_found_at_the_first() -> None:
    random_ = random.Random(SEED)  # noqa: S311  # seeded
    every = lines()
    for _ in range(40):
        first, second = sorted(random_.sample(range(1, LENGTH + 1), 2))
        changed = list(every[first - 1 :])
        changed[0], changed[second - first] = changed[second - first], changed[0]
        proof = go_on(first, changed)
        assert is_found(proof, BreakKind.SWAPPED, first), f"seed {SEED}: {first}, {second}"


def test_every_insertion_is_found_whatever_is_put_in() -> None:
    """An entry again, one of elsewhere, one that was sealed to fit, and bytes that are none."""
    every = lines()
    for position in range(1, LENGTH + 1):
        rest = every[position - 1 : position + 2]
        previous = mark(position - 1).hash
        forged = sealed(
            SCOPE, position, NOW, Actor(ActorKind.RAIL, "ramp"), Fact("x", {}), previous
        )
        elsewhere = every[(position + 4_321) % LENGTH]
        for put_in in (line_of(forged).encode(), elsewhere, b"{}\n"):
            if elsewhere is put_in:
                rest = (*every[position - 1 : position + 1], elsewhere)
            assert is_found(go_on(position, (put_in, *rest)), BreakKind.INSERTED, position)
        again = (every[position - 1], *every[position - 1 : position + 2])
        proof = go_on(position, again)
        assert (proof.broken_at, proof.kind) == (position + 1, BreakKind.INSERTED)


def test_every_entry_sealed_again_is_found() -> None:
    every = lines()
    for position, entry in enumerate(chain(), 1):
        fact = Fact(entry.type, {"amount": 1}, entry.payment_id, entry.bill_id, entry.version)
        forged = sealed(SCOPE, position, entry.at, entry.actor, fact, entry.previous)
        proof = go_on(position, (line_of(forged).encode(), *every[position : position + 2]))
        kind = BreakKind.REPLACED if position < LENGTH else BreakKind.REWRITTEN
        assert is_found(proof, kind, position)


def test_every_edit_of_any_byte_is_found() -> None:
    random_ = random.Random(SEED)  # noqa: S311  # seeded
    every = lines()
    places = [(n, at) for n in range(EVERY_BYTE_OF) for at in range(len(every[n]))]
    for _ in range(SAMPLED_BYTES):
        number = random_.randrange(LENGTH)
        places.append((number, random_.randrange(len(every[number]))))
    for number, at in places:
        line = every[number]
        other = (line[at] + random_.randrange(1, 256)) % 256
        edited = line[:at] + bytes((other,)) + line[at + 1 :]
        # What a reader of lines makes of it: a new or a lost end of line changes where they part.
        text = edited + (every[number + 1] if number + 1 < LENGTH else b"")
        changed = text.splitlines(keepends=True) if other in (10, 13) else [edited]
        if at == len(line) - 1:
            changed = [text]
        proof = go_on(number + 1, changed)
        assert is_found(proof, BreakKind.EDITED, number + 1), (
            f"seed {SEED}: {number}, {at}, {other}"
        )


def test_the_end_of_a_file_shows_every_edit_of_a_byte() -> None:
    line = end_line(SCOPE, mark(LENGTH), NOW).encode()
    for at, byte in enumerate(line):
        for other in (byte ^ 1, byte ^ 32, 48, 10):
            if other != byte:
                with pytest.raises(NotALog):
                    end_of(line[:at] + bytes((other,)) + line[at + 1 :])


def test_what_follows_the_end_or_was_made_anew_is_found() -> None:
    later = Fact("payment.created", {})
    more = sealed(SCOPE, LENGTH + 1, NOW, Actor(ActorKind.PERSON, "ann"), later, mark(LENGTH).hash)
    proof = verify_lines((*lines()[-5:], line_of(more).encode()), end(), start=mark(LENGTH - 5))
    assert (proof.broken_at, proof.kind) == (LENGTH + 1, BreakKind.INSERTED)
    forged: list[bytes] = []
    previous = mark(9_000).hash
    for entry in chain()[9_000:]:
        fact = Fact(entry.type, {"amount": 1}, entry.payment_id, entry.bill_id, entry.version)
        new = sealed(SCOPE, entry.sequence, entry.at, entry.actor, fact, previous)
        forged.append(line_of(new).encode())
        previous = new.hash
    anew = End(SCOPE, Mark(LENGTH, previous), "")
    assert verify_lines(forged, anew, start=mark(9_000)).intact  # nothing in the file can tell
    proof = verify_lines(forged, anew, [mark(9_500)], mark(9_000))
    assert (proof.broken_at, proof.kind) == (9_500, BreakKind.REWRITTEN)


def test_another_clients_line_is_foreign() -> None:
    other = sealed(
        Scope("maple", "cedar"), 3, NOW, Actor(ActorKind.PERSON, "ann"), Fact("x", {}), mark(2).hash
    )
    proof = go_on(3, (line_of(other).encode(), *lines()[3:6]))
    assert is_found(proof, BreakKind.FOREIGN, 3)
