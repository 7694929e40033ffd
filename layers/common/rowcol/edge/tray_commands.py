"""Routes that do something with items of the tray, one or many, and with the rules about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from rowcol.domain.batch import Mode
from rowcol.domain.batch_items import ITEMS_MAX
from rowcol.domain.client import Client
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.tray import TrayItem
from rowcol.domain.tray_acts import TrayVerb
from rowcol.domain.tray_rules import (
    PATTERN_CHARACTERS_MAX,
    TRAY_RULES,
    RuleProposal,
    TrayRule,
    TrayRules,
)
from rowcol.edge.amounts import MoneyBody, money_of
from rowcol.edge.batches import BatchShown, ask
from rowcol.edge.caller import CONFIGURE, NOT_FOUND, STAGE
from rowcol.edge.limits import ChangeBody
from rowcol.edge.operation import (
    LOCATION,
    Body,
    Call,
    Operation,
    Operations,
    Reply,
    table,
)
from rowcol.edge.reading import OfClient, Reading, read_operation
from rowcol.edge.tray_queries import TrayItemRead, item_read
from rowcol.edge.writing import Shown, write
from rowcol.service.bulk.submit import cut_ids, items_problem
from rowcol.service.bulk.tray_verbs import TRAY_VERBS, item_text
from rowcol.service.change import Change
from rowcol.service.tray_acts import Wanted, act_on_item
from rowcol.service.tray_rights import owner_refusal
from rowcol.service.tray_rules import RuleWanted, approve_rule, reject_rule, remove_rule

TAG = "Hygiene"
WORDS_CHARACTERS_MAX = 2_000
RULES = "/clients/{client}/tray-rules"
Id = Annotated[str | None, Field(min_length=1, max_length=64)]


class TrayRuleBody(Body):
    """How wide an exclusion is, beside the item's kind, and until when it holds."""

    expires_at: datetime
    party_id: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    amount_at_most: MoneyBody | None = None
    subject_pattern: Annotated[
        str | None, Field(min_length=1, max_length=PATTERN_CHARACTERS_MAX)
    ] = None


class TrayActBody(Body):
    """`text`: the reason, what was done, the question or the answer, as the verb has it.

    `mark`: of the item as it was seen, needed to accept it. `owner`, `due_on`: of assign; absent
    is nobody, and no day. `until`: of snooze. `rule`: of exclude. What a verb does not take is
    refused.
    """

    text: Annotated[str, Field(max_length=WORDS_CHARACTERS_MAX)] = ""
    mark: Annotated[str | None, Field(min_length=1, max_length=32)] = None
    owner: Id = None
    due_on: date | None = None
    until: datetime | None = None
    rule: TrayRuleBody | None = None


class TrayItemBody(Body):
    """One item of many, and its mark where it is to be accepted."""

    id: str
    mark: Annotated[str | None, Field(min_length=1, max_length=32)] = None


class TrayManyBody(Body):
    """The same of up to 1,000 items; `verb`: one of those that make sense for many."""

    verb: Literal["fix", "accept", "assign", "ask", "snooze", "wake"]
    # Not pydantic's own limits: too many items have a code of their own.
    items: Annotated[
        tuple[TrayItemBody, ...], Field(json_schema_extra={"minItems": 1, "maxItems": ITEMS_MAX})
    ]
    text: Annotated[str, Field(max_length=WORDS_CHARACTERS_MAX)] = ""
    owner: Id = None
    due_on: date | None = None
    until: datetime | None = None


TAKES: dict[TrayVerb, frozenset[str]] = {
    TrayVerb.FIX: frozenset({"text", "mark"}),
    TrayVerb.ACCEPT: frozenset({"text", "mark"}),
    TrayVerb.EXCLUDE: frozenset({"text", "mark", "rule"}),
    TrayVerb.ASSIGN: frozenset({"text", "owner", "due_on"}),
    TrayVerb.ASK: frozenset({"text"}),
    TrayVerb.ANSWER: frozenset({"text"}),
    TrayVerb.WITHDRAW: frozenset({"text"}),
    TrayVerb.SNOOZE: frozenset({"text", "until"}),
    TrayVerb.WAKE: frozenset({"text"}),
    TrayVerb.UNDO: frozenset({"text"}),
}


