"""Hash trees over a list (RFC 6962, section 2.1): a member is proved without showing the others.

Hashes are hex texts of SHA-256. A leaf is hashed with a zero byte before it and a node with a one,
so that neither can be taken for the other.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections.abc import Iterable, Sequence

EMPTY = hashlib.sha256(b"").hexdigest()


def leaf(content: bytes) -> str:
    """The hash of a member."""
    return hashlib.sha256(b"\0" + content).hexdigest()


def node(left: str, right: str) -> str:
    """The hash of two neighbours."""
    return hashlib.sha256(b"\1" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


class Peaks:
    """A tree that grows at its end, as the roots of its complete parts: few, whatever its size."""

    def __init__(self, size: int = 0, peaks: Sequence[str] = ()) -> None:
        if size.bit_count() != len(peaks):
            raise ValueError(f"{len(peaks)} peaks cannot be those of {size} leaves")
        self.size = size
        self._peaks = list(peaks)

    @property
    def peaks(self) -> tuple[str, ...]:
        """The roots of the complete parts, the largest first."""
        return tuple(self._peaks)

    def add(self, hashed_leaf: str) -> None:
        """One more member, by the hash of its leaf."""
        self.size += 1
        self._peaks.append(hashed_leaf)
        for _ in range((self.size & -self.size).bit_length() - 1):
            right, left = self._peaks.pop(), self._peaks.pop()
            self._peaks.append(node(left, right))

    @property
    def root(self) -> str:
        """The root of the whole."""
        return _joined(self._peaks) if self._peaks else EMPTY

    def end(self, level: int) -> str:
        """The root of the members after the last complete part of a level. IndexError for none."""
        few = (self.size & ((1 << level) - 1)).bit_count()
        return _joined(self._peaks[len(self._peaks) - few :])


def _joined(peaks: Sequence[str]) -> str:
    found = peaks[-1]
    for peak in reversed(peaks[:-1]):
        found = node(peak, found)
    return found


class Paths(Peaks):
    """A tree that grows, and the paths of those members that are kept: few hashes for each."""

    def __init__(self) -> None:
        super().__init__()
        self._kept: list[int] = []
        # By member and level: the hash beside the member's ancestor on that level.
        self._beside: dict[int, dict[int, str]] = {}

    def add(self, hashed_leaf: str, *, keep: bool = False) -> None:
        """One more member."""
        if keep:
            levels = (level for level in range(self.size.bit_length()) if self.size >> level & 1)
            self._beside[self.size] = dict(zip(levels, reversed(self._peaks), strict=True))
            self._kept.append(self.size)
        found, level, place = hashed_leaf, 0, self.size
        while place % 2:
            self._is_beside(level, place, found)
            found, level, place = node(self._peaks.pop(), found), level + 1, place // 2
        self._peaks.append(found)
        self.size += 1

    def _is_beside(self, level: int, place: int, found: str) -> None:
        first, last = (bisect_left(self._kept, at << level) for at in (place - 1, place))
        for member in self._kept[first:last]:
            self._beside[member][level] = found

    def forget(self, index: int) -> None:
        """Nobody asks for its path any more, if it was kept."""
        if self._beside.pop(index, None) is not None:
            self._kept.remove(index)

    def path(self, index: int, upto: Peaks | None = None) -> tuple[str, ...]:
        """As of a Tree, of a member that is kept; in the tree as it was at `upto`. KeyError."""
        known, tree = self._beside[index], upto or self
        found, level = [], 0
        while (tree.size - 1) >> level:
            beside = (index >> level) ^ 1
            if (beside + 1) << level <= tree.size:
                found.append(known[level])
            elif beside << level < tree.size:
                found.append(tree.end(level))
            level += 1
        return tuple(found)


class Tree:
    """All levels of a tree, to prove many members of it."""

    def __init__(self, leaves: Iterable[str]) -> None:
        level = list(leaves)
        self._levels = [level]
        while len(level) > 1:
            pairs = [node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
            level = pairs + level[len(level) - len(level) % 2 :]
            self._levels.append(level)

    @property
    def root(self) -> str:
        """The root of the whole."""
        return self._levels[-1][0] if self._levels[0] else EMPTY

    def path(self, index: int) -> tuple[str, ...]:
        """What a member is joined with on its way to the root, from below. IndexError."""
        if not 0 <= index < len(self._levels[0]):
            raise IndexError(index)
        found: list[str] = []
        for level in self._levels[:-1]:
            beside = index ^ 1
            if beside < len(level):
                found.append(level[beside])
            index //= 2
        return tuple(found)


def root_by(hashed_leaf: str, index: int, size: int, path: Sequence[str]) -> str | None:
    """The root that a path leads to from the member at `index` of `size`; None for no such path."""
    if not 0 <= index < size:
        return None
    found, last, rest = hashed_leaf, size - 1, list(path)
    while last:
        if index % 2 or index < last:
            if not rest:
                return None
            beside = rest.pop(0)
            found = node(beside, found) if index % 2 else node(found, beside)
        index, last = index // 2, last // 2
    return None if rest else found
