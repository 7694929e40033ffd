"""The digest that is due: sent once, again after a death, never to who lost their rights."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rowcol.domain.digest_settings import (
    ATTEMPTS_MAX,
    HANDED_MAX,
    TRY_AGAIN_AFTER,
    DigestSettings,
    DigestTime,
)
from rowcol.domain.scope import Member, Role, Scope
from rowcol.domain.tray import TrayItem, TrayState, tray_id
from rowcol.edge.digest import written
from rowcol.service.digest import sending
from rowcol.service.digest.delivery import Report, Told, take_report
from rowcol.service.digest.ports import MailRefused, MailUnavailable, MailUnknown
from rowcol.service.digest.sending import send_due
from rowcol.service.due_work import sweep_due
from rowcol.service.onboard import register_firm
from tests.support.desk import SCOPE, Desk
from tests.support.mail import Outbox, digests_to

FIRM = Scope(SCOPE.firm)
WHEN = DigestTime("07:00", "America/New_York", (1, 2, 3, 4, 5))


class Morning(Desk):
    """`ann` has a proved address; it is the moment at which hers is due."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox()
        register_firm(self.store, SCOPE.firm, "Maple Street")
        self.join("ann", Role.VIEWER)
        plain = DigestSettings("ann", 0, True, "ann@maple.example", None, WHEN)
        planned = plain.planned(self.clock.now())
        assert self.store.books(FIRM).save(planned)
        assert planned.due is not None
        self.to(planned.due)

    def to(self, instant: datetime) -> None:
        self.clock.pause((instant - self.clock.now()).total_seconds())

    def settings(self) -> DigestSettings:
        found = self.store.books(FIRM).get(DigestSettings, "ann")
        assert found is not None
        return found

    def send(self) -> str:
        digests = digests_to(self.outbox)
        return send_due(self.environment, digests, SCOPE.firm, "ann", written)

    def dies(self) -> None:
        """The mail service takes it, and then the process dies."""
        self.outbox.lost = KeyboardInterrupt()
        with pytest.raises(KeyboardInterrupt):
            self.send()
        self.outbox.lost = None

    def report(self, told: Told, to: str = "ann@maple.example") -> bool:
        at = self.clock.now()
        report = Report(told, SCOPE.firm, "ann", "digest", (to,), at, "message-1")
        return take_report(self.environment, report)

    def item(self) -> TrayItem:
        found = self.store.books(FIRM).get(TrayItem, tray_id("digest-ann", "digest_not_sent"))
        assert found is not None
        return found

    def facts(self) -> list[str]:
        entries = self.store.books(FIRM).entries(0, 100)
        return [entry.type for entry in entries if entry.type.startswith("digest.")]


@pytest.fixture
def morning() -> Morning:
    return Morning()


def test_it_is_sent_once_and_planned_for_the_next_weekday(morning: Morning) -> None:
    due = morning.settings().due
    sweep_due(morning.environment)
    assert morning.executions.asked == ["digest ann"]
    assert [morning.send(), morning.send()] == ["sent", "not_due"]
    assert len(morning.outbox.sent) == 1
    after = morning.settings()
    assert after.due is not None
    assert due is not None
    assert after.due > due
    assert after.due.astimezone(UTC).isoweekday() in (1, 2, 3, 4, 5)
    assert morning.facts() == ["digest.sent"]


def test_who_died_after_handing_over_sends_it_once_more_unless_it_is_reported(
    morning: Morning,
) -> None:
    morning.dies()
    assert morning.send() == "not_due"
    morning.clock.pause(TRY_AGAIN_AFTER.total_seconds())
    assert [morning.send(), morning.send()] == ["sent", "not_due"]
    assert len(morning.outbox.sent) == 2
    assert morning.facts() == ["digest.sent"]


def test_what_the_mail_service_reports_as_taken_is_not_sent_again(morning: Morning) -> None:
    morning.dies()
    assert morning.report(Told.TAKEN)
    assert not morning.report(Told.TAKEN)
    morning.clock.pause(TRY_AGAIN_AFTER.total_seconds())
    assert morning.send() == "not_due"
    assert len(morning.outbox.sent) == 1
    assert morning.facts() == ["digest.sent"]
    # A report that comes late is no news of the next day's.
    due = morning.settings().due
    assert due is not None
    morning.to(due)
    assert morning.send() == "sent"


def test_nobody_gets_it_a_third_time(morning: Morning) -> None:
    for _ in range(HANDED_MAX):
        morning.dies()
        morning.clock.pause(TRY_AGAIN_AFTER.total_seconds())
    assert morning.send() == "stopped"
    assert len(morning.outbox.sent) == HANDED_MAX
    assert morning.settings().trouble == "unknown_outcome"
    assert morning.item().found == "unknown_outcome"


def test_an_answer_that_never_came_is_not_taken_for_a_refusal(morning: Morning) -> None:
    morning.outbox.trouble = MailUnknown("ReadTimeoutError")
    assert morning.send() == "trouble"
    assert len(morning.settings().handed) == 1
    morning.outbox.trouble = None
    morning.clock.pause(TRY_AGAIN_AFTER.total_seconds())
    assert morning.send() == "sent"
    assert morning.settings().handed == ()