def body_problem(verb: TrayVerb, body: Body) -> Refusal | None:
    """Refuse fields that the verb does not take, and times without a zone."""
    extra = sorted(body.model_fields_set - TAKES[verb] - {"verb", "items", "mode"})
    if extra:
        return Refusal(
            Code.INVALID_INPUT,
            f"{verb.value} does not take {', '.join(extra)}",
            {"field": extra[0], "takes": sorted(TAKES[verb])},
        )
    rule = getattr(body, "rule", None)
    for field, at in (
        ("until", getattr(body, "until", None)),
        ("rule.expires_at", rule.expires_at if rule is not None else None),
    ):
        if at is not None and at.tzinfo is None:
            return Refusal(Code.INVALID_INPUT, f"{field} needs a zone", {"field": field})
    return None


@dataclass(frozen=True, slots=True)
class TrayRulesShown:
    """A client's rules, and the one that waits for a second person."""

    rules: tuple[TrayRule, ...]
    pending: RuleProposal | None


def _act(call: Call) -> Reply | Refusal:
    name = call.path["verb"]
    if name not in {verb.value for verb in TrayVerb}:
        return NOT_FOUND
    verb, body = TrayVerb(name), call.body_as(TrayActBody)
    refused = body_problem(verb, body)
    refused = refused or owner_refusal(call.environment, call.scope, body.owner)
    if refused is not None:
        return refused
    rule = _rule(call, body.rule)
    if isinstance(rule, Refusal):
        return rule
    wanted = Wanted(
        verb, call.path["item"], body.text.strip(), body.mark, body.owner, body.due_on,
        body.until, rule,
    )  # fmt: skip

    def plan(change: Change) -> TrayItem | Refusal:
        change.rights = call.caller.rights
        return act_on_item(call.environment, change, wanted)

    asked = {"tray": wanted.item_id, "verb": verb, "body": body.model_dump(mode="json")}
    return write(call, plan, lambda item: Shown(item_read(call, item)), asked)


def _many(call: Call) -> Reply | Refusal:
    body = call.body_as(TrayManyBody)
    verb = TrayVerb(body.verb)
    problem = items_problem(body.items, "items") or body_problem(verb, body)
    problem = problem or owner_refusal(call.environment, call.scope, body.owner)
    if problem is not None:
        return problem
    names = cut_ids([item.id for item in body.items])
    items = [
        item_text(
            Wanted(verb, name, body.text.strip(), item.mark, body.owner, body.due_on, body.until)
        )
        for name, item in zip(names, body.items, strict=True)
    ]
    asked = {"tray": "bulk", "body": body.model_dump(mode="json")}
    return ask(call, TRAY_VERBS[verb], Mode.INDEPENDENT, items, asked)


def _rule(call: Call, body: TrayRuleBody | None) -> RuleWanted | Refusal | None:
    if body is None:
        return None
    most = None
    if body.amount_at_most is not None:
        owner = call.environment.store.books(call.scope).get(Client, call.scope.client)
        if owner is None:
            return NOT_FOUND
        told = money_of(body.amount_at_most, owner.currency, "rule.amount_at_most")
        if isinstance(told, Refusal):
            return told
        most = told
    return RuleWanted(body.expires_at, body.party_id, most, body.subject_pattern)


def _rules(read: OfClient) -> Reply:
    rules = read.books.get(TrayRules, TRAY_RULES) or TrayRules(TRAY_RULES, 0)
    return Reply(TrayRulesShown(rules.rules, rules.waiting(read.environment.now())))


def _approve(call: Call) -> Reply | Refusal:
    name = call.body_as(ChangeBody).change_id
    asked = {"approve": TRAY_RULES, "change": name}
    return write(
        call, lambda change: approve_rule(call.environment, change, name), _show_rules, asked
    )


