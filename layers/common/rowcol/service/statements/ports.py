"""What importing statements needs from outside: where files are kept, who reads them, who goes on.

Adapters: storage/files.py, edge/statements/read.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from rowcol.domain.receivables.file_reading import StripeOutcome
from rowcol.domain.scope import Scope
from rowcol.domain.statements.hints import Hints
from rowcol.domain.statements.reading import Outcome
from rowcol.service.store import StoreUnavailable

# The readers' own limit is the same.
FILE_BYTES_MAX = 20_000_000


@dataclass(frozen=True, slots=True)
class UploadLink:
    """Where a file may be put until then, with these headers and no other content length."""

    url: str
    headers: Mapping[str, str]
    expires_at: datetime


class FilesUnavailable(StoreUnavailable):
    """The place of files does not answer: the same may be asked again."""


class Files(Protocol):
    """Bytes of uploaded files, which go by themselves after 30 days. Names are ids."""

    def keep(self, scope: Scope, name: str, content: bytes) -> None:
        """Store a file. Raises FilesUnavailable."""
        ...

    def read(self, scope: Scope, name: str, bytes_max: int) -> bytes | None:
        """A stored file, None when it is not there. Raises FilesUnavailable, FileTooLarge."""
        ...

    def has(self, scope: Scope, name: str) -> bool:
        """Whether it is there. Raises FilesUnavailable."""
        ...

    def drop(self, scope: Scope, name: str) -> None:
        """Delete it; a repeat is harmless. Raises FilesUnavailable."""
        ...

    def upload_link(self, scope: Scope, name: str, size_bytes: int) -> UploadLink:
        """A link by which one file of this size may be put there by whoever has it."""
        ...


class FileTooLarge(Exception):
    """A stored file has more bytes than were asked for; nothing of it was read."""


@dataclass(frozen=True, slots=True)
class StatementDesk:
    """The ports. `carry_on` has a file worked on soon, elsewhere; repeats are safe.

    `read_stripe`: of the functions that import Stripe's files.
    """

    files: Files
    read: Callable[[bytes, Hints], Outcome]
    carry_on: Callable[[Scope, str], None] = field(default=lambda _scope, _name: None)
    read_stripe: Callable[[bytes, str | None], StripeOutcome] | None = None


class NoStatementDesk(Exception):
    """This process was not given what importing needs: a defect of its wiring."""
