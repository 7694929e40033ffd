"""Put-aside events: counted first, done again, once, limited, in the log."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rowcol.domain.scope import Member, Role, Scope
from rowcol.domain.tray import TrayItem, TrayState, tray_id
from rowcol.domain.tray_kinds import QUARANTINED, UNAPPLIED
from rowcol.edge.tray_operations import OPERATIONS
from rowcol.service.apply_event import apply_rows
from rowcol.service.event_items import TOLD_AFTER, event_subject
from rowcol.service.inbox_ports import InboxRow
from rowcol.service.intake_ports import Endpoint, InboxEntry, Notice, Quarantine, Reading
from rowcol.service.onboard import register_firm, register_member
from rowcol.storage.inbox_memory import MemoryInbox
from tests.support.api import Answer, Web
from tests.support.desk import SCOPE, Desk
from tests.support.replaying import Replays
from tests.unit.webhooks.test_inbox import entry as inbox_entry

ADMIN = "ada"
PATH = "/clients/{client}/replay"


class ReplayDesk(Desk):
    """An inbox whose rows are read as `says` has it: by delivery what a reading is."""

    def __init__(self) -> None:
        super().__init__()
        register_firm(self.store, SCOPE.firm, "Maple Street")
        register_member(self.store, SCOPE.firm, Member(ADMIN, 0, {"*": (Role.FIRM_ADMIN,)}))
        register_member(self.store, SCOPE.firm, Member("pat", 0, {"*": (Role.PREPARER,)}))
        self.inbox = MemoryInbox()
        self.says: dict[str, Reading | Exception] = {}
        self.replays = Replays(self.environment, self.inbox, self.understand)
        self.environment = replace(self.environment, replaying=self.replays)
        self.web = Web(self.environment, OPERATIONS, SCOPE.firm)

    def understand(self, row: InboxRow) -> Reading:
        said = self.says[row.inbox_key]
        if isinstance(said, Exception):
            raise said
        return said

    def deliver(
        self,
        name: str,
        said: Reading | Exception,
        rail: str = "ramp",
        client: str | None = SCOPE.client,
    ) -> str:
        """A webhook comes in and is applied as far as it can be."""
        endpoint = Endpoint(rail, "endpoint-0123456789", SCOPE.firm, client)
        made = inbox_entry(name)
        fresh: InboxEntry = replace(made, endpoint=endpoint, received_at=self.clock.now())
        key = self.inbox.put(fresh).inbox_key
        self.says[key] = said
        self.redrive(key)
        return key

    def redrive(self, key: str) -> None:
        apply_rows(self.environment, self.inbox, self.understand, [key])

    def item(self, key: str, kind: str = QUARANTINED, scope: Scope = SCOPE) -> TrayItem | None:
        return self.store.books(scope).get(TrayItem, tray_id(event_subject(key), kind))

    def state(self, key: str, kind: str = QUARANTINED, scope: Scope = SCOPE) -> TrayState | None:
        item = self.item(key, kind, scope)
        return item.state if item is not None else None

    def replay(self, person: str = ADMIN, **body: Any) -> Answer:
        how = {"key": body.pop("key")} if "key" in body else {}
        return self.web.call("POST", PATH, body, person=person, path={"client": "bluebird"}, **how)


def bad(code: str = "odd_shape") -> Reading:
    return Reading((), (Quarantine(code, "no id"),))


def good() -> Reading:
    notice = Notice("ramp", "event-1", "bills.paid", "business-1", (), None, "of no interest")
    return Reading((notice,), ())


@pytest.fixture
def desk() -> ReplayDesk:
    return ReplayDesk()


def test_a_bad_event_is_in_the_tray_until_a_replay_applies_it(desk: ReplayDesk) -> None:
    key = desk.deliver("e1", bad())
    item = desk.item(key)
    assert item is not None
    assert (item.state, item.source, item.labels["rail"]) == (TrayState.OPEN, key, "ramp")
    still = desk.replay(ids=[item.id])
    assert still.status == 200
    assert (desk.state(key), desk.inbox.read([key])[0].state) == (TrayState.OPEN, "quarantined")
    desk.says[key] = good()
    done = desk.replay(ids=[item.id])
    assert (done.status, done.body["matching"]) == (200, 1)
    row = desk.inbox.read([key])[0]
    assert (row.state, row.replays) == ("applied", 2)
    assert desk.state(key) is TrayState.CLOSED
    assert desk.types().count("replay.asked") == 2


def test_what_was_applied_is_not_applied_again(desk: ReplayDesk) -> None:
    key = desk.deliver("e1", bad())
    item = desk.item(key)
    assert item is not None
    desk.says[key] = good()
    desk.replay(ids=[item.id], key="the-same-key")
    before = desk.inbox.items[key].copy()
    again = desk.replay(ids=[item.id], key="the-same-key")
    assert again.headers["Idempotency-Replayed"] == "true"
    other = desk.replay(ids=[item.id])
    assert (other.status, other.code) == (404, "not_found")
    assert desk.inbox.items[key] == before
    assert desk.inbox.put_back(key) is False
    assert desk.types().count("replay.asked") == 1


def test_what_was_written_down_and_not_begun_is_begun_by_the_same_key(desk: ReplayDesk) -> None:
    key = desk.deliver("e1", bad())
    item = desk.item(key)
    assert item is not None
    desk.says[key] = good()

    class Died(Exception):
        pass

    desk.replays.raising = Died()
    with pytest.raises(Died):
        desk.replay(ids=[item.id], key="the-same-key")
    desk.replays.raising = None
    assert desk.inbox.read([key])[0].state == "quarantined"
    assert desk.replay(ids=[item.id], key="the-same-key").status == 200
    assert desk.inbox.read([key])[0].state == "applied"


def test_it_is_counted_first_by_rail_type_and_time(desk: ReplayDesk) -> None:
    for number in range(3):
        desk.deliver(f"r{number}", bad())
    desk.clock.pause(1)
    began = desk.clock.now()
    desk.pass_days(1)
    for number in range(2):
        desk.deliver(f"q{number}", bad("unknown_type"), rail="qbo")
    before = len(desk.books.entries())
    counted = desk.replay(dry_run=True)
    assert counted.body["matching"] == 5
    assert counted.body["by_rail"] == {"ramp": 3, "qbo": 2}
    assert counted.body["by_type"] == {"odd_shape": 3, "unknown_type": 2}
    for asked, many in (
        ({"rail": "qbo"}, 2), ({"type": "odd_shape"}, 3), ({"rail": "plaid"}, 0),
        ({"since": began.isoformat()}, 2), ({"until": began.isoformat()}, 3),
        ({"until": (began - timedelta(hours=1)).isoformat()}, 0),
    ):  # fmt: skip
        assert desk.replay(dry_run=True, **asked).body["matching"] == many, asked
    assert len(desk.books.entries()) == before
    assert desk.replay(rail="qbo").code == "invalid_input"
    wrong = desk.replay(rail="qbo", count=5)
    assert (wrong.status, wrong.code) == (412, "version_mismatch")
    assert desk.replay(rail="qbo", count=2).body["matching"] == 2
    assert [len(one.done) for one in desk.replays.applied] == [2]


def test_a_hundred_a_minute(desk: ReplayDesk) -> None:
    for number in range(103):
        desk.deliver(f"e{number}", bad())
    assert desk.replay(dry_run=True).body["matching"] == 103
    many = desk.replay(count=103)
    assert (many.status, many.code) == (429, "rate_limited")
    ids = [item.id for key in list(desk.says)[:60] if (item := desk.item(key)) is not None]
    assert desk.replay(ids=ids).status == 200
    more = desk.replay(ids=ids)
    assert (more.status, more.body["numbers"]["replayed"]) == (429, 60)
    desk.clock.pause(61)
    assert desk.replay(ids=ids).status == 200


def test_only_who_may_and_only_their_own(desk: ReplayDesk) -> None:
    key = desk.deliver("e1", bad())
    item = desk.item(key)
    assert item is not None
    assert desk.replay("pat", ids=[item.id]).code == "forbidden"
    register_firm(desk.store, "oak", "Oak")
    register_member(desk.store, "oak", Member("olga", 0, {"*": (Role.FIRM_ADMIN,)}))
    theirs = Web(desk.environment, OPERATIONS, "oak")
    for route, path in ((PATH, {"client": "bluebird"}), ("/replay", {})):
        body = {"ids": [item.id]}
        answer = theirs.call("POST", route, body, person="olga", path=path)
        assert (answer.status, answer.code) == (404, "not_found"), route
    assert desk.replays.put_back_keys == []


def test_an_event_of_nobody_is_the_firms(desk: ReplayDesk) -> None:
    notice = Notice("qbo", "event-1", "bill.update", "realm-9", ("7",), None, None)
    key = desk.deliver("e1", Reading((notice,), ()), "qbo", None)
    firm = Scope(SCOPE.firm)
    assert desk.state(key, scope=firm) is TrayState.OPEN
    assert desk.item(key) is None
    counted = desk.web.call("POST", "/replay", {"dry_run": True}, person=ADMIN)
    assert counted.body["matching"] == 1
    assert desk.replay(dry_run=True).body["matching"] == 0
    desk.says[key] = Reading((), ())
    desk.web.call("POST", "/replay", {"count": 1}, person=ADMIN)
    assert desk.state(key, scope=firm) is TrayState.CLOSED


def test_one_that_fails_try_after_try_is_told_and_forgotten_when_applied(desk: ReplayDesk) -> None:
    key = desk.deliver("e1", RuntimeError("the rail is away"))
    assert desk.item(key, UNAPPLIED) is None
    desk.clock.pause(TOLD_AFTER.total_seconds() + 1)
    desk.redrive(key)
    desk.redrive(key)
    item = desk.item(key, UNAPPLIED)
    assert item is not None
    assert (item.state, item.found, item.occurrence) == (TrayState.OPEN, "RuntimeError", 1)
    desk.says[key] = good()
    desk.redrive(key)
    assert desk.state(key, UNAPPLIED) is TrayState.CLOSED
