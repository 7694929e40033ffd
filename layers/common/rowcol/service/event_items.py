"""Items of the tray about stored events: put aside, not applied try after try, and over again."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from rowcol.domain.plain import instant_text
from rowcol.domain.scope import SYSTEM, Scope
from rowcol.domain.tray_kinds import QUARANTINED, UNAPPLIED
from rowcol.service.change import Change, UnknownClient, transact
from rowcol.service.environment import Environment
from rowcol.service.inbox_ports import InboxRow
from rowcol.service.intake_ports import Quarantine
from rowcol.service.replay import EVENT_SUBJECT
from rowcol.service.tray import close_item, open_item

# The stream tries for minutes, the redrive after that: by then it will not pass by itself.
TOLD_AFTER = timedelta(minutes=30)
KEY_CHARACTERS = 16


def event_subject(inbox_key: str) -> str:
    """What the items of a stored event are about: of two equal bodies each has its own."""
    digest = hashlib.sha256(inbox_key.encode(errors="surrogatepass")).hexdigest()
    return f"{EVENT_SUBJECT}{digest[:KEY_CHARACTERS]}"


def home_of(row: InboxRow) -> Scope:
    """Whose tray tells of an event: the client of its address, else the firm."""
    return Scope(row.firm, row.client) if row.client else Scope(row.firm)


def tell_quarantined(
    environment: Environment, row: InboxRow, pieces: Iterable[tuple[Scope, Quarantine]]
) -> None:
    """One item in each tray for the pieces of an event that cannot be acted on."""
    by_scope: dict[Scope, list[Quarantine]] = {}
    for scope, quarantine in pieces:
        by_scope.setdefault(scope, []).append(quarantine)
    for scope, bad in by_scope.items():
        _write(environment, scope, _quarantined(row, bad))


def _quarantined(row: InboxRow, bad: Sequence[Quarantine]) -> Callable[[Change], bool]:
    codes = list(dict.fromkeys(one.code[:40] for one in bad))

    def plan(change: Change) -> bool:
        close_item(change, event_subject(row.inbox_key), UNAPPLIED, "it was looked at")
        open_item(
            change,
            event_subject(row.inbox_key),
            QUARANTINED,
            f"A {row.rail} event could not be used: {bad[0].reason[:80]}",
            expected="an event that can be used",
            found=f"{','.join(codes)}: {row.inbox_key[-80:]}",
            labels=_labels(row, ",".join(codes)),
            source=row.inbox_key,
        )
        return True

    return plan


def tell_unapplied(environment: Environment, row: InboxRow, error: Exception) -> None:
    """A dead letter: tries go on, and somebody should know. Young ones are not told."""
    if environment.now() - row.received_at < TOLD_AFTER:
        return

    def plan(change: Change) -> bool:
        open_item(
            change,
            event_subject(row.inbox_key),
            UNAPPLIED,
            f"A {row.rail} event is not applied, try after try: {type(error).__name__}",
            expected="applied",
            found=type(error).__name__,
            labels=_labels(row, type(error).__name__),
            source=row.inbox_key,
        )
        return True

    # Whatever keeps it from being told may be what keeps it from being applied: the row stays.
    with contextlib.suppress(Exception):
        _write(environment, home_of(row), plan)


def forget_event(environment: Environment, row: InboxRow, scopes: Iterable[Scope]) -> None:
    """It was applied after all: nobody has to look at it any more.

    Only one that was told can have items: old, or put back by somebody.
    """
    told = row.replays > 0 or environment.now() - row.received_at >= TOLD_AFTER
    if not told:
        return

    def plan(change: Change) -> bool:
        for kind in (QUARANTINED, UNAPPLIED):
            close_item(change, event_subject(row.inbox_key), kind, "it was applied")
        return True

    for scope in dict.fromkeys((Scope(row.firm), home_of(row), *scopes)):
        _write(environment, scope, plan)


def _labels(row: InboxRow, kind: str) -> dict[str, str]:
    return {"rail": row.rail, "type": kind, "at": instant_text(row.received_at)}


def _write(environment: Environment, scope: Scope, plan: Callable[[Change], bool]) -> None:
    with contextlib.suppress(UnknownClient):
        transact(environment.store, environment.surroundings, scope, SYSTEM, plan)
