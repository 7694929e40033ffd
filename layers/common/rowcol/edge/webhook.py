"""API Gateway proxy event to delivery, answer to response, and one line about it. Standard library
only: cold starts.

The line is a log record and an embedded metric in one (CloudWatch EMF), so that a delivery costs
one write.
"""

from __future__ import annotations

import base64
import binascii
import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from rowcol.service.intake import Answer
from rowcol.service.intake_ports import Delivery

NAMESPACE = "RowCol"
_METRICS = {
    "stored": "WebhookStored",
    "duplicate": "WebhookDuplicate",
    "quarantined": "WebhookQuarantined",
    "rejected": "WebhookRejected",
    "too_large": "WebhookTooLarge",
    "unavailable": "WebhookUnavailable",
}
_LOST = "WebhookRejectedHere"
_HEADERS = frozenset({
    "x-ramp-signature", "x-ramp-webhook-signature", "plaid-verification", "intuit-signature",
    "stripe-signature",
})  # fmt: skip
_SHOWN_CHARACTERS_MAX = 200

Accept = Callable[[Delivery], Answer]
Emit = Callable[[str], None]


def handle(rail: str, event: Mapping[str, Any], accept: Accept, emit: Emit) -> dict[str, object]:
    """One proxy event through `accept`. The response never says why, only whether to come again."""
    began = time.perf_counter()
    delivery = to_delivery(event)
    answer = accept(delivery)
    elapsed_ms = (time.perf_counter() - began) * 1000
    emit(log_line(rail, event, delivery, answer, elapsed_ms))
    return {"statusCode": answer.status, "headers": {"Content-Type": "text/plain"}, "body": ""}


def to_delivery(event: Mapping[str, Any]) -> Delivery:
    """Raw bytes and lower-cased signature headers.

    A header sent twice is joined by a comma, which no scheme accepts.
    """
    key = (event.get("pathParameters") or {}).get("endpoint_key")
    return Delivery(key if isinstance(key, str) else "", _raw(event), _headers(event))


def _raw(event: Mapping[str, Any]) -> bytes:
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return b""  # nothing a rail signs; it fails verification


def _headers(event: Mapping[str, Any]) -> dict[str, str]:
    headers: dict[str, str] = {}
    several = event.get("multiValueHeaders")
    if several:
        for name, values in several.items():
            if name.lower() in _HEADERS:
                headers[name.lower()] = ",".join(values)
        return headers
    for name, value in (event.get("headers") or {}).items():
        if name.lower() in _HEADERS:
            headers[name.lower()] = value
    return headers


def log_line(
    rail: str, event: Mapping[str, Any], delivery: Delivery, answer: Answer, elapsed_ms: float
) -> str:
    """Identifiers, outcome, duration; never a body, a header value or an unknown address."""
    metric = _METRICS[answer.outcome]
    known = answer.firm is not None
    names = [metric]
    if known and answer.outcome == "rejected":
        names.append(_LOST)  # strangers do not know the address: a rail's own event may be lost
    record = {
        "_aws": {
            "Timestamp": int(time.time() * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [["rail"]],
                    "Metrics": [
                        *({"Name": name, "Unit": "Count"} for name in names),
                        {"Name": "WebhookMilliseconds", "Unit": "Milliseconds"},
                    ],
                }
            ],
        },
        **dict.fromkeys(names, 1),
        "WebhookMilliseconds": round(elapsed_ms, 2),
        "level": "INFO" if answer.status == 200 else "WARNING",
        "message": "webhook",
        "rail": rail,
        "status": answer.status,
        "outcome": answer.outcome,
        "code": answer.code,
        "firm": answer.firm,
        "client": answer.client,
        "endpoint_key": delivery.endpoint_key if known else None,
        "inbox_key": answer.inbox_key,
        "types": list(answer.types),
        "scheme": answer.scheme,
        "size_bytes": len(delivery.raw),
        "request_id": (event.get("requestContext") or {}).get("requestId"),
    }
    return json.dumps(
        {name: _shown(value) for name, value in record.items() if value not in (None, [])}
    )


def _shown(value: object) -> object:
    """Bounded text without line breaks or controls; json.dumps already keeps the rest to ASCII."""
    if not isinstance(value, str):
        return value
    return "".join(c if c.isprintable() else "?" for c in value[:_SHOWN_CHARACTERS_MAX])
