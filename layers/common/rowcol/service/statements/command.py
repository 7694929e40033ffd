"""Apply and undo as people ask for them: begun by one write, done as far as the time allows."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime

from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Scope
from rowcol.domain.statements.file import AT_WORK, FileState, ImportedFile, StatementFile
from rowcol.service.change import Change, Contention
from rowcol.service.environment import Environment
from rowcol.service.statements.apply import NO_FILE, begin_apply
from rowcol.service.statements.asking import ask_once
from rowcol.service.statements.files import GONE, Who, is_lost
from rowcol.service.statements.look import desk_of
from rowcol.service.statements.run import carry_on
from rowcol.service.statements.undo import begin_undo, claimed_lines
from rowcol.service.store import StoreUnavailable

logger = logging.getLogger(__name__)


def apply(
    environment: Environment, scope: Scope, who: Who, file_id: str, until: datetime | None
) -> StatementFile | Refusal:
    """Bring a previewed file into the books; what is left at `until` is done elsewhere.

    Refused as `begin_apply` does, and `wrong_state` when its bytes are not kept any more.
    """
    file = environment.store.books(scope).get(StatementFile, file_id)
    if file is None or file.state is FileState.DELETED:
        return NO_FILE
    if is_lost(environment, scope, file):
        return GONE
    return _begun(environment, scope, who, until, lambda change: begin_apply(change, file_id))


def undo(
    environment: Environment,
    scope: Scope,
    who: Who,
    file_id: str,
    until: datetime | None,
    *,
    free_matches: bool,
) -> StatementFile | Refusal:
    """Take an import back; what is left at `until` is done elsewhere. Refused as `begin_undo`."""
    books = environment.store.books(scope)
    file = books.get(StatementFile, file_id)
    if file is None or file.state is FileState.DELETED:
        return NO_FILE
    claimed = claimed_lines(books, file) if file.state is FileState.APPLIED else []
    return _begun(
        environment,
        scope,
        who,
        until,
        lambda change: begin_undo(change, file_id, claimed, free_matches=free_matches),
    )


def _begun(
    environment: Environment,
    scope: Scope,
    who: Who,
    until: datetime | None,
    plan: Callable[[Change], StatementFile | Refusal],
) -> StatementFile | Refusal:
    result = ask_once(environment, scope, who, plan)
    if isinstance(result, Refusal) or result.state not in AT_WORK:
        return result
    return go_on(environment, scope, result, until)


def go_on(
    environment: Environment, scope: Scope, file: StatementFile, until: datetime | None
) -> StatementFile:
    """Do what the time allows, then hand over. Should that fail, the minute sweep finds it."""
    try:
        file = carry_on(environment, scope, file.id, until)
    except (Contention, StoreUnavailable):
        logger.warning("statement not finished", extra={"statement": file.id}, exc_info=True)
    if file.state in AT_WORK or file.state is FileState.UPLOADING:
        hand_over(environment, scope, file.id)
    return file


def read_now(environment: Environment, scope: Scope, file: ImportedFile) -> Refusal | None:
    """Have an awaited file read by the worker, one that is there already left as it is.

    Refused: `wrong_state` while nothing was uploaded.
    """
    if file.state is not FileState.UPLOADING:
        return None
    if not desk_of(environment).files.has(scope, file.object_name):
        return Refusal(
            Code.WRONG_STATE,
            "nothing was uploaded yet",
            {"state": file.state.value},
            remedy="put the file where the upload link says",
        )
    hand_over(environment, scope, file.id)
    return None


def hand_over(environment: Environment, scope: Scope, file_id: str) -> None:
    """Have the worker go on with a file."""
    try:
        desk_of(environment).carry_on(scope, file_id)
    except Exception:  # whatever it is, the file is stored and the answer stands
        logger.warning("statement not handed over", extra={"statement": file_id}, exc_info=True)
