"""Routes of what is looked for in a client's payments before they leave."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import Field

from rowcol.domain.client import Client
from rowcol.domain.fraud import Effect, FraudSettings
from rowcol.domain.fraud_rules import FRAUD_RULES, FraudProposal, FraudRules
from rowcol.domain.refusal import Code, Refusal
from rowcol.edge.amounts import MoneyBody, money_of
from rowcol.edge.caller import CONFIGURE, NOT_FOUND
from rowcol.edge.limits import ChangeBody
from rowcol.edge.operation import ETAG, Body, Call, Operation, Operations, Reply, table
from rowcol.edge.reading import OfClient, Reading, read_operation
from rowcol.edge.writing import Shown, write
from rowcol.service.fraud_settings import (
    approve_fraud_settings,
    reject_fraud_settings,
    set_fraud_settings,
)

TAG = "Vendors"
PATH = "/clients/{client}/fraud-settings"
DAYS_MAX = 730
Days = Annotated[int, Field(ge=1, le=DAYS_MAX)]
Multiple = Annotated[int, Field(ge=1, le=100)]


@dataclass(frozen=True, slots=True)
class FraudSettingsShown:
    """The settings that hold; `changed_by` and `changed_at` are null while they are the usual.

    `pending`: weaker settings that wait for a second person.
    """

    settings: FraudSettings
    changed_by: str | None
    changed_at: datetime | None
    pending: FraudProposal | None


class FraudSettingsBody(Body):
    """All settings as they shall be. Below `hold_from` a sign only warns, but for accounts.

    Each sign's effect: `hold`, `warn` or `off`. `first_amount_from`: so much is never usual while
    fewer than five amounts are known.
    """

    hold_from: MoneyBody
    first_amount_from: MoneyBody
    new_payee: Effect = Effect.HOLD
    account_changed: Effect = Effect.HOLD
    amount_outlier: Effect = Effect.HOLD
    pace: Effect = Effect.HOLD
    splitting: Effect = Effect.HOLD
    duplicate: Effect = Effect.HOLD
    new_payee_days: Days = 30
    account_days: Days = 30
    outlier_multiple: Multiple = 5
    pace_multiple: Multiple = 3
    splitting_count: Annotated[int, Field(ge=2, le=20)] = 2
    duplicate_days: Days = 7
    answer_days: Days = 30


def _read(read: OfClient) -> Reply:
    rules = read.books.get(FraudRules, FRAUD_RULES)
    if rules is None:
        usual = FraudSettings.usual(read.client.currency)
        return Reply(FraudSettingsShown(usual, None, None, None), headers={"ETag": '"0"'})
    waits = rules.waiting(read.environment.now())
    return Reply(_shown(rules, waits), headers={"ETag": f'"{rules.version}"'})


def _shown(rules: FraudRules, waits: FraudProposal | None) -> FraudSettingsShown:
    return FraudSettingsShown(rules.settings, rules.changed_by, rules.changed_at, waits)


def _wanted(call: Call) -> FraudSettings | Refusal:
    """The settings asked for, in the client's currency."""
    body = call.body_as(FraudSettingsBody)
    owner = call.environment.store.books(call.scope).get(Client, call.scope.client)
    if owner is None:
        return NOT_FOUND
    hold_from = money_of(body.hold_from, owner.currency, "hold_from")
    if isinstance(hold_from, Refusal):
        return hold_from
    first_amount_from = money_of(body.first_amount_from, owner.currency, "first_amount_from")
    if isinstance(first_amount_from, Refusal):
        return first_amount_from
    others = body.model_dump(exclude={"hold_from", "first_amount_from"})
    return FraudSettings(hold_from, first_amount_from, **others)


def _set(call: Call) -> Reply | Refusal:
    wanted, version = _wanted(call), call.version
    if isinstance(wanted, Refusal):
        return wanted
    assert version is not None  # the operation needs If-Match
    return write(
        call,
        lambda change: set_fraud_settings(call.environment, change, wanted, version),
        _show,
        None,
    )


def _approve(call: Call) -> Reply | Refusal:
    name = call.body_as(ChangeBody).change_id
    asked = {"approve": FRAUD_RULES, "change": name}
    return write(
        call, lambda change: approve_fraud_settings(call.environment, change, name), _show, asked
    )


def _reject(call: Call) -> Reply | Refusal:
    name = call.body_as(ChangeBody).change_id
    asked = {"reject": FRAUD_RULES, "change": name}
    return write(call, lambda change: reject_fraud_settings(change, name), _show, asked)


def _show(rules: FraudRules) -> Shown:
    return Shown(_shown(rules, rules.pending), {"ETag": f'"{rules.version + 1}"'})


_DECIDING = frozenset({Code.NO_PENDING_CHANGE, Code.SAME_PERSON})
_CHANGE = {"change_id": "frd_01M9X71STBEN5FDE831Y440Q40"}
COMMANDS: Operations = table(
    (
        Operation(
            "PUT", PATH, "setFraudSettings",
            "Other settings of what is looked for; weaker ones wait for a second person", TAG,
            _set, CONFIGURE, {200: FraudSettingsShown}, body=FraudSettingsBody,
            refusals=frozenset(
                {
                    Code.VERSION_MISMATCH, Code.VERSION_REQUIRED, Code.CURRENCY_MISMATCH,
                    Code.STEP_UP_REQUIRED, Code.AMOUNT_NOT_POSITIVE, Code.AMOUNT_PRECISION,
                    Code.AMOUNT_TOO_LARGE, Code.UNKNOWN_VALUE,
                }
            ),
            if_match=True,
            example={
                "hold_from": {"minor": 500_000, "currency": "USD"},
                "first_amount_from": {"minor": 1_000_000, "currency": "USD"},
                "duplicate": "warn",
            },
            headers=ETAG,
        ),
        Operation(
            "POST", f"{PATH}/approve", "approveFraudSettings",
            "The second person's yes to weaker fraud settings", TAG, _approve, CONFIGURE,
            {200: FraudSettingsShown}, body=ChangeBody,
            refusals=_DECIDING | {Code.STEP_UP_REQUIRED}, example=_CHANGE, headers=ETAG,
        ),
        Operation(
            "POST", f"{PATH}/reject", "rejectFraudSettings",
            "The second person's no to weaker fraud settings", TAG, _reject, CONFIGURE,
            {200: FraudSettingsShown}, body=ChangeBody, refusals=_DECIDING, example=_CHANGE,
            headers=ETAG,
        ),
    )
)  # fmt: skip
READS: Operations = table(
    (
        read_operation(
            Reading(
                "/fraud-settings", "readFraudSettings", "What is looked for in payments", TAG,
                FraudSettingsShown, headers=ETAG,
            ),
            _read,
        ),
    )
)  # fmt: skip
