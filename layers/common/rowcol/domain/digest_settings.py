"""Where and when a member wants their digest: one address, proved to be theirs, and a time of day.

An address gets nothing but a code until the code comes back: what a digest tells is other people's
money.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

CODE_KEPT = timedelta(minutes=30)
CODE_TRIES_MAX = 5
# Messages asked for by hand: so many within a day, and so long apart.
ASKED_WITHIN = timedelta(days=1)
ASKED_MAX = 10
ASKED_APART = timedelta(seconds=30)
# A sending that nobody has heard of is tried again after this, and given up after so many.
TRY_AGAIN_AFTER = timedelta(minutes=10)
ATTEMPTS_MAX = 6
# One that nobody knows the end of is handed over once more, and no third time.
HANDED_MAX = 2


@dataclass(frozen=True, slots=True)
class AddressAsked:
    """An address that waits for its code. Of the code only the SHA-256 is kept."""

    address: str
    code_sha256: str
    expires_at: datetime
    tries_left: int = CODE_TRIES_MAX


@dataclass(frozen=True, slots=True)
class DigestTime:
    """When: `at` as "07:00" in `zone` (IANA), on ISO weekdays, 1 is Monday."""

    at: str
    zone: str
    weekdays: tuple[int, ...] = (1, 2, 3, 4, 5)

    def day_of(self, instant: datetime) -> date:
        """The reader's day at an instant."""
        return instant.astimezone(ZoneInfo(self.zone)).date()

    def next_after(self, instant: datetime, sent_at: datetime | None = None) -> datetime:
        """The first such time after an instant. A time that a clock change skips is an hour on.

        Never on the day of `sent_at`: one a day, whatever is changed meanwhile. `weekdays` must not
        be empty.
        """
        had = self.day_of(sent_at) if sent_at is not None else None
        zone, at = ZoneInfo(self.zone), time.fromisoformat(self.at)
        day = instant.astimezone(zone).date()
        for ahead in range(16):
            on = day + timedelta(days=ahead)
            found = datetime.combine(on, at, zone)
            if on.isoweekday() in self.weekdays and found > instant and on != had:
                return found.astimezone(instant.tzinfo)
        raise ValueError("no weekday is named")


@dataclass(frozen=True, slots=True)
class DigestSettings:
    """The aggregate, one for each member, under the member's id.

    `due`: when the next one is to be sent, or tried again. `attempt`: of the one under way, 0 when
    none is. `handed`: when that one was handed over without anybody knowing yet whether it was
    taken. `trouble`: why the last one was not sent, a code. `asked`: when messages were asked for
    by hand, the newest last.
    """

    id: str
    version: int
    is_on: bool = False
    address: str | None = None
    waiting: AddressAsked | None = None
    when: DigestTime | None = None
    due: datetime | None = None
    attempt: int = 0
    handed: tuple[datetime, ...] = ()
    sent_at: datetime | None = None
    trouble: str | None = None
    asked: tuple[datetime, ...] = ()

    kind = "digest_settings"

    @property
    def list_key(self) -> str | None:
        """By member."""
        return self.id

    @property
    def due_at(self) -> datetime | None:
        """When the minute sweep has one sent."""
        return self.due

    def planned(self, now: datetime) -> DigestSettings:
        """With the next time worked out anew; none while off, without an address or a time."""
        ready = self.is_on and self.address is not None and self.when is not None
        due = None
        if ready and self.when is not None:
            due = self.when.next_after(now, self.sent_at)
        return replace(self, due=due, attempt=0, handed=())

    def wait(self, now: datetime) -> timedelta | None:
        """How long until another message may be asked for by hand; None: now."""
        recent = [at for at in self.asked if now - at < ASKED_WITHIN]
        if len(recent) >= ASKED_MAX:
            return ASKED_WITHIN - (now - recent[-ASKED_MAX])
        if recent and now - recent[-1] < ASKED_APART:
            return ASKED_APART - (now - recent[-1])
        return None

    def asking(self, now: datetime) -> DigestSettings:
        """With a message asked for."""
        return replace(self, asked=(*self.asked, now)[-ASKED_MAX:])


@dataclass(frozen=True, slots=True)
class DigestTold:
    """Settings as the log keeps them: never a whole address."""

    member_id: str
    is_on: bool
    address: str | None
    waiting: str | None
    when: DigestTime | None
    due: datetime | None


def told(settings: DigestSettings) -> DigestTold:
    """What the log keeps of settings."""
    return DigestTold(
        settings.id,
        settings.is_on,
        masked(settings.address) if settings.address else None,
        masked(settings.waiting.address) if settings.waiting else None,
        settings.when,
        settings.due,
    )


def masked(address: str) -> str:
    """An address as the log may keep it: its first letter and its domain."""
    name, _, domain = address.rpartition("@")
    return f"{name[:1]}***@{domain}"