def _reject(call: Call) -> Reply | Refusal:
    name = call.body_as(ChangeBody).change_id
    asked = {"reject": TRAY_RULES, "change": name}
    return write(call, lambda change: reject_rule(change, name), _show_rules, asked)


def _remove(call: Call) -> Reply | Refusal:
    name = call.path["rule"]
    return write(call, lambda change: remove_rule(change, name), _show_rules, None)


def _show_rules(rules: TrayRules) -> Shown:
    return Shown(TrayRulesShown(rules.rules, rules.pending))


_ACT_REFUSALS = frozenset(
    {
        Code.VERB_NOT_ALLOWED, Code.WRONG_STATE, Code.SAME_PERSON, Code.SECOND_PERSON_REQUIRED,
        Code.STEP_UP_REQUIRED, Code.VERSION_MISMATCH, Code.ALREADY_ASKED, Code.DATE_PAST,
        Code.DATE_TOO_FAR, Code.TOO_MANY_ITEMS, Code.CURRENCY_MISMATCH, Code.AMOUNT_NOT_POSITIVE,
        Code.AMOUNT_PRECISION, Code.AMOUNT_TOO_LARGE,
    }
)  # fmt: skip
_DECIDING = frozenset({Code.NO_PENDING_CHANGE, Code.SAME_PERSON})
_ASKED = {"text": "Is this the deposit for the new oven?"}
_MANY = {
    "verb": "accept",
    "items": [{"id": "payment-pay_01M7Z9YX1KJ2JAHSHPHY88CB01-late", "mark": "5f2b0c7d9a1e4f60"}],
    "text": "the bank was closed that week",
}
_CHANGE = {"change_id": "trp_01M9X71STBEN5FDE831Y440Q40"}
COMMANDS: Operations = table(
    (
        Operation(
            "POST", "/clients/{client}/tray/{item}/{verb}", "actOnItem",
            "Do something with an item of the tray", TAG, _act, STAGE, {200: TrayItemRead},
            body=TrayActBody, refusals=_ACT_REFUSALS, example=_ASKED,
        ),
        Operation(
            "POST", "/tray/{item}/{verb}", "actOnFirmItem",
            "Do something with one of the firm's own items", TAG, _act, STAGE, {200: TrayItemRead},
            body=TrayActBody, refusals=_ACT_REFUSALS, example=_ASKED,
        ),
        Operation(
            "POST", "/clients/{client}/tray/bulk", "actOnManyItems",
            "Do the same with up to 1,000 items", TAG, _many, STAGE,
            {200: BatchShown, 202: BatchShown}, body=TrayManyBody,
            refusals=frozenset({Code.TOO_MANY_ITEMS}), example=_MANY, headers=LOCATION,
        ),
        Operation(
            "POST", f"{RULES}/approve", "approveTrayRule",
            "The second person's yes to a rule that keeps severe items out", TAG, _approve,
            CONFIGURE, {200: TrayRulesShown}, body=ChangeBody,
            refusals=_DECIDING | {Code.STEP_UP_REQUIRED, Code.TOO_MANY_ITEMS, Code.DATE_PAST},
            example=_CHANGE,
        ),
        Operation(
            "POST", f"{RULES}/reject", "rejectTrayRule", "The second person's no to such a rule",
            TAG, _reject, CONFIGURE, {200: TrayRulesShown}, body=ChangeBody, refusals=_DECIDING,
            example=_CHANGE,
        ),
        Operation(
            "DELETE", f"{RULES}/{{rule}}", "removeTrayRule",
            "End a rule: what it kept out is listed again", TAG, _remove, CONFIGURE,
            {200: TrayRulesShown},
        ),
    )
)  # fmt: skip
READS: Operations = table(
    (
        read_operation(
            Reading(
                "/tray-rules", "listTrayRules", "Rules that keep items out", TAG, TrayRulesShown
            ),
            _rules,
        ),
    )
)
