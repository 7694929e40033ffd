"""Keep what is proposed to people in step with what a run finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from rowcol.domain.cash_matching.candidate import MatchCandidate, Proposals, Strength
from rowcol.domain.cash_matching.cash_match import CashMatch, How, MatchState
from rowcol.domain.cash_matching.pool import Pool
from rowcol.domain.link import Link
from rowcol.domain.money import Money
from rowcol.domain.scope import key_of
from rowcol.service.cash_matches.decide_match import proposal_key, withdraw
from rowcol.service.cash_matches.gather import Gathered
from rowcol.service.cash_matches.wants import part_of
from rowcol.service.cash_matches.written import written
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.listing import every_id
from rowcol.service.store import Books

# Each proposal is its match, a pointer of every line and an entry of the log.
PROPOSALS_PER_WRITE = 8


def tentative(
    gathered: Gathered, proposals: Proposals, environment: Environment
) -> list[CashMatch]:
    """Proposals as the matches that they would become."""
    pool, now = gathered.pool, environment.now()
    return [_tentative(pool, one, proposals.strength(one), now) for one in proposals.found]


def _tentative(pool: Pool, one: MatchCandidate, strength: Strength, now: datetime) -> CashMatch:
    parts = tuple(part_of(pool.item(target)) for target in one.targets)
    own = tuple(pool.line(name) for name in one.line_ids)
    currency = own[0].amount.currency
    return CashMatch(
        one.id,
        0,
        MatchState.TENTATIVE,
        How.SCORED,
        own,
        parts,
        Money(one.difference_minor, currency),
        "; ".join(feature.words for feature in one.features),
        now,
        one.score,
        one.features,
        one.tie,
        strength,
    )


def follow_proposals(
    environment: Environment, books: Books, gathered: Gathered, wanted: Sequence[CashMatch]
) -> tuple[list[CashMatch], int]:
    """Store proposals that are new or other than before, and withdraw those that fit no longer."""
    names = every_id(books, CashMatch, f"{MatchState.TENTATIVE.value}#")
    known = books.get_many(CashMatch, names)
    fits = {one.id for one in wanted}
    fresh = [one for one in wanted if one.id not in known or _differs(known[one.id], one)]
    stale = [
        name
        for name in names
        if name not in fits and not (name in known and _stays(known[name], gathered))
    ]
    withdrawn = 0
    for start in range(0, len(stale), PROPOSALS_PER_WRITE):
        chunk = stale[start : start + PROPOSALS_PER_WRITE]

        def plan(change: Change, part: Sequence[str] = chunk) -> int:
            return sum(_withdraw(change, name) for name in part)

        withdrawn += written(environment, books.scope, plan)
    for start in range(0, len(fresh), PROPOSALS_PER_WRITE):
        some = fresh[start : start + PROPOSALS_PER_WRITE]

        def propose_some(change: Change, part: Sequence[CashMatch] = some) -> int:
            return sum(_propose(change, one) for one in part)

        written(environment, books.scope, propose_some)
    return [one for one in fresh if one.id not in known], withdrawn


def _stays(known: CashMatch, gathered: Gathered) -> bool:
    """Whether a proposal for lines older than those looked at still has its items."""
    older = all(line.posted_on < gathered.first for line in known.lines)
    return older and all(target in gathered.pool for target in known.targets)


def _differs(known: CashMatch, fresh: CashMatch) -> bool:
    told, seen = (
        (one.score, one.features, one.tie, one.strength, one.difference) for one in (known, fresh)
    )
    return told != seen


def _withdraw(change: Change, name: str) -> bool:
    match = change.get(CashMatch, name)
    if match is None or match.state is not MatchState.TENTATIVE:
        return False
    withdraw(change, match)
    return True


def _propose(change: Change, one: CashMatch) -> bool:
    known = change.get(CashMatch, one.id)
    if known is not None and (known.is_refused or known.is_confirmed):
        return False
    claims = [change.get(Link, key_of("bank", line.line_id)) for line in one.lines]
    if any(claim is not None and claim.is_claimed for claim in claims):
        return False
    made_at = known.made_at if known is not None else one.made_at
    proposed = replace(one, version=known.version if known is not None else 0, made_at=made_at)
    change.put(proposed)
    for line in one.lines:
        name = proposal_key(line.line_id)
        pointer = change.get(Link, name) or Link(name, 0, one.id)
        if pointer.version == 0 or pointer.bill_id != one.id:
            change.put(replace(pointer, bill_id=one.id))
    change.state("cash.match_proposed", match=proposed)
    return True
