"""How a simulated run fails."""

from __future__ import annotations

from typing import NoReturn


class InvariantBroken(BaseException):
    """What must always hold does not. Not an Exception: the product must not catch it."""

    def __init__(self, invariant: str, detail: str) -> None:
        super().__init__(f"{invariant}: {detail}")
        self.invariant = invariant


def broken(invariant: str, detail: object = "") -> NoReturn:
    """Raise InvariantBroken."""
    raise InvariantBroken(invariant, str(detail))
