"""What one change has read: each aggregate once, several in one call where that is known before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from rowcol.service.store import Aggregate, Books, Wanted, places_of

A = TypeVar("A", bound=Aggregate)


class ReadOnce:
    """Reads through `books`, below what the change itself has put."""

    books: Books
    puts: dict[tuple[str, str], Aggregate]
    _read: dict[tuple[str, str], Aggregate | None]

    def get(self, kind: type[A], name: str) -> A | None:
        """An aggregate as this change sees it: its own puts first, one read each."""
        key = (str(kind.kind), name)
        if key in self.puts:
            return self.puts[key]  # type: ignore[return-value]  # the key holds the kind
        if key not in self._read:
            self._read[key] = self.books.get(kind, name)
        return self._read[key]  # type: ignore[return-value]  # the key holds the kind

    def load(self, kind: type[Aggregate], ids: Iterable[str]) -> None:
        """Read several at once that will be asked for one by one: 100 a call, not one."""
        self.load_together({kind: ids})

    def load_together(self, wanted: Wanted) -> None:
        """The same of several kinds. What was read already is not read again."""
        asked = {
            kind: [name for name in ids if (str(kind.kind), name) not in self._read]
            for kind, ids in wanted.items()
        }
        if any(asked.values()):
            self.take(asked, self.books.get_together(asked))

    def take(self, asked: Wanted, found: Mapping[tuple[str, str], Aggregate]) -> None:
        """What was read for this change, or is not there."""
        self._read.update({place: found.get(place) for place in places_of(asked)})

    def before(self, kind: type[A], name: str) -> A | None:
        """An aggregate as it was read for this change; None when it was not there or not read."""
        return self._read.get((str(kind.kind), name))  # type: ignore[return-value]  # as above

    def held(self, kind: type[A], name: str) -> A | None:
        """An aggregate if this change has put or read it; it is not read for this."""
        return self.get(kind, name) if self.knows(kind, name) else None

    def knows(self, kind: type[Aggregate], name: str) -> bool:
        """Whether this change has put or read it, or found that there is none."""
        return (str(kind.kind), name) in self.puts or (str(kind.kind), name) in self._read
