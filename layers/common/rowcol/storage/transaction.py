"""One state change as one TransactWriteItems: guards are the conditions, the answer names what had changed."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from rowcol.domain.client import Head
from rowcol.domain.plain import canonical
from rowcol.domain.scope import Scope, ScopeError
from rowcol.service.store import (
    Aggregate,
    Command,
    Commit,
    Committed,
    Conflict,
    StoreUnavailable,
    TransactionTooLarge,
    VersionCheck,
)
from rowcol.storage import keys
from rowcol.storage.calls import code_of, guarded
from rowcol.storage.codec import aggregate_item
from rowcol.storage.entries import entry_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

ITEMS_MAX = 100
_CHANGED = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


@dataclass(frozen=True, slots=True)
class Tables:
    """Physical names of the tables."""

    records: str
    audit: str
    idempotency: str
    views: str


@dataclass(frozen=True, slots=True)
class Action:
    """One item of a transaction and the name under which a conflict is reported."""

    name: str
    request: dict[str, Any]


def commit(
    client: DynamoDBClient, tables: Tables, commit: Commit, now: datetime
) -> Committed | Conflict:
    """Write all of it or nothing. botocore sends one request token through its own retries, so none applies twice."""
    actions = _actions(tables, commit, now)
    if len(actions) > ITEMS_MAX:
        raise TransactionTooLarge(f"{len(actions)} items")
    request: dict[str, Any] = {"TransactItems": [action.request for action in actions]}
    if commit.token is not None:
        request["ClientRequestToken"] = commit.token
    try:
        guarded(lambda: client.transact_write_items(**request))
    except ClientError as error:
        return _conflict(error, actions)
    return Committed()


def _conflict(error: ClientError, actions: Sequence[Action]) -> Conflict:
    if code_of(error) == "TransactionInProgressException":
        return Conflict(("transaction",))
    if code_of(error) != "TransactionCanceledException":
        raise error
    reasons = cast("list[dict[str, Any]]", error.response.get("CancellationReasons", []))
    codes = [str(reason.get("Code", "None")) for reason in reasons]
    changed = tuple(
        action.name for action, code in zip(actions, codes, strict=False) if code in _CHANGED
    )
    other = sorted({code for code in codes if code not in _CHANGED and code != "None"})
    if other and set(other) <= {"ThrottlingError", "ProvisionedThroughputExceeded"}:
        raise StoreUnavailable(", ".join(other)) from error
    if other or not changed:
        raise error
    return Conflict(changed)


def _actions(tables: Tables, commit: Commit, now: datetime) -> list[Action]:
    scope = commit.scope
    head = cast(Aggregate, commit.head)
    found = [_put(tables, scope, head, now)]
    found += [_put(tables, scope, aggregate, now) for aggregate in commit.puts]
    for entry in commit.entries:
        if (entry.firm, entry.client) != (scope.firm, scope.client):
            raise ScopeError("entry of another scope")
        put = {
            "TableName": tables.audit,
            "Item": entry_item(scope, entry),
            "ConditionExpression": _NEW,
        }
        found.append(Action("log", {"Put": put}))
    found += [_check(tables, scope, check) for check in commit.checks]
    if commit.command is not None:
        found.append(_command(tables, scope, commit.command, now))
    return found


_NEW = "attribute_not_exists(pk)"


def version_condition(version: int) -> dict[str, Any]:
    """The condition that an item still has the version it was read at."""
    if version == 0:
        return {"ConditionExpression": _NEW}
    return {
        "ConditionExpression": "#version = :version",
        "ExpressionAttributeNames": {"#version": "version"},
        "ExpressionAttributeValues": {":version": {"N": str(version)}},
    }


def _put(tables: Tables, scope: Scope, aggregate: Aggregate, now: datetime) -> Action:
    name = "head" if aggregate.kind == Head.kind else f"{aggregate.kind}/{aggregate.id}"
    item = aggregate_item(scope, aggregate, now)
    return Action(
        name,
        {
            "Put": {
                "TableName": tables.records,
                "Item": item,
                **version_condition(aggregate.version),
            }
        },
    )


def _check(tables: Tables, scope: Scope, check: VersionCheck) -> Action:
    if check.scope not in (scope, Scope(scope.firm)):
        raise ScopeError("check of another scope")
    key = {
        "pk": {"S": keys.record_key(check.scope, check.kind, check.id)},
        "sk": {"S": keys.SORT_KEY},
    }
    request = {"TableName": tables.records, "Key": key, **version_condition(check.version)}
    return Action(f"{check.kind}/{check.id}", {"ConditionCheck": request})


def _command(tables: Tables, scope: Scope, command: Command, now: datetime) -> Action:
    item = {
        "pk": {"S": keys.record_key(scope, "command", command.key)},
        "sk": {"S": keys.SORT_KEY},
        "input_hash": {"S": command.input_hash},
        "answer": {"S": canonical(command.answer)},
        "expires_at": {"N": str(int(command.expires_at.timestamp()))},
    }
    request = {
        "TableName": tables.idempotency,
        "Item": item,
        "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now",
        "ExpressionAttributeValues": {":now": {"N": str(int(now.timestamp()))}},
    }
    return Action("command", {"Put": request})


def command_of(key: str, item: dict[str, Any], expires_at: datetime) -> Command:
    """The command record an item holds."""
    return Command(key, item["input_hash"]["S"], json.loads(item["answer"]["S"]), expires_at)
