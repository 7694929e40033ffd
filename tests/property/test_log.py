from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rowcol.domain.chain import BreakKind, ChainProof, verify
from rowcol.domain.log import GENESIS, Entry, Fact, sealed
from rowcol.domain.scope import Actor, ActorKind, Scope
from tests.support.domain.builders import NOW
from tests.support.domain.strategies import INSTANTS, PLAIN, WORDS, values

SCOPE = Scope("firm-1", "bluebird")
FACTS = st.builds(
    Fact,
    type=st.sampled_from(["bill.staged", "payment.created"]),
    data=st.dictionaries(WORDS, PLAIN, max_size=2),
    payment_id=st.none() | WORDS,
    bill_id=st.none() | WORDS,
)


def chain_of(facts: list[Fact]) -> list[Entry]:
    entries: list[Entry] = []
    previous = GENESIS
    for number, fact in enumerate(facts, 1):
        entries.append(sealed(SCOPE, number, NOW, Actor(ActorKind.PERSON, "anna"), fact, previous))
        previous = entries[-1].hash
    return entries


SOME = settings(max_examples=30, deadline=None)
CHAINS = st.lists(FACTS, min_size=2, max_size=4).map(chain_of)
EDITS: dict[str, st.SearchStrategy[Any]] = {
    "firm": WORDS,
    "client": WORDS,
    "sequence": st.integers(-3, 9),
    "at": INSTANTS,
    "actor": values(Actor),
    "type": WORDS,
    "version": st.integers(0, 9),
    "payment_id": st.none() | WORDS,
    "bill_id": st.none() | WORDS,
    "data": st.dictionaries(WORDS, PLAIN | st.floats(), max_size=2),
    "previous": st.text("0123456789abcdef", min_size=64, max_size=64),
    "hash": st.text("0123456789abcdef", min_size=64, max_size=64),
}


def proof(entries: list[Entry], whole: list[Entry]) -> ChainProof:
    """Verify what is left against the head of the chain as it was."""
    return verify(SCOPE, entries, whole[-1].sequence, whole[-1].hash)


@SOME
@given(CHAINS)
def test_an_untouched_chain_is_intact_with_its_head(entries: list[Entry]) -> None:
    assert proof(entries, entries) == ChainProof(True, len(entries), entries[-1].hash)
    assert verify(SCOPE, entries) == ChainProof(True, len(entries), entries[-1].hash)
    earlier = entries[-2]
    assert verify(SCOPE, entries, earlier.sequence, earlier.hash).intact


@SOME
@given(CHAINS, st.sampled_from(sorted(EDITS)), st.data())
def test_an_edited_field_is_found_where_it_is(
    entries: list[Entry], field: str, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(entries) - 1))
    edited = replace(entries[index], **{field: data.draw(EDITS[field])})
    assume(getattr(edited, field) != getattr(entries[index], field))
    broken = [*entries[:index], edited, *entries[index + 1 :]]
    found = proof(broken, entries)
    assert (found.intact, found.broken_at, found.length) == (False, index + 1, index)
    assert found.head == (entries[index - 1].hash if index else GENESIS)


@SOME
@given(CHAINS, st.data())
def test_an_edit_with_its_hash_made_anew_is_found_where_it_is(
    entries: list[Entry], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(entries) - 1))
    old = entries[index]
    fact = Fact(old.type, {**old.data, "amount": 1}, old.payment_id, old.bill_id, old.version)
    assume(fact.data != old.data)
    forged = sealed(SCOPE, old.sequence, old.at, old.actor, fact, old.previous)
    found = proof([*entries[:index], forged, *entries[index + 1 :]], entries)
    assert (found.intact, found.broken_at) == (False, index + 1)


@SOME
@given(CHAINS, st.data())
def test_a_tail_written_anew_and_longer_is_found_at_the_heads_position(
    entries: list[Entry], data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(entries) - 1))
    facts = [Fact(entry.type, entry.data, version=entry.version) for entry in entries[:index]]
    forged = chain_of([*facts, *[Fact("forged", {}) for _ in range(len(entries))]])
    found = proof(forged, entries)
    assert (found.intact, found.broken_at) == (False, len(entries))
    assert found.kind is BreakKind.REWRITTEN


@SOME
@given(CHAINS, st.data())
def test_a_deleted_entry_is_missed(entries: list[Entry], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(entries) - 2))
    found = proof([*entries[:index], *entries[index + 1 :]], entries)
    assert (found.intact, found.broken_at) == (False, index + 1)
    assert found.reason == f"found position {index + 2}"


@SOME
@given(CHAINS, st.data())
def test_a_cut_tail_is_missed_by_the_head(entries: list[Entry], data: st.DataObject) -> None:
    left = data.draw(st.integers(0, len(entries) - 1))
    found = proof(entries[:left], entries)
    assert (found.intact, found.broken_at) == (False, left + 1)
    assert found.reason == f"the head says {len(entries)} entries"
    assert verify(SCOPE, entries[:left]).intact  # nothing but the head can tell


@SOME
@given(CHAINS, FACTS, st.data())
def test_an_inserted_entry_is_found_where_it_is(
    entries: list[Entry], fact: Fact, data: st.DataObject
) -> None:
    index = data.draw(st.integers(0, len(entries) - 1))
    previous = entries[index - 1].hash if index else GENESIS
    new = sealed(SCOPE, index + 1, NOW, Actor(ActorKind.RAIL, "ramp"), fact, previous)
    found = proof([*entries[:index], new, *entries[index:]], entries)
    assert (found.broken_at, found.kind) == (index + 1, BreakKind.INSERTED)


@SOME
@given(CHAINS, st.data())
def test_swapped_entries_are_found_at_the_first(entries: list[Entry], data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(entries) - 2))
    second = data.draw(st.integers(first + 1, len(entries) - 1))
    swapped = list(entries)
    swapped[first], swapped[second] = entries[second], entries[first]
    found = proof(swapped, entries)
    assert (found.intact, found.broken_at) == (False, first + 1)


@SOME
@given(CHAINS)
def test_another_clients_chain_proves_nothing(entries: list[Entry]) -> None:
    found = verify(Scope("firm-1", "kestrel"), entries)
    assert (found.intact, found.broken_at, found.reason) == (False, 1, "entry of another client")


def test_an_empty_log_is_intact_only_with_an_empty_head() -> None:
    assert verify(SCOPE, [], 0, GENESIS).intact
    assert not verify(SCOPE, [], 0, "f" * 64).intact
    assert verify(SCOPE, []).length == 0
