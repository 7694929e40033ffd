"""Plaid webhook bodies as notices (plaid contract, section 7).

No cryptography here: whoever applies them needs none.
"""

from __future__ import annotations

from collections.abc import Callable

from rowcol.rails.untrusted import (
    Unreadable,
    need_flag,
    need_id,
    need_instant,
    need_object,
    need_text,
    printable,
    unknown_type,
)
from rowcol.service.intake_ports import Endpoint, Notice

ENVIRONMENTS = ("production", "sandbox")
RECEIPT = "ITEM.WEBHOOK_UPDATE_ACKNOWLEDGED"
# Older notices of the transactions product; /transactions/sync reports all of it.
NOT_USED = frozenset({
    "TRANSACTIONS.INITIAL_UPDATE", "TRANSACTIONS.HISTORICAL_UPDATE",
    "TRANSACTIONS.DEFAULT_UPDATE", "TRANSACTIONS.TRANSACTIONS_REMOVED",
    "TRANSACTIONS.RECURRING_TRANSACTIONS_UPDATE",
})  # fmt: skip


def read_notice(body: dict[str, object], endpoint: Endpoint) -> Notice:
    """The notice a body is; whether item and account are ours is for whoever applies it.

    Raises Unreadable.
    """
    family = need_text(body.get("webhook_type"), "webhook_type")
    code = need_text(body.get("webhook_code"), "webhook_code")
    item_id = need_id(body.get("item_id"), "item_id")
    environment = need_text(body.get("environment"), "environment")
    if environment not in ENVIRONMENTS:
        raise Unreadable("odd_shape", f"environment {printable(environment)}")
    if endpoint.environment not in (None, environment):
        raise Unreadable(
            "foreign_tenant", f"{environment} notice at another environment's endpoint"
        )
    kind = f"{family}.{code}"
    if kind in NOT_USED:
        return Notice("plaid", "", kind, item_id, (item_id,), None, "type_not_used")
    if kind not in _DETAILS:
        raise unknown_type(kind)
    details = _DETAILS[kind](body, endpoint)
    ignored = "receipt" if kind == RECEIPT else None
    account_id = details.get("account_id")
    objects = (item_id, account_id) if account_id else (item_id,)
    return Notice("plaid", "", kind, item_id, objects, None, ignored, details)


def _receipt(body: dict[str, object], endpoint: Endpoint) -> dict[str, str]:
    """Somebody changed where notices go. Fine when it is this very endpoint, an alarm otherwise."""
    url = need_text(body.get("new_webhook_url"), "new_webhook_url")
    path = f"/webhooks/plaid/{endpoint.endpoint_key}"
    if not url.startswith("https://") or not url.endswith(path):
        raise Unreadable("foreign_webhook_url", "new_webhook_url is not this endpoint")
    return {"new_webhook_url": printable(url)}


def _sync_flags(body: dict[str, object], _: Endpoint) -> dict[str, str]:
    """How far Plaid is. Nothing depends on them, so a notice without them still says "look"."""
    names = ("initial_update_complete", "historical_update_complete")
    return {
        name: str(need_flag(body[name], name)).lower()
        for name in names
        if body.get(name) is not None
    }


def _error(body: dict[str, object], _: Endpoint) -> dict[str, str]:
    error = need_object(body.get("error"), "error")
    return {
        "error_code": printable(need_text(error.get("error_code"), "error.error_code")),
        "error_code_reason": printable(error.get("error_code_reason") or ""),
    }


def _announced(body: dict[str, object], _: Endpoint) -> dict[str, str]:
    told = body.get("disconnect_time", body.get("consent_expiration_time"))
    ends_at = need_instant(told, "the announced time")
    return {"ends_at": ends_at.isoformat(), "reason": printable(body.get("reason") or "")}


def _account(body: dict[str, object], _: Endpoint) -> dict[str, str]:
    return {"account_id": need_id(body.get("account_id"), "account_id")}


def _nothing(_: dict[str, object], __: Endpoint) -> dict[str, str]:
    return {}


# What is acted on, with what is kept of it; anything else is unknown.
_DETAILS: dict[str, Callable[[dict[str, object], Endpoint], dict[str, str]]] = {
    "ITEM.ERROR": _error,
    "ITEM.LOGIN_REPAIRED": _nothing,
    "ITEM.PENDING_DISCONNECT": _announced,
    "ITEM.PENDING_EXPIRATION": _announced,
    "ITEM.NEW_ACCOUNTS_AVAILABLE": _nothing,
    "ITEM.USER_PERMISSION_REVOKED": _nothing,
    "ITEM.USER_ACCOUNT_REVOKED": _account,
    RECEIPT: _receipt,
    "TRANSACTIONS.SYNC_UPDATES_AVAILABLE": _sync_flags,
}
# The receipt is only checked.
ACTED_ON = frozenset(_DETAILS) - {RECEIPT}
