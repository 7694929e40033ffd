"""The Ramp simulator: routes, settings, timed effects (ramp contract, section 12)."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, ClassVar

from local.simulators.bank_days import is_business_day
from local.simulators.core import Ambient, SimulatorCore
from local.simulators.document import Document
from local.simulators.messages import ControlError, Json, SimRequest, SimResponse, to_wire
from local.simulators.ramp.accounting import Accounting
from local.simulators.ramp.app import App
from local.simulators.ramp.bills import Bills
from local.simulators.ramp.creation import Creation
from local.simulators.ramp.drafts import Drafts
from local.simulators.ramp.errors import error_response, refuse, reworded
from local.simulators.ramp.oauth import OAuth
from local.simulators.ramp.payment_details import PaymentDetails
from local.simulators.ramp.reference import Reference
from local.simulators.ramp.routes import ramp_routes
from local.simulators.ramp.schedule import Schedule
from local.simulators.ramp.seeding import RampSeed
from local.simulators.ramp.settings import DEFAULT_SETTINGS, PROFILES
from local.simulators.ramp.shown import ShownBills
from local.simulators.ramp.uploads import Uploads
from local.simulators.ramp.view import bill_view
from local.simulators.ramp.webhooks import Webhooks
from local.simulators.routing import Route

_WINDOW_SECONDS = 10


class RampCore(SimulatorCore):
    """Ramp for many businesses. One access token reaches exactly one of them."""

    rail = "ramp"
    fault_kinds = frozenset(
        {"awaiting_release", "held_by_provider", "payment_error", "ach_return"}
        | {"consent_denied", "forbidden", "refused", "unknown_value", "page_shift", "foreign_next"}
    )
    default_settings: ClassVar[Mapping[str, Any]] = DEFAULT_SETTINGS

    def __init__(self, document: Document, ambient: Ambient) -> None:
        self.oauth = OAuth(self)
        self.webhooks = Webhooks(self)
        self.schedule = Schedule(self)
        self.bills = Bills(self)
        self.creation = Creation(self)
        self.drafts = Drafts(self)
        self.details = PaymentDetails(self)
        self.uploads = Uploads(self)
        self.accounting = Accounting(self)
        self.reference = Reference(self)
        self._app = App(self)
        self._shown = ShownBills(document)
        self._recent_calls: dict[str, deque[float]] = defaultdict(deque)
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
            access = self.oauth.access(request, scope)
            self._stumble(request, variables)
            return handler(access, request, **variables)

        return run

    def _stumble(self, request: SimRequest, variables: Mapping[str, str]) -> None:
        """Refusals that a fault asks for: a missing right, a rule that forbids a change."""
        occasion = {**variables, "method": request.method, "path": request.path}
        writing = request.method in ("PATCH", "POST", "DELETE") and "bill_id" in variables
        status = 0
        if self.faults.take("forbidden", **occasion) is not None:
            status = 403
        elif writing and self.faults.take("refused", **occasion) is not None:
            status = 400
        if status:
            self.document.commit()  # a refusal undoes the call, not that the fault was used
            raise refuse(status, "refused by a fault")

    def shown(self, bill: Mapping[str, Any], *, single: bool) -> Json:
        """A bill as the API answers it; a fault shows a value of tomorrow's API."""
        view = bill_view(self, bill, single=single)
        params = self.faults.take("unknown_value", bill_id=bill["id"])
        if params is not None:
            view[params.get("field", "status_summary")] = params.get("value", "NEW_IN_2027")
        return view

    def listed(self, bill: Mapping[str, Any]) -> Json | str:
        """A bill as a list shows it, as JSON text where that is known."""
        if self.document.rows("faults"):
            return self.shown(bill, single=False)
        known = self._shown.find(bill)
        return known or self._shown.keep(bill, bill_view(self, bill, single=False))

    def bend(self, what: str, request: SimRequest) -> int:
        """Faults of paging: rows repeated (-1) or missed (1) at a page's edge, a foreign `next`."""
        if what == "foreign":
            return int(self.faults.take("foreign_next", path=request.path) is not None)
        params = self.faults.take("page_shift", path=request.path)
        return 0 if params is None else int(params.get("rows", -1))

    def admit(self, request: SimRequest) -> SimResponse | None:
        """200 calls in a rolling 10 s; calls made while limited count too and extend the wait."""
        limit = self.setting("rate_limit_calls")
        by_token = self.setting("rate_limit_per") == "token"
        calls = self._recent_calls[request.headers.get("authorization", "") if by_token else ""]
        now = self.ambient.now().timestamp()
        while calls and calls[0] <= now - _WINDOW_SECONDS:
            calls.popleft()
        calls.append(now)
        return self.error(429, request) if limit is not None and len(calls) > limit else None

    def after(self, route: Route | None, request: SimRequest, response: SimResponse) -> SimResponse:
        """Every answer carries `x-trace-id`, an error its `error_id`."""
        trace = f"{self.rng.getrandbits(64):016x}"
        if response.status >= 400 and response.headers.get("content-type") == "application/json":
            body = response.json()
            body["error_v2"]["error_id"] = trace
            named = SimResponse(response.status, response.headers, to_wire(body))
            response = named.delayed(response.delay_seconds)
        response = reworded(response, self.setting("unconfirmed_error_body"))
        return response.with_headers({"x-trace-id": trace})

    def error(self, status: int, request: SimRequest) -> SimResponse:
        """Ramp's error shape; a 504 comes from the gateway without one."""
        if status == 504:
            return SimResponse(504, {"content-type": "text/html"}, b"<h1>504 Gateway Time-out</h1>")
        texts = {404: "not found", 405: "method not allowed", 429: "slow down"}
        response = error_response(status, texts.get(status, "internal error"))
        seconds = self.setting("retry_after_seconds")
        if status == 429 and seconds is not None:
            return response.with_headers({"retry-after": str(seconds)})
        return response

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
        if subscription is not None and (not challenge or self.setting("challenge_headers")):
            headers.update(subscription["additional_headers"])
        if not challenge or self.setting("challenge_signed"):
            headers.update(self.webhooks.sign(details["subscription_id"], row["body"].encode()))
        if not challenge and details["event_id"]:
            headers["X-Ramp-Webhook-ID"] = details["event_id"]
        return headers

    def record_delivery_result(self, delivery_id: str, status: int | None) -> str:
        """As the common core; a notice given up may switch its subscription off."""
        state = super().record_delivery_result(delivery_id, status)
        row = self.document.rows("deliveries").get(delivery_id)
        if state == "failed" and row is not None:
            self.webhooks.failed(row["details"]["subscription_id"])
            self.document.commit()
        return state

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
        self.accounting.note(bill, event_type)

    def days_ago(self, days: int) -> str:
        """The ISO date some days back on this rail's clock."""
        return (self.now() - timedelta(days=days)).date().isoformat()
