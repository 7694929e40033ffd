"""A digest as a page: sections of lines, each with its link. Text and HTML are made of it alone.

Mail programs cut off what is too long (Gmail: beyond 102 kB), so a section tells of those clients
that need somebody most, and how many more there are; the API has them all.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.digest_words import age_words, plural, runway_words
from rowcol.domain.queue import QueueKind
from rowcol.domain.scope import FIRM_WIDE
from rowcol.domain.tray import Severity
from rowcol.service.digest.content import ClientDigest, Digest, DigestItem

# More of one kind at one client are told by the first and their number.
ALIKE_SHOWN = 3
CLIENTS_SHOWN = 20
CHARACTERS_MAX = 240
RAIL_NAMES = {"bills": "Ramp", "ledger": "QuickBooks", "bank_lines": "bank", "balance": "balance"}
_NOBODY = "You see no client."
_WAITING = {
    QueueKind.SECOND_PERSON: "for a second person",
    QueueKind.TO_RELEASE: "for Ramp's release",
    QueueKind.TO_DECIDE: "to decide",
    QueueKind.TO_STAGE: "to take up",
    QueueKind.TO_APPROVE: "for approval in Ramp",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `head`: whose it is; `spark`: values to be drawn small, in order of time; `note`:
    what would help.

    Words come from vendors' and clients' names too: whatever could begin another line, or hide
    what is written, is taken out.
    """

    words: str
    link: str | None = None
    severity: Severity | None = None
    note: str | None = None
    spark: tuple[int, ...] = ()
    head: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", plain(self.words))
        object.__setattr__(self, "head", plain(self.head))
        if self.note is not None:
            object.__setattr__(self, "note", plain(self.note))

    @property
    def whole(self) -> str:
        """Words with whose they are."""
        return f"{self.head}: {self.words}" if self.head else self.words


