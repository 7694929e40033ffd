"""What a notice of each rail has read again. Bodies are thin: a notice only says where to look.

`told_at` is when the notice came: what was read since knows of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from rowcol.domain.bill import Bill
from rowcol.domain.plain import instant
from rowcol.domain.scope import Scope
from rowcol.domain.sync_run import NeededBy
from rowcol.service.accounts import account_is_back, account_revoked, is_typed_in
from rowcol.service.connection_ends import hear
from rowcol.service.environment import Environment
from rowcol.service.intake_ports import Notice
from rowcol.service.ledger_notices import apply_ledger_notices
from rowcol.service.rail_facts import Applied, apply_rail_bill, refresh_bill
from rowcol.service.stripe_events import keep_stripe_event
from rowcol.service.subscriptions import hear_challenge
from rowcol.service.sync.balance import refresh_balance
from rowcol.service.sync.bank import Told, sync_bank

CHALLENGE = "webhooks.verification"
One = Callable[[Environment, Scope, Notice, datetime], str]
Effect = Callable[[Environment, Scope, Sequence[Notice], datetime], str]


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


def _each(one: One) -> Effect:
    """Notice by notice, as the rails that send one in a delivery."""

    def every(
        environment: Environment, scope: Scope, notices: Sequence[Notice], told_at: datetime
    ) -> str:
        found = {one(environment, scope, notice, told_at) for notice in notices}
        return ",".join(sorted(found))

    return every


def _timed(effect: Effect) -> Effect:
    """What is written says when the notice came, so that the log tells how long it took."""

    def timed(
        environment: Environment, scope: Scope, notices: Sequence[Notice], told_at: datetime
    ) -> str:
        surroundings = replace(environment.surroundings, told_at=told_at)
        return effect(replace(environment, surroundings=surroundings), scope, notices, told_at)

    return timed


EFFECTS: Mapping[str, Effect] = {
    "ramp": _timed(_each(_ramp)),
    "plaid": _timed(_each(_plaid)),
    "qbo": _timed(apply_ledger_notices),
    "stripe": _timed(_each(keep_stripe_event)),
}
