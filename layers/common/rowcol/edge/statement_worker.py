"""The worker of statement files: goes on with one, when asked or when the bucket tells of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rowcol.domain.scope import Scope, valid_id
from rowcol.domain.statements.file import AT_WORK, StatementFile
from rowcol.edge.observability import line
from rowcol.edge.task import BadTaskInput, scope_of
from rowcol.service.environment import Environment
from rowcol.service.statements.look import desk_of
from rowcol.service.statements.run import carry_on
from rowcol.service.stripe_files.run import carry_on as carry_on_stripe
from rowcol.service.stripe_files.submit import PREFIX as STRIPE_PREFIX

_KEY_PARTS = 4


def run(environment: Environment, event: Mapping[str, Any], until: datetime) -> dict[str, object]:
    """One invocation: `{"firm", "client", "statement"}`, or a notice of the bucket's.

    Raises BadTaskInput, LostStatement, FilesUnavailable, Contention. One that got nowhere does not
    call the next: the minute sweep tries again.
    """
    scope, name = _asked(event)
    if name.startswith(STRIPE_PREFIX):
        return _run_stripe(environment, scope, name, until)
    before = environment.store.books(scope).get(StatementFile, name)
    if before is None:
        raise BadTaskInput("no such statement")
    file = carry_on(environment, scope, name, until)
    if file.state in AT_WORK and file.version != before.version and _has_turn(file, before):
        desk_of(environment).carry_on(scope, name)
    line(
        "statement",
        client=scope.client,
        statement=name,
        state=file.state.value,
        done=file.lines_done,
        undone=file.steps_undone,
    )
    return {"state": file.state.value, "done": file.lines_done}


def _run_stripe(
    environment: Environment, scope: Scope, name: str, until: datetime
) -> dict[str, object]:
    """The same for a file of Stripe's."""
    file = carry_on_stripe(environment, scope, name, until)
    if file.state in AT_WORK:
        desk_of(environment).carry_on(scope, name)
    line("stripe_file", client=scope.client, file=name, state=file.state.value, done=file.rows_done)
    return {"state": file.state.value, "done": file.rows_done}


def _has_turn(file: StatementFile, before: StatementFile) -> bool:
    """Whether lines were written: one that waits for another file is called by the sweep."""
    return (file.lines_done, file.steps_undone) != (before.lines_done, before.steps_undone)


def _asked(event: Mapping[str, Any]) -> tuple[Scope, str]:
    if event.get("source") == "aws.s3":
        return _of_notice(event)
    name = event.get("statement")
    if not (isinstance(name, str) and valid_id(name)):
        raise BadTaskInput("statement is needed")
    return scope_of(event), name


def _of_notice(event: Mapping[str, Any]) -> tuple[Scope, str]:
    """`Object Created` of EventBridge; the key is `uploads/<firm>/<client>/<statement>`."""
    detail = event.get("detail")
    described = detail.get("object") if isinstance(detail, Mapping) else None
    key = described.get("key") if isinstance(described, Mapping) else None
    parts = key.split("/") if isinstance(key, str) else []
    if len(parts) != _KEY_PARTS or not all(map(valid_id, parts)):
        raise BadTaskInput("the key of the object is none of ours")
    return Scope(parts[1], parts[2]), parts[3]
