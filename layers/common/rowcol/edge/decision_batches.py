"""Decisions over many clients at once: looked at, asked for, followed, stopped, gone on with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

from rowcol.domain.batch import Mode
from rowcol.domain.batch_items import ITEMS_MAX
from rowcol.domain.bill import DecisionAction
from rowcol.domain.decision_batch import DecisionBatch, DecisionsState
from rowcol.domain.permission import Permission
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import FIRM_WIDE
from rowcol.edge.amounts import SeenAmount, seen
from rowcol.edge.caller import NOT_FOUND, Caller
from rowcol.edge.cursor import cursor_of, position_of
from rowcol.edge.decision_batch_view import DecisionBatchShown, View, view_of
from rowcol.edge.observability import logger
from rowcol.edge.operation import LOCATION, Body, Call, Operation, Operations, Reply, table
from rowcol.edge.reading import PageQuery
from rowcol.edge.writing import Shown, write
from rowcol.service.bulk.decision_verbs import APPROVE, DECIDE, ID_CHARACTERS_MAX, decision_item
from rowcol.service.bulk.submit import items_problem
from rowcol.service.bulk.verb import Verb
from rowcol.service.change import Asked, Change
from rowcol.service.decide import Decide
from rowcol.service.decision_batches.cancel import cancel_decisions, resume_decisions
from rowcol.service.decision_batches.precheck import Asking, Checked, precheck
from rowcol.service.decision_batches.run import hand_over, run_here
from rowcol.service.decision_batches.submit import (
    CLIENT_CHARACTERS_MAX,
    Row,
    Submission,
    submit,
)

TAG = "Decisions of many clients"
# So long the request itself works; the machine does the rest, a few clients at a time.
IN_REQUEST = timedelta(seconds=5)
_BATCH = "/batches/{batch}"
_ROWS = {"minItems": 1, "maxItems": ITEMS_MAX}


class WishRow(Body):
    """A decision on one bill of one client; a bill that is not staged yet is staged with it.

    With `amount`, a bill that asks for another by its turn is not decided.
    """

    client: str
    bill_id: str
    action: DecisionAction
    pay_on: date | None = None
    until: date | None = None
    reason: str | None = None
    amount: SeenAmount | None = None

    @property
    def wish(self) -> Decide:
        """What is decided, as the use case takes it."""
        amount = seen(self.amount)
        return Decide(self.bill_id, self.action, self.pay_on, self.until, self.reason, amount)


class PrecheckBody(Body):
    """1 to 1,000 decisions, in the order in which they count."""

    # Not pydantic's own limits: too many have a code of their own.
    decisions: Annotated[tuple[WishRow, ...], Field(json_schema_extra=dict(_ROWS))]


class FinalizeBody(PrecheckBody):
    """The same, each for itself or none of a client unless all of it."""

    mode: Mode = Mode.INDEPENDENT


class ApprovalRow(Body):
    """A decision of one client that waits for a second person."""

    client: str
    decision_id: str


class ApprovalsBody(Body):
    """1 to 1,000 decisions, each for itself or none of a client unless all of it."""

    decisions: Annotated[tuple[ApprovalRow, ...], Field(json_schema_extra=dict(_ROWS))]
    mode: Mode = Mode.INDEPENDENT


def _rows(wishes: Sequence[WishRow]) -> tuple[Row, ...]:
    return tuple(
        Row(
            each.client[:CLIENT_CHARACTERS_MAX],
            decision_item(each.wish),
        )
        for each in wishes
    )


def _decides_nowhere(caller: Caller, verb: Verb) -> Refusal | None:
    """Who may do it for no client at all is told so once, and nothing is written."""
    if any(caller.rights.may(verb.needs, client) for client in caller.clients()):
        return None
    return caller.rights.refusal(FIRM_WIDE, verb.needs)


def _precheck(call: Call) -> Reply | Refusal:
    wishes = call.body_as(PrecheckBody).decisions
    problem = _decides_nowhere(call.caller, DECIDE) or items_problem(wishes, "decisions")
    if problem is not None:
        return problem
    asking = Asking(call.caller.actor, call.caller.rights, call.deadline)
    return Reply(precheck(call.environment, asking, DECIDE, _rows(wishes)))


def _finalize(call: Call) -> Reply | Refusal:
    body = call.body_as(FinalizeBody)
    problem = _decides_nowhere(call.caller, DECIDE) or items_problem(body.decisions, "decisions")
    return problem or _ask(call, DECIDE, body.mode, _rows(body.decisions))


def _approve(call: Call) -> Reply | Refusal:
    body = call.body_as(ApprovalsBody)
    problem = _decides_nowhere(call.caller, APPROVE) or items_problem(body.decisions, "decisions")
    rows = tuple(
        Row(each.client[:CLIENT_CHARACTERS_MAX], each.decision_id[:ID_CHARACTERS_MAX])
        for each in body.decisions
    )
    return problem or _ask(call, APPROVE, body.mode, rows)


def _ask(call: Call, verb: Verb, mode: Mode, rows: tuple[Row, ...]) -> Reply | Refusal:
    """Write a batch down and work on it for a moment: 200 with all results, else 202."""
    assert call.key is not None  # every POST has one
    caller = call.caller
    asked = Asked.by(
        caller.actor.id, call.key, {"decisions": verb.name, "mode": mode, "rows": rows}
    )
    submission = Submission(verb, mode, rows, caller.actor, caller.rights, asked)
    submitted = submit(call.environment, submission)
    if isinstance(submitted, Refusal):
        return submitted
    batch = _work(call, submitted.batch)
    headers = {"Location": f"/batches/{batch.id}"}
    if submitted.is_repeat:
        headers["Idempotency-Replayed"] = "true"
    view = view_of(call, batch)
    if batch.state is not DecisionsState.DONE:
        return Reply(view.shown(), 202, headers)
    return Reply(view.shown(view.results(view.places)), 200, headers)


def _work(call: Call, batch: DecisionBatch) -> DecisionBatch:
    """A moment's work, then the machine's. Should that fail, the minute sweep finds the batch."""
    until = call.deadline
    if until is not None:
        until = min(until, call.environment.now() + IN_REQUEST)
    batch = run_here(call.environment, call.scope, batch.id, until)
    try:
        hand_over(call.environment, call.scope, batch)
    except Exception:  # noqa: BLE001  # whatever it is, the batch is stored and the answer stands
        logger.warning("decisions not handed over", extra={"batch": batch.id}, exc_info=True)
    return batch


def _read(call: Call) -> Reply | Refusal:
    found = _found(call)
    if isinstance(found, Refusal):
        return found
    page, question = call.query_as(PageQuery), {"decisions": found.batch.id}
    start = position_of(question, page.cursor)
    if isinstance(start, Refusal):
        return start
    stop = start + page.limit
    results = found.results(found.places[start:stop])
    cursor = cursor_of(question, str(stop)) if stop < len(found.places) else None
    return Reply(found.shown(results, cursor))


def _found(call: Call) -> View | Refusal:
    """The batch as far as the caller may see its clients; nobody else's batch is there."""
    books = call.environment.store.books(call.scope)
    batch = books.get(DecisionBatch, call.path["batch"])
    if batch is None:
        return NOT_FOUND
    view = view_of(call, batch)
    return view if view.is_seen else NOT_FOUND


