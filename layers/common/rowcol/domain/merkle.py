"""Hash trees over a list (RFC 6962, section 2.1): a member is proved without showing the others.

Hashes are hex texts of SHA-256. A leaf is hashed with a zero byte before it and a node with a one,
so that neither can be taken for the other.
"""

from __future__ import annotations

import hashlib
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
        if not self._peaks:
            return EMPTY
        found = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            found = node(peak, found)
        return found


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
