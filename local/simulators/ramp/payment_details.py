"""How a new bill is to be paid: `payment_details` by method (ramp contract, section 5.3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from local.simulators.bank_days import subtract_business_days
from local.simulators.messages import Json
from local.simulators.ramp import fields as f
from local.simulators.ramp.errors import invalid, refuse
from local.simulators.ramp.oauth import Access

if TYPE_CHECKING:
    from local.simulators.ramp.core import RampCore

_BANK = ("payment_arrival_date", "source_bank_account_id")
_BY_METHOD: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ACH": ((*_BANK, "vendor_account_id"), ("is_same_day",)),
    "CHECK": (_BANK, ("is_same_day",)),
    "CARD": (("spend_limit_id",), ("transaction_id",)),
    "PAID_MANUALLY": (("manual_payment_method", "payment_date"), ()),
}
_CHECKS: Mapping[str, f.Check] = {
    "payment_arrival_date": f.day,
    "payment_date": f.day,
    "source_bank_account_id": f.identifier,
    "vendor_account_id": f.identifier,
    "spend_limit_id": f.identifier,
    "transaction_id": f.nullable(f.identifier),
    "is_same_day": f.boolean,
    "manual_payment_method": f.text(length_min=1),
}
_COLUMNS = {
    "source_bank_account_id": "source_bank_account_id",
    "vendor_account_id": "vendor_account_id",
    "is_same_day": "is_same_day",
    "spend_limit_id": "spend_limit_id",
    "manual_payment_method": "manual_method",
}


class PaymentDetails:
    """Checks the details of a new bill or draft and gives the bill's columns."""

    def __init__(self, core: RampCore) -> None:
        self._core = core

    def columns(self, access: Access, vendor: Json, method: str, details: Any) -> Json:
        """The row's columns. Raises Refusal 422 for the shape and 400 for what cannot be paid."""
        if method == "CHECK" and not vendor["has_address"]:
            raise refuse(400, "the vendor has no address")
        if details is None:
            own = self._core.default_account(access.business_id)
            return {} if "CARD" in method else {"source_bank_account_id": own}
        required, optional = _BY_METHOD.get(
            "CARD" if "CARD" in method else method, _BY_METHOD["ACH"]
        )
        checks = {name: _CHECKS[name] for name in required + optional}
        if problem := f.record(checks, required)(details):
            raise invalid(payment_details=problem)
        self._require_own(access, vendor, details)
        arrival = details.get("payment_arrival_date")
        if arrival is not None and not self._core.is_open_day(arrival):
            raise refuse(400, "the arrival date is a weekend or bank holiday")
        business = self._core.document.rows("businesses")[access.business_id]
        if details.get("is_same_day") and not business.get("same_day"):
            raise refuse(400, "same-day payments are not enabled")
        return {column: details[name] for name, column in _COLUMNS.items() if name in details}

    def planned(self, method: str, body: Json) -> str | None:
        """The day the payment would start: as asked, or counted back from its arrival."""
        details = body.get("payment_details") or {}
        if body.get("payment_date") is not None:
            return str(body["payment_date"])
        arrival = body.get("target_payment_arrival_date") or details.get("payment_arrival_date")
        if arrival is None:
            return None
        days = 0
        if not details.get("is_same_day"):
            days = int(self._core.setting("completion_business_days").get(method, 3))
        return subtract_business_days(date.fromisoformat(arrival), days).isoformat()

    def _require_own(self, access: Access, vendor: Json, details: Json) -> None:
        if "source_bank_account_id" in details:
            accounts = self._core.document.rows("bank_accounts")
            account = accounts.get(details["source_bank_account_id"])
            if account is None or account["business_id"] != access.business_id:
                raise refuse(400, "the source account is not a bill-pay account of the entity")
        if "vendor_account_id" in details:
            known = [account["id"] for account in vendor["accounts"]]
            if details["vendor_account_id"] not in known:
                raise refuse(400, "the account is not the vendor's")