def _may_command(caller: Caller, batch: DecisionBatch) -> Refusal | None:
    """Who asked may stop it; others need the right to decide for every client of it."""
    if caller.actor.id == batch.asked_by.id:
        return None
    for client in batch.clients:
        refused = caller.rights.refusal(client, Permission.DECIDE)
        if refused is not None:
            return refused
    return None


Plan = Callable[[Change], "DecisionBatch | Refusal"]


def _command(call: Call, name: str, plan: Plan) -> Reply | Refusal:
    found = _found(call)
    if isinstance(found, Refusal):
        return found
    refused = _may_command(call.caller, found.batch)
    if refused is not None:
        return refused
    answer = write(
        call,
        plan,
        lambda batch: Shown(view_of(call, batch).shown()),
        {name: found.batch.id},
    )
    if isinstance(answer, Reply):
        books = call.environment.store.books(call.scope)
        current = books.get(DecisionBatch, found.batch.id)
        if current is not None and current.state is not DecisionsState.DONE:
            _work(call, current)
    return answer


def _cancel(call: Call) -> Reply | Refusal:
    environment, scope, batch = call.environment, call.scope, call.path["batch"]

    def plan(change: Change) -> DecisionBatch | Refusal:
        return cancel_decisions(environment, scope, change, batch)

    return _command(call, "cancel_decisions", plan)


def _resume(call: Call) -> Reply | Refusal:
    batch = call.path["batch"]
    return _command(call, "resume_decisions", lambda change: resume_decisions(change, batch))


_WISHES = [
    {"client": "bluebird", "bill_id": "20b5b751", "action": "pay_now"},
    {"client": "cedar", "bill_id": "9a1be12c", "action": "schedule", "pay_on": "2026-12-01"},
]
_MANY = frozenset({Code.TOO_MANY_ITEMS})
# A list of a thousand with reasons.
_BODY_CHARACTERS_MAX = 2_000_000
COMMANDS: Operations = table(
    (
        Operation(
            "POST", "/decisions/precheck", "precheckDecisions",
            "What finalizing up to 1,000 decisions would say and do", TAG, _precheck, None,
            {200: Checked}, body=PrecheckBody, refusals=_MANY,
            example={"decisions": _WISHES}, body_characters_max=_BODY_CHARACTERS_MAX,
            asks_only=True,
        ),
        Operation(
            "POST", "/decisions/finalize", "finalizeDecisions",
            "Decide up to 1,000 bills of many clients", TAG, _finalize, None,
            {200: DecisionBatchShown, 202: DecisionBatchShown}, body=FinalizeBody,
            refusals=_MANY, headers=LOCATION,
            example={"decisions": _WISHES, "mode": "all_or_nothing"},
            body_characters_max=_BODY_CHARACTERS_MAX,
        ),
        Operation(
            "POST", "/decisions/approve", "approveDecisions",
            "The second person's yes to up to 1,000 decisions of many clients", TAG, _approve,
            None, {200: DecisionBatchShown, 202: DecisionBatchShown}, body=ApprovalsBody,
            refusals=_MANY, headers=LOCATION,
            example={"decisions": [{"client": "bluebird", "decision_id": "dec_01M7Z9YX1KJ2"}]},
        ),
        Operation(
            "POST", f"{_BATCH}/cancel", "cancelDecisionBatch",
            "Skip what a batch of many clients has not done yet", TAG, _cancel, None,
            {200: DecisionBatchShown}, refusals=frozenset({Code.WRONG_STATE, Code.TOO_LATE}),
        ),
        Operation(
            "POST", f"{_BATCH}/resume", "resumeDecisionBatch",
            "Have a batch of many clients gone on with now", TAG, _resume, None,
            {200: DecisionBatchShown}, refusals=frozenset({Code.WRONG_STATE}),
        ),
    )
)  # fmt: skip
READS: Operations = table(
    (
        Operation(
            "GET", _BATCH, "readDecisionBatch",
            "How far a batch of many clients is, and its results", TAG, _read, None,
            {200: DecisionBatchShown}, query=PageQuery,
        ),
    )
)  # fmt: skip
