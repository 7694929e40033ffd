"""Preview, apply and undo of one account's statement, as values: nothing is stored here.

A line is kept once, however many files hold it. Each import claims the lines that its file holds;
undoing an import gives up its claims, and a line goes when nobody claims it any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from enum import StrEnum

from rowcol.domain.refusal import Code, Refusal
from rowcol.domain.statements.identity import LineKeys, keys_of
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


class ImportState(StrEnum):
    """An import holds its lines, or has given them up."""

    APPLIED = "applied"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class StatementImport:
    """One applied file: `line_ids` are all lines it holds, new ones and those known before."""

    id: str
    line_ids: tuple[str, ...]
    new_ids: tuple[str, ...]
    state: ImportState = ImportState.APPLIED


@dataclass(frozen=True, slots=True)
class Undone:
    """The import as it is then, the lines to change and the ids of those to remove."""

    made: StatementImport
    changed: tuple[KeptLine, ...] = field(default_factory=tuple)
    removed: tuple[str, ...] = field(default_factory=tuple)


def preview(statement: Statement, ending: str, known: Known) -> Preview:
    """What of a statement is new to the account whose last four digits are `ending`."""
    new: list[KeptLine] = []
    duplicates: list[tuple[int, str]] = []
    taken = set(known.by_content)
    for line in statement.lines:
        keys = keys_of(line, ending, statement.currency)
        same = known.same(keys)
        if same is not None:
            duplicates.append((line.line, same.id))
            continue
        fresh = line
        # Another entry that reads the same has this number: the next file without references must
        # find as many as there are.
        while keys.content in taken:
            fresh = replace(fresh, occurrence=fresh.occurrence + 1)
            keys = keys_of(fresh, ending, statement.currency)
        taken.add(keys.content)
        new.append(KeptLine(keys, fresh))
    return Preview(tuple(new), tuple(duplicates))


def apply(
    seen: Preview, import_id: str, known: Known
) -> tuple[StatementImport, tuple[KeptLine, ...]]:
    """The import and every line to write: the new ones, and the known ones with one claim more."""
    claim = frozenset({import_id})
    by_id = {kept.id: kept for kept in known.by_content.values()}
    by_id |= {kept.id: kept for kept in known.by_reference.values()}
    new = tuple(replace(kept, claims=claim) for kept in seen.new)
    held = tuple(
        replace(by_id[kept], claims=by_id[kept].claims | claim)
        for kept in dict.fromkeys(kept for _, kept in seen.duplicates)
    )
    new_ids = tuple(kept.id for kept in new)
    line_ids = new_ids + tuple(kept.id for kept in held)
    return StatementImport(import_id, line_ids, new_ids), new + held


def undo(
    made: StatementImport, kept: Iterable[KeptLine], proving: AbstractSet[str]
) -> Undone | Refusal:
    """Give up an import. Refused while a line that would go proves a payment (`proving`: ids)."""
    if made.state is ImportState.UNDONE:
        return Refusal(Code.WRONG_STATE, "the import is undone already", {"import": made.id})
    changed: list[KeptLine] = []
    removed: list[str] = []
    for each in kept:
        if each.id not in made.line_ids or made.id not in each.claims:
            continue
        left = each.claims - {made.id}
        if left:
            changed.append(replace(each, claims=left))
        else:
            removed.append(each.id)
    blocking = sorted(set(removed) & set(proving))
    if blocking:
        return Refusal(
            Code.WRONG_STATE,
            "lines of this import prove payments",
            {"import": made.id, "lines": len(blocking), "first": blocking[0]},
            remedy="take the matches of these lines back first",
        )
    undone = replace(made, state=ImportState.UNDONE)
    return Undone(undone, tuple(changed), tuple(removed))
