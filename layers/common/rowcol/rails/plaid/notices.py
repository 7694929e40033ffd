"""Plaid webhook bodies as notices (plaid contract, section 7).

No cryptography here: whoever applies them needs none.
"""

from __future__ import annotations

from rowcol.rails.untrusted import parse_instant, printable, safe_id
from rowcol.service.intake_ports import Endpoint, Notice, Quarantine

ENVIRONMENTS = ("production", "sandbox")
ACTED_ON = frozenset({
    "ITEM.ERROR", "ITEM.LOGIN_REPAIRED", "ITEM.PENDING_DISCONNECT", "ITEM.PENDING_EXPIRATION",
    "ITEM.NEW_ACCOUNTS_AVAILABLE", "ITEM.USER_PERMISSION_REVOKED", "ITEM.USER_ACCOUNT_REVOKED",
    "TRANSACTIONS.SYNC_UPDATES_AVAILABLE",
})  # fmt: skip
RECEIPT = "ITEM.WEBHOOK_UPDATE_ACKNOWLEDGED"
# Older notices of the transactions product; /transactions/sync reports all of it.
NOT_USED = frozenset({
    "TRANSACTIONS.INITIAL_UPDATE", "TRANSACTIONS.HISTORICAL_UPDATE",
    "TRANSACTIONS.DEFAULT_UPDATE", "TRANSACTIONS.TRANSACTIONS_REMOVED",
    "TRANSACTIONS.RECURRING_TRANSACTIONS_UPDATE",
})  # fmt: skip


def read_notice(body: dict[str, object], endpoint: Endpoint) -> Notice | Quarantine:
    """The notice a body is, or why it is none.

    Whether the item and account are ours is for whoever applies it.
    """
    family, code, item_id = (
        body.get("webhook_type"),
        body.get("webhook_code"),
        safe_id(body.get("item_id")),
    )
    if not isinstance(family, str) or not isinstance(code, str) or item_id is None:
        return Quarantine("odd_shape", "webhook_type, webhook_code or item_id is missing or odd")
    environment = body.get("environment")
    if environment not in ENVIRONMENTS:
        return Quarantine("odd_shape", f"environment {printable(environment)}"[:120])
    if endpoint.environment is not None and environment != endpoint.environment:
        return Quarantine(
            "foreign_tenant", f"{environment} notice at a {endpoint.environment} endpoint"
        )
    kind = f"{family}.{code}"
    if kind in NOT_USED:
        return Notice("plaid", "", kind, item_id, (item_id,), None, "type_not_used")
    if kind == RECEIPT:
        return _receipt(body, item_id, endpoint)
    if kind not in ACTED_ON:
        return Quarantine("unknown_type", f"type {printable(kind)}"[:120])
    details = _details(kind, body)
    if isinstance(details, Quarantine):
        return details
    account_id = details.get("account_id")
    objects = (item_id, account_id) if account_id else (item_id,)
    return Notice("plaid", "", kind, item_id, objects, None, None, details)


def _receipt(body: dict[str, object], item_id: str, endpoint: Endpoint) -> Notice | Quarantine:
    """Somebody changed where notices go. Fine when it is this very endpoint, an alarm otherwise."""
    url = body.get("new_webhook_url")
    path = f"/webhooks/plaid/{endpoint.endpoint_key}"
    if not isinstance(url, str) or not url.startswith("https://") or not url.endswith(path):
        return Quarantine("foreign_webhook_url", "new_webhook_url is not this endpoint")
    return Notice(
        "plaid",
        "",
        RECEIPT,
        item_id,
        (item_id,),
        None,
        "receipt",
        {"new_webhook_url": printable(url)},
    )


def _details(kind: str, body: dict[str, object]) -> dict[str, str] | Quarantine:
    if kind == "TRANSACTIONS.SYNC_UPDATES_AVAILABLE":
        initial, history = (
            body.get("initial_update_complete"),
            body.get("historical_update_complete"),
        )
        if not isinstance(initial, bool) or not isinstance(history, bool):
            return Quarantine("odd_shape", "update flags are missing")
        return {
            "initial_update_complete": str(initial).lower(),
            "historical_update_complete": str(history).lower(),
        }
    if kind == "ITEM.ERROR":
        error = body.get("error")
        code = error.get("error_code") if isinstance(error, dict) else None
        if not isinstance(error, dict) or not isinstance(code, str):
            return Quarantine("odd_shape", "error is not an object with an error_code")
        return {
            "error_code": printable(code),
            "error_code_reason": printable(error.get("error_code_reason") or ""),
        }
    if kind in ("ITEM.PENDING_DISCONNECT", "ITEM.PENDING_EXPIRATION"):
        when = parse_instant(body.get("disconnect_time", body.get("consent_expiration_time")))
        if when is None:
            return Quarantine("odd_shape", "the announced time is not an instant")
        return {"ends_at": when.isoformat(), "reason": printable(body.get("reason") or "")}
    if kind == "ITEM.USER_ACCOUNT_REVOKED":
        account_id = safe_id(body.get("account_id"))
        if account_id is None:
            return Quarantine("odd_shape", "account_id is missing or not an id")
        return {"account_id": account_id}
    return {}
