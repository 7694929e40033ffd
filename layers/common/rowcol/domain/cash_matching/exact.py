"""Matches that confirm themselves: by trace id, then by exact amount, window and account.

Always explained. Never a guess between lines that fit equally well, nor between items that one line
fits equally well.

Source: design section 6 (cash matching), ramp contract section 9, plaid contract section 3.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from rowcol.domain.cash_matching.clues import (
    NAMES_CHECK,
    NAMES_DOCUMENT,
    NAMES_PARTY,
    NO_ALIASES,
    Aliases,
    evidence,
    is_foreign,
    traced_otherwise,
)
from rowcol.domain.cash_matching.text import tells_return
from rowcol.domain.cash_matching.wanted import Wanted, same_check
from rowcol.domain.facts import BankLine
from rowcol.domain.windows import RETURN_WATCH_DAYS


@dataclass(frozen=True, slots=True)
class Matched:
    """Lines that belong to the payment, how they were found, and why in words."""

    debits: tuple[BankLine, ...]
    credits: tuple[BankLine, ...]
    method: str
    explanation: str


def match(
    wanted: Wanted,
    lines: Iterable[BankLine],
    taken: frozenset[str] = frozenset(),
    rivals: Sequence[Wanted] = (),
    aliases: Aliases = NO_ALIASES,
) -> Matched | None:
    """The payment's debit and any return of it; None when nothing fits or several fit equally well.

    Several of one amount whose texts name this vendor are alike: the first one is taken.

    `taken` are ids of lines that belong to other payments. `rivals`: what else may be waiting for a
    line of the same amount: a line that names one of them more clearly is that one's, and one that
    names none is nobody's. `aliases`: party ids by texts that were theirs before.
    """
    free = standing(line for line in lines if line.line_id not in taken)
    debits, method, why = _debits(wanted, free, rivals, aliases)
    if not debits:
        return None
    return Matched(debits, returns_of(wanted, debits, free), method, why)


def still_matched(
    wanted: Wanted, known: Matched, lines: Iterable[BankLine], taken: frozenset[str] = frozenset()
) -> Matched | None:
    """A match made before, with returns that came since: its debit stays though the rail's date
    has moved away from it. None when the bank no longer shows it, or it is another payment's.
    """
    names_ = {line.line_id for line in known.debits}
    free = [line for line in lines if line.line_id not in taken]
    debits = tuple(line for line in free if line.line_id in names_)
    if len(debits) != len(names_):
        return None
    return Matched(debits, returns_of(wanted, debits, free), known.method, known.explanation)


def standing(lines: Iterable[BankLine]) -> list[BankLine]:
    """Lines that no other one replaces, by posting date."""
    every = list(lines)
    replaced = {line.replaces_line_id for line in every}
    return sorted(
        (line for line in every if line.line_id not in replaced),
        key=lambda line: (line.posted_on, line.line_id),
    )


def _debits(
    wanted: Wanted, free: list[BankLine], rivals: Sequence[Wanted], aliases: Aliases
) -> tuple[tuple[BankLine, ...], str, str]:
    if wanted.trace_id:
        traced = tuple(
            line for line in free if line.reference == wanted.trace_id and _same_way(wanted, line)
        )
        if traced:
            return (
                traced,
                "trace_id",
                f"bank reference {wanted.trace_id} is the rail's debit trace id",
            )
    fitting = [line for line in free if fits(wanted, line, aliases)]
    # Others are asked only where there is something to share.
    near = _near(wanted, rivals) if fitting else []
    fitting = [line for line in fitting if not _anothers(wanted, line, near, aliases)]
    if not fitting:
        return (), "", ""
    best = max(evidence(wanted, line, aliases) for line in fitting)
    if best < NAMES_DOCUMENT and any(
        evidence(wanted, line, aliases) >= best and not _anothers(wanted, line, near, aliases)
        for line in free
        if traced_otherwise(wanted, line) and _fits_untraced(wanted, line, aliases)
    ):
        return (), "", ""  # a line with a trace of its own says as much: a person decides
    twins = [rival for rival in near if _alike(wanted, rival, best)]
    if twins and best < NAMES_DOCUMENT:
        return _shared(wanted, fitting, twins, aliases)
    top = [line for line in fitting if evidence(wanted, line, aliases) == best]
    if len(top) > 1 and best < NAMES_PARTY:
        return (), "", ""  # equal strangers, perhaps of other vendors: a person decides
    if not wanted.amount_alone and not best >= NAMES_DOCUMENT and (len(top) > 1):
        return (), "", ""
    line = top[0]
    return (line,), "exact", _why(wanted, line, best)


def _shared(
    wanted: Wanted, fitting: list[BankLine], twins: list[Wanted], aliases: Aliases
) -> tuple[tuple[BankLine, ...], str, str]:
    """One of several lines for one of several payments that are alike: both in their order.

    What started earlier gets the earlier line, whichever text says more.
    """
    clear = [line for line in fitting if evidence(wanted, line, aliases) > 0]
    lines = clear or ([] if wanted.by_rail else fitting)
    earlier = sum(
        twin.first < wanted.first and any(fits(twin, line, aliases) for line in lines)
        for twin in twins
    )
    if earlier >= len(lines):
        return (), "", ""
    line = lines[earlier]
    words = f"{wanted.amount} on {line.posted_on}, the one of {len(lines)} lines that is due to the"
    return (line,), "exact", f"{words} payment of {wanted.first}..{wanted.last}"


def _why(wanted: Wanted, line: BankLine, best: int) -> str:
    words = "and its text names the vendor or Ramp" if best else "and no other line fits"
    if best >= NAMES_CHECK:
        words = f"and it is check {line.check_number}"
    elif best >= NAMES_DOCUMENT:
        words = f"and its text names {wanted.invoice_number}"
    return f"{wanted.amount} on {line.posted_on}, within {wanted.first}..{wanted.last}, {words}"


def _same_way(wanted: Wanted, line: BankLine) -> bool:
    """Whether money moves in the same direction."""
    return (line.amount.minor > 0) == (wanted.amount.minor > 0)


def fits(wanted: Wanted, line: BankLine, aliases: Aliases = NO_ALIASES) -> bool:
    """Whether amount, window and account fit, and nothing says that it is something else."""
    return not traced_otherwise(wanted, line) and _fits_untraced(wanted, line, aliases)


def _fits_untraced(wanted: Wanted, line: BankLine, aliases: Aliases) -> bool:
    if not (
        line.amount == wanted.amount
        and wanted.first <= line.posted_on <= wanted.last
        and wanted.account_id in (None, line.account_id)
        and same_check(wanted.check_number, line) is not False
    ):
        return False
    clear = evidence(wanted, line, aliases)
    if wanted.amount_alone:
        return clear > 0 or not is_foreign(wanted, line, aliases)
    return clear >= (NAMES_PARTY if wanted.named_enough else NAMES_DOCUMENT)


def _near(wanted: Wanted, rivals: Sequence[Wanted]) -> list[Wanted]:
    return [
        rival
        for rival in rivals
        if rival.amount == wanted.amount
        and rival.first <= wanted.last
        and rival.last >= wanted.first
    ]


def _anothers(wanted: Wanted, line: BankLine, rivals: Sequence[Wanted], aliases: Aliases) -> bool:
    """Whether a line is a rival's, or nobody's: another item claims it as clearly or more so.

    Items of one party and one amount are alike and share in the order in which they are asked.
    """
    clear = evidence(wanted, line, aliases)
    for rival in rivals:
        if rival.trace_id is not None and rival.trace_id == line.reference:
            return True
        if not fits(rival, line, aliases):
            continue
        other = evidence(rival, line, aliases)
        if other > clear or (other == clear and not _alike(wanted, rival, clear)):
            return True
    return False


def _alike(wanted: Wanted, rival: Wanted, clear: int) -> bool:
    """Whether it does not matter which of two gets a line: the same party's, each paid by rail."""
    same = wanted.vendor_name.lower() == rival.vendor_name.lower()
    return same and wanted.amount_alone and rival.amount_alone and clear < NAMES_DOCUMENT


