"""What a statement's lines are to an account's books, as values: nothing is stored here.

A line is kept once, however many files hold it. Each import claims the lines that its file holds;
undoing an import gives up its claims, and a line goes when nobody claims it any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from rowcol.domain.statements.identity import LineKeys, folded, keys_of
from rowcol.domain.statements.statement import Statement, StatementLine


@dataclass(frozen=True, slots=True)
class KeptLine:
    """A line in the client's books. `id` is stable, and `claims` are the imports that hold it."""

    keys: LineKeys
    line: StatementLine
    claims: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """By the bank's reference where there is one, else by content: 32 hexadecimal digits."""
        return self.keys.reference or self.keys.content


@dataclass(frozen=True, slots=True)
class Known:
    """What the account's books hold already, by either key."""

    by_content: Mapping[str, KeptLine]
    by_reference: Mapping[str, KeptLine]

    @classmethod
    def nothing(cls) -> Known:
        """An account without lines."""
        return cls({}, {})

    @classmethod
    def of(cls, kept: Iterable[KeptLine]) -> Known:
        """Lines of one account; those of the file's days are enough."""
        contents: dict[str, KeptLine] = {}
        references: dict[str, KeptLine] = {}
        for each in kept:
            contents[each.keys.content] = each
            if each.keys.reference is not None:
                references[each.keys.reference] = each
        return cls(contents, references)

    def same(self, keys: LineKeys) -> KeptLine | None:
        """The kept line that is the same entry; two that differ in the bank's reference are two."""
        if keys.reference is not None and keys.reference in self.by_reference:
            return self.by_reference[keys.reference]
        found = self.by_content.get(keys.content)
        if found is None or (keys.reference is not None and found.keys.reference is not None):
            return None
        return found


@dataclass(frozen=True, slots=True)
class Preview:
    """What applying would do: new lines, and (line number, kept id) of those known already."""

    new: tuple[KeptLine, ...]
    duplicates: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Placed:
    """One line of a file with its keys, and the kept line that is the same entry, if there is one.

    Its occurrence may be higher than in the file: another entry that reads the same has its number.
    """

    line: StatementLine
    keys: LineKeys
    same: KeptLine | None

    @property
    def id(self) -> str:
        """Of the line in the client's books."""
        return self.same.id if self.same is not None else KeptLine(self.keys, self.line).id


def placed(
    lines: Iterable[StatementLine], ending: str, currency: str, known: Known
) -> Iterator[Placed]:
    """Each line of one account's statement, in order, beside what the account's books hold.

    `ending` is any text by which the books know the account, always the same one.
    """
    taken = set(known.by_content)
    numbers: dict[tuple[object, ...], int] = {}
    for line in lines:
        keys = keys_of(line, ending, currency)
        same = known.same(keys)
        if same is not None:
            yield Placed(line, keys, same)
            continue
        fresh = line
        said = (line.posted_on, line.amount_minor, folded(line.description), line.check_number)
        # Another entry that reads the same has this number: the next file without references must
        # find as many as there are.
        while keys.content in taken:
            number = max(fresh.occurrence, numbers.get(said, 0)) + 1
            fresh = replace(fresh, occurrence=number)
            keys = keys_of(fresh, ending, currency)
        if fresh is not line:
            numbers[said] = fresh.occurrence
        taken.add(keys.content)
        yield Placed(fresh, keys, None)


def preview(statement: Statement, ending: str, known: Known) -> Preview:
    """What of a statement is new to the account whose last four digits are `ending`."""
    new: list[KeptLine] = []
    duplicates: list[tuple[int, str]] = []
    for each in placed(statement.lines, ending, statement.currency, known):
        if each.same is None:
            new.append(KeptLine(each.keys, each.line))
        else:
            duplicates.append((each.line.line, each.same.id))
    return Preview(tuple(new), tuple(duplicates))
