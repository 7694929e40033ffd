"""Apply what webhook intake stored: find the client, read the rail again, record what it says.

Bodies are thin, so a notice only says where to look; a look may be repeated. Every row ends
applied, ignored with a reason, or quarantined with a tray item.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rowcol.domain.directory import Tenant, tenant_key
from rowcol.domain.scope import Scope
from rowcol.domain.sync_run import NeededBy
from rowcol.service.environment import Environment
from rowcol.service.event_items import forget_event, tell_quarantined, tell_unapplied
from rowcol.service.inbox_ports import Inbox, InboxRow
from rowcol.service.intake_ports import Notice, Quarantine, Reading
from rowcol.service.notice_effects import EFFECTS
from rowcol.service.sync.bills import sweep_rail
from rowcol.service.sync.noticed import recorded_notice

logger = logging.getLogger(__name__)
Understand = Callable[[InboxRow], Reading]
SWEEP_KIND = "sweep_request"


@dataclass(frozen=True, slots=True)
class Application:
    """What became of one inbox row; `retry` keys go back to the queue."""

    done: tuple[str, ...]
    retry: tuple[str, ...]


def apply_rows(
    environment: Environment, inbox: Inbox, understand: Understand, keys: Sequence[str]
) -> Application:
    """Apply inbox rows one by one. One that fails for now is named in `retry`, still unapplied."""
    done: list[str] = []
    retry: list[str] = []
    for row in inbox.read(keys):
        if row.handled:
            done.append(row.inbox_key)
            continue
        try:
            _close(environment, inbox, row, _apply(environment, understand, row))
            done.append(row.inbox_key)
        except Exception as error:
            # Whatever it is, the row stays in the unapplied index: reconciliation sees it.
            logger.exception(
                "event not applied", extra={"inbox_key": row.inbox_key, "rail": row.rail}
            )
            tell_unapplied(environment, row, error)
            retry.append(row.inbox_key)
    return Application(tuple(done), tuple(retry))


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of a row's pieces. `failed`: the first trouble; the row then comes again."""

    outcomes: tuple[str, ...]
    quarantined: tuple[tuple[Scope, Quarantine], ...]
    failed: Exception | None = None
    scopes: tuple[Scope, ...] = ()


def _apply(environment: Environment, understand: Understand, row: InboxRow) -> _Result:
    home = Scope(row.firm, row.client) if row.client else None
    if row.kind == SWEEP_KIND:
        return _Result((_sweep(environment, row),), ())
    if row.state == "quarantined":
        bad = Quarantine(row.reason or "quarantined", row.reason or "")
        return _Result((), ((home or Scope(row.firm), bad),))
    reading = understand(row)
    outcomes: list[str] = []
    bad_ones = [(home or Scope(row.firm), quarantine) for quarantine in reading.quarantines]
    told: dict[Scope, list[Notice]] = {}
    for notice in reading.notices:
        scope = home or _scope_of(environment, row, notice)
        if scope is None:
            bad_ones.append(
                (Scope(row.firm), Quarantine("unknown_tenant", f"{row.rail} {notice.type}"))
            )
        elif notice.ignored_reason is not None:
            outcomes.append(f"ignored:{notice.ignored_reason}")
        else:
            told.setdefault(scope, []).append(notice)
    failed: Exception | None = None
    for scope, notices in told.items():
        # One delivery may speak of several companies: the trouble of one is not the others'.
        try:
            outcomes.append(_look(environment, row, scope, notices))
        except Exception as error:
            logger.exception("notices failed", extra={"rail": row.rail, "client": scope.client})
            failed = failed or error
    return _Result(tuple(outcomes), tuple(bad_ones), failed, tuple(told))


def _look(environment: Environment, row: InboxRow, scope: Scope, notices: list[Notice]) -> str:
    """Look where the notices of one client point, with the calls that it costs."""

    def work(counted: Environment) -> str:
        return EFFECTS[row.rail](counted, scope, notices, row.received_at)

    label = notices[0].type if len(notices) == 1 else f"{len(notices)} notices"
    return recorded_notice(environment, scope, row.rail, label, work)


def _scope_of(environment: Environment, row: InboxRow, notice: Notice) -> Scope | None:
    tenant = environment.store.books(Scope(row.firm)).get(
        Tenant, tenant_key(row.rail, notice.tenant_id)
    )
    return Scope(row.firm, tenant.client_id) if tenant else None


def _close(environment: Environment, inbox: Inbox, row: InboxRow, result: _Result) -> None:
    tell_quarantined(environment, row, result.quarantined)
    if result.failed is not None:
        raise result.failed
    if result.quarantined and not result.outcomes:
        inbox.mark_quarantined(row.inbox_key, result.quarantined[0][1].code)
        return
    if not result.quarantined:
        forget_event(environment, row, result.scopes)
    outcome = ",".join(sorted(set(result.outcomes)))[:200] or "ignored:empty"
    inbox.mark_applied(row.inbox_key, outcome)


def _sweep(environment: Environment, row: InboxRow) -> str:
    """A rejected signature may hide a real event: look at the rail itself."""
    if row.client is None or row.rail != "ramp":
        return "ignored:left_to_reconciliation"
    return f"swept:{sweep_rail(environment, Scope(row.firm, row.client), NeededBy.WEBHOOK)}"
