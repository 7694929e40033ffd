"""Cursors: they lead on in their own list, and anything else is refused."""

from __future__ import annotations

import base64
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.cursor import after_of, cursor_of

QUESTION = {"filter": ["done"], "day": date(2026, 11, 20), "direction": "asc"}
keys = st.text(min_size=1, max_size=120)


@given(keys)
def test_a_cursor_leads_on_where_it_was_made(key: str) -> None:
    cursor = cursor_of(QUESTION, key)
    assert after_of(QUESTION, cursor) == key
    assert cursor.isascii()
    assert not set(cursor) & set("=+/ &?#")


@given(keys)
def test_another_question_refuses_it(key: str) -> None:
    refused = after_of({**QUESTION, "direction": "desc"}, cursor_of(QUESTION, key))
    assert isinstance(refused, Refusal)
    assert (refused.code, refused.numbers) == (Code.INVALID_INPUT, {"field": "cursor"})


@given(st.text(max_size=1_200))
def test_whatever_is_sent_is_no_defect(text: str) -> None:
    assert isinstance(after_of(QUESTION, text), Refusal)


def packed(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


MARK = json.loads(base64.urlsafe_b64decode(cursor_of(QUESTION, "x") + "=="))[0]


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {},
        "x",
        1,
        [MARK],
        [MARK, ""],
        [MARK, None],
        [MARK, 7],
        [MARK, ["x"]],
        [MARK, "x", 1],
    ],
)
def test_what_is_packed_otherwise_is_refused(value: object) -> None:
    assert isinstance(after_of(QUESTION, packed(value)), Refusal)


@pytest.mark.parametrize("text", ["[" * 900, "WyJ4Il0\n", "\ud800", "é", "====", "a" * 1_001])
def test_odd_texts_are_refused(text: str) -> None:
    assert isinstance(after_of(QUESTION, text), Refusal)
