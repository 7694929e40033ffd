"""One state change as one TransactWriteItems: guards are conditions, a conflict names its items."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from rowcol.domain.client import Head
from rowcol.domain.log import Entry
from rowcol.domain.plain import canonical
from rowcol.domain.scope import Scope
from rowcol.service import commit_rules
from rowcol.service.counter_rules import COUNTER, CounterOverdrawn
from rowcol.service.store import (
    Aggregate,
    Command,
    Commit,
    Committed,
    Conflict,
    CounterMove,
    StoreUnavailable,
    VersionCheck,
)
from rowcol.storage import keys
from rowcol.storage.calls import code_of, guarded
from rowcol.storage.codec import aggregate_item
from rowcol.storage.counters import counter_update, was_overdrawn
from rowcol.storage.entries import entry_item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_CHANGED = "ConditionalCheckFailed"
# Another transaction was at work on the item just then: nothing is said about its version.
_CROWDED = "TransactionConflict"
_PASSING = frozenset({"ThrottlingError", "ProvisionedThroughputExceeded"})
_TOKEN_CHARACTERS = 36


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
    move: CounterMove | None = None


def commit(
    client: DynamoDBClient, tables: Tables, scope: Scope, commit: Commit, now: datetime
) -> Committed | Conflict:
    """Write all of it or nothing. botocore repeats with one request token, so none applies twice.

    Raises what commit_rules.check raises; TokenReused; CounterOverdrawn; StoreUnavailable, after
    which the same commit with the same token may be sent again.
    """
    commit_rules.check(scope, commit)
    # The time of the change, not of this call: a repeat must be the same request to the byte.
    moment = commit.entries[-1].at if commit.entries else now
    actions = _actions(tables, commit, moment)
    request: dict[str, Any] = {"TransactItems": [action.request for action in actions]}
    if commit.token is not None:
        request["ClientRequestToken"] = _request_token(scope, commit.token)
    try:
        guarded(lambda: client.transact_write_items(**request))
    except ClientError as error:
        conflict = _conflict(error, actions)
        overdrawn = _overdrawn(error, actions)
        if overdrawn and _is_fresh(client, tables, commit):
            raise CounterOverdrawn(", ".join(overdrawn)) from error
        return conflict
    return Committed()


def _request_token(scope: Scope, token: str) -> str:
    """Tokens are DynamoDB's per account and at most 36 characters; ours are per client."""
    text = f"{scope.firm}/{scope.client}/{token}"
    return hashlib.sha256(text.encode()).hexdigest()[:_TOKEN_CHARACTERS]


def _conflict(error: ClientError, actions: Sequence[Action]) -> Conflict:
    if code_of(error) == "IdempotentParameterMismatchException":
        raise commit_rules.TokenReused from error
    if code_of(error) != "TransactionCanceledException":
        raise error
    reasons = cast("list[dict[str, Any]]", error.response.get("CancellationReasons", []))
    codes = [str(reason.get("Code", "None")) for reason in reasons]
    changed = tuple(
        action.name for action, code in zip(actions, codes, strict=False) if code == _CHANGED
    )
    crowded = _CROWDED in codes
    other = set(codes) - {_CHANGED, _CROWDED, "None"}
    if other - _PASSING or not (other or changed or crowded):
        raise error
    if changed or crowded:
        return Conflict(changed)
    raise StoreUnavailable(", ".join(sorted(other))) from error


def _overdrawn(error: ClientError, actions: Sequence[Action]) -> list[str]:
    """Counters that would go below zero; none when anything else had changed as well."""
    reasons = cast("list[dict[str, Any]]", error.response.get("CancellationReasons", []))
    failed = [
        (action, reason)
        for action, reason in zip(actions, reasons, strict=False)
        if reason.get("Code") == _CHANGED
    ]
    if any(action.move is None for action, _ in failed):
        return []
    return [
        action.name
        for action, reason in failed
        if action.move is not None and was_overdrawn(action.move, reason)
    ]


def _is_fresh(client: DynamoDBClient, tables: Tables, commit: Commit) -> bool:
    """Whether the books a commit was planned on are still the present ones.

    A plan on old books may give back what another has given back already: that is a conflict. So
    this asks, instead of trusting that a cancelled transaction lists each reason.
    """
    where = keys.item_key(keys.record_key(commit.scope, Head.kind, Head.id))
    answer: Any = guarded(
        lambda: client.get_item(TableName=tables.records, Key=where, ConsistentRead=True)
    )
    return int(answer.get("Item", {}).get("version", {}).get("N", "0")) == commit.head.version


def _actions(tables: Tables, commit: Commit, moment: datetime) -> list[Action]:
    scope = commit.scope
    found = [
        _put(tables, scope, aggregate, moment)
        for aggregate in (cast(Aggregate, commit.head), *commit.puts)
    ]
    found += [_append(tables, scope, entry) for entry in commit.entries]
    found += [_check(tables, check) for check in commit.checks]
    found += [
        Action(f"{COUNTER}/{move.id}", {"Update": counter_update(tables.records, move)}, move)
        for move in commit.counters
    ]
    if commit.command is not None:
        found.append(_command(tables, scope, commit.command, moment))
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


def _put(tables: Tables, scope: Scope, aggregate: Aggregate, moment: datetime) -> Action:
    name = Head.kind if aggregate.kind == Head.kind else f"{aggregate.kind}/{aggregate.id}"
    request = {
        "TableName": tables.records,
        "Item": aggregate_item(scope, aggregate, moment),
        **version_condition(aggregate.version),
    }
    return Action(name, {"Put": request})


def _append(tables: Tables, scope: Scope, entry: Entry) -> Action:
    item = entry_item(scope, entry)
    return Action(
        "log", {"Put": {"TableName": tables.audit, "Item": item, "ConditionExpression": _NEW}}
    )


def _check(tables: Tables, check: VersionCheck) -> Action:
    key = keys.item_key(keys.record_key(check.scope, check.kind, check.id))
    request = {"TableName": tables.records, "Key": key, **version_condition(check.version)}
    return Action(f"{check.kind}/{check.id}", {"ConditionCheck": request})


def _command(tables: Tables, scope: Scope, command: Command, moment: datetime) -> Action:
    """A record that has expired is as good as gone: DynamoDB deletes it days later."""
    item = {
        **keys.item_key(keys.command_key(scope, command.key)),
        "input_hash": {"S": command.input_hash},
        "answer": {"S": canonical(command.answer)},
        "expires_at": {"N": str(int(command.expires_at.timestamp()))},
    }
    request = {
        "TableName": tables.idempotency,
        "Item": item,
        "ConditionExpression": "attribute_not_exists(pk) OR expires_at <= :now",
        "ExpressionAttributeValues": {":now": {"N": str(int(moment.timestamp()))}},
    }
    return Action("command", {"Put": request})


def command_of(key: str, item: dict[str, Any]) -> Command:
    """The command record an item holds; its expiry in whole seconds."""
    expires_at = datetime.fromtimestamp(int(item["expires_at"]["N"]), UTC)
    return Command(key, item["input_hash"]["S"], json.loads(item["answer"]["S"]), expires_at)
