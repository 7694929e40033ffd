"""Which profile a table is of: a saved mapping, a known dialect, or columns that say it themselves.

Where columns do not say it, a person is asked; a header is never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.profile import ColumnRole as Role
from rowcol.domain.statements.profile import MappingProfile, header_word
from rowcol.domain.statements.reading import ProblemCode, Question, QuestionKind
from rowcol.edge.imports.rows import Row
from rowcol.edge.statements.amount_text import minor_of
from rowcol.edge.statements.common import OpenQuestion, RejectedFile
from rowcol.edge.statements.date_text import day_of
from rowcol.edge.statements.dialects import DIALECTS, WELLS_FARGO

HEADER_WITHIN = 30
GENERIC = "columns"
EXAMPLES = 3

# What a column is by its own word, best first. Letters and digits only.
_WORDS: dict[Role, tuple[str, ...]] = {
    Role.DATE: (
        *("postingdate", "posteddate", "postdate", "dateposted", "bookingdate", "date"),
        *("transactiondate", "transdate"),
    ),
    Role.VALUE_DATE: ("valuedate",),
    Role.DESCRIPTION: (
        *("description", "transactiondescription", "details", "narrative", "payee", "name"),
        *("memo",),
    ),
    Role.AMOUNT: ("amount", "transactionamount", "amountusd"),
    Role.DEBIT: ("debit", "debits", "debitamount", "withdrawal", "withdrawals", "moneyout"),
    Role.CREDIT: ("credit", "credits", "creditamount", "deposit", "deposits", "moneyin"),
    Role.BALANCE: ("balance", "runningbalance", "runningbal"),
    Role.CHECK: ("check", "checknumber", "checkno", "checkorslip"),
    Role.REFERENCE: ("bankreference", "transactionid", "fitid"),
    Role.ACCOUNT: ("accountnumber", "account"),
    Role.STATUS: ("status",),
    Role.KIND: ("type", "transactiontype"),
    Role.CURRENCY: ("currency",),
}
_ROLE_OF = {word: (role, rank) for role, words in _WORDS.items() for rank, word in enumerate(words)}
_ESSENTIAL = frozenset({Role.DATE, Role.DESCRIPTION})
_MONEY = frozenset({Role.AMOUNT, Role.DEBIT, Role.CREDIT})
_ONE_ONLY = frozenset({Role.AMOUNT, Role.DEBIT, Role.CREDIT, Role.BALANCE})


@dataclass(frozen=True, slots=True)
class Found:
    """A profile, the columns it reads by position, and where the data begin.

    `rows_above` counts the rows up to and with the header (0 without one), `width` its columns;
    `is_generic` when nobody has vouched for the mapping.
    """

    profile: MappingProfile
    places: dict[Role, int]
    rows_above: int
    width: int
    header: tuple[str, ...]
    is_generic: bool = False


def find(rows: Sequence[Row], hints: Hints) -> Found | None:
    """The profile of the first rows, or None. Raises RejectedFile for a header named twice."""
    if hints.profile is not None:
        return _of_profile(rows, hints.profile)
    saved = (profile for profile in hints.profiles if profile.problem() is None)
    for profile in (*saved, *DIALECTS):
        found = _of_profile(rows, profile) if not profile.headerless else None
        if found is not None:
            return found
    if rows and _is_wells_fargo(rows[0].cells):
        return _headerless(rows, WELLS_FARGO)
    return _by_words(rows)


def ask_columns(rows: Sequence[Row], delimiter: str | None) -> OpenQuestion:
    """Nothing is known of this header: which column is what?"""
    widest = max(rows, key=lambda row: len([cell for cell in row.cells if cell.strip()]))
    at = rows.index(widest)
    below = rows[at + 1 : at + 1 + EXAMPLES]
    found = {header_word(cell): known[0] for cell in widest.cells if (known := _known(cell))}
    return OpenQuestion(
        Question(
            QuestionKind.COLUMNS,
            ProblemCode.UNKNOWN_DIALECT,
            "no known bank writes these columns; say which column is what",
            MappingProfile("", found, delimiter=delimiter),
            {},
            tuple(cell[:80] for cell in widest.cells),
            tuple(tuple(cell[:80] for cell in row.cells) for row in below),
        )
    )


def _of_profile(rows: Sequence[Row], profile: MappingProfile) -> Found | None:
    if profile.headerless:
        return _headerless(rows, profile)
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        if profile.fits(row.cells):
            _refuse_repeated(row)
            words = [header_word(cell) for cell in row.cells]
            places = {
                role: words.index(header_word(name))
                for name, role in profile.columns.items()
                if header_word(name) in words
            }
            if set(places) >= _ESSENTIAL and places.keys() & _MONEY:
                return Found(profile, places, at + 1, len(row.cells), tuple(row.cells))
    return None


def _headerless(rows: Sequence[Row], profile: MappingProfile) -> Found:
    places = {role: int(place) for place, role in profile.columns.items()}
    widest = max((len(row.cells) for row in rows), default=0)
    return Found(profile, places, 0, max(widest, *(at + 1 for at in places.values())), ())


def _is_wells_fargo(cells: Sequence[str]) -> bool:
    if len(cells) != 5 or cells[2].strip() != "*":
        return False
    is_dated = day_of(cells[0], WELLS_FARGO.date_order) is not None
    return is_dated and minor_of(cells[1], 2) is not None


def _by_words(rows: Sequence[Row]) -> Found | None:
    """A header whose columns say by themselves what they are, and none says it twice."""
    for at, row in enumerate(rows[:HEADER_WITHIN]):
        best: dict[Role, tuple[int, int]] = {}
        is_double = False
        for place, cell in enumerate(row.cells):
            known = _known(cell)
            if known is None:
                continue
            role, rank = known
            is_double |= role in best and role in _ONE_ONLY
            best[role] = min(best.get(role, (rank, place)), (rank, place))
        if Role.DATE not in best or len(best) < 3:
            continue
        _refuse_repeated(row)
        places = {role: place for role, (_, place) in best.items()}
        columns = {header_word(row.cells[place]): role for role, place in places.items()}
        profile = MappingProfile(GENERIC, columns, is_open=True)
        if is_double or profile.problem() is not None:
            return None
        width = len(row.cells)
        return Found(profile, places, at + 1, width, tuple(row.cells), is_generic=True)
    return None


def _known(cell: str) -> tuple[Role, int] | None:
    return _ROLE_OF.get(re.sub(r"[^a-z0-9]", "", cell.lower())) if len(cell) < 80 else None


def _refuse_repeated(row: Row) -> None:
    words = [header_word(cell) for cell in row.cells if cell.strip()]
    repeated = next((word for word in words if words.count(word) > 1), None)
    if repeated is not None:
        message = f"two columns are called {repeated[:40]!r}"
        raise RejectedFile(ProblemCode.DUPLICATE_HEADER, message, row.line)
