"""Statement files: what is written in any format is read back, and no bytes raise anything."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.reading import Outcome, Question, Reading, Rejected
from rowcol.edge.statements.amount_text import minor_of
from rowcol.edge.statements.read import read_statement
from tests.support.statement_files import FORMATS, Entry, chase, major

HINTS = Hints(ending="5678")
START = date(2026, 10, 1)
# What all formats can carry; BAI2 and MT940 have their own signs, OFX cuts blanks.
WORDS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 &#.'()", min_size=1, max_size=60).map(
    lambda text: " ".join(f"P{text}".split())
)
MINORS = st.integers(-(10**11), 10**11).filter(bool)


@st.composite
def entries(draw: st.DrawFn) -> list[Entry]:
    days = sorted(draw(st.lists(st.integers(0, 27), min_size=1, max_size=12)))
    return [Entry(START + timedelta(day), draw(MINORS), draw(WORDS)) for day in days]


@pytest.mark.parametrize("name", sorted(FORMATS))
@settings(max_examples=25, deadline=None)
@given(made=entries(), opening=st.integers(-(10**9), 10**9))
def test_what_is_written_is_read_back(name: str, made: list[Entry], opening: int) -> None:
    outcome = read_statement(FORMATS[name](made, opening), HINTS)
    assert isinstance(outcome, Reading), outcome
    assert outcome.bad_rows == outcome.warnings == ()
    (statement,) = outcome.statements
    told = [(line.posted_on, line.amount_minor, line.description) for line in statement.lines]
    assert told == [(each.on, each.minor, each.text) for each in made]
    closing = opening + sum(each.minor for each in made)
    assert statement.closing is not None
    assert statement.closing.minor == closing


def assert_is_an_answer(outcome: Outcome) -> None:
    assert isinstance(outcome, Reading | Question | Rejected)
    if isinstance(outcome, Reading):
        for statement in outcome.statements:
            assert all(type(line.amount_minor) is int for line in statement.lines)


SAMPLE: Sequence[Entry] = [
    Entry(START, -420000, "RENT & MORE"),
    Entry(START + timedelta(2), 342503, "STRIPE TRANSFER"),
    Entry(START + timedelta(2), -64219, "UPS 1Z"),
    Entry(START + timedelta(20), -64219, "UPS 1Z"),
]


@pytest.mark.parametrize("name", sorted(FORMATS))
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_change_of_bytes_raises_anything(name: str, data: st.DataObject) -> None:
    content = bytearray(FORMATS[name](SAMPLE, 1000))
    places = st.integers(0, len(content) - 1)
    for place, byte in data.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=6)):
        content[place] = byte
    start, end = sorted((data.draw(places), data.draw(places)))
    match data.draw(st.sampled_from(("keep", "cut", "drop", "twice"))):
        case "cut":
            del content[end:]
        case "drop":
            del content[start:end]
        case "twice":
            content[start:start] = content[start:end]
    assert_is_an_answer(read_statement(bytes(content), HINTS))


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=400), st.sampled_from([b"", b"OFXHEADER:100\n<OFX>", b"<", b":20:", b"01,"])
)
def test_no_bytes_raise_anything(tail: bytes, start: bytes) -> None:
    assert_is_an_answer(read_statement(start + tail, HINTS))


@settings(max_examples=300, deadline=None)
@given(st.text('Date,;\t\n"Amount Description 0123456789/-.()$', max_size=300))
def test_no_table_raises_anything(text: str) -> None:
    header = "Date,Description,Amount\n"
    assert_is_an_answer(read_statement((header + text).encode(), HINTS))


@given(MINORS, st.sampled_from(("{0}", "${0}", " {0} ", "+{0}")))
def test_an_amount_is_exact(minor: int, style: str) -> None:
    text = style.format(major(abs(minor)))
    assert minor_of(text, 2) == abs(minor)
    assert minor_of(f"({text})" if "+" not in text else f"-{text[1:]}", 2) == -abs(minor)


@given(st.text(max_size=60))
def test_no_text_is_half_an_amount(text: str) -> None:
    found = minor_of(text, 2)
    assert found is None or any(character.isdigit() for character in text)


@settings(max_examples=30, deadline=None)
@given(made=entries())
def test_reading_twice_is_reading_the_same(made: list[Entry]) -> None:
    content = chase(made)
    assert read_statement(content, HINTS) == read_statement(content, HINTS)
