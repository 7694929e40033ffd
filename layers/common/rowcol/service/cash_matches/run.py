"""Match what payments leave over: bills paid elsewhere, invoices, batches, splits; and propose.

After the payments' own matching (service/proof.py, record_cash.py), on the lines that are nobody's.
Only what is exact and has no rival is confirmed here; everything scored is proposed to people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rowcol.domain.cash_matching.automatic import Automatic, automatic, left_over
from rowcol.domain.cash_matching.cash_match import REFUSED, CashMatch, How, MatchState, identity
from rowcol.domain.cash_matching.scored import propose
from rowcol.domain.cash_matching.wanted import TargetKind
from rowcol.domain.client import Client
from rowcol.domain.money import Money
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import SYSTEM, Scope, key_of
from rowcol.service.cash_matches.choose import WishedPart
from rowcol.service.cash_matches.decide_match import Wish, confirm
from rowcol.service.cash_matches.gather import Gathered, gather
from rowcol.service.cash_matches.proposals import follow_proposals, tentative
from rowcol.service.cash_matches.tray_items import follow_tray
from rowcol.service.cash_matches.upkeep import end_lost, ids_since, settle_bills
from rowcol.service.cash_matches.wants import part_of
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.listing import every_id
from rowcol.service.store import Books
from rowcol.service.stored_lines import StoredLines

_MINE = frozenset({TargetKind.BILL, TargetKind.INVOICE})


@dataclass(frozen=True, slots=True)
class CashLook:
    """What a run did, or would do: `confirmed` and `proposed` are new, `gave_up` ids of lines.

    `confirmed` tells of bills and invoices, and without effect of payments too.
    """

    confirmed: tuple[CashMatch, ...]
    proposed: tuple[CashMatch, ...]
    withdrawn: int
    lines: int
    items: int
    gave_up: tuple[str, ...]


def look(
    environment: Environment, books: Books, client: Client, since: date | None = None
) -> CashLook:
    """What a run would do now, without effect."""
    gathered = gather(books, client, environment.now().date(), None, since)
    certain, proposed, gave_up = _found(environment, books, gathered)
    known = set(every_id(books, CashMatch, f"{MatchState.TENTATIVE.value}#"))
    return CashLook(
        tuple(_certain(one, environment) for one in certain),
        tuple(one for one in proposed if one.id not in known),
        0,
        len(gathered.pool.lines),
        len(gathered.pool.items),
        gave_up,
    )


def settle_rest(
    environment: Environment,
    scope: Scope,
    stored: StoredLines | None = None,
    since: date | None = None,
) -> CashLook:
    """Confirm what is certain of bills and invoices, propose the rest, keep tray in step.

    `since`: look at older lines as well, see gather. Proposals for lines older than those looked at
    stay as long as their items wait.
    """
    books = environment.store.books(scope)
    client = books.get(Client, scope.client)
    if client is None:
        return CashLook((), (), 0, 0, 0, ())
    end_lost(environment, books)
    gathered = gather(books, client, environment.now().date(), stored, since)
    certain, wanted, gave_up = _found(environment, books, gathered)
    confirmed = [
        done
        for one in certain
        if one.item.target.kind in _MINE and (done := _confirm(environment, scope, one))
    ]
    proposed, withdrawn = follow_proposals(environment, books, gathered, wanted)
    settle_bills(environment, books)
    follow_tray(environment, scope, gathered)
    return CashLook(
        tuple(confirmed),
        tuple(proposed),
        withdrawn,
        len(gathered.pool.lines),
        len(gathered.pool.items),
        gave_up,
    )


def _found(
    environment: Environment, books: Books, gathered: Gathered
) -> tuple[list[Automatic], list[CashMatch], tuple[str, ...]]:
    """What is certain, what is to be proposed, and lines whose search was cut short.

    Without combinations that a person has said no to: the next best is proposed in their place.
    """
    states = sorted(REFUSED)
    refused = frozenset(one for state in states for one in ids_since(books, state, gathered.first))
    certain = [
        one
        for one in automatic(gathered.pool)
        if identity(one.matched.debits, (part_of(one.item),)) not in refused
    ]
    proposals = propose(left_over(gathered.pool, certain), refused)
    proposed = tentative(gathered, proposals, environment)
    return certain, proposed, tuple(sorted(proposals.gave_up))


def _certain(one: Automatic, environment: Environment) -> CashMatch:
    parts, lines = (part_of(one.item),), one.matched.debits
    return CashMatch(
        identity(lines, parts),
        0,
        MatchState.CONFIRMED,
        How(one.matched.method),
        lines,
        parts,
        Money.zero(parts[0].amount.currency),
        one.matched.explanation,
        environment.now(),
    )


def _confirm(environment: Environment, scope: Scope, one: Automatic) -> CashMatch | None:
    found = _certain(one, environment)
    names = [key_of("", line.line_id) for line in found.lines]
    wish = Wish(names, (WishedPart(one.item.target),), found=found)

    def plan(change: Change) -> CashMatch | None:
        # What changed meanwhile is looked at by the next run; it is no denial of anybody's.
        result = confirm(change, wish)
        return None if isinstance(result, Refusal) else result

    result = transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
    return result if isinstance(result, CashMatch) else None
