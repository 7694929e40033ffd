"""A digest as a page: sections of lines, each with its link. Text and HTML are made of it alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.digest_words import age_words, plural, runway_words
from rowcol.domain.queue import QueueKind
from rowcol.domain.tray import Severity
from rowcol.service.digest.compose import ClientDigest, Digest, DigestItem

# More of one kind at one client are told by the first and their number.
ALIKE_SHOWN = 3
RAIL_NAMES = {"bills": "Ramp", "ledger": "QuickBooks", "bank_lines": "bank", "balance": "balance"}
_WAITING = {
    QueueKind.SECOND_PERSON: "for a second person",
    QueueKind.TO_RELEASE: "for Ramp's release",
    QueueKind.TO_DECIDE: "to decide",
    QueueKind.TO_STAGE: "to take up",
    QueueKind.TO_APPROVE: "for approval in Ramp",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line. `spark`: values to be drawn small, in order of time; `note`: what would help."""

    words: str
    link: str | None = None
    severity: Severity | None = None
    note: str | None = None
    spark: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with its lines; `empty` is said where there are none."""

    title: str
    lines: tuple[Line, ...]
    empty: str


@dataclass(frozen=True, slots=True)
class Page:
    """A whole digest, in reading order."""

    subject: str
    lead: str
    sections: tuple[Section, ...]


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
    return Page(_subject(digest), _lead(digest), sections)


def _subject(digest: Digest) -> str:
    day = f"{digest.day:%a} {digest.day.day} {digest.day:%b}"
    if digest.is_quiet:
        return f"RowCol {day}: a quiet day"
    waiting = digest.counts.total - digest.exceptions
    return f"RowCol {day}: {plural(digest.exceptions, 'exception')}, {waiting} waiting"


def _lead(digest: Digest) -> str:
    clients = plural(len(digest.clients), "client")
    if digest.is_quiet:
        return f"A quiet day: nothing of {clients} needs anybody."
    waiting = digest.counts.total - digest.exceptions
    needy = plural(sum(not one.is_quiet for one in digest.clients), "client")
    return (
        f"{plural(digest.exceptions, 'exception')} and {plural(waiting, 'thing')} waiting,"
        f" at {needy} of {len(digest.clients)}."
    )


def _link(base_url: str, path: str) -> str:
    return f"{base_url}{path}"


def _exceptions(digest: Digest, base_url: str) -> Section:
    names = {one.client: one.name for one in digest.clients}
    alike: dict[tuple[str, str], list[DigestItem]] = {}
    for item in digest.items:
        alike.setdefault((item.client, item.code), []).append(item)
    lines = []
    for (client, code), items in alike.items():
        shown = items if len(items) <= ALIKE_SHOWN else items[:1]
        lines += [_exception(item, names[client], base_url) for item in shown]
        if rest := len(items) - len(shown):
            path = f"/clients/{client}/tray?kind={code}"
            lines.append(Line(f"{names[client]}: {rest} more like it", _link(base_url, path)))
    more = digest.exceptions - len(digest.items)
    if more > 0:
        lines.append(Line(f"and {more} more", _link(base_url, "/tray")))
    return Section("Exceptions", tuple(lines), "Everything agrees.")


def _exception(item: DigestItem, name: str, base_url: str) -> Line:
    amount = f", {item.amount}" if item.amount is not None else ""
    since = f", since {item.since}" if item.since is not None else ""
    said = f"{name}: {item.title}{amount}{since}"
    return Line(said, _link(base_url, item.path), item.severity, item.remedy)


def _console(base_url: str, client: ClientDigest) -> str:
    return _link(base_url, f"/clients/{client.client}/console")


def _waiting(digest: Digest, base_url: str) -> Section:
    lines = []
    for client in digest.clients:
        parts = [
            f"{count} {words}"
            for kind, words in _WAITING.items()
            if (count := getattr(client.counts, kind.value))
        ]
        if parts:
            lines.append(Line(f"{client.name}: {', '.join(parts)}", _console(base_url, client)))
    return Section("What waits", tuple(lines), "Nothing waits for anybody.")


def _due(digest: Digest, base_url: str) -> Section:
    lines = []
    for client in digest.clients:
        due = client.due
        if not due.bills:
            continue
        parts = (("overdue", due.overdue), ("today", due.today), ("within 7 days", due.week))
        said = ", ".join(f"{amount} {words}" for words, amount in parts if amount.minor)
        severity = Severity.HIGH if due.overdue.minor else None
        link = _link(base_url, f"/clients/{client.client}/bills/ready")
        lines.append(Line(f"{client.name}: {said}", link, severity))
    return Section("Money due and undecided", tuple(lines), "Nothing is due within 7 days.")


def _runway(digest: Digest, base_url: str) -> Section:
    lines = []
    for client in digest.clients:
        change = client.runway
        link = _link(base_url, f"/clients/{client.client}/runway")
        if change is None:
            lines.append(Line(f"{client.name}: not known yet", link))
            continue
        severity = Severity.HIGH if change.is_worse else None
        said = f"{client.name}: {runway_words(change, digest.at)}"
        lines.append(Line(said, link, severity, spark=change.now.closings_minor))
    return Section("Runway, next 30 days", tuple(lines), "No client is connected.")


def _balances(digest: Digest, base_url: str) -> Section:
    lines = []
    for client in digest.clients:
        cash, link = client.cash, _link(base_url, f"/clients/{client.client}/balances")
        if cash.balance is None or cash.age_seconds is None:
            lines.append(Line(f"{client.name}: no balance is known", link, Severity.MEDIUM))
            continue
        old = "" if cash.fresh else ", too old to decide on"
        lines.append(
            Line(f"{client.name}: {cash.balance}, {age_words(cash.age_seconds)} old{old}", link)
        )
    return Section("Balances", tuple(lines), "No client is connected.")


def _rails(digest: Digest, base_url: str) -> Section:
    lines = []
    for client in digest.clients:
        times = client.synced_at
        read = ", ".join(
            f"{name} {_read(getattr(times, feed), digest.at)}" for feed, name in RAIL_NAMES.items()
        )
        link = _link(base_url, f"/clients/{client.client}/connections")
        trouble = "; ".join(client.troubles)
        severity = Severity.HIGH if trouble else None
        state = trouble or "connections healthy"
        lines.append(Line(f"{client.name}: {state}. Last read: {read}", link, severity))
    return Section("Rails", tuple(lines), "No client is connected.")


def _read(at: datetime | None, now: datetime) -> str:
    return "never" if at is None else f"{age_words(int((now - at).total_seconds()))} ago"


def text_lines(page: Page) -> Iterable[str]:
    """The page as plain text, line by line; a sparkline is drawn in eighth blocks."""
    yield page.lead
    for section in page.sections:
        yield ""
        yield section.title.upper()
        if not section.lines:
            yield f"  {section.empty}"
        for line in section.lines:
            mark = "! " if line.severity is Severity.HIGH else "- "
            yield f"{mark}{line.words}"
            if line.spark:
                yield f"  {spark_text(line.spark)}"
            if line.note:
                yield f"  What helps: {line.note}"
            if line.link:
                yield f"  {line.link}"


_BLOCKS = "▁▂▃▄▅▆▇█"


def spark_text(values: tuple[int, ...]) -> str:
    """Values as blocks from the lowest to the highest; all alike are drawn in the middle."""
    low, high = min(values), max(values)
    if low == high:
        return _BLOCKS[3] * len(values)
    top = len(_BLOCKS) - 1
    return "".join(_BLOCKS[(value - low) * top // (high - low)] for value in values)
