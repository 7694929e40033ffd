from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rowcol.domain.log import Entry
from rowcol.domain.plain import PlainError, canonical, from_plain, instant, instant_text, to_plain
from tests.support.domain.strategies import INSTANTS, PLAIN, domain_types, values

STORED = [kind for kind in domain_types() if isinstance(getattr(kind, "kind", None), str)]
CODEC = settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def test_the_stored_types_are_found() -> None:
    names = {kind.__name__ for kind in STORED}
    assert names >= {"Bill", "Payment", "Client", "Head", "Member", "TrayItem", "StoredLine"}


@pytest.mark.parametrize("kind", [*STORED, Entry], ids=lambda kind: str(kind.__name__))
@CODEC
@given(data=st.data())
def test_every_aggregate_comes_back_as_it_was(kind: Any, data: st.DataObject) -> None:
    value = data.draw(values(kind))
    text = canonical(value)
    plain = json.loads(text)
    back = from_plain(kind, plain)
    assert back == value
    assert canonical(back) == text
    assert plain == to_plain(value)


@CODEC
@given(data=st.data(), extra=PLAIN)
def test_what_a_newer_writer_added_is_ignored(data: st.DataObject, extra: object) -> None:
    kind = data.draw(st.sampled_from(STORED))
    value = data.draw(values(kind))
    plain = to_plain(value) | {"added_later": extra}
    assert from_plain(kind, plain) == value


@CODEC
@given(data=st.data(), rubbish=PLAIN)
def test_what_does_not_fit_is_a_plain_error(data: st.DataObject, rubbish: object) -> None:
    kind = data.draw(st.sampled_from(STORED))
    plain = to_plain(data.draw(values(kind)))
    plain[data.draw(st.sampled_from(sorted(plain)))] = rubbish
    with suppress(PlainError):
        from_plain(kind, plain)


@given(st.dictionaries(st.text(), PLAIN, max_size=5))
def test_canonical_text_does_not_know_the_order_of_keys(value: dict[str, object]) -> None:
    text = canonical(value)
    assert canonical(dict(reversed(value.items()))) == text
    assert text.isascii()
    assert json.loads(text) == value


@given(INSTANTS, INSTANTS, st.integers(-14, 14))
def test_the_order_of_texts_is_the_order_of_instants(one: Any, two: Any, hours: int) -> None:
    try:
        elsewhere = one.astimezone(timezone(timedelta(hours=hours)))
    except OverflowError:  # the first or last day there is
        return
    assert instant_text(elsewhere) == instant_text(one)
    assert instant(instant_text(one)) == one
    assert (instant_text(one) < instant_text(two)) == (one < two)
