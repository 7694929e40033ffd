"""Decisions over many clients of a firm, and a twin of it to ask one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from rowcol.domain.batch import Batch, Mode
from rowcol.domain.decision_batch import DecisionBatch, DecisionsState
from rowcol.domain.refusal import Refusal
from rowcol.service.bulk.decision_verbs import APPROVE, DECIDE
from rowcol.service.bulk.verb import Verb
from rowcol.service.change import Asked, Change, transact
from rowcol.service.decision_batches.cancel import cancel_decisions
from rowcol.service.decision_batches.results import DecisionResult, results_at
from rowcol.service.decision_batches.run import clients_to_do, close, run_here, run_part
from rowcol.service.decision_batches.standing import Sums, read_standings, sums
from rowcol.service.decision_batches.submit import Row, Submission, Submitted, submit
from rowcol.service.due_work import sweep_due
from tests.support.firm_books import ASKER, FIRM, MONDAY, STAGER, FirmBooks, Wish

__all__ = ["ASKER", "FIRM", "MONDAY", "STAGER", "DecisionFirm", "Wish"]


class DecisionFirm(FirmBooks):
    """The same, with batches of decisions."""

    def submit(
        self,
        wishes: Sequence[Wish],
        mode: Mode = Mode.INDEPENDENT,
        key: str = "key-0001",
        person: str = ASKER,
    ) -> Submitted | Refusal:
        """Ask for decisions."""
        return self.ask(DECIDE, [wish.row for wish in wishes], mode, key, person)

    def ask(
        self, verb: Verb, rows: Sequence[Row], mode: Mode, key: str, person: str
    ) -> Submitted | Refusal:
        """Ask for anything."""
        sent = {"mode": mode.value, "rows": tuple(rows)}
        asked = Asked.by(person, key, sent)
        submission = Submission(
            verb, mode, tuple(rows), self.actor(person), self.rights(person), asked
        )
        return submit(self.environment, submission)

    def submitted(self, wishes: Sequence[Wish], mode: Mode = Mode.INDEPENDENT, **given: Any) -> str:
        """Ask for decisions; gives the batch's id."""
        answer = self.submit(wishes, mode, **given)
        assert isinstance(answer, Submitted), answer
        return answer.batch.id

    def approvals(self, decisions: Iterable[tuple[str, str]], person: str, mode: Mode) -> str:
        """The second yes to some decisions; gives the batch's id."""
        rows = [Row(name, decision) for name, decision in decisions]
        answer = self.ask(APPROVE, rows, mode, "key-approve", person)
        assert isinstance(answer, Submitted), answer
        return answer.batch.id

    def run(self, name: str) -> DecisionBatch:
        """Carry it on to its end, as the machine would."""
        for client_id in clients_to_do(self.environment, FIRM, name):
            while not run_part(self.environment, self.scope(client_id), name, None).over:
                pass
        return close(self.environment, FIRM, name)

    def run_for(self, name: str, seconds: float) -> DecisionBatch:
        """A moment's work."""
        until = self.clock.now() + timedelta(seconds=seconds)
        return run_here(self.environment, FIRM, name, until)

    def batch(self, name: str) -> DecisionBatch:
        """As stored. Its counters always add up, to those of its parts."""
        found = self.store.books(FIRM).get(DecisionBatch, name)
        assert found is not None
        of = self.sums(name)
        assert of.submitted == of.ok + of.failed + of.pending == found.submitted
        if found.state is DecisionsState.DONE:
            assert (of.ok, of.failed, of.skipped, of.pending) == (
                *(found.ok, found.failed, found.skipped),
                0,
            )
        return found

    def sums(self, name: str) -> Sums:
        """Counters of all parts."""
        found = self.store.books(FIRM).get(DecisionBatch, name)
        assert found is not None
        return sums(read_standings(self.environment, FIRM, found), found.refused)

    def part(self, name: str, client_id: str) -> Batch | None:
        """One client's part."""
        return self.store.books(self.scope(client_id)).get(Batch, name)

    def results(self, name: str, verb: Verb = DECIDE) -> tuple[DecisionResult, ...]:
        """All results, in the order asked."""
        batch = self.batch(name)
        return results_at(self.environment, FIRM, batch, verb, range(batch.submitted))

    def cancel(self, name: str, person: str = ASKER) -> Any:
        """Cancel a batch."""

        def plan(change: Change) -> DecisionBatch | Refusal:
            return cancel_decisions(self.environment, FIRM, change, name)

        surroundings = self.environment.surroundings
        return transact(self.store, surroundings, FIRM, self.actor(person), plan)

    def swept(self, name: str) -> DecisionBatch:
        """Minutes pass; each time the sweep starts an execution, it runs to its end."""
        for _ in range(40):
            if self.batch(name).state is DecisionsState.DONE:
                break
            self.clock.pause(61)
            before = len(self.executions.asked)
            assert sweep_due(self.environment).failed == 0
            if any(each.startswith(f"decisions {name}") for each in self.executions.asked[before:]):
                self.run(name)
        return self.batch(name)
