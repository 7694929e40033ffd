"""When two lines are the same entry of the bank, within a file and across files.

The bank's own reference decides where both lines have one; without, the key of the contract does
(expected.json: mask, date, amount, folded text, check, occurrence), so that two true and equal
charges of one day stay two, and a second upload adds nothing.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from rowcol.domain.money import exponent
from rowcol.domain.statements.reading import Problem, ProblemCode
from rowcol.domain.statements.statement import StatementLine

_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
_LINES = "stm-"
# What stands where a bank has no reference of its own for an entry.
_FILLERS = frozenset({"NONREF", "NOTPROVIDED", "NOT PROVIDED", "NONE", "N/A", "NA", "NULL"})
_CHECK = re.compile(r"CHECK\s*(?:#|NO\.?)?\s*(\d{1,12})\Z", re.IGNORECASE | re.ASCII)


@dataclass(frozen=True, slots=True)
class LineKeys:
    """`content` by what the line says, `reference` by the bank's own; None without one."""

    content: str
    reference: str | None


def folded(text: str) -> str:
    """Text as it is compared: ASCII, upper case, single spaces."""
    if text.isascii():
        return " ".join(text.upper().split())
    plain = unicodedata.normalize("NFKD", text.translate(_DASHES))
    return " ".join(plain.encode("ascii", "ignore").decode().upper().split())


def check_number_in(description: str) -> str | None:
    """The number of "CHECK 1042", when that is all that the bank says."""
    found = _CHECK.match(description.strip())
    return found[1] if found else None


def keys_of(line: StatementLine, ending: str, currency: str) -> LineKeys:
    """The line's keys; `ending` is the account's last four digits as the client's books know it."""
    amount = major_text(line.amount_minor, currency)
    said = (ending, line.posted_on.isoformat(), amount, folded(line.description))
    text = "|".join((*said, line.check_number or "", str(line.occurrence)))
    content = hashlib.sha256(text.encode()).hexdigest()[:32]
    if line.reference is None:
        return LineKeys(content, None)
    # A bank that numbers anew each day would otherwise join strangers: the amount belongs to it.
    named = f"ref|{ending}|{line.reference}|{line.posted_on.isoformat()}|{amount}"
    return LineKeys(content, hashlib.sha256(named.encode()).hexdigest()[:32])


def line_id(kept_id: str) -> str:
    """Id of a statement's line in the books, by the key that it is kept under."""
    return f"{_LINES}{kept_id}"


def is_of_statement(bank_line_id: str) -> bool:
    """Whether a bank line came with a statement; Plaid's own ids are letters and digits."""
    return bank_line_id.startswith(_LINES)


def major_text(minor: int, currency: str) -> str:
    """Minor units as plain decimal text, "-4200.00"."""
    digits = exponent(currency)
    if not digits:
        return str(minor)
    whole, rest = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{whole}.{rest:0{digits}d}"


def names_entry(reference: str) -> bool:
    """Whether a reference is one: banks fill the field where they have none."""
    return bool(reference.strip("0-.*xX/ ")) and reference.strip().upper() not in _FILLERS


def numbered(
    lines: Sequence[StatementLine], *, are_proven: bool = False
) -> tuple[list[StatementLine], list[Problem]]:
    """Lines (oldest first) with their occurrence; repeated entries left out, and told.

    The same reference on an equal line is one entry written twice, unless all of them together make
    the closing balance (`are_proven`). Else the bank has used it for several: it proves nothing in
    this file and is dropped, with a warning.
    """
    kept: list[StatementLine] = []
    problems: list[Problem] = []
    seen: dict[str, StatementLine] = {}
    reused: set[str] = set()
    for line in lines:
        first = seen.setdefault(line.reference, line) if line.reference is not None else line
        if first is line:
            kept.append(line)
        elif _same(first, line) and not are_proven:
            problems.append(_repeated(line, first))
        else:
            reused.add(line.reference or "")
            problems.append(_reused(line, first))
            kept.append(line)
    return _counted(kept, reused), problems


def _counted(lines: Iterable[StatementLine], reused: set[str]) -> list[StatementLine]:
    counts: Counter[tuple[object, ...]] = Counter()
    told: list[StatementLine] = []
    for line in lines:
        said = (line.posted_on, line.amount_minor, folded(line.description), line.check_number)
        counts[said] += 1
        reference = None if line.reference in reused else line.reference
        if counts[said] > 1 or reference != line.reference:
            told.append(replace(line, reference=reference, occurrence=counts[said]))
        else:
            told.append(line)
    return told


def _same(one: StatementLine, other: StatementLine) -> bool:
    return (one.posted_on, one.amount_minor, folded(one.description)) == (
        other.posted_on,
        other.amount_minor,
        folded(other.description),
    )


def _repeated(line: StatementLine, first: StatementLine) -> Problem:
    message = f"the same entry as line {first.line}: counted once"
    return Problem(ProblemCode.DUPLICATE_IN_FILE, message, line.line, line.reference or "")


def _reused(line: StatementLine, first: StatementLine) -> Problem:
    message = f"the bank's reference is also that of line {first.line}, which is another entry"
    return Problem(ProblemCode.FITID_REUSED, message, line.line, line.reference or "")
