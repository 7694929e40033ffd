"""On what ground a candidate stands: what its lines say of its items, and of everybody else."""

from __future__ import annotations

from datetime import timedelta
from enum import IntEnum

from rowcol.domain.cash_matching.candidate import MatchCandidate
from rowcol.domain.cash_matching.clues import (
    by_rail_alone,
    says_nothing,
    tells_check,
    traced_otherwise,
)
from rowcol.domain.cash_matching.pool import Pool
from rowcol.domain.cash_matching.score import Form
from rowcol.domain.cash_matching.text import (
    APART,
    RAIL,
    line_kind,
    tells_return,
    tokens,
)
from rowcol.domain.cash_matching.wanted import OpenItem, names_invoice, same_check
from rowcol.domain.facts import BankLine

# So long after its days a debit of Ramp's may still be posted.
LATE = timedelta(days=7)


class Ground(IntEnum):
    """The better, the more it says.

    AGAINST: it tells of something else. CHANCE: a sum of items that nothing holds together.
    NOTHING: only the amount. RAIL: Ramp's name. NAMED: the party, its document or its check.
    """

    AGAINST = 0
    CHANCE = 1
    NOTHING = 2
    RAIL = 3
    NAMED = 4


def ground_of(pool: Pool, one: MatchCandidate) -> Ground:
    """The weakest of all pairs of line and item."""
    items = [pool.item(target) for target in one.targets]
    lines = [pool.line(name) for name in one.line_ids]
    found = min(_of_pair(pool, item, line) for item in items for line in lines)
    if one.form is Form.BATCH and Ground.AGAINST < found < Ground.NAMED:
        of_one_day = len({item.expected_on for item in items}) == 1
        return found if found is Ground.RAIL and of_one_day else Ground.CHANCE
    return found


def _of_pair(pool: Pool, item: OpenItem, line: BankLine) -> Ground:
    wanted = item.wanted
    if (
        not wanted.first <= line.posted_on <= wanted.last + LATE * wanted.by_rail
        or wanted.account_id not in (None, line.account_id)
        or traced_otherwise(wanted, line)
    ):
        return Ground.AGAINST
    check = same_check(wanted.check_number, line)
    if check is not None:
        return Ground.NAMED if check else Ground.AGAINST
    if names_invoice(line, wanted.invoice_number):
        return Ground.NAMED
    rails = RAIL in tokens(line.text)
    if tells_return(line.text) or (wanted.by_rail and pool.names_rail and not rails):
        return Ground.AGAINST
    if pool.parties(line):
        return Ground.NAMED if pool.meant(line) == item.party else Ground.AGAINST
    if wanted.by_rail:
        return Ground.RAIL if by_rail_alone(line.text) else Ground.AGAINST
    if rails or line_kind(line.text) in APART:
        return Ground.AGAINST
    return _of_nameless(pool, item, line)


def _of_nameless(pool: Pool, item: OpenItem, line: BankLine) -> Ground:
    """Of a text that names nobody known, or nobody at all."""
    if tells_check(line):
        return Ground.NOTHING
    if item.wanted.by_check:
        return Ground.AGAINST
    if says_nothing(line):
        # Paper that comes in names nobody; what leaves without a name is unusual.
        return Ground.NOTHING if line.amount.minor < 0 else Ground.CHANCE
    return Ground.AGAINST if pool.is_printed(item.party) else Ground.NOTHING
