"""Dictionaries of structured fields: what they hold, what they refuse, and how they are sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowcol.edge.structured_fields import (
    MEMBERS_MAX,
    TEXT_CHARACTERS_MAX,
    Bare,
    InnerList,
    Item,
    Malformed,
    Token,
    dictionary,
)

READ = [
    ("", {}),
    ("a=1", {"a": Item(1, {})}),
    ("a=-15;b", {"a": Item(-15, {"b": True})}),
    ('a="x\\"y\\\\z"', {"a": Item('x"y\\z', {})}),
    ("a=:aGk=:", {"a": Item(b"hi", {})}),
    ("a=::", {"a": Item(b"", {})}),
    ("a=?0, b", {"a": Item(False, {}), "b": Item(True, {})}),
    ("a=tok/en:x;q=*", {"a": Item(Token("tok/en:x"), {"q": Token("*")})}),
    ("a=( )", {"a": InnerList((), {})}),
    ("a=();created=1", {"a": InnerList((), {"created": 1})}),
    (
        'a=("@method"  "@query-param";name="p" );created=5;tag="t"\t,\tb=2',
        {
            "a": InnerList(
                (Item("@method", {}), Item("@query-param", {"name": "p"})),
                {"created": 5, "tag": "t"},
            ),
            "b": Item(2, {}),
        },
    ),
    ("  a=1;  b=2  ", {"a": Item(1, {"b": 2})}),
]


@pytest.mark.parametrize(("text", "found"), READ)
def test_what_is_read(text: str, found: object) -> None:
    assert dictionary(text) == found


@pytest.mark.parametrize(
    "text",
    [
        "A=1", "1=1", "a=", "a=1 b=2", "a=1,", "a=1,,b=2", ",a=1", "a==1",
        "a=1, a=2",  # the last would win; two readers might differ
        "a=1;b=1;b=2", "a=();created=1;created=2",
        "a=(", "a=)", "a=(1", "a=(1 2", 'a=("x""y")', "a=(1,2)", "a=((1))", "a=(1\t2)",
        'a="x', 'a="\n"', 'a="\u00fc"', 'a="\\x"', "a=:aGk:", "a=:a b=:", "a=:a", "a=?2", "a=?",
        "a=1.5", "a=1234567890123456", "a=--1", "a=@5", 'a=%"x"', "\u00fc=1", "a=1\x00",
        "a=1;B=2", "a=1;", "a;=1",
        "a=1" + " " * TEXT_CHARACTERS_MAX,
        ", ".join(f"k{number}=1" for number in range(MEMBERS_MAX + 1)),
        f"a=({' '.join('1' * (MEMBERS_MAX + 1))})",
        "a=1" + "".join(f";p{number}" for number in range(MEMBERS_MAX + 1)),
    ],
)  # fmt: skip
def test_what_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        dictionary(text)


PRINTABLE = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=12)
WORD = st.from_regex(r"[A-Za-z*][A-Za-z0-9:/*._-]{0,8}", fullmatch=True).map(Token)
BARE: st.SearchStrategy[Bare] = st.one_of(
    PRINTABLE,
    WORD,
    st.booleans(),
    st.binary(max_size=12),
    st.integers(min_value=-999_999_999_999_999, max_value=999_999_999_999_999),
)
KEY = st.from_regex(r"[a-z*][a-z0-9_.*-]{0,6}", fullmatch=True)
PARAMETERS = st.dictionaries(KEY, BARE, max_size=4)
ITEM = st.builds(Item, BARE, PARAMETERS)
LIST = st.builds(InnerList, st.lists(ITEM, max_size=4).map(tuple), PARAMETERS)


@given(st.dictionaries(KEY, ITEM | LIST, max_size=5))
def test_what_is_sent_is_what_is_read(members: dict[str, Item | InnerList]) -> None:
    text = ", ".join(f"{key}={member}" for key, member in members.items())
    assert dictionary(text) == members


@given(st.text() | st.text(st.sampled_from('ab=;,:"\\()?1-. \t*@\x00\u00fc'), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        found = dictionary(text)
    except Malformed:
        return
    assert dictionary(", ".join(f"{key}={member}" for key, member in found.items())) == found


def test_reading_takes_time_in_proportion() -> None:
    # No pattern here looks back: a text as long as is allowed is read at once.
    for part in ('"' + "\\\\" * 10, "a=(", ":" + "A" * 20, "a;" * 5, "?" * 9):
        text = ("a=" + part * 1_000)[:TEXT_CHARACTERS_MAX]
        with pytest.raises(Malformed):
            dictionary(text)
