"""Every call that crosses the border of a process, counted; and death at any of them."""

from __future__ import annotations

from collections.abc import Callable


class Crash(BaseException):
    """The process dies here. Not an Exception: no handler of the product can notice it."""


class Died(Exception):
    """What others see of a process that crashed: no answer."""


def _nothing(_call: str) -> None:
    """Nobody else runs in between."""


class Boundary:
    """Called at every boundary call, before and after its effect.

    `crash_at`: the number of the call at which the process dies. `between` may let others run.
    """

    def __init__(self) -> None:
        self.count = 0
        self.crash_at: int | None = None
        self.between: Callable[[str], None] = _nothing
        self.names: list[str] | None = None

    def __call__(self, call: str) -> None:
        """Note one call; raises Crash when its number is up."""
        self.count += 1
        if self.names is not None:
            self.names.append(call)
        if self.count == self.crash_at:
            self.crash_at = None
            raise Crash(call)
        self.between(call)
