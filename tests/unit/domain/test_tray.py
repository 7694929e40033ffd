from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from rowcol.domain.scope import valid_id
from rowcol.domain.tray import Act, Severity, TrayItem, TrayState, closed, opened, tray_id
from rowcol.domain.verdict import Mismatch
from tests.support.domain.builders import NOW

LATER = NOW + timedelta(hours=1)
ITEM = TrayItem(
    "payment-pay_1-amount", 0, "payment-pay_1", "amount", Severity.HIGH, "Differs", "10", "11", NOW
)


@pytest.mark.parametrize("item", [*(kind.value for kind in Mismatch), "held", "custody_failed"])
@pytest.mark.parametrize("length", [1, 20, 40, 64, 300])
def test_ids_are_valid_and_long_subjects_never_share_one(item: str, length: int) -> None:
    subjects = [f"payment-{'p' * length}{end}" for end in ("a", "b", "-c", "/d")]
    ids = {tray_id(subject, item) for subject in subjects}
    assert len(ids) == len(subjects)
    assert all(valid_id(one) for one in ids)
    assert all(one.startswith("payment-") for one in ids)


def test_short_ids_can_be_read() -> None:
    assert tray_id("payment-pay_1", "amount") == "payment-pay_1-amount"


@pytest.mark.parametrize("subject", ["", "-", "endpoint-a+b/c=", "räil", "\ud800", "x\ny"])
def test_odd_subjects_give_valid_ids(subject: str) -> None:
    assert valid_id(tray_id(subject, "quarantined"))


def test_kinds_of_one_long_subject_differ() -> None:
    subject = "payment-" + "p" * 100
    assert len({tray_id(subject, kind.value) for kind in Mismatch}) == len(Mismatch)


def test_opening_twice_with_the_same_values_changes_nothing() -> None:
    assert opened(None, ITEM) == ITEM
    assert opened(replace(ITEM, version=4), replace(ITEM, opened_at=LATER)) is None


@pytest.mark.parametrize(
    "news",
    [
        {"found": "12"},
        {"expected": "9"},
        {"title": "Other"},
        {"severity": Severity.LOW},
        {"link": "https://example.test/bill"},
    ],
    ids=lambda news: str(next(iter(news))),
)
def test_new_values_are_shown_on_the_item_that_is_open(news: dict[str, str]) -> None:
    stored = replace(ITEM, version=4)
    fresh = replace(ITEM, opened_at=LATER, **news)  # type: ignore[arg-type]  # one field of a table
    assert opened(stored, fresh) == replace(stored, **news)  # type: ignore[arg-type]  # the same


def test_closing_is_done_once() -> None:
    shut = closed(ITEM, LATER, "the facts agree")
    act = Act(LATER, "rowcol", "closed", "the facts agree")
    assert shut == replace(
        ITEM,
        state=TrayState.CLOSED,
        closed_at=LATER,
        closed_because="the facts agree",
        acts=(act,),
    )
    assert closed(shut, LATER, "again") is None
    assert closed(None, LATER, "never was") is None


def test_reopening_counts_and_forgets_the_closing() -> None:
    shut = closed(replace(ITEM, version=7), LATER, "the facts agree")
    again = opened(shut, replace(ITEM, opened_at=LATER, found="13"))
    assert again is not None
    assert [act.verb for act in again.acts] == ["closed", "reopened"]
    fresh = replace(ITEM, version=7, opened_at=LATER, found="13", occurrence=2)
    assert replace(again, acts=()) == fresh


def test_open_items_are_listed_before_closed_ones() -> None:
    assert ITEM.list_key == "open#payment-pay_1-amount"
    shut = closed(ITEM, LATER, "done")
    assert shut is not None
    assert shut.list_key == "closed#payment-pay_1-amount"
