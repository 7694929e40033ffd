"""The Stripe simulator: routes, keys, timed effects (stripe contract)."""

from __future__ import annotations

import string
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar

from local.simulators.core import Ambient, SimulatorCore
from local.simulators.document import Document
from local.simulators.messages import ControlError, Json, SimRequest, SimResponse
from local.simulators.routing import Route
from local.simulators.stripe.disputes import Disputes
from local.simulators.stripe.errors import error_response, masked
from local.simulators.stripe.invoices import Invoices
from local.simulators.stripe.ledger import Ledger
from local.simulators.stripe.levers import Levers
from local.simulators.stripe.notices import Notices
from local.simulators.stripe.payouts import Payouts
from local.simulators.stripe.reading import LISTED, Reading
from local.simulators.stripe.report_runs import ReportRuns
from local.simulators.stripe.seeding import StripeSeed
from local.simulators.stripe.settings import API_VERSION, DEFAULT_SETTINGS, FAULT_KINDS

_LETTERS = string.ascii_letters + string.digits


class StripeCore(SimulatorCore):
    """Stripe for many accounts, each with its own key."""

    rail = "stripe"
    webhook_timeout_seconds = 10.0
    cut_after_seconds = 60.0
    fault_kinds = FAULT_KINDS
    default_settings: ClassVar[Mapping[str, Any]] = DEFAULT_SETTINGS

    def __init__(self, document: Document, ambient: Ambient) -> None:
        self.quiet = False
        self.ledger = Ledger(self)
        self.disputes = Disputes(self)
        self.payouts = Payouts(self)
        self.invoices = Invoices(self)
        self.notices = Notices(self)
        self.report_runs = ReportRuns(self)
        self._reading = Reading(self)
        self._levers = Levers(self)
        self._recent: dict[str, deque[float]] = defaultdict(deque)
        self._recording: Json | None = None
        super().__init__(document, ambient)

    def routes(self) -> Iterable[Route]:
        """The rail's paths."""
        reading, runs = self._reading, self.report_runs
        yield Route("GET", "/v1/account", reading.account)
        yield Route("GET", "/v1/balance", reading.balance)
        yield Route("POST", "/v1/reporting/report_runs", runs.create, "write")
        yield Route("GET", "/v1/reporting/report_runs/{key}", runs.read)
        yield Route("GET", "/v1/files/{key}/contents", runs.contents)
        for name in LISTED:
            yield Route("GET", f"/v1/{name}", reading.lister(name))
            yield Route("GET", f"/v1/{name}/{{key}}", reading.reader(name))

    # ---- helpers of the parts

    def text(self, length: int) -> str:
        """Letters and digits from the handed-in chance."""
        return "".join(self.rng.choices(_LETTERS, k=length))

    def key(self, prefix: str) -> str:
        """A fresh id as Stripe writes them."""
        return f"{prefix}_1{self.text(23)}"

    def unix(self) -> int:
        """Now, in whole seconds since 1970."""
        return int(self.now().timestamp())

    def row(self, table: str, key: str) -> Json:
        """A copy of one row. Raises ControlError."""
        row = self.document.get(table, key)
        if row is None:
            raise ControlError(f"no {table.removesuffix('s')} {key}")
        found: Json = row
        return found

    @contextmanager
    def at(self, instant: datetime) -> Iterator[None]:
        """What is done inside happened at `instant` (seeds of the past)."""
        before, self._effect_at = self._effect_at, instant
        try:
            yield
        finally:
            self._effect_at = before

    def account(self, key: str) -> Json:
        """An account's row. Raises ControlError."""
        return self.row("accounts", key)

    def of_account(self, table: str, account: str) -> list[Json]:
        """Copies of an account's rows, oldest first."""
        rows = self.document.rows(table)
        return [self.row(table, key) for key, row in rows.items() if row["account"] == account]

    def caller(self, request: SimRequest) -> Mapping[str, Any] | None:
        """Whose key a call carries, as Bearer; None when it is none that works."""
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        found = self.document.rows("keys").get(key)
        return found if scheme.lower() == "bearer" else None

    # ---- hooks

    def admit(self, request: SimRequest) -> SimResponse | None:
        """A key that works comes before everything, a path that exists included."""
        if self.caller(request) is not None:
            return None
        key = request.headers.get("authorization", "").partition(" ")[2]
        text = (
            f"Invalid API Key provided: {masked(key)}"
            if key
            else "You did not provide an API key. You need to provide your API key in the "
            "Authorization header, using Bearer auth."
        )
        return error_response(401, text)

    def before(self, route: Route, request: SimRequest) -> SimResponse | None:
        """Rights of the key, and calls per second."""
        caller = self.caller(request) or {}
        occasion = {"method": request.method, "path": request.path}
        if self.faults.take("permission_denied", **occasion) is not None:
            text = "The provided key does not have the required permissions for this endpoint."
            return error_response(403, text, code="more_permissions_required")
        if not self.setting("rate_limits"):
            return None
        recent = self._recent[str(caller.get("account"))]
        now = self.ambient.now().timestamp()
        while recent and recent[0] <= now - 1.0:
            recent.popleft()
        if len(recent) >= self.setting("calls_per_second"):
            return self.error(429, request)
        recent.append(now)
        return None

    def after(self, route: Route | None, request: SimRequest, response: SimResponse) -> SimResponse:
        """Version and request id on everything."""
        headers = {"stripe-version": API_VERSION, "request-id": f"req_{self.text(14)}"}
        return response.with_headers(headers)

    def error(self, status: int, request: SimRequest) -> SimResponse:
        """Stripe's shapes of unknown paths, too many calls and its own failures."""
        if status in (404, 405):
            text = f"Unrecognized request URL ({request.method}: {request.path})."
            return error_response(404, text)
        if status == 429:
            text = "Request rate limit exceeded. Learn more about rate limits at stripe.com/docs."
            return error_response(429, text, code="rate_limit")
        text = "An unknown error occurred"
        return error_response(status, text, kind="api_error")

    def revoke(self, request: SimRequest) -> None:
        """The key of this call is deleted in the Dashboard."""
        key = request.headers.get("authorization", "").partition(" ")[2]
        if key in self.document.rows("keys"):
            self.document.delete("keys", key)

    def record_delivery_result(self, delivery_id: str, status: int | None) -> str:
        """As of all rails; how often Stripe tries depends on the event's mode."""
        self._recording = self.document.get("deliveries", delivery_id)
        if self._recording is not None and not self._recording["log"]:
            self._recording["log"] = [{"at": self.clock.now().isoformat()}]
        return super().record_delivery_result(delivery_id, status)

    def retry_delay(self, attempt: int, status: int | None) -> float | None:
        """Back-off up to three days (live), three tries (test mode)."""
        row = self._recording
        return None if row is None else self.notices.retry_delay(row, attempt)

    def delivery_headers(self, row: Json) -> dict[str, str]:
        """The signature, made for this attempt."""
        return self.notices.headers(row)

    def fire(self, kind: str, payload: Json) -> None:
        """Payouts, bank debits, due dates, reports."""
        if kind == "payout_run":
            self.payouts.run(payload["account"])
        elif kind == "payout_step":
            self.payouts.step(payload)
        elif kind == "bank_settled":
            self._settle(payload["charge"])
        elif kind == "invoice_due":
            self.invoices.overdue(payload["invoice"])
        elif kind == "report":
            self.report_runs.finish(payload["run"])

    def actions(self) -> Mapping[str, Callable[..., Json]]:
        """What customers, banks and people at the Dashboard do."""
        return self._levers.actions()

    def seed(self, data: Json) -> Json:
        """Accounts, their endpoints, customers and charges (format: README)."""
        result = StripeSeed(self).load(data)
        self.document.commit()
        return result

    def _settle(self, charge_id: str) -> None:
        row = self.row("charges", charge_id)
        if row["object"]["status"] != "pending":
            return
        self.ledger.succeed(charge_id)
        if row["invoice"] is not None:
            self.invoices.paid(row["invoice"], charge_id)
