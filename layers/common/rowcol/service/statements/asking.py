"""Commands about statement files: once per Idempotency-Key, and then the file as it is by now."""

from __future__ import annotations

from collections.abc import Callable

from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import Scope
from rowcol.domain.statements.file import StatementFile
from rowcol.service.change import Change
from rowcol.service.environment import Environment
from rowcol.service.statements.apply import NO_FILE
from rowcol.service.statements.files import Who, asked_once


def ask_once(
    environment: Environment,
    scope: Scope,
    who: Who,
    plan: Callable[[Change], StatementFile | Refusal],
) -> StatementFile | Refusal:
    """Run a command once per key; asked again, the file is shown as it is by then."""
    return asked_once(environment, scope, who, StatementFile, NO_FILE, plan)


def file_id_of(who: Who) -> str:
    """The same key gives the same file."""
    return who.id_of("stm_")
