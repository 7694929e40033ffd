"""Confirm, reject and undo a match: each one write, with its entry in the log.

A line is claimed once, by its Link `bank-<line>`; every write of a client moves its head, so of two
who confirm at once the second is planned again and finds the line taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rowcol.domain.cash_matching.alias import BankAlias, Taught, alias_id, teachable
from rowcol.domain.cash_matching.cash_match import (
    CashMatch,
    How,
    MatchPart,
    MatchState,
    identity,
)
from rowcol.domain.cash_matching.wanted import TargetKind
from rowcol.domain.facts import BankLine
from rowcol.domain.link import Link
from rowcol.domain.payment import Payment
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import ActorKind, key_of
from rowcol.service.cash_matches.choose import Chosen, WishedPart, choose
from rowcol.service.cash_matches.effects import end_effect, take_effect
from rowcol.service.cash_matches.wants import group_of
from rowcol.service.consequences import free_room
from rowcol.service.listing import every_id

if TYPE_CHECKING:
    from rowcol.service.change import Change

PROPOSAL = "proposal"
FOLLOWS_PER_PAYMENT = 3
_BY_PERSON = frozenset({ActorKind.PERSON, ActorKind.MACHINE})


@dataclass(frozen=True, slots=True)
class Wish:
    """What to put together. `found`: how a run found it; None for a person's own combination."""

    line_ids: Sequence[str]
    parts: Sequence[WishedPart]
    reason: str | None = None
    found: CashMatch | None = None


def confirm(change: Change, wish: Wish) -> CashMatch | Refusal:
    """Confirm a combination: claim its lines, tell its items, learn what the bank calls the party.

    Without parts the lines are set aside, which needs a reason. Refused: as `choose` does, and
    `invalid_input` without that reason.
    """
    if not wish.parts and not (wish.reason or "").strip():
        return Refusal(
            Code.INVALID_INPUT,
            "say why nothing here belongs to these lines",
            {"field": "reason"},
        )
    chosen = choose(change, wish.line_ids, wish.parts)
    if isinstance(chosen, Refusal):
        return chosen
    name = identity(chosen.lines, chosen.parts)
    known = change.get(CashMatch, name)
    match = _confirmed(change, wish, chosen, known or wish.found, name)
    match = replace(match, version=known.version if known is not None else 0)
    for line in chosen.lines:
        _claim(change, line, match.id)
        _withdraw_proposal(change, line, match.id)
    take_effect(change, match, _siblings(change, match.parts))
    if change.actor.kind in _BY_PERSON:
        match = _teach(change, match)
    change.put(match)
    change.state("cash.match_confirmed", match=match)
    # Posting follows each payment: an entry of the journal and what is told of it.
    payments = sum(isinstance(put, Payment) for put in change.puts.values())
    if free_room(change, command=True) < FOLLOWS_PER_PAYMENT * payments:
        return Refusal(
            Code.TOO_MANY_ITEMS,
            "this match touches more than one write can hold",
            {"lines": len(match.lines), "items": len(match.parts), "payments": payments},
            remedy="make several matches of it",
        )
    return match


def _confirmed(
    change: Change, wish: Wish, chosen: Chosen, known: CashMatch | None, name: str
) -> CashMatch:
    by_person = change.actor.kind in _BY_PERSON
    how = known.how if known is not None else How.PERSON
    if not chosen.parts:
        how = How.SET_ASIDE
    elif by_person and how is not How.SCORED:
        how = How.PERSON
    said = f"confirmed by {change.actor.id}" if by_person else ""
    before = known.explanation if known is not None else ""
    return CashMatch(
        name,
        0,
        MatchState.CONFIRMED,
        how,
        chosen.lines,
        chosen.parts,
        chosen.difference,
        "; ".join(words for words in (before.split("; confirmed by")[0], said) if words),
        known.made_at if known is not None else change.now,
        known.score if known is not None else None,
        known.features if known is not None else (),
        strength=known.strength if known is not None else None,
        decided_by=change.actor.id,
        decided_at=change.now,
        reason=wish.reason,
    )


def _claim(change: Change, line: BankLine, match_id: str) -> None:
    name = key_of("bank", line.line_id)
    claim = change.get(Link, name) or Link(name, 0, match_id)
    change.put(replace(claim, bill_id=match_id))


def proposal_key(line_id: str) -> str:
    """Under which id a line's proposal is pointed to."""
    return key_of(PROPOSAL, line_id)


def _withdraw_proposal(change: Change, line: BankLine, match_id: str) -> None:
    """What was proposed for a line is over once it is somebody's."""
    pointer = change.get(Link, proposal_key(line.line_id))
    if pointer is None or not pointer.is_claimed:
        return
    change.put(pointer.freed)
    proposed = change.get(CashMatch, pointer.bill_id) if pointer.bill_id != match_id else None
    if proposed is not None and proposed.state is MatchState.TENTATIVE:
        withdraw(change, proposed)


