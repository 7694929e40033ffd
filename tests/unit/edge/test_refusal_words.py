"""A refusal says in words what is wrong and what to do."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import BaseModel, ConfigDict

from rowcol.domain.date_order import DateOrder
from rowcol.domain.payment import PaymentType
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.http import validated
from rowcol.edge.imports.columns import Settings, table_of
from rowcol.edge.imports.rows import Row, UnreadableFile
from rowcol.edge.problem import problem
from rowcol.service.bulk.submit import items_problem


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")

    on: date
    count: int


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        ({"count": 1}, Code.INVALID_INPUT, "check on: is needed"),
        (
            {"on": "15.12.2026", "count": 1},
            Code.DATE_IMPOSSIBLE,
            "check on: a day of the calendar, as YYYY-MM-DD",
        ),
        (
            {"on": "2026-12-15", "count": 1, "colour": "red"},
            Code.INVALID_INPUT,
            "check colour: no such field here",
        ),
    ],
)
def test_the_detail_says_what_is_wrong_with_a_field(
    value: dict[str, object], code: Code, words: str
) -> None:
    found = validated(Body, value, "body")
    assert isinstance(found, Refusal)
    assert (found.code, found.detail) == (code, words)


@pytest.mark.parametrize(
    "code",
    [
        Code.VERSION_MISMATCH,
        Code.VERSION_REQUIRED,
        Code.LIVE_PAYMENT_EXISTS,
        Code.FORBIDDEN,
    ],
)
def test_what_every_refusal_of_a_code_needs_is_said(code: Code) -> None:
    assert problem(Refusal(code, "no"))["remedy"]
    assert problem(Refusal(code, "no", remedy="better"))["remedy"] == "better"


def test_a_file_is_not_asked_for_a_type_that_was_sent() -> None:
    rows = [Row(1, ("Date", "Name")), Row(2, ("2026-11-20", "Acme"))]
    with pytest.raises(UnreadableFile) as refused:
        table_of(rows, Settings("USD", DateOrder.ISO, PaymentType.FEE, True))
    assert str(refused.value) == "no header names amount"
    with pytest.raises(UnreadableFile, match="no header names amount, type; send type if"):
        table_of(rows, Settings("USD", DateOrder.ISO, None, True))


def test_an_empty_list_is_called_what_the_caller_called_it() -> None:
    for found, field in ((items_problem(()), "ids"), (items_problem((), "records"), "records")):
        assert found is not None
        assert (found.detail, found.numbers) == (
            f"{field} is empty: name at least one",
            {"field": field},
        )
