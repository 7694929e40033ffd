"""What imports of every sort have in common: a statement's file, and one of Stripe's.

Asked once per Idempotency-Key, sent in a request or put where a link says, read as it was looked
at, gone on with by the minute sweep.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Generic, TypeVar

from rowcol.domain.plain import to_plain
from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.scope import Actor, Scope
from rowcol.domain.statements.file import (
    AT_WORK,
    FORGETTABLE,
    UPLOADED_WITHIN,
    FileState,
    ImportedFile,
    Rejection,
)
from rowcol.domain.statements.reading import ProblemCode
from rowcol.service.change import Asked, Change, transact
from rowcol.service.environment import Environment
from rowcol.service.statements.apply import RESUMED_AFTER
from rowcol.service.statements.look import desk_of
from rowcol.service.statements.ports import FILE_BYTES_MAX, FileTooLarge, UploadLink
from rowcol.service.store import Command, VersionCheck

F = TypeVar("F", bound=ImportedFile)
ID_CHARACTERS = 26
GONE = Refusal(
    Code.WRONG_STATE, "the file is not kept any more", {"state": FileState.PREVIEWED},
    remedy="send it again",
)  # fmt: skip


class LostStatement(Exception):
    """A file that is worked on is not there, or its bytes are gone or others: a defect."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who asks, on which rights, and by which command."""

    actor: Actor
    asked: Asked
    checks: Sequence[VersionCheck]

    def id_of(self, prefix: str) -> str:
        """The same key gives the same file."""
        return f"{prefix}{self.asked.key[:ID_CHARACTERS]}"


@dataclass(frozen=True, slots=True)
class Uploading(Generic[F]):
    """A file that is awaited, and where it may be put; no link once it is there."""

    file: F
    link: UploadLink | None


def asked_once(
    environment: Environment,
    scope: Scope,
    who: Who,
    kind: type[F],
    missing: Refusal,
    plan: Callable[[Change], F | Refusal],
) -> F | Refusal:
    """Run a command once per key; asked again, the file is shown as it is by then, or `missing`."""

    def answer(result: F | Refusal) -> dict[str, object]:
        if isinstance(result, Refusal):
            return {"refusal": to_plain(result)}
        return {kind.kind: result.id}

    result = transact(
        environment.store, environment.surroundings, scope, who.actor, plan,
        asked=who.asked, answer=answer, checks=who.checks,
    )  # fmt: skip
    if not isinstance(result, Command):
        return result
    refused = result.answer.get("refusal")
    if isinstance(refused, dict):
        code, numbers = Code(refused["code"]), refused["numbers"]
        return Refusal(code, refused["detail"], numbers, refused["remedy"])
    return environment.store.books(scope).get(kind, str(result.answer[kind.kind])) or missing


def too_large(size_bytes: int, remedy: str) -> Refusal | None:
    """Why a file of so many bytes is not awaited, if it is not."""
    if size_bytes <= FILE_BYTES_MAX:
        return None
    return Refusal(
        Code.TOO_MANY_ITEMS,
        f"a file has at most {FILE_BYTES_MAX} bytes",
        {"bytes": size_bytes, "bytes_max": FILE_BYTES_MAX},
        remedy=remedy,
    )


def awaiting(environment: Environment, scope: Scope, found: F | Refusal) -> Uploading[F] | Refusal:
    """An awaited file with a link that is good for a short time."""
    if isinstance(found, Refusal):
        return found
    if found.state is not FileState.UPLOADING:
        return Uploading(found, None)
    link = desk_of(environment).files.upload_link(scope, found.object_name, found.size_bytes)
    return Uploading(found, link)


def arrived(
    environment: Environment, scope: Scope, file: F, look: Callable[[F, bytes], F]
) -> F | None:
    """An awaited file after a look at what was put there; None while nothing is."""
    try:
        content = desk_of(environment).files.read(scope, file.object_name, FILE_BYTES_MAX)
    except FileTooLarge:
        told = Rejection(ProblemCode.FILE_TOO_LARGE, f"more than {FILE_BYTES_MAX} bytes")
        return replace(file, rejection=told).waiting(FileState.REJECTED)
    if content is None:
        return None
    sha256 = hashlib.sha256(content).hexdigest()
    return look(replace(file, sha256=sha256, size_bytes=len(content)), content)


def content_of(environment: Environment, scope: Scope, file: ImportedFile) -> bytes:
    """A file's bytes as they were looked at. Raises LostStatement."""
    content = desk_of(environment).files.read(scope, file.object_name, FILE_BYTES_MAX)
    if content is None or hashlib.sha256(content).hexdigest() != file.sha256:
        raise LostStatement(f"{file.id}: its bytes are gone or others")
    return content


def is_lost(environment: Environment, scope: Scope, file: ImportedFile | None) -> bool:
    """Whether a file waits to be applied, and its bytes are not kept any more."""
    if file is None or file.state is not FileState.PREVIEWED:
        return False
    return not desk_of(environment).files.has(scope, file.object_name)


def lost(file: F, now: datetime) -> F:
    """A file whose bytes are not those that were looked at is not applied: what it brought goes.

    Bytes go after 30 days, and whoever has the upload link may put others there.
    """
    message = "its bytes are gone, or are others than were looked at: send it again"
    told = replace(file, rejection=Rejection(ProblemCode.NOT_A_STATEMENT, message))
    if file.parts:
        return replace(told, state=FileState.UNDOING, due=now + RESUMED_AFTER)
    return told.waiting(FileState.REJECTED)


def is_over(environment: Environment, until: datetime | None) -> bool:
    """Whether the time that somebody has for it is up."""
    return until is not None and environment.now() >= until


def nudge_file(
    environment: Environment,
    scope: Scope,
    kind: type[ImportedFile],
    file_id: str,
    forget: Callable[[], object],
) -> None:
    """The minute sweep's part: go on with a file that nobody works on, forget what is too old."""
    books = environment.store.books(scope)
    file, now = books.get(kind, file_id), environment.now()
    if file is None or file.due is None or file.due > now:
        return
    if file.state in AT_WORK:
        if books.save(replace(file, due=now + RESUMED_AFTER)):
            desk_of(environment).carry_on(scope, file_id)
    elif file.state is FileState.UPLOADING and now < file.created_at + 2 * UPLOADED_WITHIN:
        # The bucket's notice may have been lost: it is looked for once before it is forgotten.
        if books.save(replace(file, due=file.created_at + 2 * UPLOADED_WITHIN)):
            desk_of(environment).carry_on(scope, file_id)
    elif file.state in FORGETTABLE:
        forget()
