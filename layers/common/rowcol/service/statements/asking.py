"""Commands about statement files: once per Idempotency-Key, and then the file as it is by now."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, Scope
from rowcol.domain.statements.file import StatementFile
from rowcol.service.change import Asked, Change, transact
from rowcol.service.environment import Environment
from rowcol.service.statements.apply import NO_FILE
from rowcol.service.store import Command, VersionCheck

ID_CHARACTERS = 26


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks, on which rights, and by which command."""

    actor: Actor
    asked: Asked
    checks: Sequence[VersionCheck]

    @property
    def file_id(self) -> str:
        """The same key gives the same file."""
        return f"stm_{self.asked.key[:ID_CHARACTERS]}"


def ask_once(
    environment: Environment,
    scope: Scope,
    who: Who,
    plan: Callable[[Change], StatementFile | Refusal],
) -> StatementFile | Refusal:
    """Run a command once per key; asked again, the file is shown as it is by then."""
    result = transact(
        environment.store,
        environment.surroundings,
        scope,
        who.actor,
        plan,
        asked=who.asked,
        answer=_answer,
        checks=who.checks,
    )
    if not isinstance(result, Command):
        return result
    refused = result.answer.get("refusal")
    if isinstance(refused, dict):
        code, numbers = Code(refused["code"]), refused["numbers"]
        return Refusal(code, refused["detail"], numbers, refused["remedy"])
    found = environment.store.books(scope).get(StatementFile, str(result.answer["statement"]))
    return found if found is not None else NO_FILE


def _answer(result: StatementFile | Refusal) -> dict[str, object]:
    if isinstance(result, StatementFile):
        return {"statement": result.id}
    return {"refusal": to_plain(result)}
