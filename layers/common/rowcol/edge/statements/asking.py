"""What a table does not say of itself is asked for: the order of dates, the locale, the sign."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from rowcol.domain.date_order import DateOrder
from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.profile import ColumnRole as Role
from rowcol.domain.statements.profile import MappingProfile, Sign
from rowcol.domain.statements.reading import ProblemCode, Question, QuestionKind
from rowcol.domain.statements.statement import Statement
from rowcol.edge.imports.rows import Row
from rowcol.edge.statements.amount_text import looks_comma_decimal
from rowcol.edge.statements.common import OpenQuestion, Told
from rowcol.edge.statements.date_text import OrderEvidence, day_of
from rowcol.edge.statements.header import Found


def date_order(
    found: Found, evidence: OrderEvidence, hints: Hints, told: Told, delimiter: str | None
) -> DateOrder | None:
    """The order of dates that are not ISO. Raises OpenQuestion when both are possible."""
    if found.profile.date_order is not None:
        return found.profile.date_order
    if not evidence.is_needed:
        return DateOrder.ISO
    order = evidence.certain
    if order is not None:
        return order
    if hints.currency == "USD" and evidence.is_one_month:
        message = "dates are taken as month/day: so it is one month, else the same day of several"
        told.note(ProblemCode.DATE_ORDER_INFERRED, message)
        return DateOrder.MONTH_FIRST
    raise OpenQuestion(
        Question(
            QuestionKind.DATE_ORDER,
            ProblemCode.AMBIGUOUS_DATE_ORDER,
            f"is {evidence.example} written month first or day first?",
            replace(_suggested(found), delimiter=delimiter),
            _both(evidence.example),
            found.header,
        )
    )


def refuse_comma_decimal(
    cells: Iterable[str], row: Row, found: Found, evidence: OrderEvidence, delimiter: str | None
) -> None:
    """Ask when an amount is written with a decimal comma: nothing of the file is American then."""
    comma = next((cell for cell in cells if looks_comma_decimal(cell)), None)
    if comma is None:
        return
    example = evidence.example
    order = DateOrder.DAY_FIRST if "." in example else None
    raise OpenQuestion(
        Question(
            QuestionKind.LOCALE,
            ProblemCode.LOCALE_MAPPING_REQUIRED,
            f"line {row.line}: {comma.strip()[:30]} has a decimal comma; confirm how it is written",
            replace(_suggested(found), decimal=",", delimiter=delimiter, date_order=order),
            _both(example),
            found.header,
        )
    )


def refuse_unsigned(statements: Sequence[Statement], found: Found) -> None:
    """Ask when an unknown export has no negative amount: its sign may stand elsewhere, or nowhere.

    A card's charges are positive in some exports; taking them for money in would be a guess.
    """
    amounts = [line.amount_minor for each in statements for line in each.lines]
    if Role.AMOUNT not in found.places or not amounts or min(amounts) < 0:
        return
    raise OpenQuestion(
        Question(
            QuestionKind.COLUMNS,
            ProblemCode.UNKNOWN_DIALECT,
            "no amount is negative: is it money in, money out, or does a column say which?",
            _suggested(found),
            {
                Sign.SIGNED.value: "every amount is money in",
                Sign.INVERTED.value: "every amount is money out",
                Sign.WORD.value: "a column says credit or debit",
            },
            found.header,
        )
    )


def _suggested(found: Found) -> MappingProfile:
    return replace(found.profile, name="")


def _both(example: str) -> dict[str, str]:
    """What the example is in either order."""
    orders = (DateOrder.MONTH_FIRST, DateOrder.DAY_FIRST)
    return {order.value: f"{day}" for order in orders if (day := day_of(example, order))}