def returns_of(
    wanted: Wanted, debits: Iterable[BankLine], free: Iterable[BankLine]
) -> tuple[BankLine, ...]:
    """Lines that bring the debits back, at most one for each: the earliest that nobody else took.

    `free`: lines by posting date.
    """
    lines, found = list(free), dict[str, BankLine]()
    for debit in debits:
        for line in lines:
            if line.line_id not in found and is_return(line, debit, wanted.watched_until):
                found[line.line_id] = line
                break
    return tuple(found.values())


def is_return(line: BankLine, debit: BankLine, watched_until: date | None = None) -> bool:
    """Whether a line brings a debit back: its amount and account, by its words or its reference.

    Within 60 days of the debit, as long as ACH lets an unauthorized one be returned (Nacha rules:
    60 days from settlement; others within two banking days); a payment that was proved later than
    on the day of its debit is watched longer, for Ramp also gives back what a vendor's bank or the
    mail did not take.
    """
    last = max(debit.posted_on + timedelta(days=RETURN_WATCH_DAYS), watched_until or date.min)
    return (
        line.amount.minor == -debit.amount.minor
        and line.amount.currency == debit.amount.currency
        and line.account_id == debit.account_id
        and debit.posted_on <= line.posted_on <= last
        and (
            tells_return(line.text)
            or (debit.reference is not None and line.reference == debit.reference)
        )
    )
