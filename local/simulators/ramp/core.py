"""The Ramp simulator: routes, settings, timed effects (ramp contract, section 12)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, ClassVar

from local.simulators.bank_days import is_business_day
from local.simulators.core import Ambient, SimulatorCore
from local.simulators.document import Document
from local.simulators.messages import ControlError, Json, SimRequest, SimResponse
from local.simulators.ramp.app import App
from local.simulators.ramp.bills import Bills
from local.simulators.ramp.creation import Creation
from local.simulators.ramp.errors import error_response
from local.simulators.ramp.oauth import OAuth
from local.simulators.ramp.reference import Reference
from local.simulators.ramp.routes import ramp_routes
from local.simulators.ramp.schedule import Schedule
from local.simulators.ramp.seeding import RampSeed
from local.simulators.ramp.webhooks import Webhooks
from local.simulators.routing import Route

_WINDOW_SECONDS = 10
_FEATURES = frozenset(
    {
        "patch_payment_date",
        "patch_payment_method",
        "hold",
        "bank_debit_trace_id",
        "events_2026",
        "audit_log",
    }
)
PROFILES: Mapping[str, frozenset[str]] = {
    "OA26": _FEATURES,
    "OA25": frozenset({"patch_payment_method"}),
    "M0526": frozenset({"audit_log"}),
    "OA25/M0526": frozenset(),
}


class RampCore(SimulatorCore):
    """Ramp for many businesses. One access token reaches exactly one of them."""

    rail = "ramp"
    fault_kinds = frozenset({"awaiting_release", "held_by_provider", "payment_error", "ach_return"})
    default_settings: ClassVar[Mapping[str, Any]] = {
        "profile": "OA26",
        "cutoff_time": "14:00",
        "processing_time": "15:00",
        "completion_time": "13:00",
        "completion_business_days": {
            "ACH": 3,
            "CHECK": 8,
            "DOMESTIC_WIRE": 0,
            "SWIFT": 2,
            "INTERNATIONAL": 2,
            "LOCAL_BANK_TRANSFER": 2,
            "CRYPTO_WALLET_TRANSFER": 0,
        },
        "rate_limit_calls": 200,
        "rotate_refresh_tokens": False,
        "loopback_allowed": True,
        "patch_refused_states": [
            "PAYMENT_PROCESSING",
            "PAYMENT_COMPLETED",
            "AWAITING_RELEASE",
            "HELD_BY_PROVIDER",
            "BLOCKED",
            "ON_HOLD",
        ],
        "patch_batch_members": False,
        "hold_unapproved": False,
        "draft_id_kept": True,
        "payment_event_object": "bill",
        "signature_encoding": "hex",
        "signature_header": "X-Ramp-Signature",
        "signature_prefix": "",
        "challenge_fields": "minimal",
        "challenge_signed": False,
        "mock_delivers": False,
    }

    def __init__(self, document: Document, ambient: Ambient) -> None:
        self.oauth = OAuth(self)
        self.webhooks = Webhooks(self)
        self.schedule = Schedule(self)
        self.bills = Bills(self)
        self.creation = Creation(self)
        self.reference = Reference(self)
        self._app = App(self)
        self._recent_calls: deque[float] = deque()
        super().__init__(document, ambient)

    # ---- the common core's hooks

    def routes(self) -> Iterable[Route]:
        """The rail's paths."""
        return ramp_routes(self)

    def guarded(
        self, handler: Callable[..., SimResponse], scope: str
    ) -> Callable[..., SimResponse]:
        """A handler that runs only with a live token that has `scope`."""

        def run(request: SimRequest, **variables: str) -> SimResponse:
            return handler(self.oauth.access(request, scope), request, **variables)

        return run

    def before(self, route: Route, request: SimRequest) -> SimResponse | None:
        """200 calls in a rolling 10 s; calls made while limited count too."""
        now = self.ambient.now().timestamp()
        while self._recent_calls and self._recent_calls[0] <= now - _WINDOW_SECONDS:
            self._recent_calls.popleft()
        self._recent_calls.append(now)
        limit = self.setting("rate_limit_calls")
        limited = limit is not None and len(self._recent_calls) > limit
        return self.error(429, request) if limited else None

    def after(self, route: Route | None, request: SimRequest, response: SimResponse) -> SimResponse:
        """Every answer carries `x-trace-id`."""
        return response.with_headers({"x-trace-id": f"{self.rng.getrandbits(64):016x}"})

    def error(self, status: int, request: SimRequest) -> SimResponse:
        """Ramp's error shape; a 504 comes from the gateway without one."""
        if status == 504:
            return SimResponse(504, {"content-type": "text/html"}, b"<h1>504 Gateway Time-out</h1>")
        texts = {404: "not found", 405: "method not allowed", 429: "slow down"}
        return error_response(status, texts.get(status, "internal error"))

    def revoke(self, request: SimRequest) -> None:
        """Make this call's token useless."""
        self.oauth.forget(request.headers.get("authorization", "").partition(" ")[2])

    def retry_delay(self, attempt: int, status: int | None) -> float | None:
        """Ramp's retry rule."""
        return self.webhooks.retry_delay(attempt, status)

    def delivery_headers(self, row: Json) -> dict[str, str]:
        """Signature, event id and the subscription's additional headers."""
        details = row["details"]
        subscription = self.document.rows("subscriptions").get(details["subscription_id"])
        challenge = row["event_type"] == "webhooks.verification"
        headers = {"content-type": "application/json", "user-agent": "Ramp-Webhooks/1.0"}
        if subscription is not None and not challenge:
            headers.update(subscription["additional_headers"])
        if not challenge or self.setting("challenge_signed"):
            headers.update(self.webhooks.sign(details["subscription_id"], row["body"].encode()))
        if not challenge and details["event_id"]:
            headers["X-Ramp-Webhook-ID"] = details["event_id"]
        return headers

    def fire(self, kind: str, payload: Json) -> None:
        """A payment date has come, a payment arrived, or money came back."""
        if kind == "payment_due":
            self.schedule.start(payload["payment_id"])
        elif kind == "payment_completed":
            self.schedule.complete(payload["payment_id"])
        elif kind == "payment_returned":
            self.schedule.give_back(payload["payment_id"], payload["regress"])

    def apply_fact(self, fact: Json) -> None:
        """The ledger booked what Ramp wrote: `remote_id` and `sync_status` follow."""
        for entry in fact["bills"]:
            bill = self.document.get("bills", entry["bill_id"])
            if bill is None:
                continue
            bill["synced_at"] = self.stamp()
            if fact["kind"] == "bill_booked":
                bill["remote_id"] = entry["remote_id"]
                bill["sync_status"] = "BILL_SYNCED"
            elif fact["kind"] == "payment_booked":
                bill["sync_status"] = "BILL_AND_PAYMENT_SYNCED"
            self.document.put("bills", bill["id"], bill)

    def actions(self) -> Mapping[str, Callable[..., Json]]:
        """What people do in the app."""
        return self._app.actions()

    def seed(self, data: Json) -> Json:
        """Apps, businesses, vendors, bills (format: README)."""
        result = RampSeed(self).load(data)
        self.document.commit()
        return result

    # ---- rows

    def has(self, business_id: str, feature: str) -> bool:
        """Whether this business's API knows a feature (profile of the business, else setting)."""
        business = self.document.rows("businesses").get(business_id, {})
        return feature in PROFILES[business.get("profile") or self.setting("profile")]

    def bill(self, bill_id: str) -> Json:
        """A copy of a bill. Raises ControlError when unknown."""
        bill = self.document.get("bills", bill_id)
        if bill is None:
            raise ControlError(f"no bill {bill_id}")
        found: Json = bill
        return found

    def payment(self, bill: Mapping[str, Any]) -> Json:
        """A copy of a bill's payment."""
        payment: Json = self.document.get("payments", bill["payment_id"]) or {}
        return payment

    def is_batched(self, bill: Mapping[str, Any]) -> bool:
        """Whether the bill shares its payment."""
        return len(self.payment(bill)["bill_ids"]) > 1

    def is_open_day(self, day: str) -> bool:
        """Whether banks are open on an ISO date."""
        return is_business_day(date.fromisoformat(day))

    def default_account(self, business_id: str) -> str | None:
        """The business's first paying account."""
        accounts = self.document.rows("bank_accounts").values()
        return next((a["id"] for a in accounts if a["business_id"] == business_id), None)

    def account_for(self, vendor_id: str, method: str) -> str | None:
        """The vendor's account for a method, its default first."""
        accounts = self.document.rows("vendors")[vendor_id]["accounts"]
        fitting = [a for a in accounts if a["payment_method"] == method] or list(accounts)
        fitting.sort(key=lambda account: not account["is_default"])
        return fitting[0]["id"] if fitting and method != "CHECK" else None

    def new_payment(self, bill: Json) -> Json:
        """A payment for one bill; writes both rows."""
        key = self.new_id()
        payment = {
            "id": key,
            "business_id": bill["business_id"],
            "bill_ids": [bill["id"]],
            "friendly_id": f"RP{key[:6].upper()}",
            "planned_on": None,
            "effective_on": None,
            "vendor_trace": None,
            "debit_trace": None,
            "release_approval": None,
        }
        bill["payment_id"] = key
        self.document.put("payments", key, payment)
        self.document.put("bills", bill["id"], bill)
        return payment

    def new_bill(self, business_id: str, **given: Any) -> Json:
        """Write a bill row with its payment; see `seeding` for the keys."""
        return RampSeed(self).bill_row(business_id, given)

    def audit(self, bill: Json, event_type: str) -> None:
        """Add an audit-log event."""
        row = {
            "id": self.new_id(),
            "business_id": bill["business_id"],
            "event_type": event_type,
            "object_id": bill["id"],
            "resource_name": "bill",
            "created_at": self.stamp(),
        }
        self.document.put("audit_events", row["id"], row)

    def days_ago(self, days: int) -> str:
        """The ISO date some days back on this rail's clock."""
        return (self.now() - timedelta(days=days)).date().isoformat()
