"""Bodies are read strictly: what two parsers might take differently is not taken at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rowcol.rails.untrusted import (
    DEPTH_MAX,
    REASON_CHARACTERS_MAX,
    Unreadable,
    parse_instant,
    parse_json,
    parse_object,
    printable,
    safe_id,
)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b"{} {}", "invalid_json"),
        (b"\xef\xbb\xbf{}", "invalid_json"),
        ('{"a":1}'.encode("utf-16"), "invalid_json"),
        (b'{"a":"\xff"}', "invalid_json"),
        (b'{"a":NaN}', "invalid_json"),
        (b'{"a":-Infinity}', "invalid_json"),
        (b'{"a":' + b"9" * 5000 + b"}", "invalid_json"),
        (b"{'a':1}", "invalid_json"),
        (b'{"a":1,"a":1}', "duplicate_keys"),
        (b'{"b":{"a":1,"a":2}}', "duplicate_keys"),
        (b"[" * (DEPTH_MAX + 1) + b"]" * (DEPTH_MAX + 1), "too_deep"),
        (b"[" * 100_000 + b"]" * 100_000, "too_deep"),
        (b'{"a":' * 20_000 + b"1" + b"}" * 20_000, "too_deep"),
    ],
    ids=lambda value: value[:12].decode("latin-1") if isinstance(value, bytes) else value,
)
def test_refused(raw: bytes, code: str) -> None:
    with pytest.raises(Unreadable) as refusal:
        parse_json(raw)
    assert refusal.value.code == code
    assert len(refusal.value.quarantine().reason) <= REASON_CHARACTERS_MAX


def test_accepted() -> None:
    assert parse_json(b"[" * DEPTH_MAX + b"]" * DEPTH_MAX)
    assert parse_json(b'[{"a":1}' + b',{"a":1}' * 1000 + b"]")
    assert str(parse_object(b'{"a":1e400}')["a"]) == "1E+400"


@pytest.mark.parametrize("raw", [b"[]", b"null", b"1e400", b'"text"', b"true"])
def test_the_top_level_is_an_object(raw: bytes) -> None:
    with pytest.raises(Unreadable, match="top level"):
        parse_object(raw)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-20T10:00:00", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T10:00:00Z", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-21T00:00:00.1234567+14:00", datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2026-11-20T02:00:00-0800", datetime(2026, 11, 20, 10, tzinfo=UTC)),
        ("2026-11-20T10:00:00.123456789Z", datetime(2026, 11, 20, 10, 0, 0, 123456, tzinfo=UTC)),
        ("20261120T100000", None),
        ("2026-11-20", None),
        ("2026-W47-5", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("2026-13-01T00:00:00Z", None),
        ("tomorrow", None),
        (1793991600, None),
        (None, None),
    ],
)
def test_instants(text: object, expected: datetime | None) -> None:
    assert parse_instant(text) == expected


@pytest.mark.parametrize(
    "value", ["", "a b", "a/b", "a\n", "a" * 65, "\ud800", "é", 5, None, ["a"]]
)
def test_what_is_no_id(value: object) -> None:
    assert safe_id(value) is None


@given(st.one_of(st.text(), st.binary(), st.none(), st.lists(st.text())))
def test_printable_is_bounded_printable_ascii(value: object) -> None:
    shown = printable(value)
    assert shown.isascii()
    assert shown == "" or shown.isprintable()
    assert len(shown) <= REASON_CHARACTERS_MAX


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    try:
        parse_json(raw)
    except Unreadable as refusal:
        assert refusal.code  # noqa: PT017 - either outcome is right, nothing else may be raised
