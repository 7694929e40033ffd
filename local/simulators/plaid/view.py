"""How rows look on Plaid's wire (plaid contract, sections 2, 3 and 8)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from local.simulators.messages import Json
from local.simulators.plaid.errors import plaid_error

_EXPONENTS = {"JPY": 0, "KRW": 0}
_NOWHERE = dict.fromkeys(
    ("address", "city", "region", "postal_code", "country", "lat", "lon", "store_number")
)
_NO_META = dict.fromkeys(
    (
        "reference_number",
        "ppd_id",
        "payee",
        "by_order_of",
        "payer",
        "payment_method",
        "payment_processor",
        "reason",
    )
)


def major(amount_minor: int | None, currency: str) -> Decimal | None:
    """Minor units as a number in major units."""
    if amount_minor is None:
        return None
    return Decimal(amount_minor).scaleb(-_EXPONENTS.get(currency, 2))


def minor(amount: object, currency: str) -> int:
    """Major units (text or number) as minor units."""
    return int(Decimal(str(amount)).scaleb(_EXPONENTS.get(currency, 2)))


def account_view(account: Mapping[str, Any], numbers: Mapping[str, Any]) -> Json:
    """An account with the given numbers; nothing says whether they are cached or live."""
    currency = account["currency"]
    official = account["official_currency"]
    view: Json = {
        "account_id": account["id"],
        "balances": {
            "available": major(numbers["available"], currency),
            "current": major(numbers["current"], currency),
            "limit": major(account["limit_minor"], currency),
            "iso_currency_code": currency if official else None,
            "unofficial_currency_code": None if official else currency,
        },
        "mask": account["mask"],
        "name": account["name"],
        "official_name": account["official_name"],
        "type": account["type"],
        "subtype": account["subtype"],
        "holder_category": "business",
    }
    if account["persistent_id"]:
        view["persistent_account_id"] = account["persistent_id"]
    if account["bank_updated_at"]:
        view["balances"]["last_updated_datetime"] = account["bank_updated_at"]
    return view


def item_view(item: Mapping[str, Any]) -> Json:
    """An Item with its error, if it has one."""
    return {
        "item_id": item["id"],
        "institution_id": item["institution_id"],
        "institution_name": item["institution_name"],
        "webhook": item["webhook"],
        "auth_method": None,
        "error": item_error(item),
        "available_products": ["balance", "auth"],
        "billed_products": ["transactions"],
        "products": ["transactions"],
        "consented_products": ["transactions", "auth"],
        "consent_expiration_time": item["consent_expiration_time"],
        "update_type": item.get("update_type", "background"),
    }


def item_error(item: Mapping[str, Any]) -> Json | None:
    """The Item's lasting error; an institution's trouble is not one."""
    codes = {
        "login_required": "ITEM_LOGIN_REQUIRED",
        "revoked": "USER_PERMISSION_REVOKED",
        "no_accounts": "NO_ACCOUNTS",
        "access_not_granted": "ACCESS_NOT_GRANTED",
    }
    if item["state"] not in codes:
        return None
    error = plaid_error(codes[item["state"]], reason=item["state_reason"])
    return {**error, "status": 400}


def line_view(line: Mapping[str, Any], currency: str, *, original: bool) -> Json:
    """A transaction. `original_description` is filled only when asked for."""
    meta = {
        **_NO_META,
        "reference_number": line["reference"] if not line["pending"] else None,
        "payee": line["payee"] if not line["pending"] else None,
        "payment_method": line["method"] if not line["pending"] else None,
    }
    return {
        "transaction_id": line["id"],
        "account_id": line["account_id"],
        "amount": major(line["amount_minor"], currency),
        "iso_currency_code": currency,
        "unofficial_currency_code": None,
        "date": line["date"],
        "authorized_date": line["date"],
        "authorized_datetime": None,
        "datetime": None,
        "name": line["name"],
        "merchant_name": None,
        "original_description": line["name"].upper() if original else None,
        "pending": line["pending"],
        "pending_transaction_id": line["replaces"],
        "account_owner": None,
        "check_number": line["check_number"],
        "payment_channel": "other",
        "transaction_code": None,
        "location": _NOWHERE,
        "payment_meta": meta,
        "counterparties": [],
        "personal_finance_category": {
            "primary": "TRANSFER_OUT",
            "detailed": "TRANSFER_OUT_ACCOUNT_TRANSFER",
            "confidence_level": "LOW",
        },
        "category": None,
        "category_id": None,
        "logo_url": None,
        "website": None,
        "merchant_entity_id": None,
    }
