"""A client's books into which statement files are imported, in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from local.memory_files import MemoryFiles
from rowcol.domain.facts import BankChanges, BankLine, ReadInterval
from rowcol.domain.link import StoredLine
from rowcol.domain.money import Money
from rowcol.domain.refusal import Refusal
from rowcol.domain.scope import Actor, ActorKind, Scope
from rowcol.domain.statements.file import Answers, StatementFile
from rowcol.edge.statements.read import read_statement
from rowcol.service.change import Asked
from rowcol.service.proof import stored_lines
from rowcol.service.statements import command, submit
from rowcol.service.statements.files import Who
from rowcol.service.statements.ports import StatementDesk
from rowcol.service.sync.bank_pass import commit_pass, end_pass, lease, store_rows
from tests.support.desk import SCOPE, Desk
from tests.support.statement_files import Entry

ACCOUNT = "checking"


class ImportDesk(Desk):
    """Bluebird with one account, `checking`. `called` are files that the worker was asked for."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"operating_account_ids": (ACCOUNT,), **settings})
        self.files = MemoryFiles(self.clock.now)
        self.called: list[str] = []
        desk = StatementDesk(self.files, read_statement, self._carry_on)
        self.environment = replace(self.environment, statements=desk)
        self.person = Actor(ActorKind.PERSON, "anna")
        self._keys = 0

    def _carry_on(self, _scope: Scope, name: str) -> None:
        self.called.append(name)

    def who(self, asked: object, key: str | None = None) -> Who:
        """A person's command; a fresh key unless one is given."""
        self._keys += 1
        return Who(self.person, Asked.by("anna", key or f"key-{self._keys:06d}", asked), ())

    def preview(
        self, content: bytes, account: str | None = ACCOUNT, name: str = "file.csv", **answers: Any
    ) -> StatementFile:
        """Send a file that can be read."""
        found = self.send(content, account, name, **answers)
        assert isinstance(found, StatementFile), found
        return found

    def send(
        self, content: bytes, account: str | None = ACCOUNT, name: str = "file.csv", **answers: Any
    ) -> StatementFile | Refusal:
        """Send a file."""
        new = submit.NewFile(name, Answers(bank_account_id=account, **answers))
        return submit.preview(self.environment, SCOPE, self.who(content.hex()), new, content)

    def take(self, content: bytes, account: str | None = ACCOUNT) -> StatementFile:
        """Preview a file, and apply it."""
        return self.apply(self.preview(content, account).id)

    def apply(self, name: str) -> StatementFile:
        """Apply a previewed file to its end."""
        found = command.apply(self.environment, SCOPE, self.who(name), name, None)
        assert isinstance(found, StatementFile), found
        return found

    def undo(self, name: str, *, free_matches: bool = False) -> StatementFile | Refusal:
        """Undo an import to its end."""
        return command.undo(
            self.environment, SCOPE, self.who(name), name, None, free_matches=free_matches
        )

    def file(self, name: str) -> StatementFile:
        """A file as stored."""
        found = self.books.get(StatementFile, name)
        assert found is not None
        return found

    # ---- the bank's feed

    def feed(self, *lines: BankLine, removed: Iterable[str] = (), item: str = "item") -> int:
        """One pass of the bank's feed, as a sync makes it."""
        now = self.clock.now()
        feed = lease(self.books, item, now)
        assert feed is not None
        changes = BankChanges(lines, (), tuple(removed), "cursor", True, ReadInterval(now, now))
        committed = commit_pass(self.books, feed, changes)
        count = store_rows(self.books, committed)
        end_pass(self.books, committed)
        return count

    # ---- what is in the books

    def lines(self) -> list[BankLine]:
        """Lines as matching sees them, by day and text."""
        days = sorted(stored.line.posted_on for stored in self.stored() if not stored.removed)
        if not days:
            return []
        found = stored_lines(self.books, days[0], days[-1], days[-1])
        return sorted(found, key=lambda line: (line.posted_on, line.text, line.line_id))

    def stored(self) -> list[StoredLine]:
        """Every line, hidden and removed ones too."""
        return [each for each in self.store.items.values() if isinstance(each, StoredLine)]

    @property
    def total(self) -> int:
        """Sum of all lines that count, minor units, money in positive."""
        return -sum(line.amount.minor for line in self.lines())


def feed_line(entry: Entry, name: str, account: str = ACCOUNT, **changes: Any) -> BankLine:
    """An entry as the bank's feed tells it."""
    line = BankLine(
        name, account, Money(-entry.minor, "USD"), entry.on, False, entry.text, None, None, None
    )
    return replace(line, **changes)
