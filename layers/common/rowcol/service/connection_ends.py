"""The end of a consent, warned of in time, and what a rail or a refresher said beside any call."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime

from rowcol.domain.connection import PLAID, SAME_END, Connection, EndWarning, ShownConnection
from rowcol.domain.connection_health import (
    ACCOUNTS,
    BROKEN,
    ENDS,
    OF_ACCOUNTS,
    Event,
    event_of,
)
from rowcol.domain.scope import SYSTEM, Scope, key_of
from rowcol.domain.tray import Severity
from rowcol.service.change import Change, transact
from rowcol.service.connection_health import (
    BANK,
    happened,
    link_of,
    open_broken,
    subject_of,
    told,
)
from rowcol.service.connections import CONSENT_ENDED
from rowcol.service.environment import Environment
from rowcol.service.tray import close_item, open_item

logger = logging.getLogger(__name__)
_SEVERITY = {30: Severity.LOW, 14: Severity.MEDIUM, 7: Severity.HIGH, 1: Severity.HIGH}


def settle(environment: Environment, scope: Scope, connection_id: str) -> None:
    """The minute sweep: tell what a refresher could only write down, and warn of a near end."""

    def plan(change: Change) -> bool:
        known = change.get(Connection, connection_id)
        if known is None or known.due_at is None or known.due_at > change.now:
            return False
        if known.state is not known.logged_state:
            told(change, known)
        else:
            warn(change, known)
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def warn(change: Change, known: Connection) -> Connection:
    """Tell of the end that is near, once for each of WARN_DAYS; of one that moved no more."""
    end, days = known.end, known.warning_due(change.now)
    subject = subject_of(known)
    moved_on = known.warned is not None and (
        end is None or abs(end - known.warned.end) > SAME_END or not known.is_usable
    )
    if moved_on:
        close_item(change, subject, ENDS, "the consent was renewed")
        known = replace(known, warned=None)
    if days is None or end is None or not known.is_usable:
        change.put(known)
        return known
    if days == 0:
        close_item(change, subject, ENDS, "the consent has ended")
        return happened(change, replace(known, warned=None), Event.ENDED, CONSENT_ENDED)
    warned = replace(known, warned=EndWarning(days, end, change.now))
    change.put(warned)
    open_item(
        change,
        subject,
        ENDS,
        f"The {known.rail} connection ends on {end.date().isoformat()}: connect again before",
        expected="a consent that goes on",
        found=end.date().isoformat(),
        severity=_SEVERITY[days],
        link=link_of(change.scope),
    )
    change.state("connection.ends_soon", connection=ShownConnection.of(warned), days_left=days)
    logger.warning("connection ends soon", extra={"connection": known.id, "days": days})
    return warned


def hear(
    environment: Environment,
    scope: Scope,
    item_id: str,
    code: str,
    ends_at: datetime | None = None,
) -> None:
    """A notice of Plaid about an item: an error's code, or the notice's own type.

    `ends_at`: an announced disconnection; nothing is broken yet, and the client is asked now.
    """

    def plan(change: Change) -> bool:
        known = change.get(Connection, key_of(PLAID, item_id))
        if code in OF_ACCOUNTS:
            _tell_of_accounts(change, code)
        elif known is None:
            open_broken(change, BANK, BROKEN, "needs a person", code)
        elif ends_at is None:
            happened(change, known, event_of(code), code)
        else:
            warn(change, replace(known, ends_at=ends_at))
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def _tell_of_accounts(change: Change, code: str) -> None:
    """Accounts came or went at the bank; what guards count on may be more or less than there is."""
    open_item(
        change,
        "connection-bank",
        ACCOUNTS,
        f"Accounts at the bank have changed: {code}",
        expected="the accounts that were chosen",
        found=code,
        severity=Severity.HIGH if code.endswith("REVOKED") else Severity.MEDIUM,
        link=link_of(change.scope),
    )
