"""A desk with records to do many of at once, and a verb of its own: it notes a memo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from local.simulation.boundary import Boundary, Crash
from rowcol.domain.batch import Batch, Mode
from rowcol.domain.batch_items import ItemResult
from rowcol.domain.lifecycle import Status
from rowcol.domain.payment import Custody, Origin, Payment, Step
from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, ActorKind, Member, Role, Scope
from rowcol.service.bulk.cancel import cancel_batch
from rowcol.service.bulk.payment_claims import payment_claims
from rowcol.service.bulk.results import results_of
from rowcol.service.bulk.run import advance, work_of
from rowcol.service.bulk.submit import Submission, Submitted, submit
from rowcol.service.bulk.verb import Verb, Verbs
from rowcol.service.change import Asked, Change
from rowcol.service.environment import Environment
from rowcol.service.store import VersionCheck
from tests.support.desk import SCOPE, Desk
from tests.support.domain import builders

FIRM = Scope(SCOPE.firm)


def note(_environment: Environment, change: Change, payment_id: str) -> Payment | Refusal:
    """Note that it was looked at; refused for one that is gone or was noted already."""
    payment = change.get(Payment, payment_id)
    if payment is None:
        return Refusal(Code.NOT_FOUND, "no such payment")
    if payment.memo == "defect":
        raise ValueError(payment_id)
    if payment.memo is not None:
        return Refusal(Code.WRONG_STATE, "noted already", {"memo": payment.memo})
    noted = replace(payment, memo="noted")
    change.put(noted)
    change.state("payment.noted", payment=noted)
    return noted


NOTE = Verb("note", Permission.RECORD, note, claims=payment_claims())
VERBS: Verbs = {"note": NOTE}


class BulkDesk(Desk):
    """Anna may note; `boundary` counts every call of the store."""

    def __init__(self) -> None:
        super().__init__()
        self.verbs: Verbs = VERBS
        self.boundary = Boundary()
        self.store.on_call = self.boundary
        self.member(Role.PREPARER)

    def member(self, *roles: Role) -> None:
        """Give Anna these roles and no other."""
        books = self.store.books(FIRM)
        known = books.get(Member, "anna")
        version = known.version if known is not None else 0
        assert books.save(Member("anna", version, {"*": roles}))

    @property
    def anna(self) -> Actor:
        """Who asks."""
        return Actor(ActorKind.PERSON, "anna", self.clock.now())

    def records(self, count: int, first: int = 0, **changes: Any) -> list[str]:
        """Store some records of payments; gives their ids."""
        names = [f"pay_{number:04d}" for number in range(first, first + count)]
        for name in names:
            assert self.books.save(record(name, **changes))
        return names

    def submit(
        self,
        items: Sequence[str],
        mode: Mode = Mode.INDEPENDENT,
        key: str = "key-0001",
        verb: str = "note",
    ) -> Submitted | Refusal:
        """Ask for a batch."""
        asked = Asked.by("anna", key, {"bulk": verb, "mode": mode.value, "ids": list(items)})
        member = self.store.books(FIRM).get(Member, "anna")
        assert member is not None
        check = VersionCheck(FIRM, member.kind, member.id, member.version)
        submission = Submission(self.verbs[verb], mode, tuple(items), self.anna, asked)
        return submit(self.environment, SCOPE, submission, (check,))

    def submitted(self, items: Sequence[str], mode: Mode = Mode.INDEPENDENT, **given: Any) -> str:
        """Ask for a batch; gives its id."""
        answer = self.submit(items, mode, **given)
        assert isinstance(answer, Submitted)
        return answer.batch.id

    def advance(self, batch_id: str, until: datetime | None = None) -> Batch:
        """Carry it on."""
        advance(self.environment, SCOPE, batch_id, until, self.verbs)
        return self.batch(batch_id)

    def batch(self, batch_id: str) -> Batch:
        """As stored. Its counters always add up."""
        found = self.books.get(Batch, batch_id)
        assert found is not None
        assert found.submitted == found.ok + found.failed + found.pending
        assert found.done == (found.ends[-1] if found.ends else 0)
        return found

    def results(self, batch_id: str) -> tuple[ItemResult, ...]:
        """All results so far."""
        return results_of(self.books, self.batch(batch_id))

    def cancel(self, batch_id: str) -> object:
        """Cancel a batch as Anna."""
        work = work_of(self.environment, self.books, self.batch(batch_id), self.verbs)
        return self.act(lambda change: cancel_batch(work, change, batch_id))

    def swept(self, batch_id: str) -> Batch:
        """Minutes pass; each time the sweep asks for a worker, one works until it is over."""
        for _ in range(60):
            if self.batch(batch_id).is_over:
                break
            self.clock.pause(timedelta(seconds=61).total_seconds())
            before = len(self.executions.asked)
            self.sweep()
            if f"batch {batch_id}" in self.executions.asked[before:]:
                self.advance(batch_id)
        return self.batch(batch_id)


def record(name: str, **changes: Any) -> Payment:
    """A record of 1,250.00 paid off-rail, never stored."""
    return builders.payment(
        Status.DONE,
        **{
            "id": name,
            "version": 0,
            "bill_id": None,
            "decision_id": None,
            "origin": Origin.RECORD,
            "custody": Custody(Step.DONE, 0),
            **changes,
        },
    )


def dies(run: Any) -> bool:
    """Whether the process dies while it runs this."""
    try:
        run()
    except Crash:
        return True
    return False
