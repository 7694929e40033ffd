"""A tour through every operation of Ramp's simulator: its successes and its refusals."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import httpx

from local.simulators.messages import Json
from local.simulators.ramp.seeding import ALL_SCOPES
from local.simulators.sample import RAMP_APP
from tests.unit.simulators.conftest import Bench, make_bench

BASE = "https://api.ramp.com"
V1 = "/developer/v1"
NOBODY = "00000000-0000-4000-8000-000000000000"
_FILE = {"file": ("i.pdf", b"%PDF-1.4", "application/pdf")}
_NEW_HOOK = {"endpoint_url": "https://hooks.example.test/r", "event_types": ["bills.paid"]}
_BASIC = (RAMP_APP["client_id"], RAMP_APP["client_secret"])


@dataclass
class RampTour:
    """The bench, a token with every scope, and where things are."""

    bench: Bench
    token: str

    @classmethod
    def begin(cls) -> RampTour:
        """A business with nine bills, on Ramp Plus."""
        bench = make_bench()
        client = bench.sample.clients[0]
        row = bench.ramp.document.get("businesses", client.business_id)
        assert row is not None
        bench.ramp.document.put("businesses", client.business_id, {**row, "plus": True})
        bills = [{"vendor_id": client.vendor_id, "amount": "10.00"} for _ in range(6)]
        bench.ramp.seed({"businesses": [{"id": client.business_id, "bills": bills}]})
        issued = bench.ramp.oauth.connect(RAMP_APP["client_id"], client.business_id, ALL_SCOPES)
        return cls(bench, issued["access_token"])

    @property
    def bills(self) -> list[str]:
        """Ids of the bills, oldest first."""
        return list(self.bench.ramp.document.rows("bills"))

    def call(self, method: str, path: str, token: str | None = None, **more: Any) -> httpx.Response:
        """One call with the token of every scope, or with another, "" for none."""
        used = self.token if token is None else token
        headers = {"authorization": f"Bearer {used}"} if used else {}
        self.bench.base.move(seconds=1)  # within the rate limit
        return self.bench.http.request(method, f"{BASE}{V1}{path}", headers=headers, **more)

    def want(self, status: int, method: str, path: str, **more: Any) -> Any:
        """One call that must answer `status`; gives its JSON body, if it has one."""
        answer = self.call(method, path, **more)
        assert answer.status_code == status, (method, path, answer.status_code, answer.text)
        is_json = answer.headers.get("content-type") == "application/json"
        return answer.json() if is_json else None

    # ---- successes

    def successes(self) -> None:
        """Every operation once, as it should go."""
        self._tokens()
        self._reading()
        self._bill_changes()
        self._drafts()
        self._vendors_and_hooks()
        self._ledger()

    def _tokens(self) -> None:
        form: Json = {"grant_type": "refresh_token"}
        client = self.bench.sample.clients[0]
        issued = self.bench.ramp.oauth.connect(*(RAMP_APP["client_id"], client.business_id, []))
        form["refresh_token"] = issued["refresh_token"]
        answer = self.bench.http.post(f"{BASE}{V1}/token", data=form, auth=_BASIC)
        assert answer.status_code == 200
        gone = {"token": answer.json()["access_token"], "token_type_hint": "access_token"}
        url = f"{BASE}{V1}/token/revoke"
        assert self.bench.http.post(url, data=gone, auth=_BASIC).status_code == 200

    def _reading(self) -> None:
        client = self.bench.sample.clients[0]
        entity = self.want(200, "GET", "/entities")["data"][0]["id"]
        for path in (
            *("/bills", "/bills?is_archived=true&page_size=2", f"/bills/{self.bills[0]}"),
            *("/bills/drafts", f"/entities/{entity}", "/bank-accounts", "/vendors"),
            *(f"/bank-accounts/{client.ramp_account_id}", f"/vendors/{client.vendor_id}"),
            *(f"/vendors/{client.vendor_id}/accounts", f"/vendors/{client.vendor_id}/contacts"),
            *("/business", "/business/balance", "/accounting/all-connections", "/webhooks"),
        ):
            self.want(200, "GET", path)

    def _bill_changes(self) -> None:
        client = self.bench.sample.clients[0]
        entity = self.want(200, "GET", "/entities")["data"][0]["id"]
        new = {
            "vendor_id": client.vendor_id,
            "entity_id": entity,
            "invoice_number": "N-1",
            "invoice_currency": "USD",
            "issued_at": "2026-11-01",
            "due_at": "2026-11-30",
            "payment_method": "PAID_MANUALLY",
            "payment_details": {"manual_payment_method": "CASH", "payment_date": "2026-11-04"},
            "line_items": [{"amount": "12.34"}],
            "inventory_line_items": [{"quantity": 2, "unit_price": "1.00"}],
        }
        self.want(201, "POST", "/bills", json=new)
        self.want(404, "POST", "/bills", json={**new, "vendor_id": NOBODY})
        self.want(422, "GET", f"/vendors/{client.vendor_id}/accounts?page_size=1")
        self.want(422, "GET", f"/vendors/{client.vendor_id}/contacts?nonsense=1")
        one, two, three = self.bills[:3]
        self.want(200, "PATCH", f"/bills/{one}", json={"payment_date": "2026-11-09"})
        self.want(200, "PATCH", f"/bills/{three}", json={"payment_method": "ONE_TIME_CARD"})
        self.want(200, "POST", f"/bills/{two}/hold", json={"reason": None})
        self.want(200, "POST", f"/bills/{two}/release")
        form = {"attachment_type": "INVOICE"}
        self.want(201, "POST", f"/bills/{one}/attachments", data=form, files=_FILE)
        self.want(200, "GET", f"/bills/{one}")
        self.want(204, "DELETE", f"/bills/{two}")
        self.want(200, "GET", f"/bills/{two}")
        new["payment_method"] = "ACH"
        new["payment_details"] = {
            "payment_arrival_date": "2026-11-14",  # a Saturday
            "source_bank_account_id": client.ramp_account_id,
            "vendor_account_id": client.vendor_account_id,
        }
        self.want(400, "POST", "/bills", json=new)
        self.want(400, "PATCH", f"/bills/{two}", json={"payment_date": "2026-11-09"})
        self.want(400, "DELETE", f"/bills/{two}")
        self.want(400, "POST", f"/bills/{two}/hold")
        self.want(400, "POST", f"/bills/{one}/release")
        self.want(400, "POST", f"/bills/{one}/attachments", data=form, files=_FILE)
        self.bench.ramp.act("schedule", bill_id=self.bills[3], payment_date="2026-11-05")
        self.bench.ramp.advance(seconds=12 * 86_400)
        issued = self.bench.ramp.oauth.connect(
            RAMP_APP["client_id"], client.business_id, ALL_SCOPES
        )
        self.token = issued["access_token"]
        self.want(200, "GET", f"/bills/{self.bills[3]}")
        self.want(200, "GET", f"/bills/{self.bills[3]}/remittance-receipt")

    def _drafts(self) -> None:
        client = self.bench.sample.clients[0]
        contact = self.want(200, "GET", f"/vendors/{client.vendor_id}/contacts")["data"][0]["id"]
        draft = self.want(201, "POST", "/bills/drafts", json={"vendor_id": client.vendor_id})
        path = f"/bills/drafts/{draft['id']}"
        self.want(400, "POST", f"{path}/submit")
        full = {
            "due_at": "2026-12-30",
            "issued_at": "2026-11-01",
            "payment_method": "ACH",
            "vendor_contact_id": contact,
            "line_items": [{"amount": "5.00", "memo": None}],
        }
        self.want(200, "PATCH", path, json=full)
        form = {"attachment_type": "INVOICE"}
        self.want(201, "POST", f"{path}/attachments", data=form, files=_FILE)
        self.want(400, "POST", f"{path}/attachments", data=form, files=_FILE)
        self.want(200, "GET", path)
        self.want(405, "DELETE", path)
        self.want(201, "POST", f"{path}/submit")

    def _vendors_and_hooks(self) -> None:
        vendor = self.bench.sample.clients[0].vendor_id
        self.want(200, "POST", f"/vendors/{vendor}/hold")
        self.want(200, "POST", f"/vendors/{vendor}/release")
        made = self.want(201, "POST", "/webhooks", json=_NEW_HOOK)
        path = f"/webhooks/{made['id']}"
        wrong = {"challenge": "guess"}
        self.want(400, "POST", f"{path}/verify", json=wrong)
        row = self.bench.ramp.document.rows("subscriptions")[made["id"]]
        self.want(200, "POST", f"{path}/verify", json={"challenge": row["challenge"]})
        self.want(200, "GET", path)
        self.want(204, "DELETE", path)
        mock = {"event_type": "bills.paid", "object_id": self.bills[0], "object_metadata": {"a": 1}}
        self.want(201, "POST", "/webhooks/mock-webhook-event", json=mock)

    def _ledger(self) -> None:
        self.want(200, "GET", "/audit-logs/events")
        client = self.bench.sample.clients[0]
        row = self.bench.ramp.document.get("businesses", client.business_id)
        assert row is not None
        sync = {
            "idempotency_key": "k-1",
            "sync_type": "BILL_SYNC",
            "successful_syncs": [{"id": self.bills[4], "reference_id": "77"}],
        }
        self.want(400, "POST", "/accounting/syncs", json=sync)
        unconnected = {**row, "accounting_connected": False}
        self.bench.ramp.document.put("businesses", client.business_id, unconnected)
        first = self.want(201, "POST", "/accounting/syncs", json=sync)
        assert self.want(201, "POST", "/accounting/syncs", json=sync) == first
        assert self.want(200, "GET", f"/bills/{self.bills[4]}")["remote_id"] == "77"

    # ---- refusals

    def refusals(self, operations: Iterable[tuple[str, str, Json]]) -> None:
        """Every operation with a bad token, a missing scope, too many calls, a wrong body."""
        scopeless = self.bench.ramp.oauth.connect(
            RAMP_APP["client_id"], self.bench.sample.clients[0].business_id, []
        )["access_token"]
        for method, template, _ in operations:
            path = re.sub(r"\{\w+\}", NOBODY, template.removeprefix(V1))
            if template.startswith(f"{V1}/token"):
                self._bad_tokens(template)
                continue
            self.want(401, method, path, token="")
            self.want(401, method, path, token="ramp_user_tok_unknown")
            assert self.call(method, path, token=scopeless).status_code in (200, 201, 403, 404, 422)
            self._faulty(method, path, "throttle", 429)
            self._faulty(method, path, "forbidden", 403)
            self._faulty(method, path, "server_error", 500)
            if "{" in template:
                self.want(404, method, path, **_body_for(method, path))
            elif method == "GET" and template.endswith(("s", "events")):
                self._strange_queries(path)
            if method in ("POST", "PATCH"):
                self._strange_bodies(method, template)

    def _faulty(self, method: str, path: str, kind: str, status: int) -> None:
        fault = self.bench.ramp.faults.add({"kind": kind})
        self.want(status, method, path, **_body_for(method, path))
        self.bench.ramp.faults.remove(fault["id"])

    def _bad_tokens(self, template: str) -> None:
        url = f"{BASE}{template}"
        assert self.bench.http.post(url, data={"grant_type": "x", "token": "x"}).status_code == 401
        form = {"grant_type": "refresh_token", "refresh_token": "unknown"}
        answer = self.bench.http.post(url, data=form, auth=_BASIC)
        assert answer.status_code == (422 if template.endswith("revoke") else 400)
        fault = self.bench.ramp.faults.add({"kind": "throttle"})
        assert self.bench.http.post(url, data=form, auth=_BASIC).status_code == 429
        self.bench.ramp.faults.remove(fault["id"])

    def _strange_queries(self, path: str) -> None:
        paged = path not in ("/business", "/webhooks", "/accounting/all-connections")
        if paged:
            for query in ("nonsense=1", "page_size=1", "page_size=101", f"start={NOBODY}"):
                self.want(422, "GET", f"{path}?{query}")

    def _strange_bodies(self, method: str, template: str) -> None:
        path = self._existing(template)
        if path.endswith("/attachments"):
            self.want(422, method, path, json={"attachment_type": "INVOICE"})
        elif not path.endswith(("/hold", "/release")) or "bills" in path:
            self.want(422, method, path, json={"nonsense": 1})

    def _existing(self, template: str) -> str:
        rows = self.bench.ramp.document.rows
        client = self.bench.sample.clients[0]
        if not rows("drafts"):
            self.want(201, "POST", "/bills/drafts", json={"vendor_id": client.vendor_id})
        known = {
            "bill_id": self.bills[0],
            "draft_bill_id": next(iter(rows("drafts"))),
            "vendor_id": client.vendor_id,
            "webhook_id": next(iter(rows("subscriptions"))),
        }
        return template.removeprefix(V1).format(**known)


def _body_for(method: str, path: str) -> Json:
    """A body that is right for the operation, so that only its target is wrong."""
    if path.endswith("/attachments"):
        return {"data": {"attachment_type": "FILE"}, "files": _FILE}
    if path.endswith("/verify"):
        return {"json": {"challenge": "c"}}
    return {"json": {}} if method in ("POST", "PATCH") else {}
