"""Routes of plans: a proposal for all open bills of a client, and lines of it accepted."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import Field

from rowcol.domain.batch import Mode
from rowcol.domain.batch_items import ITEMS_MAX
from rowcol.domain.bill import DecisionAction
from rowcol.domain.client import Client
from rowcol.domain.money import Money
from rowcol.domain.plan.question import HORIZON_DAYS_MAX
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.amounts import MINOR_MAX, MoneyBody, money_of
from rowcol.edge.balance_request import asking_the_bank
from rowcol.edge.batches import BatchShown, ask
from rowcol.edge.caller import DECIDE, NOT_FOUND, VIEW
from rowcol.edge.operation import LOCATION, Body, Call, Operation, Operations, Reply, table
from rowcol.service.bulk.decision_verbs import ID_CHARACTERS_MAX
from rowcol.service.bulk.submit import items_problem
from rowcol.service.decide import Decide
from rowcol.service.plan import ClientPlan, PlanWish, plan
from rowcol.service.plan_accept import ACCEPT, accepted_item, in_order

TAG = "Plan"
_PLAN = "/clients/{client}/plan"


class PlanBody(Body):
    """What matters; all of it may be left out.

    `keep_back`: cash that must stay besides the buffer. `bill_ids`: only these; for others stays
    what is earmarked. `late_day`: what one day late is held to be worth, besides fees; 1.00 unless
    said, and `critical_factor` times as much for a critical vendor. `payments_a_day`: how many a
    day should hold at most where that costs nothing.
    """

    horizon_days: Annotated[int, Field(ge=1, le=HORIZON_DAYS_MAX)] = HORIZON_DAYS_MAX
    keep_back: MoneyBody | None = None
    bill_ids: Annotated[list[str], Field(min_length=1, max_length=ITEMS_MAX)] | None = None
    late_day: MoneyBody | None = None
    critical_factor: Annotated[int, Field(ge=1, le=100)] = 10
    payments_a_day: Annotated[int, Field(ge=1, le=ITEMS_MAX)] | None = None


class PlannedAmount(Body):
    """What the bill was planned with, as the plan's line says it."""

    minor: Annotated[int, Field(ge=1, le=MINOR_MAX)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class AcceptedLine(Body):
    """A line of a plan: what is decided on which bill, as the plan proposed it or otherwise.

    `on` for `schedule`, `until` and `reason` for `delay`.
    """

    bill_id: str
    amount: PlannedAmount
    action: DecisionAction
    on: date | None = None
    until: date | None = None
    reason: str | None = None


class AcceptBody(Body):
    """1 to 1,000 lines, each for itself or none unless all of them."""

    # Not pydantic's own limits: too many have a code of their own.
    lines: Annotated[
        tuple[AcceptedLine, ...],
        Field(json_schema_extra={"minItems": 1, "maxItems": ITEMS_MAX}),
    ]
    mode: Mode = Mode.INDEPENDENT


def _propose(call: Call) -> Reply | Refusal:
    body = call.body_as(PlanBody)
    client = call.environment.store.books(call.scope).get(Client, call.scope.client)
    if client is None:
        return NOT_FOUND
    keep_back = _minor(body.keep_back, client.currency, "keep_back", 0)
    late_day = _minor(body.late_day, client.currency, "late_day", 100)
    if isinstance(keep_back, Refusal):
        return keep_back
    if isinstance(late_day, Refusal):
        return late_day
    wish = PlanWish(
        body.horizon_days,
        keep_back,
        frozenset(body.bill_ids) if body.bill_ids is not None else None,
        late_day,
        body.critical_factor,
        body.payments_a_day,
    )
    found = plan(call.environment, call.scope, call.caller.actor, wish)
    return asking_the_bank(call, client, found) if isinstance(found, Refusal) else Reply(found)


def _minor(body: MoneyBody | None, currency: str, field: str, otherwise: int) -> int | Refusal:
    if body is None:
        return otherwise
    found = money_of(body, currency, field)
    return found if isinstance(found, Refusal) else found.minor


def _accept(call: Call) -> Reply | Refusal:
    body = call.body_as(AcceptBody)
    problem = items_problem(body.lines, "lines")
    if problem is not None:
        return problem
    lines = in_order((_wish(line), _amount(line)) for line in body.lines)
    items = tuple(accepted_item(wish, amount) for wish, amount in lines)
    asked = {"accept_plan": items, "mode": body.mode}
    return ask(call, ACCEPT, body.mode, items, asked)


def _wish(line: AcceptedLine) -> Decide:
    later = line.action is DecisionAction.SCHEDULE
    delayed = line.action is DecisionAction.DELAY
    return Decide(
        line.bill_id[:ID_CHARACTERS_MAX],
        line.action,
        line.on if later else None,
        line.until if delayed else None,
        line.reason if delayed else None,
    )


def _amount(line: AcceptedLine) -> Money:
    return Money(line.amount.minor, line.amount.currency)


PROPOSALS: Operations = table(
    (
        Operation(
            "POST", _PLAN, "proposePlan",
            "What becomes of all open bills: paid now, scheduled, delayed, and why", TAG, _propose,
            VIEW, {200: ClientPlan}, body=PlanBody,
            refusals=frozenset(
                {
                    Code.AMOUNT_NOT_POSITIVE, Code.AMOUNT_PRECISION, Code.AMOUNT_TOO_LARGE,
                    Code.BALANCE_STALE, Code.BALANCE_UNKNOWN, Code.BUFFER_UNKNOWN,
                    Code.CURRENCY_MISMATCH,
                }
            ),
            example={"horizon_days": 30, "keep_back": {"minor": 500000, "currency": "USD"}},
            asks_only=True,
        ),
    )
)  # fmt: skip
COMMANDS: Operations = table(
    (
        Operation(
            "POST", f"{_PLAN}/accept", "acceptPlan",
            "Decide lines of a plan, each as a single decision would", TAG, _accept, DECIDE,
            {200: BatchShown, 202: BatchShown}, body=AcceptBody, headers=LOCATION,
            refusals=frozenset({Code.TOO_MANY_ITEMS}),
            example={
                "lines": [
                    {
                        "bill_id": "20b5b751-29e2-50a7-ba50-e58333f71ca0",
                        "amount": {"minor": 125000, "currency": "USD"},
                        "action": "schedule",
                        "on": "2026-12-01",
                    }
                ]
            },
        ),
    )
)  # fmt: skip
