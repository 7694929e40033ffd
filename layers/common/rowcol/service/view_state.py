"""What is known about the views themselves: how far they go, and what is missing in them.

Kept beside the read models in the views' table, and in the tray for people.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rowcol.domain.folded import Folded
from rowcol.domain.plain import from_plain, to_plain
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.tray import Severity, TrayItem, tray_id
from rowcol.service.change import Change, UnknownClient, transact
from rowcol.service.environment import Environment
from rowcol.service.tray import close_item, open_item
from rowcol.service.view_ports import ViewRow, Views

POSITION = "position"
BEHIND = "behind"
SUBJECT = "views"
ITEM = "projection_failed"
NOT_DELIVERED = "NotDelivered"
_MARKS_PER_PAGE = 100


@dataclass(frozen=True, slots=True)
class Missing:
    """Positions of the log that the views lack, and why: an error's class, or NOT_DELIVERED."""

    first: int
    last: int
    error: str

    @property
    def text(self) -> str:
        """In words, for people."""
        span = f"{self.first}" if self.first == self.last else f"{self.first} to {self.last}"
        return f"position {span}: {self.error}"


def folded(views: Views, scope: Scope) -> Folded:
    """How far a client's log has been folded."""
    row = views.get(scope, POSITION, POSITION)
    return from_plain(Folded, row.row) if row is not None else Folded()


def keep_folded(views: Views, scope: Scope, state: Folded) -> None:
    """Remember it; never less than what is known already."""
    views.apply([ViewRow(scope, POSITION, POSITION, state.through, to_plain(state))])


def mark(views: Views, scope: Scope, missing: Missing) -> None:
    """The views are behind at a position."""
    key = f"{missing.first:012d}"
    views.apply([ViewRow(scope, BEHIND, key, missing.last, to_plain(missing))])


def marks(views: Views, scope: Scope) -> Iterable[tuple[ViewRow, Missing]]:
    """Where the views are behind, lowest position first."""
    after: str | None = None
    while True:
        page = views.page(scope, BEHIND, after=after, limit=_MARKS_PER_PAGE)
        for row in page.rows:
            yield row, from_plain(Missing, row.row)
        if page.next_key is None:
            return
        after = page.next_key


def say_behind(environment: Environment, scope: Scope, missing: Missing) -> None:
    """Open the tray item, once: an open one stays as it is, so that it never causes another.

    Raises Contention, StoreUnavailable. A log without a client has nobody to tell.
    """

    def plan(change: Change) -> bool:
        known = change.get(TrayItem, tray_id(SUBJECT, ITEM))
        if known is not None and known.is_live:
            return False
        open_item(
            change,
            SUBJECT,
            ITEM,
            "Lists and the console lack part of the log until the views are rebuilt",
            expected="every entry of the log in the views",
            found=missing.text,
            severity=Severity.HIGH,
        )
        return True

    _write(environment, scope, plan)


def say_caught_up(environment: Environment, scope: Scope) -> None:
    """Close the tray item after a rebuild that left nothing out.

    A mark that came at the same moment opens it again. Raises Contention, StoreUnavailable.
    """

    def plan(change: Change) -> bool:
        close_item(change, SUBJECT, ITEM, "the views were rebuilt from the log")
        return True

    _write(environment, scope, plan)
    for _, missing in marks(environment.views, scope):
        say_behind(environment, scope, missing)
        return


def _write(environment: Environment, scope: Scope, plan: Callable[[Change], bool]) -> None:
    with contextlib.suppress(UnknownClient):
        transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
