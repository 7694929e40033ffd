"""The daily digest over the API: what it says, whose it is, and how an address is proved."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from rowcol.domain.client import Client
from rowcol.domain.digest_settings import ASKED_MAX, CODE_TRIES_MAX
from rowcol.domain.money import Money
from rowcol.domain.scope import ActorKind, Role, Scope
from rowcol.edge.digest_operations import OPERATIONS
from rowcol.service.change import Change
from rowcol.service.digest.marks import mark_runway
from rowcol.service.digest.ports import MailRefused, MailUnavailable
from rowcol.service.tray import open_item
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE
from tests.support.furnished import CLIENT, SECOND, Furnished, by_role
from tests.support.mail import CODE, CONSOLE, Outbox, digests_to

WANTED: dict[str, Any] = {
    "is_on": True,
    "address": "ann@maple.example",
    "at": "07:00",
    "zone": "America/New_York",
    "weekdays": [1, 2, 3, 4, 5],
}
ANN = "bea"


class Post(Furnished):
    """A furnished firm whose mail is kept."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox()
        self.environment = replace(self.environment, digests=digests_to(self.outbox))
        self.api = Web(self.environment, OPERATIONS, SCOPE.firm)

    def look(self, route: str = "", person: str = ANN, **how: Any) -> Answer:
        return self.api.call("GET", f"/digest{route}", person=person, **how)

    def put(self, person: str = ANN, **changes: Any) -> Answer:
        seen = self.look("/settings", person).headers["ETag"].strip('"')
        body, route = {**WANTED, **changes}, "/digest/settings"
        return self.api.call("PUT", route, body, person=person, version=int(seen))

    def confirm(self, code: str = CODE, person: str = ANN) -> Answer:
        body = {"code": code}
        return self.api.call("POST", "/digest/settings/confirm", body, person=person)

    def test(self, person: str = ANN, **how: Any) -> Answer:
        return self.api.call("POST", "/digest/test", person=person, **how)

    def confirmed(self, person: str = ANN) -> None:
        assert self.put(person).status == 200
        assert self.confirm(person=person).status == 200
        self.clock.pause(60)


@pytest.fixture
def post() -> Post:
    return Post()


def test_it_says_what_the_console_says(post: Post) -> None:
    digest = post.look().body
    console = post.web.call("GET", "/console", person=ANN)
    assert digest["counts"] == console.body["counts"]
    assert {one["client"] for one in digest["clients"]} == {CLIENT, SECOND}
    exceptional = [
        item for item in console.body["items"] if item["kind"] in ("held", "connection", "tray")
    ]
    assert digest["exceptions"] == len(exceptional) > 0
    assert [item["title"] for item in digest["items"]] == [item["title"] for item in exceptional]


def test_each_sees_only_their_own_clients(post: Post) -> None:
    digest = post.look(person=by_role(Role.VIEWER)).body
    assert [one["client"] for one in digest["clients"]] == [CLIENT]
    assert {item["client"] for item in digest["items"]} == {CLIENT}
    text = post.look("/preview", person=by_role(Role.VIEWER)).body["text"]
    assert SECOND not in text


def test_exceptions_come_first_and_every_line_has_its_link(post: Post) -> None:
    mail = post.look("/preview").body
    lines = mail["text"].splitlines()
    titles = [line for line in lines if line.isupper()]
    assert titles == [
        "EXCEPTIONS", "WHAT WAITS", "MONEY DUE AND UNDECIDED",
        "RUNWAY, NEXT 30 DAYS", "BALANCES", "RAILS",
    ]  # fmt: skip
    said = [place for place, line in enumerate(lines) if line.startswith(("- ", "! "))]
    for place, upto in zip(said, [*said[1:], len(lines)], strict=True):
        assert any(line.startswith(f"  {CONSOLE}/") for line in lines[place:upto]), lines[place]
    assert mail["html"].count("<a href=") >= len(said)


def test_what_came_from_outside_is_escaped_and_nothing_is_loaded(post: Post) -> None:
    known = post.books.get(Client, CLIENT)
    assert known is not None
    assert post.books.save(replace(known, name='<img src="x" onerror=1>&'))
    page = post.look("/preview").body["html"]
    assert "<img" not in page
    assert "&lt;img" in page
    assert not re.search(r"<(script|link|iframe|img)\b|url\(|@import", page)


def test_a_runway_is_drawn_and_compared_with_the_day_before(post: Post) -> None:
    assert mark_runway(post.environment, SCOPE)
    first = post.look().body["clients"]
    mine = next(one for one in first if one["client"] == CLIENT)
    assert mine["runway"]["before"] is None
    assert len(mine["runway"]["now"]["closings_minor"]) == 30
    post.clock.pause(24 * 3600)
    head = post.books.head("USD")
    assert head.balance is not None
    less = replace(head.balance, pool=head.balance.pool - Money(123_456, "USD"))
    assert post.books.save(replace(head, balance=less))
    assert mark_runway(post.environment, SCOPE)
    again = next(one for one in post.look().body["clients"] if one["client"] == CLIENT)
    assert again["runway"]["low_change"] == {"minor": -123_456, "currency": "USD"}
    text = post.look("/preview").body["text"]
    assert "lowest point 1,234.56 USD lower than on" in " ".join(text.split())
    assert re.search(r"[▁▂▃▄▅▆▇█]{30}", text)