def withdraw(change: Change, match: CashMatch) -> None:
    """A proposal that does not fit any more."""
    gone = replace(match, state=MatchState.WITHDRAWN)
    change.put(gone)
    for line in match.lines:
        pointer = change.get(Link, proposal_key(line.line_id))
        if pointer is not None and pointer.bill_id == match.id:
            change.put(pointer.freed)
    change.state("cash.match_withdrawn", match=gone)


def _siblings(change: Change, parts: Iterable[MatchPart]) -> tuple[str, ...]:
    """Payments of the same rail payment as one of the parts: they share its lines."""
    shared: set[str] = set()
    for part in parts:
        if part.target.kind is not TargetKind.PAYMENT:
            continue
        payment = change.get(Payment, part.target.id)
        rail = payment.rail.payment if payment is not None and payment.rail else None
        if payment is not None and rail is not None and rail.amount != payment.amount:
            shared.add(rail.payment_id)
    if not shared:
        return ()
    ids = [
        name for prefix in ("live#", "watch#") for name in every_id(change.books, Payment, prefix)
    ]
    change.load(Payment, ids)
    return tuple(
        name
        for name in sorted(ids)
        if (one := change.get(Payment, name)) is not None
        and one.bill_id is not None
        and group_of(one) in shared
    )


def _teach(change: Change, match: CashMatch) -> CashMatch:
    """Learn whose text it is, where all parts are one party's."""
    parties = {(part.party_id, part.party_name) for part in match.parts}
    texts = {teachable(line.text) for line in match.lines}
    text = next(iter(texts)) if len(texts) == 1 else None
    if len({party for party, _ in parties}) != 1 or text is None:
        return match
    party, name = min(parties, key=lambda one: (one[0] or "", one[1]))
    if party is None:
        return match
    key = alias_id(text)
    known = change.get(BankAlias, key) or BankAlias(key, 0, text)
    learned = known.learning(Taught(party, name, (match.id,), change.now))
    if learned != known:
        change.put(learned)
        change.state("bank_alias.learned", alias=learned)
    return replace(match, alias_id=key)


def _unlearn(change: Change, match: CashMatch) -> None:
    alias = change.get(BankAlias, match.alias_id) if match.alias_id is not None else None
    left = alias.forgetting(match.id) if alias is not None else None
    if left is not None and left != alias:
        change.put(left)
        change.state("bank_alias.unlearned", alias=left)


def reject(change: Change, match_id: str, reason: str | None) -> CashMatch | Refusal:
    """A person's no to a proposal: it is not made again. Refused: `not_found`, `wrong_state`."""
    match = change.get(CashMatch, match_id)
    if match is None:
        return Refusal(Code.NOT_FOUND, "no such match")
    if match.state is MatchState.REJECTED:
        return match
    if match.state is not MatchState.TENTATIVE:
        return _wrong(match, "rejected")
    rejected = replace(
        match,
        state=MatchState.REJECTED,
        decided_by=change.actor.id,
        decided_at=change.now,
        reason=reason,
    )
    withdraw_pointers(change, match)
    change.put(rejected)
    change.state("cash.match_rejected", match=rejected)
    return rejected


def withdraw_pointers(change: Change, match: CashMatch) -> None:
    """Its lines have no proposal any more."""
    for line in match.lines:
        pointer = change.get(Link, proposal_key(line.line_id))
        if pointer is not None and pointer.bill_id == match.id:
            change.put(pointer.freed)


def undo(change: Change, match_id: str, reason: str | None) -> CashMatch | Refusal:
    """Take a confirmed match back: lines free, items waiting, what it taught forgotten.

    The combination is not found again by itself. Refused: `not_found`, `wrong_state`.
    """
    match = change.get(CashMatch, match_id)
    if match is None:
        return Refusal(Code.NOT_FOUND, "no such match")
    if not match.is_confirmed:
        return _wrong(match, "undone")
    return end(change, match, reason or f"undone by {change.actor.id}", MatchState.UNDONE)


def end(change: Change, match: CashMatch, reason: str, state: MatchState) -> CashMatch:
    """End a confirmed match: undone by a person, or withdrawn because the bank took a line back."""
    end_effect(change, match, reason)
    for line in match.lines:
        claim = change.get(Link, key_of("bank", line.line_id))
        if claim is not None and claim.bill_id == match.id:
            change.put(claim.freed)
    _unlearn(change, match)
    ended = replace(
        match,
        state=state,
        decided_by=change.actor.id,
        decided_at=change.now,
        reason=reason,
        alias_id=None,
    )
    change.put(ended)
    change.state("cash.match_undone", match=ended)
    return ended


def _wrong(match: CashMatch, wish: str) -> Refusal:
    return Refusal(
        Code.WRONG_STATE,
        f"a match that is {match.state.value} cannot be {wish}",
        {"state": match.state.value},
    )
