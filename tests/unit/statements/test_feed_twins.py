"""A movement that the bank's feed and a statement both show is one line, whichever came first."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from rowcol.domain.link import LineSource
from rowcol.domain.statements.file import AskKind, Becomes, FileState, StatementFile
from rowcol.domain.statements.twins import twins_of
from tests.support.statement_desk import ImportDesk, feed_line
from tests.support.statement_files import Entry, chase

START = date(2026, 10, 5)
DAYS = [
    Entry(START, -48_000, "LAKESIDE CATERING INV 77"),
    Entry(START, -48_000, "LAKESIDE CATERING INV 78"),
    Entry(START + timedelta(1), -12_345, "UPS 1Z"),
    Entry(START + timedelta(2), 100_000, "STRIPE TRANSFER"),
]
TOTAL = sum(each.minor for each in DAYS)


WEEK = [*DAYS, Entry(START + timedelta(7), -1, "FEE")]


def covered(_account: str, _day: date) -> bool:
    return True


def told(entries: list[Entry]) -> list[tuple[date, int]]:
    return sorted((each.on, -each.minor) for each in entries)


def seen(desk: ImportDesk) -> list[tuple[date, int]]:
    return sorted((line.posted_on, line.amount.minor) for line in desk.lines())


def test_what_the_feed_shows_already_is_linked() -> None:
    desk = ImportDesk()
    desk.feed(*(feed_line(each, f"feed{at}") for at, each in enumerate(DAYS[:3])))
    file = desk.take(chase(DAYS))
    assert (file.linked, file.added) == (3, 1)
    assert seen(desk) == told(DAYS)
    assert {each.source for each in desk.stored() if not each.hidden} == set(LineSource)


def test_what_a_statement_showed_first_hides_the_feeds_line() -> None:
    desk = ImportDesk()
    desk.take(chase(DAYS[:3]))
    first = {line.line_id for line in desk.lines()}
    desk.feed(*(feed_line(each, f"feed{at}") for at, each in enumerate(DAYS)))
    assert seen(desk) == told(DAYS)
    assert first <= {line.line_id for line in desk.lines()}


def test_two_equal_charges_of_which_the_feed_has_one_are_two() -> None:
    desk = ImportDesk()
    equal = Entry(START, -500, "PARKING")
    desk.feed(feed_line(equal, "feed0"))
    file = desk.take(chase([equal, equal]))
    assert (file.linked, file.added) == (1, 1)
    assert desk.total == -1000


def test_a_few_days_apart_a_word_in_common_decides() -> None:
    desk = ImportDesk()
    late = Entry(START + timedelta(3), -48_000, "Lakeside Catering")
    desk.feed(feed_line(late, "feed0"))
    file = desk.take(chase([DAYS[0], *WEEK[2:]]))
    assert (file.linked, len(desk.lines())) == (1, 4)


def test_a_day_that_no_file_covers_is_asked_about() -> None:
    desk = ImportDesk()
    late = Entry(START + timedelta(3), -48_000, "Lakeside Catering")
    desk.feed(feed_line(late, "feed0"))
    asking = desk.preview(chase(DAYS[:1]))
    assert [each.kind for each in asking.asks] == [AskKind.FEED_LINES]


def test_the_same_amount_every_day_is_as_many_movements() -> None:
    desk = ImportDesk()
    loan = [Entry(START + timedelta(at), -50_000, "ON DECK CAPITAL DAILY") for at in range(10)]
    desk.feed(*(feed_line(each, f"feed{at}") for at, each in enumerate(loan[5:])))
    file = desk.preview(chase(loan[:5]), same_as_feed=False)
    desk.apply(file.id)
    assert seen(desk) == told(loan)
    desk.take(chase(loan))
    assert seen(desk) == told(loan)


def test_without_a_word_in_common_it_is_asked() -> None:
    for answer, lines in ((True, 1), (False, 2)):
        desk = ImportDesk()
        desk.feed(feed_line(Entry(START + timedelta(2), -48_000, "SQ *"), "feed0"))
        asking = desk.preview(chase([DAYS[0], *WEEK[2:]]))
        assert asking.state is FileState.ASKING
        assert [each.kind for each in asking.asks] == [AskKind.FEED_LINES]
        assert asking.asks[0].examples[0][2] == DAYS[0].text
        desk = ImportDesk()
        desk.feed(feed_line(Entry(START + timedelta(2), -48_000, "SQ *"), "feed0"))
        file = desk.preview(chase([DAYS[0], *WEEK[2:]]), same_as_feed=answer)
        assert desk.apply(file.id).state is FileState.APPLIED
        assert len(desk.lines()) == lines + 3


def test_five_days_apart_are_two_movements() -> None:
    desk = ImportDesk()
    desk.feed(feed_line(Entry(START + timedelta(5), -48_000, DAYS[0].text), "feed0"))
    desk.take(chase(DAYS[:1]))
    assert len(desk.lines()) == 2


def test_two_checks_with_other_numbers_are_two() -> None:
    ours = [feed_line(Entry(START, -900, "CHECK 1042"), "a", check_number="1042")]
    theirs = [feed_line(Entry(START, -900, "Check"), "b", check_number="1043")]
    assert twins_of(ours, theirs, covered).sure == twins_of(ours, theirs, covered).unsure == {}
    same = [feed_line(Entry(START, -900, "Check"), "b", check_number="0001042")]
    assert twins_of(ours, same, covered).sure == {"a": "b"}


def test_another_account_is_another_movement() -> None:
    ours, theirs = feed_line(DAYS[0], "a"), feed_line(DAYS[0], "b", account="savings")
    assert twins_of([ours], [theirs], covered).sure == {}


def test_when_the_bank_takes_its_line_back_the_statements_is_shown() -> None:
    desk = ImportDesk()
    desk.feed(feed_line(DAYS[0], "feed0"))
    desk.take(chase(DAYS[:1]))
    desk.feed(removed=["feed0"])
    assert seen(desk) == told(DAYS[:1])
    assert [each.source for each in desk.stored() if not each.removed] == [LineSource.STATEMENT]


def test_a_pending_line_that_comes_back_as_another_stays_one() -> None:
    desk = ImportDesk()
    desk.feed(feed_line(DAYS[0], "pending", pending=True))
    desk.take(chase(DAYS[:1]))
    desk.feed(feed_line(DAYS[0], "posted", replaces_line_id="pending"), removed=["pending"])
    assert seen(desk) == told(DAYS[:1])


def test_a_line_that_the_bank_changes_into_another_movement_lets_go() -> None:
    desk = ImportDesk()
    desk.feed(feed_line(DAYS[0], "feed0"))
    desk.take(chase(DAYS[:1]))
    other = Entry(START, -99, "FEE")
    desk.feed(feed_line(other, "feed0"))
    assert seen(desk) == told([DAYS[0], other])


def test_undo_leaves_what_the_feed_shows() -> None:
    for is_feed_first in (True, False):
        desk = ImportDesk()
        if is_feed_first:
            desk.feed(feed_line(DAYS[0], "feed0"))
        file = desk.take(chase(DAYS))
        if not is_feed_first:
            desk.feed(feed_line(DAYS[0], "feed0"))
        undone = desk.undo(file.id)
        assert isinstance(undone, StatementFile)
        assert [line.line_id for line in desk.lines()] == ["feed0"]
        again = desk.take(chase(DAYS))
        assert (again.linked, again.added) == (1, 3)
        assert seen(desk) == told(DAYS)


@pytest.mark.parametrize("seed", range(40))
def test_feed_and_files_in_any_order_make_the_month(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311  # the seed is the test's name
    month = [
        Entry(
            START + timedelta(at // 4), -draw.choice((500, 500, 700)), f"SHOP {draw.choice('AB')}"
        )
        for at in range(40)
    ]
    desk = ImportDesk()
    sent: set[int] = set()
    for turn in range(8):
        first = draw.randrange(10)
        last = draw.randrange(first, 10)
        if draw.random() < 0.5:
            at = [at for at in range(40) if first <= at // 4 <= last and at not in sent]
            sent |= set(at)
            desk.feed(*(feed_line(month[each], f"feed{each}") for each in at))
        else:
            part = chase(month[first * 4 : last * 4 + 4], opening=turn)
            desk.apply(desk.preview(part, same_as_feed=False).id)
    desk.take(chase(month, opening=99))
    assert seen(desk) == told(month), seed
    desk.feed(*(feed_line(month[each], f"feed{each}") for each in range(40) if each not in sent))
    assert seen(desk) == told(month), seed


def test_a_preview_says_what_is_linked() -> None:
    desk = ImportDesk()
    desk.feed(feed_line(DAYS[0], "feed0"))
    file = desk.preview(chase(DAYS))
    assert file.seen is not None
    assert file.seen.accounts[0].counts == {"linked": 1, "added": 3}
    assert {each.becomes for each in file.seen.first_rows} == {Becomes.LINKED, Becomes.ADDED}
