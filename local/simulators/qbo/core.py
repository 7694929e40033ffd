"""The QBO simulator: routes, limits, metering, timed effects (qbo contract, section 8)."""

from __future__ import annotations

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
    period_closed,
    stale,
    system_failure,
    user_lost_access,
)
from local.simulators.qbo.levers import Levers
from local.simulators.qbo.limits import Limits
from local.simulators.qbo.notices import Notices
from local.simulators.qbo.oauth import OAuth
from local.simulators.qbo.ramp_sync import RampSync
from local.simulators.qbo.seeding import QboSeed
from local.simulators.qbo.settings import DEFAULT_SETTINGS, FAULT_KINDS
from local.simulators.qbo.writes import Writes
from local.simulators.routing import Route

_COMPANY = "/v3/company/{realm}"


class QboCore(SimulatorCore):
    """QuickBooks Online for many companies (realms)."""

    rail = "qbo"
    webhook_timeout_seconds = 3.0
    cut_after_seconds = 120.0
    fault_kinds = FAULT_KINDS
    default_settings: ClassVar[Mapping[str, Any]] = DEFAULT_SETTINGS

    def __init__(self, document: Document, ambient: Ambient) -> None:
        self.quiet = False
        self.books = Books(self)
        self.writes = Writes(self)
        self.oauth = OAuth(self)
        self.notices = Notices(self)
        self._calls = Calls(self)
        self._sync = RampSync(self)
        self._levers = Levers(self)
        self.limits = Limits(self)
        self.writer: str | None = None
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
        return self.limits.refuse(route, request)

    def after(self, route: Route | None, request: SimRequest, response: SimResponse) -> SimResponse:
        """`intuit_tid` on everything; a successful read is counted; a slow answer is cut."""
        self.writer = None
        if route is not None and route.note == "coreplus" and response.status == 200:
            self.meter(1)
            self.document.commit()
        response = self.limits.carried(request, response)
        return response.with_headers({"intuit_tid": f"1-{self.rng.getrandbits(128):032x}"})

    def meter(self, count: int) -> None:
        """Count metered reads (CorePlus) of the month."""
        self.limits.meter(count)

    def metering(self) -> Mapping[str, Any]:
        """The month's count: `{"used": n}`."""
        return self.limits.metering()

    def error(self, status: int, request: SimRequest) -> SimResponse:
        """QBO's shapes: XML for 429, the gateway's page for 504, else a Fault."""
        if status == 429:
            return self.limits.throttled()
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
        kind = str(self.setting("webhook_content_type"))
        return {"content-type": kind, "intuit-signature": signature}

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
            occasion = {"method": request.method, "path": request.path, "realm": realm}
            if caller is None or self.faults.take("token_expired", **occasion) is not None:
                return self._gateway(401, "3200", "AuthenticationFailed", "Token expired")
            wrong = self.faults.take("wrong_company", **occasion) is not None
            if wrong or caller["realm"] != realm:
                return self._gateway(403, "3100", "ApplicationAuthorizationFailed", None)
            lost = self.document.rows("companies").get(realm, {}).get("user_removed", False)
            if lost or self.faults.take("user_lost_access", **occasion) is not None:
                return self._fault(user_lost_access(), 401)
            self.writer = caller["client_id"]
            try:
                self._require_service(realm, occasion)
                if self.faults.take("silent_noop", **occasion) is not None:
                    body = {"BatchItemResponse": [], "time": body_time(self.now())}
                    return json_response(200, body)
                return handler(request, realm=realm, **variables)
            except Fault as fault:
                # A system fault has been observed under HTTP 200.
                status = 200 if fault.kind == "SystemFault" else 400
                raise Refusal(self._fault(fault, status)) from fault

        return run

    def _require_service(self, realm: str, occasion: Json) -> None:
        if self.document.rows("companies")[realm]["ended"]:
            raise Fault("6190")
        system = self.faults.take("fault_in_200", **occasion)
        params = self.faults.take("refuse", **occasion) if system is None else None
        self.document.commit()  # a refusal undoes what the call did, not that a switch was used
        if system is not None:
            raise system_failure("java.lang.UnsupportedOperationException")
        if params is not None:
            code, words = str(params.get("code", "6000")), str(params.get("detail", ""))
            message = params.get("message")
            raise (
                period_closed()
                if message == "Account Period Closed"
                else (stale() if code == "5010" else Fault(code, words, message=message))
            )

    def _gateway(self, status: int, code: str, name: str, detail: str | None) -> SimResponse:
        body = gateway_fault(status, code, name, detail, self.now())
        if self.setting("gateway_keys") == "upper":
            (error,) = body["fault"]["error"]
            fault = {"Message": error["message"], "Detail": error["detail"], "code": code}
            body = {"Fault": {"Error": [fault], "type": body["fault"]["type"]}}
            body["time"] = body_time(self.now())
        return json_response(status, body)

    def _fault(self, fault: Fault, status: int) -> SimResponse:
        return json_response(status, {"Fault": fault.body(), "time": body_time(self.now())})
