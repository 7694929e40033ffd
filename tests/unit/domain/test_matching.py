from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from rowcol.domain.cash_matching.exact import match, still_matched
from rowcol.domain.cash_matching.wanted import Wanted
from rowcol.domain.facts import BankLine
from tests.support.domain.builders import bank_line, usd

TRACE = "021000021234567"
OTHER_TRACE = "021000029999999"
WANTED = Wanted(
    usd("1250.37"), date(2026, 11, 19), date(2026, 11, 30), "operating-1", None, "Acme Supplies"
)
DEBIT = bank_line(text="ELECTRONIC DEBIT", amount=usd("1250.37"))


def found(*lines: BankLine, taken: frozenset[str] = frozenset(), **changes: Any) -> str | None:
    """How and which debits were found, as `method: ids`."""
    result = match(replace(WANTED, **changes), lines, taken)
    if result is None:
        return None
    assert result.explanation
    return f"{result.method}: {' '.join(line.line_id for line in result.debits)}"


def line(line_id: str, **changes: Any) -> BankLine:
    return replace(DEBIT, line_id=line_id, **changes)


CASES: list[tuple[str, list[BankLine], dict[str, Any], str | None]] = [
    ("nothing there", [], {}, None),
    ("the only one that fits", [DEBIT], {}, "exact: line-1"),
    (
        "a round sum that names nobody",
        [line("a", amount=usd("1250.00"))],
        {"amount": usd("1250.00")},
        None,
    ),
    (
        "a round sum that names the vendor",
        [line("a", amount=usd("1250.00"), text="ACME SUPPL")],
        {"amount": usd("1250.00")},
        "exact: a",
    ),
    ("of others by its text", [line("a", text="GUSTO PAYROLL")], {}, None),
    ("Ramp's, for another vendor", [line("a", text="RAMP BILL PAY HARBOR FLOUR")], {}, None),
    ("no name where Ramp is named", [DEBIT], {"rail_is_named": True}, None),
    ("first day", [line("a", posted_on=date(2026, 11, 19))], {}, "exact: a"),
    ("last day", [line("a", posted_on=date(2026, 11, 30))], {}, "exact: a"),
    ("a day early", [line("a", posted_on=date(2026, 11, 18))], {}, None),
    ("a day late", [line("a", posted_on=date(2026, 12, 1))], {}, None),
    ("another amount", [line("a", amount=usd("1250.38"))], {}, None),
    ("money in", [line("a", amount=usd("-1250.37"))], {}, None),
    ("another account", [line("a", account_id="savings")], {}, None),
    ("any account", [line("a", account_id="savings")], {"account_id": None}, "exact: a"),
    ("equal strangers", [line("a"), line("b")], {}, None),
    ("both only Ramp's", [line("a", text="RAMP BILL"), line("b", text="RAMP BILL")], {}, None),
    ("one is Ramp's", [line("a"), line("b", text="RAMP BILL")], {}, "exact: b"),
    ("one names the vendor", [line("a", text="RAMP"), line("b", text="ACME")], {}, "exact: b"),
    (
        "both name the vendor: the first",
        [line("b", text="acme", posted_on=date(2026, 11, 25)), line("c", text="acme")],
        {},
        "exact: c",
    ),
    ("taken by another payment", [line("a")], {"taken": frozenset({"a"})}, None),
    (
        "a pending line and the posted one that replaces it",
        [line("p", pending=True), line("b", replaces_line_id="p")],
        {},
        "exact: b",
    ),
    (
        "trace id beats everything",
        [line("a", text="ACME"), line("b", reference=TRACE, amount=usd("1"))],
        {"trace_id": TRACE},
        "trace_id: b",
    ),
    (
        "late, by its trace id",
        [line("a", reference=TRACE, posted_on=date(2026, 12, 15))],
        {"trace_id": TRACE},
        "trace_id: a",
    ),
    ("another payment's trace", [line("a", reference=OTHER_TRACE)], {"trace_id": TRACE}, None),
    ("no trace on the line", [line("a")], {"trace_id": TRACE}, "exact: a"),
    ("a reference that is no trace", [line("a", reference="77")], {"trace_id": TRACE}, "exact: a"),
]


@pytest.mark.parametrize(("lines", "changes", "expected"), [case[1:] for case in CASES])
def test_debits(lines: list[BankLine], changes: dict[str, Any], expected: str | None) -> None:
    assert found(*lines, **changes) == expected
    assert found(*reversed(lines), **changes) == expected


def back(text: str, **changes: Any) -> BankLine:
    fields: dict[str, Any] = {"amount": usd("-1250.37"), "posted_on": date(2026, 11, 24)}
    return replace(DEBIT, line_id="back", text=text, **(fields | changes))


RETURNS: list[tuple[BankLine, bool]] = [
    (back("ACH RETURN R02"), True),
    (back("Reversal of debit"), True),
    (back("RTN ITEM"), True),
    (back("ACH REJECTED"), True),
    (back("RAMP CREDIT"), False),  # equal money in is no return by itself: a person decides
    (back("credit from acme"), False),
    (back("MISC CREDIT"), False),
    (back("PARTNERS LLC DEPOSIT"), False),  # "rtn" is part of a word
    (back("RETURNABLES INC"), False),
    (back("MISC CREDIT", reference="7"), False),
    (back("ACH RETURN", amount=usd("-1250.36")), False),
    (back("ACH RETURN", account_id="savings"), False),
    (back("ACH RETURN", posted_on=date(2026, 11, 19)), False),  # before the debit
    (back("ACH RETURN", posted_on=date(2027, 1, 19)), True),  # sixty days after it
    (back("ACH RETURN", posted_on=date(2027, 1, 20)), False),
]


@pytest.mark.parametrize(("credit", "is_return"), RETURNS)
def test_returns(credit: BankLine, is_return: bool) -> None:
    result = match(WANTED, [DEBIT, credit])
    assert result is not None
    assert [line.line_id for line in result.credits] == (["back"] if is_return else [])


@pytest.mark.parametrize(("day", "is_return"), [(14, True), (15, False)])
def test_a_payment_that_was_proved_late_is_watched_longer(day: int, is_return: bool) -> None:
    watched = replace(WANTED, watched_until=date(2027, 2, 14))
    result = match(watched, [DEBIT, back("ACH RETURN", posted_on=date(2027, 2, day))])
    assert result is not None
    assert bool(result.credits) is is_return


def test_a_return_with_the_debits_own_reference() -> None:
    result = match(WANTED, [line("a", reference="77"), back("MISC CREDIT", reference="77")])
    assert result is not None
    assert [line.line_id for line in result.credits] == ["back"]


def test_a_debit_stays_matched_when_the_rails_date_moves_away_and_its_return_is_seen() -> None:
    known = match(WANTED, [DEBIT])
    assert known is not None
    returned = back("ACH RETURN R01")
    later = replace(WANTED, first=date(2026, 12, 7), last=date(2026, 12, 14))
    assert match(later, [DEBIT, returned]) is None
    kept = still_matched(later, known, [DEBIT, returned])
    assert kept is not None
    assert (kept.debits, kept.credits, kept.method) == ((DEBIT,), (returned,), known.method)


def test_a_match_is_over_when_the_bank_or_another_payment_took_its_line() -> None:
    known = match(WANTED, [DEBIT])
    assert known is not None
    assert still_matched(WANTED, known, []) is None
    assert still_matched(WANTED, known, [DEBIT], frozenset({DEBIT.line_id})) is None
