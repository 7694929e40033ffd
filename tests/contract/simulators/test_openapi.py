"""Every JSON answer of the Ramp and Plaid simulators against the vendors' published schemas.

Needs the rail contracts beside the repository; without them it is skipped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from local.simulators.messages import Json, SimRequest, SimResponse
from tests.unit.simulators.conftest import Bench, make_bench

RAILS = Path(__file__).resolve().parents[3].parent / "shared" / "rails"
pytestmark = pytest.mark.skipif(not RAILS.exists(), reason="the rail contracts are not here")
ERROR = {"ramp": "DeveloperApiErrorResponse", "plaid": "PlaidError"}


def plain(schema: Any) -> Any:
    """OpenAPI 3.0's `nullable`, also beside `allOf`, in the words of JSON Schema."""
    if isinstance(schema, list):
        return [plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {key: plain(value) for key, value in schema.items() if key != "nullable"}
    return {"anyOf": [inner, {"type": "null"}]} if schema.get("nullable") is True else inner


class Checker:
    """Wraps a core's `handle` and validates whatever goes out."""

    def __init__(self, rail: str) -> None:
        self.rail = rail
        self.spec = json.loads((RAILS / "openapi" / f"{rail}.json").read_text(encoding="utf-8"))
        resource = Resource.from_contents(plain(self.spec), default_specification=DRAFT202012)
        self.registry: Any = Registry().with_resource("urn:spec", resource)
        self.checked: set[tuple[str, str, int]] = set()

    def wrap(self, handle: Callable[[SimRequest], SimResponse]) -> Callable[..., SimResponse]:
        def checked(request: SimRequest) -> SimResponse:
            response = handle(request)
            self.check(request, response)
            return response

        return checked

    def check(self, request: SimRequest, response: SimResponse) -> None:
        if response.headers.get("content-type") != "application/json":
            return
        template, operation = self.operation(request)
        schema: Json | None = {"$ref": f"#/components/schemas/{ERROR[self.rail]}"}
        if response.status < 400 and operation is not None:
            content = operation["responses"].get(str(response.status), {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
        if schema is None:
            return
        self.validate(schema, response.json())
        self.checked.add((request.method, template, response.status))

    def validate(self, schema: Json, value: Any) -> None:
        text = json.dumps(schema).replace('"#/', '"urn:spec#/')
        validator = Draft202012Validator(json.loads(text), registry=self.registry)
        problems = [f"{list(e.absolute_path)}: {e.message}" for e in validator.iter_errors(value)]
        assert not problems, problems[:5]

    def operation(self, request: SimRequest) -> tuple[str, Json | None]:
        literal_first = sorted(self.spec["paths"], key=lambda path: ("{" in path, path))
        for template in literal_first:
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), request.path):
                return template, self.spec["paths"][template].get(request.method.lower())
        return request.path, None


def watched(rail: str) -> tuple[Bench, Checker]:
    bench, checker = make_bench(), Checker(rail)
    core: Any = getattr(bench, rail)
    core.handle = checker.wrap(core.handle)
    return bench, checker


def test_ramp_answers_fit_the_schema() -> None:
    bench, checker = watched("ramp")
    client = bench.sample.clients[0]
    one, two, three = (client.bill_id(place) for place in (1, 2, 3))
    scopes = "business:read accounting:read bank_accounts:read audit_logs:read"
    bench.ramp.seed({"businesses": [{"id": client.business_id}]})
    business = bench.ramp.document.get("businesses", client.business_id)
    assert business is not None
    bench.ramp.document.put("businesses", client.business_id, {**business, "plus": True})
    bench.scopes += scopes.split()
    call = bench.ramp_call
    call("PATCH", f"/bills/{one}", {"payment_date": "2026-11-09"})
    call("PATCH", f"/bills/{one}", {"nonsense": 1})
    call("POST", f"/bills/{two}/hold", {"reason": None})
    call("POST", f"/bills/{two}/release")
    call("PATCH", f"/bills/{two}", {"payment_method": "ONE_TIME_CARD"})
    call("DELETE", f"/bills/{three}")
    for path in (
        *("/bills", "/bills?is_archived=true", f"/bills/{one}", f"/bills/{three}", "/bills/none"),
        *("/bills/drafts", "/entities", "/bank-accounts", "/vendors", "/business"),
        *(f"/vendors/{client.vendor_id}", f"/vendors/{client.vendor_id}/accounts"),
        *(f"/vendors/{client.vendor_id}/contacts", "/business/balance", "/webhooks"),
        *("/accounting/all-connections", "/audit-logs/events", "/bills?page_size=1"),
        *(f"/bank-accounts/{client.ramp_account_id}", "/nothing"),
    ):
        call("GET", path)
    draft = call("POST", "/bills/drafts", {"vendor_id": client.vendor_id}).json()
    call("GET", f"/bills/drafts/{draft['id']}")
    call("POST", f"/bills/drafts/{draft['id']}/submit")
    hook = {"endpoint_url": "https://x.test/", "event_types": ["bills.paid"]}
    made = call("POST", "/webhooks", hook).json()
    call("GET", f"/webhooks/{made['id']}")
    call("POST", "/webhooks/mock-webhook-event", {"event_type": "bills.paid"})
    bench.to(datetime(2026, 11, 16, tzinfo=UTC))
    assert call("GET", f"/bills/{one}").json()["status"] == "PAID"
    assert len(checker.checked) >= 28


def test_plaid_answers_fit_the_schema() -> None:
    bench, checker = watched("plaid")
    client = bench.sample.clients[0]
    line = {"account_id": client.plaid_account_id, "amount": "12.34", "name": "LINE"}
    bench.plaid.act("post_line", **line)
    bench.plaid.act("post_line", **line, pending=True)
    bench.plaid.act("poll", item_id=client.item_id)
    call = bench.plaid_call
    for path in ("/accounts/get", "/accounts/balance/get", "/transactions/sync", "/item/get"):
        assert call(path).status_code == 200
        assert call(path, access_token="wrong").status_code == 400
    call("/transactions/sync", options={"include_original_description": True})
    call("/transactions/refresh")
    call("/item/webhook/update", webhook="https://x.test/")
    wish: dict[str, object] = {"client_name": "F", "language": "en", "country_codes": ["US"]}
    call("/link/token/create", **wish, user={"client_user_id": "u"})
    bench.plaid.act("login_required", item_id=client.item_id, reason="OAUTH_INVALID_TOKEN")
    call("/item/get")
    call("/accounts/get")
    call("/item/remove")
    keys = {"client_id": "plaid_client_local", "secret": "plaid_secret_local"}
    key = {**keys, "key_id": bench.plaid.notices.signing_key()}
    found = bench.http.post("https://production.plaid.com/webhook_verification_key/get", json=key)
    assert found.status_code == 200
    where = {**keys, "institution_id": "ins_109508", "country_codes": ["US"]}
    bench.http.post("https://production.plaid.com/institutions/get_by_id", json=where)
    assert len(checker.checked) >= 14


def shape(value: Any) -> Any:
    """Keys and kinds, deeply; lists by their first element."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    if isinstance(value, bool) or value is None:
        return type(value).__name__
    return "number" if isinstance(value, int | float) else type(value).__name__


def example(name: str) -> Any:
    return json.loads((RAILS / "qbo" / name).read_text(encoding="utf-8"))["body"]


def test_qbo_answers_look_like_the_samples() -> None:
    bench = make_bench()
    client = bench.sample.clients[0]
    bench.ramp_call("PATCH", f"/bills/{client.bill_id(1)}", {"payment_date": "2026-11-09"})
    bench.to(datetime(2026, 11, 12, tzinfo=UTC))
    bill = bench.query("select * from Bill where DocNumber = 'INV-01-001'")["Bill"][0]
    payment = bench.query("select * from BillPayment")["BillPayment"][0]
    read_bill = bench.qbo_call("GET", f"/bill/{bill['Id']}").json()
    read_payment = bench.qbo_call("GET", f"/billpayment/{payment['Id']}").json()
    assert set(read_bill["Bill"]) >= set(example("read_bill.json")["Bill"])
    wanted = shape(example("read_billpayment.json"))
    assert shape(read_payment)["BillPayment"].keys() >= wanted["BillPayment"].keys()
    assert shape(read_payment)["BillPayment"]["Line"] == wanted["BillPayment"]["Line"]
    bench.base.move(seconds=1)
    stale = bench.qbo_call("POST", "/bill", {**bill, "SyncToken": "99"}).json()
    assert stale["Fault"] == example("fault_5010_stale.json")["Fault"]
    missing = bench.qbo_call("GET", "/bill/999999").json()
    assert missing["Fault"] == example("fault_610_not_found.json")["Fault"]
    note = bench.query("select * from Bill where PrivateNote = 'x'")
    sample = example("fault_4001_not_queryable.json")["Fault"]["Error"][0]
    assert note["Fault"]["Error"][0].items() >= sample.items()
    empty = bench.query("select * from Bill where DocNumber = 'NOPE'")
    assert empty == example("query_empty.json")["QueryResponse"]
    bench.base.move(seconds=1)
    nobody = bench.http.get(
        f"https://quickbooks.api.intuit.com/v3/company/{client.realm_id}/bill/1"
    )
    assert shape(nobody.json()) == shape(example("fault_401_expired.json"))
    statuses = [bench.qbo_call("GET", "/companyinfo/1") for _ in range(12)]
    xml = (RAILS / "qbo" / "fault_429.xml").read_text(encoding="utf-8")
    strip = re.compile(r'time="[^"]*"')
    assert strip.sub("", statuses[-1].text).split() == strip.sub("", xml).split()
