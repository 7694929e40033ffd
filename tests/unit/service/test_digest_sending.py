"""The digest that is due: sent once, again after a death, never to who lost their rights."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from rowcol.domain.digest_settings import (
    ATTEMPTS_MAX,
    TRY_AGAIN_AFTER,
    DigestSettings,
    DigestTime,
)
from rowcol.domain.scope import Member, Role, Scope
from rowcol.edge.digest import written
from rowcol.service.digest.ports import MailRefused, MailUnavailable
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


def test_who_died_after_handing_over_sends_it_once_more(morning: Morning) -> None:
    morning.outbox.lost = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        morning.send()
    morning.outbox.lost = None
    assert morning.send() == "not_due"
    morning.clock.pause(TRY_AGAIN_AFTER.total_seconds())
    assert [morning.send(), morning.send()] == ["sent", "not_due"]
    assert len(morning.outbox.sent) == 2
    assert morning.facts() == ["digest.sent"]


def test_silence_of_the_mail_service_is_tried_again_and_given_up(morning: Morning) -> None:
    morning.outbox.trouble = MailUnavailable("slow")
    for _ in range(ATTEMPTS_MAX):
        assert morning.send() == "trouble"
        morning.clock.pause(TRY_AGAIN_AFTER.total_seconds())
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
    assert morning.send() == "stopped"
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
