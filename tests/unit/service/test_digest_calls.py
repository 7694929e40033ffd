"""What one digest asks of the store and the views: as many calls for a hundred clients as for ten.

`across` is one DynamoDB call for a hundred clients, the queue one for a megabyte of open work.
"""

from __future__ import annotations

from collections import Counter

import pytest

from rowcol.domain.digest_settings import DigestSettings, DigestTime
from rowcol.domain.scope import Role, Scope
from rowcol.edge.digest import written
from rowcol.service.digest.sending import send_due
from rowcol.service.onboard import register_firm
from rowcol.service.view_ports import QueueRow
from tests.support.desk import SCOPE, Desk
from tests.support.mail import Outbox, digests_to
from tests.support.queue_world import client_names, open_rows, register

OPEN_EACH = 20


class Counted(Desk):
    """`ann` sees so many clients; hers is due, and every call of the sending is counted."""

    def __init__(self, clients: int) -> None:
        super().__init__()
        self.calls: Counter[str] = Counter()
        self.outbox = Outbox()
        names = client_names(clients)
        register_firm(self.store, SCOPE.firm, "Maple Street")
        register(self.store, SCOPE.firm, names, self.clock.now())
        self.join("ann", Role.VIEWER)
        self.environment.views.apply(
            tuple(open_rows(SCOPE.firm, names, OPEN_EACH * clients, seed=7))
        )
        when = DigestTime("07:00", "America/New_York")
        plain = DigestSettings("ann", 0, True, "ann@maple.example", None, when)
        due = plain.planned(self.clock.now())
        assert self.store.books(Scope(SCOPE.firm)).save(due)
        assert due.due is not None
        self.clock.pause((due.due - self.clock.now()).total_seconds())

    def send(self, monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
        views, queue = self.environment.views, self.environment.views.queue

        def counted(firm: str, client: str | None = None) -> tuple[QueueRow, ...]:
            self.calls["queue"] += 1
            return queue(firm, client)

        monkeypatch.setattr(views, "queue", counted)
        self.store.on_call = lambda name: self.calls.update((name,))
        told = send_due(self.environment, digests_to(self.outbox), SCOPE.firm, "ann", written)
        assert told == "sent"
        return self.calls


def test_a_hundred_clients_cost_no_more_calls_than_ten(monkeypatch: pytest.MonkeyPatch) -> None:
    ten, hundred = Counted(10), Counted(100)
    few, many = ten.send(monkeypatch), hundred.send(monkeypatch)
    assert few == many
    assert sum(many[name] for name in ("across", "queue", "clients")) == 7
    assert many["save:before"] == 2
    assert many["commit:before"] == 1
    assert sum(count for name, count in many.items() if not name.endswith(":after")) <= 18
    assert len(hundred.outbox.sent[0].html) < 102_000
