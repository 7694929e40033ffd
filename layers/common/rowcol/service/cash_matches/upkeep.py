"""What confirmed matches need later: a line that is gone ends one, a closed bill settles one."""

from __future__ import annotations

from datetime import date

from rowcol.domain.bill import Bill
from rowcol.domain.cash_matching.cash_match import CashMatch, MatchState, TargetCash, listed
from rowcol.domain.cash_matching.kinds import PAID_AT_BANK
from rowcol.domain.cash_matching.wanted import TargetKind
from rowcol.domain.link import StoredLine
from rowcol.domain.scope import key_of
from rowcol.domain.tray import TrayItem, TrayState, tray_id
from rowcol.service.cash_matches.decide_match import end
from rowcol.service.cash_matches.effects import settle_bill
from rowcol.service.cash_matches.gather import LOOK_BACK
from rowcol.service.cash_matches.written import written
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.listing import every_id
from rowcol.service.store import Books


def end_lost(environment: Environment, books: Books) -> None:
    """Confirmed matches whose line the bank took back hold no longer."""
    names = ids_since(books, MatchState.CONFIRMED, environment.now().date() - LOOK_BACK)
    recent = books.get_many(CashMatch, names).values()
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

        written(environment, books.scope, plan)


def ids_since(books: Books, state: MatchState, first: date) -> list[str]:
    """Ids of matches of a state whose last line was posted on a day or later."""
    prefix = listed(state, None)
    names: list[str] = []
    after: str | None = f"{prefix}{first.isoformat()}"
    while after is not None:
        page = books.ids(CashMatch, prefix=prefix, after=after)
        names += page.ids
        after = page.next_key
    return names


def settle_bills(environment: Environment, books: Books) -> None:
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

        written(environment, books.scope, plan)
