"""Routes that show a client's staging rules, change them, and try them without effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import valid_id
from rowcol.domain.staging_rules import STAGING_RULES, Rule, RulesProposal, StagingRules
from rowcol.domain.staging_rules_shape import RULES_MAX
from rowcol.edge.caller import CONFIGURE, NOT_FOUND, VIEW
from rowcol.edge.cursor import after_of, cursor_of
from rowcol.edge.limits import ChangeBody
from rowcol.edge.operation import ETAG, Body, Call, Operation, Operations, Reply, table
from rowcol.edge.reading import CURSOR_CHARACTERS_MAX, OfClient, Reading, read_operation
from rowcol.edge.staging_rule_bodies import RuleBody, RulesBody, rules_asked
from rowcol.edge.writing import Shown, write
from rowcol.service.staging_rules import NO_RULES
from rowcol.service.staging_rules_changes import approve_rules, put_rules, reject_rules
from rowcol.service.staging_rules_try import Tried, try_bill, try_open_bills

TAG = "Staging rules"
PATH = "/staging-rules"
_ROUTE = f"/clients/{{client}}{PATH}"
TRY_DEFAULT, TRY_MAX = 20, 50


class TryBody(Body):
    """One bill, or a page of all open ones; under these rules, or those in force without any."""

    bill_id: str | None = None
    rules: Annotated[list[RuleBody] | None, Field(max_length=RULES_MAX)] = None
    limit: Annotated[int, Field(ge=1, le=TRY_MAX)] = TRY_DEFAULT
    cursor: Annotated[str | None, Field(min_length=1, max_length=CURSOR_CHARACTERS_MAX)] = None


@dataclass(frozen=True, slots=True)
class RulesShown:
    """Rules in force, since when each does what it does, and the change that waits, if one does."""

    rules: tuple[Rule, ...]
    since: dict[str, datetime]
    pending: RulesProposal | None


@dataclass(frozen=True, slots=True)
class TriedShown:
    """What would happen to each bill and why; `rules` is filled where one bill was asked for."""

    items: tuple[Tried, ...]
    next_cursor: str | None


def _shown(rules: StagingRules, now: datetime) -> RulesShown:
    return RulesShown(rules.rules, rules.since, rules.waiting(now))


def _show(rules: StagingRules) -> Shown:
    body = RulesShown(rules.rules, rules.since, rules.pending)
    return Shown(body, {"ETag": f'"{rules.version + 1}"'})


def _read(read: OfClient) -> Reply:
    rules = read.books.get(StagingRules, STAGING_RULES) or NO_RULES
    return Reply(_shown(rules, read.environment.now()), headers={"ETag": f'"{rules.version}"'})


def _put(call: Call) -> Reply | Refusal:
    rules, version = rules_asked(call, call.body_as(RulesBody).rules), call.version
    if isinstance(rules, Refusal):
        return rules
    assert version is not None  # the operation needs If-Match
    return write(
        call, lambda change: put_rules(call.environment, change, rules, version), _show, None
    )


def _approve(call: Call) -> Reply | Refusal:
    name = call.body_as(ChangeBody).change_id
    asked = {"approve": STAGING_RULES, "change": name}
    return write(call, lambda change: approve_rules(call.environment, change, name), _show, asked)


def _reject(call: Call) -> Reply | Refusal:
    name = call.body_as(ChangeBody).change_id
    asked = {"reject": STAGING_RULES, "change": name}
    return write(call, lambda change: reject_rules(change, name), _show, asked)


def _try(call: Call) -> Reply | Refusal:
    body = call.body_as(TryBody)
    if body.bill_id is not None and not valid_id(body.bill_id):
        return NOT_FOUND
    given = rules_asked(call, body.rules) if body.rules is not None else None
    if isinstance(given, Refusal):
        return given
    environment, scope, actor = call.environment, call.scope, call.caller.actor
    question = {"rules": given}
    after = after_of(question, body.cursor) if body.cursor is not None else None
    if isinstance(after, Refusal):
        return after
    if body.bill_id is not None:
        tried = try_bill(environment, scope, actor, given, body.bill_id)
        return tried if isinstance(tried, Refusal) else Reply(TriedShown((tried,), None))
    page = try_open_bills(environment, scope, actor, given, after, body.limit)
    more = cursor_of(question, page.next_key) if page.next_key is not None else None
    return Reply(TriedShown(page.items, more))


_AMOUNTS = frozenset(
    {
        Code.AMOUNT_NOT_POSITIVE, Code.AMOUNT_PRECISION, Code.AMOUNT_TOO_LARGE,
        Code.CURRENCY_MISMATCH,
    }
)  # fmt: skip
_DECIDING = frozenset({Code.NO_PENDING_CHANGE, Code.SAME_PERSON})
_EXAMPLE = {
    "rules": [
        {
            "id": "large-or-new",
            "name": "Large bills and first payments",
            "when": [
                [{"fact": "amount", "at_least": {"minor": 1_000_000, "currency": "USD"}}],
                [
                    {"fact": "first_payment", "holds": True},
                    {"fact": "network", "none_of": ["CARD"]},
                ],
            ],
            "then": ["second_person", "step_up"],
        }
    ]
}
_CHANGE = {"change_id": "rul_01M9X71STBEN5FDE831Y440Q40"}

COMMANDS: Operations = table(
    (
        Operation(
            "PUT", _ROUTE, "putStagingRules",
            "Replace a client's staging rules; weaker ones wait for a second person", TAG, _put,
            CONFIGURE, {200: RulesShown}, body=RulesBody, if_match=True, example=_EXAMPLE,
            refusals=_AMOUNTS
            | {Code.VERSION_MISMATCH, Code.VERSION_REQUIRED, Code.STEP_UP_REQUIRED},
            headers=ETAG,
        ),
        Operation(
            "POST", f"{_ROUTE}/approve", "approveStagingRules",
            "The second person's yes to weaker staging rules", TAG, _approve, CONFIGURE,
            {200: RulesShown}, body=ChangeBody, refusals=_DECIDING | {Code.STEP_UP_REQUIRED},
            example=_CHANGE, headers=ETAG,
        ),
        Operation(
            "POST", f"{_ROUTE}/reject", "rejectStagingRules",
            "The second person's no to weaker staging rules", TAG, _reject, CONFIGURE,
            {200: RulesShown}, body=ChangeBody, refusals=_DECIDING, example=_CHANGE,
            headers=ETAG,
        ),
        Operation(
            "POST", f"{_ROUTE}/try", "tryStagingRules",
            "What staging rules would do with one bill or all open ones, without effect", TAG,
            _try, VIEW, {200: TriedShown}, body=TryBody, refusals=_AMOUNTS, asks_only=True,
            example={"rules": _EXAMPLE["rules"]},
        ),
    )
)  # fmt: skip
READS: Operations = table(
    (
        read_operation(
            Reading(
                PATH, "readStagingRules", "Staging rules of a client, and the change that waits",
                TAG, RulesShown, headers=ETAG,
            ),
            _read,
        ),
    )
)  # fmt: skip
