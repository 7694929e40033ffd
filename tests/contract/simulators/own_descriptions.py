"""Small descriptions of what Ramp and Plaid answer, after the rails' contracts.

Only what the product builds on: operations, statuses, and the keys that must be there.
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
_TEXT, _WHOLE, _FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
_MAYBE_TEXT = {"type": ["string", "null"]}
_MAYBE_NUMBER = {"type": ["number", "null"]}


def _object(optional: Json | None = None, **required: Json) -> Json:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
    }


def _list(item: Json) -> Json:
    return {"type": "array", "items": item}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _page(item: Json) -> Json:
    return _object(data=_list(item), page=_object(next=_MAYBE_TEXT))


_MONEY = _object(amount=_WHOLE, currency_code=_TEXT, minor_unit_conversion_rate=_WHOLE)
_PAYMENT = _object(
    id=_TEXT,
    amount=_MONEY,
    payment_method=_TEXT,
    payment_date=_MAYBE_TEXT,
    effective_date=_MAYBE_TEXT,
    details={"type": "object"},
    trace_id={"type": ["object", "null"]},
)
_BILL = _object(
    id=_TEXT,
    status={"enum": ["OPEN", "PAID"]},
    status_summary=_TEXT,
    approval_status=_MAYBE_TEXT,
    sync_status={"enum": ["NOT_SYNCED", "BILL_SYNCED", "BILL_AND_PAYMENT_SYNCED"]},
    amount=_MONEY,
    due_at=_MAYBE_TEXT,
    created_at=_TEXT,
    paid_at=_MAYBE_TEXT,
    archived_at=_MAYBE_TEXT,
    entity_id=_TEXT,
    vendor=_object(id=_TEXT, name=_TEXT),
    invoice_number=_MAYBE_TEXT,
    remote_id=_MAYBE_TEXT,
    payment={"anyOf": [_PAYMENT, {"type": "null"}]},
)
_DRAFT = _object(id=_TEXT, status={"const": "DRAFT"}, sync_status={"const": "NOT_SYNCED"})
_SUBSCRIPTION = _object(
    id=_TEXT,
    endpoint_url=_TEXT,
    event_types=_list(_TEXT),
    status={"enum": ["active", "inactive", "pending_verification"]},
)
_SECRET = _object(secret=_TEXT)
_EVENT = _object(
    id=_TEXT, type=_TEXT, created_at=_TEXT, business_id=_TEXT, object=_object(id=_TEXT)
)
_ERROR_V2 = _object(error_code=_TEXT, message=_TEXT, additional_info={"type": "object"})
_TOKENS = _object(access_token=_TEXT, token_type={"const": "Bearer"}, expires_in=_WHOLE)
_NAMED = _object(id=_TEXT)
_BANK = _object(id=_TEXT, account_number_last_four=_TEXT)
_V1 = "/developer/v1"
_RAMP: list[tuple[str, str, int, Json | None]] = [
    ("post", f"{_V1}/token", 200, _TOKENS),
    ("post", f"{_V1}/token/revoke", 200, None),
    ("get", f"{_V1}/bills", 200, _page(_BILL)),
    ("post", f"{_V1}/bills", 201, _BILL),
    ("get", _V1 + "/bills/{bill_id}", 200, _BILL),
    ("patch", _V1 + "/bills/{bill_id}", 200, _BILL),
    ("delete", _V1 + "/bills/{bill_id}", 204, None),
    ("post", _V1 + "/bills/{bill_id}/attachments", 201, _NAMED),
    ("post", _V1 + "/bills/{bill_id}/hold", 200, _BILL),
    ("post", _V1 + "/bills/{bill_id}/release", 200, _BILL),
    ("get", f"{_V1}/bills/drafts", 200, _page(_DRAFT)),
    ("post", f"{_V1}/bills/drafts", 201, _DRAFT),
    ("get", _V1 + "/bills/drafts/{draft_bill_id}", 200, _DRAFT),
    ("patch", _V1 + "/bills/drafts/{draft_bill_id}", 200, _DRAFT),
    ("post", _V1 + "/bills/drafts/{draft_bill_id}/attachments", 201, _NAMED),
    ("post", _V1 + "/bills/drafts/{draft_bill_id}/submit", 201, _BILL),
    ("get", f"{_V1}/entities", 200, _page(_object(id=_TEXT, accounts=_list({"type": "object"})))),
    ("get", _V1 + "/entities/{entity_id}", 200, _NAMED),
    ("get", f"{_V1}/bank-accounts", 200, _page(_BANK)),
    ("get", _V1 + "/bank-accounts/{bank_account_id}", 200, _BANK),
    ("get", f"{_V1}/vendors", 200, _page(_NAMED)),
    ("get", _V1 + "/vendors/{vendor_id}", 200, _NAMED),
    ("get", _V1 + "/vendors/{vendor_id}/accounts", 200, _page(_NAMED)),
    ("get", _V1 + "/vendors/{vendor_id}/contacts", 200, _page(_NAMED)),
    ("post", _V1 + "/vendors/{vendor_id}/hold", 200, _NAMED),
    ("post", _V1 + "/vendors/{vendor_id}/release", 200, _NAMED),
    ("get", f"{_V1}/business", 200, _NAMED),
    ("get", f"{_V1}/business/balance", 200, {"type": "object"}),
    ("get", f"{_V1}/accounting/all-connections", 200, _object(connections=_list(_NAMED))),
    ("post", f"{_V1}/accounting/syncs", 201, _object(sync_id=_TEXT)),
    ("get", f"{_V1}/audit-logs/events", 200, _page({"type": "object"})),
    ("get", f"{_V1}/webhooks", 200, _list(_SUBSCRIPTION)),
    ("post", f"{_V1}/webhooks", 201, {"allOf": [_SUBSCRIPTION, _SECRET]}),
    ("get", _V1 + "/webhooks/{webhook_id}", 200, _SUBSCRIPTION),
    ("delete", _V1 + "/webhooks/{webhook_id}", 204, None),
    ("post", _V1 + "/webhooks/{webhook_id}/verify", 200, _object(success={"const": True})),
    ("post", f"{_V1}/webhooks/mock-webhook-event", 201, _EVENT),
]
_REQUEST = {"request_id": _TEXT}
_BALANCES = _object(
    available=_MAYBE_NUMBER,
    current=_MAYBE_NUMBER,
    limit=_MAYBE_NUMBER,
    iso_currency_code=_MAYBE_TEXT,
    unofficial_currency_code=_MAYBE_TEXT,
)
_ACCOUNT = _object(account_id=_TEXT, balances=_BALANCES, mask=_MAYBE_TEXT, name=_TEXT, type=_TEXT)
_ITEM = _object(item_id=_TEXT, webhook=_MAYBE_TEXT, error={"type": ["object", "null"]})
_ROW = _object(
    transaction_id=_TEXT,
    account_id=_TEXT,
    amount={"type": "number"},
    date=_TEXT,
    pending=_FLAG,
    pending_transaction_id=_MAYBE_TEXT,
)
_GONE = _object(transaction_id=_TEXT, account_id=_TEXT)
_ACCOUNTS = _object(accounts=_list(_ACCOUNT), item=_ITEM, **_REQUEST)
_SYNC = _object(
    accounts=_list(_ACCOUNT),
    added=_list(_ROW),
    modified=_list(_ROW),
    removed=_list(_GONE),
    next_cursor={"type": "string", "maxLength": 256},
    has_more=_FLAG,
    transactions_update_status=_TEXT,
    **_REQUEST,
)
_KEY = _object(
    alg={"const": "ES256"}, crv={"const": "P-256"}, kid=_TEXT, kty={"const": "EC"}, x=_TEXT, y=_TEXT
)
_DONE = _object(**_REQUEST)
_PLAID: list[tuple[str, str, int, Json | None]] = [
    ("post", "/accounts/get", 200, _ACCOUNTS),
    ("post", "/accounts/balance/get", 200, _ACCOUNTS),
    ("post", "/transactions/sync", 200, _SYNC),
    ("post", "/transactions/refresh", 200, _DONE),
    ("post", "/item/get", 200, _object(item=_ITEM, **_REQUEST)),
    ("post", "/item/remove", 200, _DONE),
    ("post", "/item/webhook/update", 200, _object(item=_ITEM, **_REQUEST)),
    (
        *("post", "/item/public_token/exchange", 200),
        _object(access_token=_TEXT, item_id=_TEXT, **_REQUEST),
    ),
    ("post", "/link/token/create", 200, _object(link_token=_TEXT, expiration=_TEXT, **_REQUEST)),
    ("post", "/institutions/get_by_id", 200, _object(institution={"type": "object"}, **_REQUEST)),
    ("post", "/webhook_verification_key/get", 200, _object(key=_KEY, **_REQUEST)),
    ("post", "/sandbox/public_token/create", 200, _object(public_token=_TEXT, **_REQUEST)),
    ("post", "/sandbox/item/fire_webhook", 200, _object(webhook_fired=_FLAG, **_REQUEST)),
    ("post", "/sandbox/item/reset_login", 200, _object(reset_login=_FLAG, **_REQUEST)),
    ("post", "/sandbox/transactions/create", 200, _DONE),
]
_PLAID_ERROR = _object(
    error_type=_TEXT, error_code=_TEXT, error_message=_TEXT, display_message=_MAYBE_TEXT, **_REQUEST
)


def _describe(
    operations: list[tuple[str, str, int, Json | None]], error: str, schemas: Json
) -> Json:
    paths: Json = {}
    for method, path, status, schema in operations:
        good: Json = {} if schema is None else {"content": {"application/json": {"schema": schema}}}
        responses: Json = {str(status): good}
        if not path.endswith("/token/revoke"):
            responses["default"] = {"content": {"application/json": {"schema": _ref(error)}}}
        paths.setdefault(path, {})[method] = {"responses": responses}
    return {"paths": paths, "components": {"schemas": schemas}}


OWN: dict[str, Json] = {
    "ramp": _describe(
        _RAMP,
        "DeveloperApiErrorResponse",
        {"DeveloperApiErrorResponse": _object(error_v2=_ERROR_V2)},
    ),
    "plaid": _describe(_PLAID, "PlaidError", {"PlaidError": _PLAID_ERROR}),
}
OWN["ramp"]["paths"][_V1 + "/bills/{bill_id}/remittance-receipt"] = {
    "get": {"responses": {"200": {"content": {"application/pdf": {}}}, "404": {}}}
}
