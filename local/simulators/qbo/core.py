"""The QBO simulator: routes, limits, metering, timed effects (qbo contract, section 8)."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

from local.simulators.core import Ambient, SimulatorCore
from local.simulators.document import Document
from local.simulators.messages import (
    ControlError,
    Json,
    Refusal,
    SimRequest,
    SimResponse,
    json_response,
)
from local.simulators.qbo.books import Books
from local.simulators.qbo.calls import Calls
from local.simulators.qbo.errors import (
    Fault,
    body_time,
    gateway_fault,
    system_failure,
    throttled,
)
from local.simulators.qbo.levers import Levers
from local.simulators.qbo.notices import Notices
from local.simulators.qbo.oauth import OAuth
from local.simulators.qbo.ramp_sync import RampSync
from local.simulators.qbo.seeding import QboSeed
from local.simulators.qbo.writes import Writes
from local.simulators.routing import Route

_COMPANY = "/v3/company/{realm}"
_SECOND, _MINUTE = 1.0, 60.0


class QboCore(SimulatorCore):
    """QuickBooks Online for many companies (realms)."""

    rail = "qbo"
    webhook_timeout_seconds = 3.0
    cut_after_seconds = 120.0
    fault_kinds = frozenset(
        {"ledger_skip", "ledger_skip_bill", "ledger_amount", "ledger_account", "ledger_date"}
        | {"ledger_delay", "ledger_duplicate", "fault_in_200"}
    )
    default_settings: ClassVar[Mapping[str, Any]] = {
        "rate_limits": True,
        "calls_per_second": 10,
        "calls_per_minute": 500,
        "batches_per_minute": 40,
        "coreplus_monthly_limit": 500_000,
        "refresh_value_seconds": 86_400,
        "parallel_refresh_seconds": 2.0,
        "webhook_delay_seconds": [0.0, 300.0],
        "webhook_batch_seconds": 10,
        "webhook_envelope": "cloudevents",
        "hold_back": True,
        "retry_time_factor": 1.0,
        "cdc_inclusive": True,
        "attachable_touches_target": False,
    }

    def __init__(self, document: Document, ambient: Ambient) -> None:
        self.quiet = False
        self.books = Books(self)
        self.writes = Writes(self)
        self.oauth = OAuth(self)
        self.notices = Notices(self)
        self._calls = Calls(self)
        self._sync = RampSync(self)
        self._levers = Levers(self)
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        super().__init__(document, ambient)

    def routes(self) -> Iterable[Route]:
        """The rail's paths."""
        calls, oauth = self._calls, self.oauth

        def read(method: str, path: str, handler: Callable[..., SimResponse]) -> Route:
            return Route(method, _COMPANY + path, self._guarded(handler), "read", "coreplus")

        return [
            Route("GET", "/.well-known/openid_configuration/", oauth.discovery, "auth"),
            Route("GET", "/.well-known/openid_sandbox_configuration/", oauth.discovery, "auth"),
            Route("GET", "/connect/oauth2", oauth.authorize, "auth"),
            Route("POST", "/oauth2/v1/tokens/bearer", oauth.token, "auth"),
            Route("POST", "/v2/oauth2/tokens/revoke", oauth.revoke, "auth"),
            read("GET", "/query", calls.query),
            read("POST", "/query", calls.post_query),
            read("GET", "/cdc", calls.changes),
            Route("POST", f"{_COMPANY}/batch", self._guarded(calls.batch), "write", "batch"),
            read("GET", "/preferences", calls.preferences),
            read("GET", "/reports/{name}", calls.report),
            read("GET", "/{entity}/{key}", calls.read),
            Route("POST", f"{_COMPANY}/{{entity}}", self._guarded(calls.write), "write"),
        ]

    def before(self, route: Route, request: SimRequest) -> SimResponse | None:
        """Limits per realm and app, and the month's pool of reads."""
        if not request.path.startswith("/v3/") or not self.setting("rate_limits"):
            return None
        caller = self.oauth.access(request)
        key = f"{caller['client_id']}/{caller['realm']}" if caller else "unknown"
        windows = [
            (f"{key}/second", _SECOND, self.setting("calls_per_second")),
            (f"{key}/minute", _MINUTE, self.setting("calls_per_minute")),
        ]
        if route.note == "batch":
            windows.append((f"{key}/batch", _MINUTE, self.setting("batches_per_minute")))
        now = self.ambient.now().timestamp()
        for name, span, limit in windows:
            recent = self._recent[name]
            while recent and recent[0] <= now - span:
                recent.popleft()
            if len(recent) >= limit:
                return throttled(self.now())
        for name, _, _ in windows:
            self._recent[name].append(now)
        month_used = self.metering().get("used", 0)
        if route.note == "coreplus" and month_used >= self.setting("coreplus_monthly_limit"):
            return throttled(self.now())
        return None

    def after(self, route: Route | None, request: SimRequest, response: SimResponse) -> SimResponse:
        """`intuit_tid` on everything; a successful read is counted."""
        if route is not None and route.note == "coreplus" and response.status == 200:
            self.meter(1)
            self.document.commit()
        return response.with_headers({"intuit_tid": f"1-{self.rng.getrandbits(128):032x}"})

    def meter(self, count: int) -> None:
        """Count metered reads (CorePlus) of the month."""
        month = self.now().strftime("%Y-%m")
        row = self.document.get("metering", month) or {"used": 0}
        self.document.put_soft("metering", month, {"used": row["used"] + count})

    def metering(self) -> Mapping[str, Any]:
        """The month's count: `{"used": n}`."""
        row: Mapping[str, Any] = self.document.rows("metering").get(
            self.now().strftime("%Y-%m"), {"used": 0}
        )
        return row

    def error(self, status: int, request: SimRequest) -> SimResponse:
        """QBO's shapes: XML for 429, the gateway's page for 504, else a Fault."""
        if status == 429:
            return throttled(self.now())
        if status == 504:
            return SimResponse(504, {"content-type": "text/html"}, b"<h1>504 Gateway Time-out</h1>")
        if status in (404, 405):
            return self._fault(Fault("6000", f"unsupported {request.method} {request.path}"), 400)
        return self._fault(system_failure("java.lang.IllegalStateException"), status)

    def revoke(self, request: SimRequest) -> None:
        """The connection of this call dies."""
        caller = self.oauth.access(request)
        if caller is not None:
            self.oauth.kill(caller["connection"])

    def accepted(self, status: int | None) -> bool:
        """Only 200 counts."""
        return status == 200

    def retry_delay(self, attempt: int, status: int | None) -> float | None:
        """The 2026 ladder, compressed by `retry_time_factor`."""
        seconds = self.notices.retry_delay(attempt)
        return None if seconds is None else seconds * float(self.setting("retry_time_factor"))

    def sendable(self, rows: list[Json]) -> list[Json]:
        """While one notice waits for its retry, later ones to that address are held back."""
        if not self.setting("hold_back"):
            return rows
        blockers: dict[str, str] = {}
        for row in self.outbox.pending():
            if row["attempt"] > 0:
                blockers[row["url"]] = min(blockers.get(row["url"], row["id"]), row["id"])
        chosen = [row for row in rows if blockers.get(row["url"], row["id"]) == row["id"]]
        for row in rows:
            if row not in chosen:
                self.outbox.put_back(row["id"])
        return chosen

    def delivery_headers(self, row: Json) -> dict[str, str]:
        """Content type and signature."""
        signature = self.notices.sign(row["details"]["client_id"], row["body"].encode())
        return {"content-type": "application/json", "intuit-signature": signature}

    def fire(self, kind: str, payload: Json) -> None:
        """Webhooks fall due; Ramp's sync books."""
        if kind == "flush":
            self.notices.flush()
        elif kind == "ramp_bill":
            self._sync.book_bill(payload)
        elif kind == "ramp_payment":
            self._sync.book_payment(payload)

    def apply_fact(self, fact: Json) -> None:
        """A bill or payment that Ramp's sync will book."""
        self._sync.plan(fact)

    def actions(self) -> Mapping[str, Callable[..., Json]]:
        """What bookkeepers do."""
        return self._levers.actions()

    def act(self, action: str, **params: Any) -> Json:
        """Like the base, with the ledger's own refusals as problems."""
        try:
            return super().act(action, **params)
        except Fault as fault:
            self.document.rollback()
            self.timers.rebuild()
            raise ControlError(str(fault)) from fault

    def seed(self, data: Json) -> Json:
        """Apps, companies, vendors, bills (format: README)."""
        result = QboSeed(self).load(data)
        self.document.commit()
        return result

    def _guarded(self, handler: Callable[..., SimResponse]) -> Callable[..., SimResponse]:
        def run(request: SimRequest, realm: str, **variables: str) -> SimResponse:
            caller = self.oauth.access(request)
            if caller is None:
                fault = gateway_fault(
                    401, "3200", "AuthenticationFailed", "Token expired", self.now()
                )
                return json_response(401, fault)
            if caller["realm"] != realm:
                name = "ApplicationAuthorizationFailed"
                return json_response(403, gateway_fault(403, "3100", name, None, self.now()))
            try:
                self._require_service(realm, request)
                return handler(request, realm=realm, **variables)
            except Fault as fault:
                # A system fault has been observed under HTTP 200.
                status = 200 if fault.kind == "SystemFault" else 400
                raise Refusal(self._fault(fault, status)) from fault

        return run

    def _require_service(self, realm: str, request: SimRequest) -> None:
        if self.document.rows("companies")[realm]["ended"]:
            raise Fault("6190")
        if self.faults.take("fault_in_200", path=request.path) is not None:
            raise system_failure("java.lang.UnsupportedOperationException")

    def _fault(self, fault: Fault, status: int) -> SimResponse:
        return json_response(status, {"Fault": fault.body(), "time": body_time(self.now())})
