"""Deliveries as Intuit makes them."""

from __future__ import annotations

import base64
from typing import Any

from tests.support.webhooks.base import OTHER_REALM, QBO_SECRET, REALM, Case, compact, mac, taken


def cloud_event(
    number: int, kind: str = "qbo.billpayment.created.v1", **changes: object
) -> dict[str, object]:
    """One CloudEvents element."""
    event: dict[str, object] = {
        "specversion": "1.0",
        "id": f"ce000000-0000-4000-8000-{number:012d}",
        "source": "intuit.made-up",
        "type": kind,
        "datacontenttype": "application/json",
        "time": "2026-11-20T14:59:50.418251517Z",
        "intuitentityid": str(1800 + number),
        "intuitaccountid": REALM,
        "data": {},
    }
    return {**event, **changes}


def classic(*entities: tuple[str, dict[str, object]]) -> dict[str, object]:
    """The retired envelope: (realm, entity) pairs."""
    return {
        "eventNotifications": [
            {"realmId": realm, "dataChangeEvent": {"entities": [entity]}}
            for realm, entity in entities
        ]
    }


def qbo_headers(raw: bytes, secret: str = QBO_SECRET) -> dict[str, str]:
    """Intuit's header."""
    return {"intuit-signature": base64.b64encode(mac(secret, raw)).decode()}


def _qbo(
    name: str, body: object, outcome: str = "stored", code: str | None = None, **more: Any
) -> Case:
    raw = body if isinstance(body, bytes) else compact(body)
    headers = qbo_headers(raw)
    return taken("qbo", name, raw, headers, outcome, code, **more)


def qbo_cases() -> list[Case]:
    """Intuit's deliveries."""
    one = compact([cloud_event(1)])
    entity: dict[str, object] = {
        "name": "BillPayment",
        "id": "1822",
        "operation": "Void",
        "lastUpdated": "2026-11-20T06:59:00-0800",
    }
    merged: dict[str, object] = {
        "name": "Vendor",
        "id": "56",
        "operation": "Merge",
        "lastUpdated": "2026-11-20T14:00:00.000Z",
        "deletedId": "58",
    }
    return [
        Case(
            "qbo",
            "bad_signature",
            one,
            qbo_headers(one, "other"),
            401,
            "rejected",
            "signature_mismatch",
        ),
        Case("qbo", "missing_signature", one, {}, 401, "rejected", "signature_missing"),
        _qbo("billpayment_created", one),
        _qbo("billpayment_created_again", one, "duplicate", repeats="billpayment_created"),
        _qbo(
            "two_companies",
            [cloud_event(2), cloud_event(3, "qbo.bill.updated.v1", intuitaccountid=OTHER_REALM)],
        ),
        _qbo("one_good_one_bad", [cloud_event(4), {"specversion": "1.0", "id": "x"}]),
        _qbo("classic_void", classic((REALM, entity))),
        _qbo("classic_merge", classic((REALM, merged))),
        _qbo("nothing_inside", []),
        _qbo(
            "id_injection",
            [cloud_event(5, intuitentityid="1' OR Id > '0")],
            "quarantined",
            "odd_shape",
        ),
        _qbo(
            "next_version", [cloud_event(6, "qbo.bill.updated.v2")], "quarantined", "unknown_type"
        ),
        _qbo("not_json", b"\xff\xfe", "quarantined", "invalid_json", base64_body=True),
    ]
