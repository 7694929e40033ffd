"""What a line's text and numbers say for an item, or against it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from rowcol.domain.cash_matching.text import (
    APART,
    RAIL,
    RAIL_WORDS,
    line_kind,
    may_name,
    names_clearly,
    normalised,
    own_words,
    tokens,
)
from rowcol.domain.cash_matching.wanted import Wanted, is_trace, names_invoice, same_check
from rowcol.domain.facts import BankLine
from rowcol.domain.money import Money

Aliases = Mapping[str, str]
NO_ALIASES: Aliases = {}
_ROUND_MINOR = 2_500
_CHECK = frozenset({"check", "checks", "chk", "ck"})
NAMES_RAIL, NAMES_PARTY, NAMES_DOCUMENT, NAMES_CHECK = 1, 2, 4, 8


def evidence(wanted: Wanted, line: BankLine, aliases: Aliases = NO_ALIASES) -> int:
    """What of a line's text and numbers points to this item: the more telling, the more."""
    clear = NAMES_RAIL * (wanted.by_rail and by_rail_alone(line.text))
    alias = aliases.get(normalised(line.text)) if aliases else None
    name, text = wanted.vendor_name, line.text
    if (alias is not None and alias == wanted.party_id) or (
        may_name(name, text) and names_clearly(name, text)
    ):
        clear += NAMES_PARTY
    clear += NAMES_DOCUMENT * names_invoice(line, wanted.invoice_number)
    return clear + NAMES_CHECK * (same_check(wanted.check_number, line) is True)


def is_foreign(wanted: Wanted, line: BankLine, aliases: Aliases = NO_ALIASES) -> bool:
    """Whether a text that does not name the party tells of others, or of wages and the like."""
    if wanted.any_text:
        return False
    party = aliases.get(normalised(line.text))
    if party is not None and party != wanted.party_id:
        return True
    if not says_nothing(line) or line_kind(line.text) in APART:
        return True
    if wanted.by_check and not tells_check(line):
        return True
    # A rail writes its name or the vendor's. Where neither is there, a round sum is anybody's.
    return wanted.by_rail and (wanted.rail_is_named or is_round(wanted.amount))


def by_rail_alone(text: str) -> bool:
    """Whether a text names Ramp and nobody else: beside another vendor's name it proves nothing."""
    return RAIL in tokens(text) and not set(own_words(text)) - RAIL_WORDS


def names_rail(lines: Iterable[BankLine]) -> bool:
    """Whether a bank prints Ramp's name beside what Ramp collects."""
    return any(RAIL in tokens(line.text) for line in lines)


def is_round(amount: Money) -> bool:
    """Whether an amount is a whole 25: such sums are anybody's."""
    return amount.minor % _ROUND_MINOR == 0


def traced_otherwise(wanted: Wanted, line: BankLine) -> bool:
    """Whether a line has a trace number and another one is expected."""
    expected = wanted.trace_id
    return expected is not None and is_trace(line.reference) and line.reference != expected


def tells_check(line: BankLine) -> bool:
    """Whether a line is a paper check's."""
    return line.check_number is not None or not _CHECK.isdisjoint(tokens(line.text))


def says_nothing(line: BankLine) -> bool:
    """Whether a text names nobody at all: DEPOSIT, CHECK 1042, ELECTRONIC DEBIT."""
    return not own_words(line.text)