def test_one_a_day_whatever_is_changed_meanwhile(morning: Morning) -> None:
    assert morning.send() == "sent"
    books = morning.store.books(FIRM)
    later = replace(morning.settings(), when=replace(WHEN, at="09:00"))
    assert books.save(later.planned(morning.clock.now()))
    due = morning.settings().due
    assert due is not None
    assert due - morning.clock.now() > timedelta(hours=20)


def test_what_fails_before_it_is_handed_over_is_not_tried_for_ever(
    morning: Morning, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("no digest")

    monkeypatch.setattr(sending, "compose", broken)
    for _ in range(ATTEMPTS_MAX):
        with pytest.raises(RuntimeError):
            morning.send()
        morning.clock.pause(TRY_AGAIN_AFTER.total_seconds())
    assert morning.send() == "stopped"
    assert morning.settings().trouble == "unavailable"


@pytest.mark.parametrize(
    ("told", "goes_on"),
    [
        (Told.BOUNCED, False),
        (Told.COMPLAINED, False),
        (Told.BOUNCED_FOR_NOW, True),
        (Told.REJECTED, True),
    ],
)
def test_a_mail_that_comes_back_is_an_item_of_the_firm(
    morning: Morning, told: Told, goes_on: bool
) -> None:
    assert morning.send() == "sent"
    assert morning.report(told)
    assert not morning.report(told)
    assert (morning.settings().is_on, morning.settings().trouble) == (goes_on, told)
    assert (morning.item().state, morning.item().found) == (TrayState.OPEN, told)
    assert morning.facts() == ["digest.sent", "digest.not_sent"]


def test_the_item_is_closed_by_the_next_that_arrives(morning: Morning) -> None:
    morning.outbox.trouble = MailRefused("MessageRejected")
    assert morning.send() == "stopped"
    assert morning.item().state is TrayState.OPEN
    morning.outbox.trouble = None
    due = morning.settings().due
    assert due is not None
    morning.to(due)
    assert morning.send() == "sent"
    assert morning.item().state is TrayState.CLOSED


def test_a_report_about_an_address_of_the_past_changes_nothing(morning: Morning) -> None:
    assert not morning.report(Told.BOUNCED, to="before@maple.example")
    assert morning.settings().is_on


def test_silence_of_the_mail_service_is_tried_again_and_given_up(morning: Morning) -> None:
    morning.outbox.trouble = MailUnavailable("slow")
    for _ in range(ATTEMPTS_MAX):
        assert morning.send() == "trouble"
        morning.clock.pause(TRY_AGAIN_AFTER.total_seconds())
    assert morning.settings().handed == ()
    assert morning.send() == "stopped"
    assert morning.settings().trouble == "unavailable"
    assert morning.settings().attempt == 0
    assert morning.send() == "not_due"
    assert morning.facts() == ["digest.not_sent"]


def test_a_refusal_is_final_for_the_day_and_shown(morning: Morning) -> None:
    morning.outbox.trouble = MailRefused("MessageRejected")
    assert morning.send() == "stopped"
    after = morning.settings()
    assert (after.trouble, after.is_on) == ("MessageRejected", True)
    assert after.due is not None
    assert after.due > morning.clock.now()


@pytest.mark.parametrize("change", [{"active": False}, {"roles": {}}])
def test_who_lost_their_rights_gets_nothing(morning: Morning, change: dict[str, object]) -> None:
    books = morning.store.books(FIRM)
    known = books.get(Member, "ann")
    assert known is not None
    assert books.save(replace(known, **change))  # type: ignore[arg-type]  # as parametrized
    assert morning.send() == "no_rights"
    assert not morning.outbox.sent
    assert (morning.settings().is_on, morning.settings().due) == (False, None)


def test_without_a_sender_it_says_so(morning: Morning) -> None:
    digests = digests_to(None)
    assert send_due(morning.environment, digests, SCOPE.firm, "ann", written) == "stopped"
    assert morning.settings().trouble == "not_configured"


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        # Friday after seven: Monday.
        ("2026-11-20T13:00:00+00:00", "2026-11-23T12:00:00+00:00"),
        # The clocks go back on the first of November: seven is an hour later in UTC.
        ("2026-10-30T12:00:00+00:00", "2026-11-02T12:00:00+00:00"),
        ("2026-10-29T12:00:00+00:00", "2026-10-30T11:00:00+00:00"),
        # Exactly then is not after.
        ("2026-11-23T12:00:00+00:00", "2026-11-24T12:00:00+00:00"),
    ],
)
def test_when_the_next_one_is(after: str, expected: str) -> None:
    found = WHEN.next_after(datetime.fromisoformat(after))
    assert found == datetime.fromisoformat(expected)


def test_a_time_that_a_clock_change_skips_still_comes() -> None:
    skipped = DigestTime("02:30", "America/New_York", (7,))
    found = skipped.next_after(datetime(2026, 3, 7, 12, tzinfo=UTC))
    assert timedelta(0) <= found - datetime(2026, 3, 8, 6, 30, tzinfo=UTC) <= timedelta(hours=1)