def test_an_address_gets_a_code_and_nothing_else_until_it_comes_back(post: Post) -> None:
    asked = post.put()
    assert (asked.body["address"], asked.body["waiting"]) == (None, "ann@maple.example")
    assert asked.body["next_at"] is None
    [message] = post.outbox.sent
    assert CODE in message.text
    assert post.test().code == "no_address"
    done = post.confirm()
    assert (done.body["address"], done.body["waiting"]) == ("ann@maple.example", None)
    assert done.body["next_at"] is not None
    assert len(post.outbox.sent) == 1


def test_the_old_address_stays_until_the_new_one_is_proved(post: Post) -> None:
    post.confirmed()
    asked = post.put(address="other@maple.example")
    assert (asked.body["address"], asked.body["waiting"]) == (
        "ann@maple.example",
        "other@maple.example",
    )
    assert post.outbox.sent[-1].to == "other@maple.example"
    back = post.put()
    assert (back.body["address"], back.body["waiting"]) == ("ann@maple.example", None)
    assert post.confirm().code == "no_pending_change"


def test_a_code_cannot_be_guessed(post: Post) -> None:
    post.put()
    left = [post.confirm("000000").body["numbers"]["tries_left"] for _ in range(CODE_TRIES_MAX)]
    assert left == list(range(CODE_TRIES_MAX - 1, -1, -1))
    assert post.confirm(CODE).code == "no_pending_change"


def test_a_code_is_good_for_half_an_hour(post: Post) -> None:
    post.put()
    post.clock.pause(30 * 60)
    assert post.confirm().code == "no_pending_change"


def test_codes_and_tests_cannot_be_used_to_flood_a_mailbox(post: Post) -> None:
    assert post.put(address="victim@elm.example").status == 200
    second = post.put(address="victim2@elm.example")
    assert (second.status, second.code) == (429, "rate_limited")
    assert second.body["numbers"]["retry_after_seconds"] == 30
    for place in range(ASKED_MAX + 5):
        post.clock.pause(31)
        post.put(address=f"victim{place}@elm.example")
    assert len(post.outbox.sent) == ASKED_MAX


def test_a_test_goes_to_the_own_address_once_for_a_key(post: Post) -> None:
    post.confirmed()
    assert post.test(key="the-same-key-1").status == 202
    assert post.test(key="the-same-key-1").status == 202
    tests = [message for message in post.outbox.sent if message.subject.startswith("Test: ")]
    assert [message.to for message in tests] == ["ann@maple.example"]


@pytest.mark.parametrize(
    ("trouble", "detail"),
    [(MailRefused("MessageRejected"), "refuses"), (MailUnavailable("slow"), "does not answer")],
)
def test_trouble_of_the_mail_service_is_told(post: Post, trouble: Exception, detail: str) -> None:
    post.outbox.trouble = trouble
    answer = post.put()
    assert (answer.status, answer.code) == (502, "mail_unavailable")
    assert detail in answer.body["detail"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "no address"},
        {"address": "a@b"},
        {"address": "a@x.example\nBcc: b@x.example"},
        {"address": "ä@maple.example"},
        {"zone": "Mars/Olympus"},
        {"zone": "../etc/passwd"},
        {"at": "24:00"},
        {"at": "7:00"},
        {"weekdays": []},
        {"weekdays": [0]},
    ],
)
def test_bad_settings_are_refused(post: Post, wrong: dict[str, Any]) -> None:
    assert post.put(**wrong).status == 400
    assert not post.outbox.sent


def test_machines_get_no_mail(post: Post) -> None:
    post.join("robot", Role.VIEWER, actor_kind=ActorKind.MACHINE, responsible_id=ANN)
    assert post.look(person="robot").status in (200, 401)
    answer = post.put("robot")
    assert answer.status in (401, 403)


def test_the_log_never_holds_a_whole_address(post: Post) -> None:
    post.confirmed()
    entries = post.store.books(Scope(SCOPE.firm)).entries(0, 1000)
    told = [str(entry.data) for entry in entries]
    assert any("a***@maple.example" in text for text in told)
    assert not any("ann@maple" in text for text in told)


def test_a_quiet_day_says_so(post: Post) -> None:
    post.join("quinn", Role.VIEWER)
    for name in (CLIENT, SECOND):
        books = post.store.books(Scope(SCOPE.firm, name))
        known = books.get(Client, name)
        assert known is not None
        # Nothing is connected that would have to be read.
        bare = replace(known, rail_business_id=None, ledger_realm_id=None, bank_item_ids=())
        assert books.save(bare)
    empty = replace(post.environment, views=type(post.environment.views)())
    api = Web(empty, OPERATIONS, SCOPE.firm)
    mail = api.call("GET", "/digest/preview", person="quinn").body
    assert "quiet day" in mail["subject"]
    assert "Everything agrees." in mail["text"]


def test_settings_that_somebody_changed_meanwhile_stay(post: Post) -> None:
    post.confirmed()
    body = {**WANTED, "at": "09:30"}
    late = post.api.call("PUT", "/digest/settings", body, person=ANN, version=1)
    assert (late.status, late.code) == (412, "version_mismatch")
    assert post.look("/settings").body["at"] == "07:00"


def test_many_alike_are_one_line_and_their_number(post: Post) -> None:
    def opened(change: Change) -> None:
        for place in range(5):
            open_item(change, f"bill-x{place}", "late", "Another day")

    post.work(opened)
    post.project()
    text = post.look("/preview").body["text"]
    assert text.count("Another day") == 1
    assert "4 more like it" in text
    assert f"{CONSOLE}/clients/{CLIENT}/tray?kind=late" in text
