"""Apply what webhook intake stored: find the client, read the rail again, record what it says.

Bodies are thin, so a notice only says where to look; a look may be repeated. Every row ends
applied, ignored with a reason, or quarantined with a tray item.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from rowcol.domain.bill import Bill
from rowcol.domain.directory import Tenant, tenant_key
from rowcol.domain.link import Link
from rowcol.domain.plain import instant
from rowcol.domain.scope import SYSTEM, Scope, key_of
from rowcol.domain.sync_run import NeededBy
from rowcol.domain.tray import Severity
from rowcol.service.accounts import account_is_back, account_revoked, is_typed_in
from rowcol.service.change import Change, transact
from rowcol.service.connection_ends import hear
from rowcol.service.environment import Environment
from rowcol.service.inbox_ports import Inbox, InboxRow
from rowcol.service.intake_ports import Notice, Quarantine, Reading
from rowcol.service.invoices import drop_invoices, refresh_invoice
from rowcol.service.rail_facts import Applied, apply_rail_bill, refresh_bill
from rowcol.service.subscriptions import hear_challenge
from rowcol.service.sync.balance import refresh_balance
from rowcol.service.sync.bank import Told, sync_bank
from rowcol.service.sync.bills import sweep_rail
from rowcol.service.sync.ledger import observe_ledger_of_bill
from rowcol.service.sync.noticed import recorded_notice
from rowcol.service.tray import open_item

logger = logging.getLogger(__name__)
Understand = Callable[[InboxRow], Reading]
SWEEP_KIND = "sweep_request"
CHALLENGE = "webhooks.verification"


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
        except Exception:
            # Whatever it is, the row stays in the unapplied index: reconciliation sees it.
            logger.exception(
                "event not applied", extra={"inbox_key": row.inbox_key, "rail": row.rail}
            )
            retry.append(row.inbox_key)
    return Application(tuple(done), tuple(retry))


@dataclass(frozen=True, slots=True)
class _Result:
    outcomes: tuple[str, ...]
    quarantined: tuple[tuple[Scope, Quarantine], ...]


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
    for notice in _collapsed(reading.notices):
        scope = home or _scope_of(environment, row, notice)
        if scope is None:
            bad_ones.append(
                (Scope(row.firm), Quarantine("unknown_tenant", f"{row.rail} {notice.type}"))
            )
        elif notice.ignored_reason is not None:
            outcomes.append(f"ignored:{notice.ignored_reason}")
        else:
            outcomes.append(_look(environment, row, scope, notice))
    return _Result(tuple(outcomes), tuple(bad_ones))


def _look(environment: Environment, row: InboxRow, scope: Scope, notice: Notice) -> str:
    """Look where a notice points, with the calls that it costs."""

    def work(counted: Environment) -> str:
        return _APPLY[row.rail](counted, scope, notice, row.received_at)

    return recorded_notice(environment, scope, row.rail, notice.type, work)


def _collapsed(notices: tuple[Notice, ...]) -> list[Notice]:
    """Several notices of one delivery about one object are one look."""
    seen: dict[tuple[str, str, tuple[str, ...]], Notice] = {}
    for notice in notices:
        seen[(notice.tenant_id, notice.type, notice.object_ids)] = notice
    return list(seen.values())


def _scope_of(environment: Environment, row: InboxRow, notice: Notice) -> Scope | None:
    tenant = environment.store.books(Scope(row.firm)).get(
        Tenant, tenant_key(row.rail, notice.tenant_id)
    )
    return Scope(row.firm, tenant.client_id) if tenant else None


def _close(environment: Environment, inbox: Inbox, row: InboxRow, result: _Result) -> None:
    for scope, quarantine in result.quarantined:
        _tray(environment, scope, row, quarantine)
    if result.quarantined and not result.outcomes:
        inbox.mark_quarantined(row.inbox_key, result.quarantined[0][1].code)
    else:
        inbox.mark_applied(
            row.inbox_key, ",".join(sorted(set(result.outcomes)))[:200] or "ignored:empty"
        )


def _tray(environment: Environment, scope: Scope, row: InboxRow, quarantine: Quarantine) -> None:
    """A tray item for a piece that cannot be acted on; in the firm's books when it is nobody's."""

    def plan(change: Change) -> bool:
        title = f"A {row.rail} event could not be used: {quarantine.reason[:80]}"
        subject = f"event-{row.body_sha256[:16]}"
        open_item(
            change,
            subject,
            quarantine.code[:20],
            title,
            found=row.inbox_key[-80:],
            severity=Severity.MEDIUM,
        )
        return True

    transact(environment.store, environment.surroundings, scope, SYSTEM, plan)


def _sweep(environment: Environment, row: InboxRow) -> str:
    """A rejected signature may hide a real event: look at the rail itself."""
    if row.client is None or row.rail != "ramp":
        return "ignored:left_to_reconciliation"
    return f"swept:{sweep_rail(environment, Scope(row.firm, row.client), NeededBy.WEBHOOK)}"


# ---- one function per rail. `told_at`: when the notice came; what was read since knows of it


def _ramp(environment: Environment, scope: Scope, notice: Notice, told_at: datetime) -> str:
    if notice.type == CHALLENGE:
        return hear_challenge(environment, scope, notice.details["challenge"])
    if not notice.type.startswith(("bills.", "payments.")):
        return "ignored:no_effect"
    books = environment.store.books(scope)
    for object_id in notice.object_ids:
        known = books.get(Bill, object_id)
        if known is not None and known.rail.read.began_at > told_at:
            return "unchanged"
        outcome = refresh_bill(environment, scope, object_id)
        if outcome is not Applied.UNKNOWN:
            return outcome.value
        # `payments.updated` may carry a payment id (ramp contract, section 7.3): several bills.
        rail = environment.rails.execution(scope.firm, scope.client)
        readings = rail.bills_of_payment(object_id) if notice.type.startswith("payments.") else ()
        for reading in readings:
            if apply_rail_bill(environment, scope, reading) is Applied.SUPERSEDED:
                refresh_bill(environment, scope, reading.bill_id)
        if readings:
            return Applied.APPLIED.value
    return "ignored:unknown_to_rail"


def _plaid(environment: Environment, scope: Scope, notice: Notice, told_at: datetime) -> str:
    if notice.type == "TRANSACTIONS.SYNC_UPDATES_AVAILABLE":
        told = Told(notice.tenant_id, told_at)
        lines = sync_bank(environment, scope, NeededBy.WEBHOOK, told)
        return "applied" if lines else "unchanged"
    if notice.type == "ITEM.LOGIN_REPAIRED":
        # Asks /item/get first. What a person typed in meanwhile gives way to the bank's own word.
        account_is_back(environment, scope)
        live = is_typed_in(environment, scope)
        refresh_balance(environment, scope, NeededBy.WEBHOOK, live=live)
        return "applied"
    if notice.type == "ITEM.USER_ACCOUNT_REVOKED":
        account_revoked(environment, scope, notice.details["account_id"])

    code = notice.details.get("error_code") or notice.type
    ends_at = notice.details.get("ends_at")
    hear(environment, scope, notice.tenant_id, code, instant(ends_at) if ends_at else None)
    return "applied"


def _qbo(environment: Environment, scope: Scope, notice: Notice, told_at: datetime) -> str:
    entity, _, operation = notice.type.partition(".")
    if entity == "invoice":
        return _qbo_invoice(environment, scope, notice.object_ids, deleted=operation == "deleted")
    if entity not in ("bill", "billpayment"):
        return "ignored:no_effect"
    books = environment.store.books(scope)
    bill_ids: set[str] = set()
    for object_id in notice.object_ids:
        prefix = "qbo-bill" if entity == "bill" else "qbo-payment"
        link = books.get(Link, key_of(prefix, object_id))
        if link is not None:
            bill_ids.add(link.bill_id)
        elif entity == "billpayment" and operation != "deleted":
            bill_ids |= _bills_of_ledger_payment(environment, scope, object_id)
    news = [
        observe_ledger_of_bill(environment, scope, bill_id, told_at=told_at)
        for bill_id in sorted(bill_ids)
    ]
    return "applied" if any(news) else "unchanged" if news else "ignored:not_ours"


def _qbo_invoice(
    environment: Environment, scope: Scope, ledger_ids: Sequence[str], *, deleted: bool
) -> str:
    """Read each invoice again; a deleted one is not read (qbo contract, section 6)."""
    if deleted:
        news = drop_invoices(environment, scope, ledger_ids) > 0
    else:
        found = [refresh_invoice(environment, scope, ledger_id) for ledger_id in ledger_ids]
        news = any(found)
    return "applied" if news else "unchanged"


def _bills_of_ledger_payment(environment: Environment, scope: Scope, payment_id: str) -> set[str]:
    """A BillPayment seen for the first time: which of our bills it settles. One ledger read."""
    found = environment.rails.ledger(scope.firm, scope.client).read_payment(payment_id)
    ids = [key_of("qbo-bill", part.bill_id) for part in found.allocations] if found else []
    return {link.bill_id for link in environment.store.books(scope).get_many(Link, ids).values()}


def _stripe(environment: Environment, scope: Scope, notice: Notice, _told_at: datetime) -> str:
    """Receivables are insight only: the event stays in the inbox, no payment depends on it."""
    return "ignored:kept_for_receivables"


_APPLY: dict[str, Callable[[Environment, Scope, Notice, datetime], str]] = {
    "ramp": _ramp,
    "plaid": _plaid,
    "qbo": _qbo,
    "stripe": _stripe,
}