def plain(words: str) -> str:
    """One line of visible characters, of a bearable length."""
    shown = "".join(
        character if unicodedata.category(character)[0] != "C" else " " for character in words
    )
    one = " ".join(shown.split())
    return one if len(one) <= CHARACTERS_MAX else f"{one[: CHARACTERS_MAX - 1]}…"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines; `empty` is said where there are none."""

    title: str
    lines: tuple[Line, ...]
    empty: str


@dataclass(frozen=True, slots=True)
class Page:
    """A whole digest, in reading order. `foot`: why it came, and where to stop it."""

    subject: str
    lead: str
    sections: tuple[Section, ...]
    foot: Line


def page_of(digest: Digest, base_url: str) -> Page:
    """The page of a digest. `base_url`: before each path, without its final slash; empty: none."""
    sections = (
        _exceptions(digest, base_url),
        _waiting(digest, base_url),
        _due(digest, base_url),
        _runway(digest, base_url),
        _balances(digest, base_url),
        _rails(digest, base_url),
    )
    foot = Line(
        f"Sent each morning because you asked for it at {digest.name}. Another time, another"
        " address, or none: PUT /digest/settings",
        _link(base_url, "/digest/settings"),
    )
    return Page(_subject(digest), plain(_lead(digest)), sections, foot)


def _subject(digest: Digest) -> str:
    """Without a word that came from outside: it is a header of a mail."""
    day = f"{_DAYS[digest.day.weekday()]} {digest.day.day} {_MONTHS[digest.day.month - 1]}"
    if digest.is_quiet:
        return f"RowCol {day}: a quiet day"
    return f"RowCol {day}: {', '.join(_news(digest))}"


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _news(digest: Digest) -> list[str]:
    """What keeps a day from being quiet, the gravest first."""
    waiting = sum(one.waiting for one in digest.clients)
    worse = sum(one.runway is not None and one.runway.is_worse for one in digest.clients)
    late = sum(bool(one.late) for one in digest.clients)
    return [
        *([plural(digest.exceptions, "exception")] if digest.exceptions else []),
        *([f"{waiting} waiting"] if waiting else []),
        *([f"runway worse at {worse}"] if worse else []),
        *([f"{plural(late, 'client')} not read for a day"] if late else []),
    ]


def _lead(digest: Digest) -> str:
    clients = plural(len(digest.clients), "client")
    if digest.is_quiet:
        return f"{digest.name}: a quiet day. Nothing of {clients} needs anybody."
    needy = sum(not one.is_quiet for one in digest.clients)
    return f"{digest.name}: {', '.join(_news(digest))}; {needy} of {clients} need somebody."


def _of_clients(
    title: str, found: Iterable[tuple[Line, bool]], empty: str, base_url: str
) -> Section:
    """A section with a line for each client, those that need somebody first."""
    ranked = sorted(found, key=lambda pair: not pair[1])
    shown = [line for line, _ in ranked[:CLIENTS_SHOWN]]
    rest = ranked[CLIENTS_SHOWN:]
    if rest:
        needy = sum(needs for _, needs in rest)
        of_them = f", {needy} of them in need" if needy else ""
        shown.append(Line(f"and {len(rest)} clients more{of_them}", _link(base_url, "/digest")))
    return Section(title, tuple(shown), empty)


def _link(base_url: str, path: str) -> str:
    return f"{base_url}{path}"


def _exceptions(digest: Digest, base_url: str) -> Section:
    names = {FIRM_WIDE: digest.name, **{one.client: one.name for one in digest.clients}}
    alike: dict[tuple[str, str], list[DigestItem]] = {}
    for item in digest.items:
        alike.setdefault((item.client, item.code), []).append(item)
    lines = []
    for (client, code), items in alike.items():
        shown = items if len(items) <= ALIKE_SHOWN else items[:1]
        lines += [_exception(item, names[client], base_url) for item in shown]
        if rest := len(items) - len(shown):
            path = f"/clients/{client}/tray?kind={code}"
            lines.append(Line(f"{rest} more like it", _link(base_url, path), head=names[client]))
    more = digest.exceptions - len(digest.items)
    if more > 0:
        lines.append(Line(f"and {more} more", _link(base_url, "/tray")))
    return Section("Exceptions", tuple(lines), "Everything agrees.")


def _exception(item: DigestItem, name: str, base_url: str) -> Line:
    amount = f", {item.amount}" if item.amount is not None else ""
    since = f" (open since {item.since})" if item.since is not None else ""
    said = f"{item.title}{amount}{since}"
    return Line(said, _link(base_url, item.path), item.severity, item.remedy, head=name)


def _console(base_url: str, client: ClientDigest) -> str:
    return _link(base_url, f"/clients/{client.client}/console")


def _waiting(digest: Digest, base_url: str) -> Section:
    found = []
    for client in sorted(digest.clients, key=lambda one: -one.waiting):
        parts = [
            f"{count} {words}"
            for kind, words in _WAITING.items()
            if (count := getattr(client.counts, kind.value))
        ]
        if parts:
            line = Line(", ".join(parts), _console(base_url, client), head=client.name)
            found.append((line, True))
    return _of_clients("What waits", found, "Nothing waits for anybody.", base_url)


def _due(digest: Digest, base_url: str) -> Section:
    found = []
    for client in digest.clients:
        due = client.due
        if not due.bills:
            continue
        parts = (("overdue", due.overdue), ("today", due.today), ("within 7 days", due.week))
        said = ", ".join(f"{amount} {words}" for words, amount in parts if amount.minor)
        severity = Severity.HIGH if due.overdue.minor else None
        link = _link(base_url, f"/clients/{client.client}/bills/ready")
        line = Line(said, link, severity, head=client.name)
        found.append((line, severity is not None))
    return _of_clients("Money due and undecided", found, "Nothing is due within 7 days.", base_url)


def _runway(digest: Digest, base_url: str) -> Section:
    found = []
    for client in digest.clients:
        change = client.runway
        link = _link(base_url, f"/clients/{client.client}/runway")
        if change is None:
            found.append((Line("not known yet", link, head=client.name), False))
            continue
        severity = Severity.HIGH if change.is_worse else None
        said, spark = runway_words(change, digest.at), change.now.closings_minor
        line = Line(said, link, severity, spark=spark, head=client.name)
        found.append((line, change.is_worse or change.is_changed))
    return _of_clients("Runway, next 30 days", found, _NOBODY, base_url)


def _balances(digest: Digest, base_url: str) -> Section:
    found = []
    for client in digest.clients:
        cash, link = client.cash, _link(base_url, f"/clients/{client.client}/balances")
        if cash.balance is None or cash.age_seconds is None:
            found.append((Line("no balance is known", link, head=client.name), True))
            continue
        old = "" if cash.fresh else ", read again before money is decided on"
        said = f"{cash.balance}, {age_words(cash.age_seconds)} old{old}"
        found.append((Line(said, link, head=client.name), not cash.fresh))
    return _of_clients("Balances", found, _NOBODY, base_url)


def _rails(digest: Digest, base_url: str) -> Section:
    found = []
    for client in digest.clients:
        link = _link(base_url, f"/clients/{client.client}/connections")
        severity = Severity.HIGH if client.troubles or client.late else None
        read = ", ".join(_feed(client, feed, digest.at) for feed in RAIL_NAMES)
        line = Line(f"{_health(client)}. Last read: {read}", link, severity, head=client.name)
        found.append((line, severity is not None))
    return _of_clients("Rails", found, _NOBODY, base_url)


def _health(client: ClientDigest) -> str:
    late = ", ".join(RAIL_NAMES[feed] for feed in client.late)
    unread = (f"{late} not read for a day",) if late else ()
    return "; ".join((*client.troubles, *unread)) or "connections healthy"


def _feed(client: ClientDigest, feed: str, now: datetime) -> str:
    if feed in client.unconnected:
        return f"{RAIL_NAMES[feed]} not connected"
    return f"{RAIL_NAMES[feed]} {_read(getattr(client.synced_at, feed), now)}"


def _read(at: datetime | None, now: datetime) -> str:
    return "never" if at is None else f"{age_words(int((now - at).total_seconds()))} ago"
