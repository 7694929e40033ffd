"""A statement file on its way into a client's books: what was seen in it, asked, and done with it.

uploading -> asking <-> previewed -> applying -> applied -> undoing -> undone. A file that cannot be
read is rejected; what was never applied may be deleted, and goes by itself after 30 days.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Self

from rowcol.domain.money import Money
from rowcol.domain.statements.mapping import SavedColumns
from rowcol.domain.statements.reading import Problem, ProblemCode
from rowcol.domain.statements.statement import StatementFormat

# As long as the bucket keeps what was uploaded (template.yaml: Files).
KEPT = timedelta(days=30)
# How long somebody may take to upload.
UPLOADED_WITHIN = timedelta(hours=1)
FIRST_ROWS = 10
WARNINGS_KEPT = 50
_LAST_MILLISECOND = 10**13 - 1


class FileState(StrEnum):
    """Where a file is on its way."""

    UPLOADING = "uploading"
    ASKING = "asking"
    PREVIEWED = "previewed"
    REJECTED = "rejected"
    APPLYING = "applying"
    APPLIED = "applied"
    UNDOING = "undoing"
    UNDONE = "undone"
    DELETED = "deleted"


# Nothing of these is in the books, nor on its way into or out of them.
WAITING = frozenset({FileState.UPLOADING, FileState.ASKING, FileState.PREVIEWED})
FORGETTABLE = frozenset({*WAITING, FileState.REJECTED})
AT_WORK = frozenset({FileState.APPLYING, FileState.UNDOING})
GONE = frozenset({FileState.DELETED})


class Becomes(StrEnum):
    """What applying makes of a line.

    added: a line of its own. linked: the bank's feed shows the movement already. known: an earlier
    file brought it. left: of an account that is left out.
    """

    ADDED = "added"
    LINKED = "linked"
    KNOWN = "known"
    LEFT = "left"


@dataclass(frozen=True, slots=True)
class RowSeen:
    """One good row of a file. `line` is where it stands there; money out is negative.

    `line_id`: of the line in the books, once it is there; `taken_back` when it went again.
    """

    line: int
    account: int
    posted_on: date
    amount: Money
    description: str
    check_number: str | None = None
    reference: str | None = None
    balance: Money | None = None
    becomes: Becomes | None = None
    line_id: str | None = None
    taken_back: bool = False


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """One account of a file: what the file says of it, and which of the client's accounts it is.

    `ending`: the last four digits of its number, all that is kept of it. `gap`: closing less
    opening and lines, zero if they agree, None without both balances. `counts` by what becomes of
    the lines. `left`: a person said that it is left out.
    """

    ending: str
    routing: str | None
    bank_account_id: str | None
    left: bool
    from_on: date | None
    to_on: date | None
    lines: int
    credits: Money
    debits: Money
    opening: Money | None
    closing: Money | None
    gap: Money | None
    counts: dict[str, int] = field(default_factory=dict)


class AskKind(StrEnum):
    """What only a person can say of a file."""

    DATE_ORDER = "date_order"
    LOCALE = "locale"
    COLUMNS = "columns"
    BANK_ACCOUNT = "bank_account"
    FEED_LINES = "feed_lines"
    KNOWN_LINES = "known_lines"


@dataclass(frozen=True, slots=True)
class Ask:
    """A question, each possible answer with what it would mean.

    `account` is the place of the account that it is about. `headers`, `examples` and `suggestion`
    are of a table whose columns nobody knows: the file's own text, long numbers masked.
    """

    kind: AskKind
    message: str
    choices: dict[str, str] = field(default_factory=dict)
    account: int | None = None
    headers: tuple[str, ...] = ()
    examples: tuple[tuple[str, ...], ...] = ()
    suggestion: SavedColumns | None = None


@dataclass(frozen=True, slots=True)
class AccountAnswer:
    """Which of the client's accounts one of the file is; None leaves it out."""

    account: int
    bank_account_id: str | None


@dataclass(frozen=True, slots=True)
class Answers:
    """What a person has said of a file.

    `same_as_feed`: of lines that only may be the feed's; `same_as_known`: of those that only may
    be lines of an earlier file.
    """

    columns: SavedColumns | None = None
    bank_account_id: str | None = None
    accounts: tuple[AccountAnswer, ...] = ()
    same_as_feed: bool | None = None
    same_as_known: bool | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What a file says. `same_file_as`: an import that holds the very same file."""

    format: StatementFormat
    dialect: str | None
    accounts: tuple[AccountSeen, ...]
    lines: int
    first_rows: tuple[RowSeen, ...]
    bad_rows: int
    warnings: tuple[Problem, ...]
    warning_count: int
    notes: tuple[Problem, ...]
    same_file_as: str | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a file imports nothing."""

    code: ProblemCode
    message: str
    line: int | None = None


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """A file on its way into the books, of whatever sort. `object_name`: where its bytes are kept,
    for 30 days. `parts`: how many hold the ids of what it brought.
    """

    id: str
    version: int
    state: FileState
    file_name: str
    object_name: str
    size_bytes: int
    created_at: datetime
    created_by: str
    sha256: str | None = None
    rejection: Rejection | None = None
    parts: int = 0
    applied_by: str | None = None
    applied_at: datetime | None = None
    undone_by: str | None = None
    undone_at: datetime | None = None
    due: datetime | None = None

    kind: ClassVar[str]

    @property
    def list_key(self) -> str | None:
        """The latest first; deleted ones are not listed."""
        if self.state in GONE:
            return None
        return f"{_LAST_MILLISECOND - int(self.created_at.timestamp() * 1000):013d}#{self.id}"

    @property
    def due_at(self) -> datetime | None:
        """When the minute sweep looks whether somebody works on it, or whether it is too old."""
        return self.due

    def waiting(self, state: FileState) -> Self:
        """The same, in a state in which it waits for somebody, until it is too old."""
        return replace(self, state=state, due=self.created_at + KEPT)


@dataclass(frozen=True, slots=True)
class StatementFile(ImportedFile):
    """One file of a bank's.

    `lines_done`: how far applying is; `steps_undone` counts from the last. `added`, `linked`,
    `known`: what became of its lines. `kept_back`: those that undoing has left, because something
    rests on them.
    """

    answers: Answers = field(default_factory=Answers)
    seen: Seen | None = None
    asks: tuple[Ask, ...] = ()
    lines_done: int = 0
    steps_undone: int = 0
    added: int = 0
    linked: int = 0
    known: int = 0
    removed: int = 0
    kept_back: int = 0
    free_matches: bool = False

    kind = "statement"

    @property
    def bank_account_ids(self) -> tuple[str, ...]:
        """The client's accounts whose lines it holds."""
        accounts = self.seen.accounts if self.seen is not None else ()
        named = (each.bank_account_id for each in accounts if not each.left)
        return tuple(dict.fromkeys(name for name in named if name is not None))
