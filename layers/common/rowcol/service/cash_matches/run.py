"""Match what payments leave over: bills paid elsewhere, invoices, batches, splits; and propose.

After the payments' own matching (service/proof.py, record_cash.py), on the lines that are nobody's.
Only what is exact and has no rival is confirmed here; everything scored is proposed to people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from rowcol.domain.bill import Bill
from rowcol.domain.cash_matching.automatic import Automatic, automatic
from rowcol.domain.cash_matching.candidate import MatchCandidate
from rowcol.domain.cash_matching.cash_match import (
    CashMatch,
    How,
    MatchPart,
    MatchState,
    TargetCash,
    identity,
)
from rowcol.domain.cash_matching.kinds import PAID_AT_BANK
from rowcol.domain.cash_matching.pool import Pool
from rowcol.domain.cash_matching.scored import propose
from rowcol.domain.cash_matching.wanted import OpenItem, TargetKind
from rowcol.domain.client import Client
from rowcol.domain.facts import BankLine
from rowcol.domain.link import Link, StoredLine
from rowcol.domain.money import Money
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import SYSTEM, Scope, key_of
from rowcol.domain.tray import TrayItem, TrayState, tray_id
from rowcol.service.cash_matches.choose import WishedPart
from rowcol.service.cash_matches.decide_match import (
    Wish,
    confirm,
    end,
    proposal_key,
    withdraw,
)
from rowcol.service.cash_matches.effects import settle_bill
from rowcol.service.cash_matches.gather import LOOK_BACK, Gathered, gather
from rowcol.service.cash_matches.tray_items import follow_tray
from rowcol.service.change import Change, transact
from rowcol.service.environment import Environment
from rowcol.service.listing import every_id
from rowcol.service.store import Books
from rowcol.service.stored_lines import StoredLines

# Each proposal is its match, a pointer of every line and an entry of the log.
PROPOSALS_PER_WRITE = 8
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


def look(environment: Environment, books: Books, client: Client) -> CashLook:
    """What a run would do now, without effect."""
    gathered = gather(books, client, environment.now().date())
    certain = _without_refused(books, automatic(gathered.pool))
    chosen, cut = propose(_left(gathered.pool, certain))
    proposed = _not_refused(books, [_tentative(gathered, one, environment) for one in chosen])
    known = set(every_id(books, CashMatch, f"{MatchState.TENTATIVE.value}#"))
    return CashLook(
        tuple(_certain(one, environment) for one in certain),
        tuple(one for one in proposed if one.id not in known),
        0,
        len(gathered.pool.lines),
        len(gathered.pool.items),
        tuple(sorted(cut)),
    )


def settle_rest(
    environment: Environment, scope: Scope, stored: StoredLines | None = None
) -> CashLook:
    """Confirm what is certain of bills and invoices, propose the rest, keep tray in step."""
    books = environment.store.books(scope)
    client = books.get(Client, scope.client)
    if client is None:
        return CashLook((), (), 0, 0, 0, ())
    _end_lost(environment, books)
    gathered = gather(books, client, environment.now().date(), stored)
    certain = _without_refused(books, automatic(gathered.pool))
    confirmed = [
        done
        for one in certain
        if one.item.target.kind in _MINE and (done := _confirm(environment, scope, one))
    ]
    chosen, cut = propose(_left(gathered.pool, certain))
    wanted = _not_refused(books, [_tentative(gathered, one, environment) for one in chosen])
    proposed, withdrawn = _follow(environment, books, wanted)
    _settle_bills(environment, books)
    follow_tray(environment, scope, gathered)
    return CashLook(
        tuple(confirmed),
        tuple(proposed),
        withdrawn,
        len(gathered.pool.lines),
        len(gathered.pool.items),
        tuple(sorted(cut)),
    )


def _left(pool: Pool, certain: Sequence[Automatic]) -> Pool:
    """What is left to be proposed once the certain ones have their lines."""
    groups = {one.item.group for one in certain}
    names = {line.line_id for one in certain for line in _lines(one)}
    return Pool(
        (item for item in pool.items if item.group not in groups),
        (line for line in pool.lines if line.line_id not in names),
        pool.tolerance,
        pool.aliases,
    )


def _lines(one: Automatic) -> tuple[BankLine, ...]:
    return (*one.matched.debits, *one.matched.credits)


def _without_refused(books: Books, found: Iterable[Automatic]) -> list[Automatic]:
    """Without combinations that a person has said no to."""
    every = list(found)
    names = [identity(one.matched.debits, (_part(one.item),)) for one in every]
    known = books.get_many(CashMatch, names)
    return [
        one
        for one, name in zip(every, names, strict=True)
        if name not in known or not known[name].is_refused
    ]


def _not_refused(books: Books, wanted: Sequence[CashMatch]) -> list[CashMatch]:
    known = books.get_many(CashMatch, [one.id for one in wanted])
    return [one for one in wanted if one.id not in known or not known[one.id].is_refused]


def _part(item: OpenItem) -> MatchPart:
    wanted = item.wanted
    return MatchPart(
        item.target, wanted.amount, wanted.vendor_name, wanted.party_id, wanted.invoice_number
    )


def _certain(one: Automatic, environment: Environment) -> CashMatch:
    parts, lines = (_part(one.item),), one.matched.debits
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


def _tentative(gathered: Gathered, one: MatchCandidate, environment: Environment) -> CashMatch:
    items = {item.target: item for item in gathered.pool.items}
    lines = {line.line_id: line for line in gathered.pool.lines}
    parts = tuple(_part(items[target]) for target in one.targets)
    own = tuple(lines[name] for name in one.line_ids)
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
        environment.now(),
        one.score,
        one.features,
        one.tie,
    )


def _follow(
    environment: Environment, books: Books, wanted: Sequence[CashMatch]
) -> tuple[list[CashMatch], int]:
    """Store proposals that are new or other than before, and withdraw those that fit no longer."""
    names = every_id(books, CashMatch, f"{MatchState.TENTATIVE.value}#")
    known = books.get_many(CashMatch, names)
    fits = {one.id for one in wanted}
    fresh = [one for one in wanted if one.id not in known or _differs(known[one.id], one)]
    stale = [name for name in names if name not in fits]
    withdrawn = 0
    for start in range(0, len(stale), PROPOSALS_PER_WRITE):
        chunk = stale[start : start + PROPOSALS_PER_WRITE]

        def plan(change: Change, part: Sequence[str] = chunk) -> int:
            return sum(_withdraw(change, name) for name in part)

        withdrawn += _run(environment, books.scope, plan)
    for start in range(0, len(fresh), PROPOSALS_PER_WRITE):
        some = fresh[start : start + PROPOSALS_PER_WRITE]

        def propose_some(change: Change, part: Sequence[CashMatch] = some) -> int:
            return sum(_propose(change, one) for one in part)

        _run(environment, books.scope, propose_some)
    return [one for one in fresh if one.id not in known], withdrawn


def _run(environment: Environment, scope: Scope, plan: Callable[[Change], int]) -> int:
    result = transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
    return result if isinstance(result, int) else 0


def _differs(known: CashMatch, fresh: CashMatch) -> bool:
    return (known.score, known.features, known.tie, known.difference) != (
        fresh.score,
        fresh.features,
        fresh.tie,
        fresh.difference,
    )


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


def _end_lost(environment: Environment, books: Books) -> None:
    """Confirmed matches whose line the bank took back hold no longer."""
    since = (environment.now().date() - LOOK_BACK).isoformat()
    recent = _confirmed_since(books, since)
    stored = books.get_many(
        StoredLine, [key_of("", name) for one in recent for name in one.line_ids]
    )
    for one in recent:
        lines = [stored.get(key_of("", name)) for name in one.line_ids]
        if all(line is not None and not line.removed for line in lines):
            continue

        def plan(change: Change, name: str = one.id) -> int:
            match = change.get(CashMatch, name)
            if match is None or not match.is_confirmed:
                return 0
            end(change, match, "the bank took a line back", MatchState.WITHDRAWN)
            return 1

        _run(environment, books.scope, plan)


def _confirmed_since(books: Books, day: str) -> list[CashMatch]:
    prefix = f"{MatchState.CONFIRMED.value}#"
    names: list[str] = []
    after: str | None = f"{prefix}{day}"
    while after is not None:
        page = books.ids(CashMatch, prefix=prefix, after=after)
        names += page.ids
        after = page.next_key
    return list(books.get_many(CashMatch, names).values())


def _settle_bills(environment: Environment, books: Books) -> None:
    """Bills whose money the bank showed and that Ramp has closed since need nobody's eye."""
    names = every_id(books, TargetCash, f"{TargetKind.BILL.value}#")
    found = books.get_many(TargetCash, names).values() if names else ()
    bills = books.get_many(Bill, [one.target.id for one in found]) if names else {}
    items = [
        tray_id(f"bill-{name}", PAID_AT_BANK) for name, bill in bills.items() if bill.is_closed
    ]
    for item in books.get_many(TrayItem, items).values() if items else ():
        if item.state is not TrayState.OPEN:
            continue

        def plan(change: Change, bill_id: str = item.subject.removeprefix("bill-")) -> int:
            settle_bill(change, bill_id)
            return 0

        _run(environment, books.scope, plan)
