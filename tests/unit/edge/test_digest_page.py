"""What a digest looks like: as mail programs show it, for few clients and for a hundred."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from rowcol.domain.money import Money
from rowcol.domain.queue import QueueKind
from rowcol.domain.runway_mark import RunwayMark, RunwayMarks, change_of
from rowcol.domain.tray import Severity
from rowcol.edge.digest import written
from rowcol.service.digest.compose import EXCEPTIONS_MAX
from rowcol.service.digest.content import CashNow, ClientDigest, Digest, DigestItem, MoneyDue
from rowcol.service.digest.ports import Written
from rowcol.service.queue import Counts
from rowcol.service.sync.times import SyncTimes

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
TODAY = date(2026, 11, 23)
CONSOLE = "https://console.maple-street-accountants.example/app"
# Gmail shows no more of a mail than this.
GMAIL_BYTES_MAX = 102_000


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def mark(day: date, low: int) -> RunwayMark:
    closings = tuple(low + 10_000 * place for place in range(30))
    low_on = day + timedelta(days=3)
    return RunwayMark(day, NOW, usd(low), low_on, low_on, None, usd(1_234_567), closings)


def client(place: int, **changes: object) -> ClientDigest:
    marks = (mark(TODAY, 1_000 * place), mark(TODAY - timedelta(days=1), 2_000))
    plain = ClientDigest(
        f"client-{place}",
        f"Client {place} of the harbour & its quays",
        "USD",
        Counts(),
        MoneyDue(usd(0), usd(0), usd(0), 0),
        CashNow(usd(8_400_000), 600, True),
        change_of(RunwayMarks("marks", 1, marks)),
        SyncTimes(NOW, NOW, NOW, NOW),
        (),
        (),
        (),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]  # fields by name


def digest(*clients: ClientDigest, items: tuple[DigestItem, ...] = ()) -> Digest:
    count = len(items)
    return Digest("maple", "Maple Street", NOW, TODAY, Counts(), count, 0, items, clients)


def item(place: int, title: str = "amounts do not agree") -> DigestItem:
    return DigestItem(
        f"client-{place}", QueueKind.TRAY, f"kind-{place}", Severity.HIGH, title,
        "correct the entry in QuickBooks, or find out what the bank took", usd(231_075), TODAY,
        f"/clients/client-{place}/tray/payment-pay_01M7Z9YBS60M40ZYDZWCYV23PE-amount", None,
    )  # fmt: skip


def mail(found: Digest) -> Written:
    return written(found, CONSOLE)


def test_a_hundred_busy_clients_are_not_cut_off() -> None:
    due = MoneyDue(usd(123_456), usd(99_999), usd(888_888), 7)
    counts = Counts(total=21, tray=3, to_decide=12, to_stage=4, second_person=2)
    clients = [client(place, counts=counts, due=due) for place in range(100)]
    items = tuple(item(place % 100) for place in range(EXCEPTIONS_MAX))
    sent = mail(replace(digest(*clients, items=items), exceptions=300))
    assert len(sent.html.encode()) < GMAIL_BYTES_MAX
    assert "and 80 clients more" in sent.text
    assert "and 250 more" in sent.text


def test_those_that_need_somebody_are_the_ones_that_are_shown() -> None:
    calm = replace(client(0), runway=None)
    clients = [replace(calm, client=f"c{place}", name=f"Calm {place}") for place in range(60)]
    clients.append(client(61, name="Broken One", troubles=("a rail does not let RowCol in",)))
    clients.append(client(62, name="Old One", cash=CashNow(usd(5), 900_000, False)))
    text = mail(digest(*clients)).text
    rails = text.split("RAILS")[1]
    assert rails.lstrip().startswith("! Broken One: a rail does not let RowCol in.")
    assert text.split("BALANCES")[1].lstrip().startswith("- Old One: 0.05 USD, 10 days old")


def test_text_is_no_wider_than_a_mail_program_shows() -> None:
    long = "Amalgamated Consolidated " * 20
    sent = mail(digest(client(1, name=long), items=(item(1, long),)))
    wide = [line for line in sent.text.splitlines() if len(line) > 76]
    assert [line for line in wide if not line.strip().startswith("https://")] == []
    assert "Amalgamated Consolidated Amalgamated" in sent.text


@pytest.mark.parametrize(
    "name", ["Acme\n! Harbor: pay at once", "Acme\r\nBcc: x@y.example", "Acme\u202egnp", "A\x00cme"]
)
def test_a_name_begins_no_line_and_hides_nothing(name: str) -> None:
    sent = mail(digest(client(1, name=name), items=(item(1, name),)))
    for part in (sent.subject, sent.text, sent.html):
        assert not re.search(r"[\u202e\x00\r]|^(! Harbor: pay|Bcc:)", part, re.MULTILINE)
    assert "\n" not in sent.subject
    assert "Acme" not in sent.subject


def test_it_is_readable_in_the_dark() -> None:
    html = mail(digest(client(1), items=(item(1),))).html
    assert '<meta name="color-scheme" content="light dark">' in html
    assert "@media(prefers-color-scheme:dark)" in html
    # Whoever drops the style sheet has ink and paper from the same hand.
    assert re.search(r"<body style=\"[^\"]*background:#ffffff;color:#1b1f24", html)


def test_a_sparkline_has_a_cell_a_day_and_shows_what_is_below_zero() -> None:
    below = tuple(range(-15_000, 15_000, 1_000))
    shown = change_of(RunwayMarks("marks", 1, (replace(mark(TODAY, -5), closings_minor=below),)))
    html = mail(digest(client(1, runway=shown))).html
    cells = re.findall(
        r"border-bottom:(\d+)px solid( #b42318)?",
        html.split('role="img"')[1].split("</table>")[0],
    )
    assert len(cells) == 30
    assert [colour for _, colour in cells].count(" #b42318") == 15
    heights = [int(height) for height, _ in cells]
    assert heights == sorted(heights)
    assert 'aria-label="Cash at the end of each of the next 30 days"' in html


def test_a_client_that_nobody_reads_is_no_quiet_day() -> None:
    quiet = client(1, runway=None)
    assert "a quiet day" in mail(digest(quiet)).subject
    late = replace(quiet, late=("ledger",), synced_at=SyncTimes(NOW, None, NOW, NOW))
    sent = mail(digest(late))
    assert sent.subject == "RowCol Mon 23 Nov: 1 client not read for a day"
    assert "QuickBooks not read for a day" in " ".join(sent.text.split())


def test_what_is_not_connected_is_said_and_is_no_alarm() -> None:
    bare = client(1, runway=None, unconnected=("ledger",))
    sent = mail(digest(bare))
    assert "a quiet day" in sent.subject
    assert "QuickBooks not connected" in " ".join(sent.text.split())


def test_it_says_why_it_came_and_where_to_stop_it() -> None:
    sent = mail(digest(client(1)))
    assert f"{CONSOLE}/digest/settings" in sent.text.splitlines()[-1]
    assert f'href="{CONSOLE}/digest/settings"' in sent.html
