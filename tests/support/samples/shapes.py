"""Shapes of the events that AWS hands to functions, for the sample client."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.demo.firm import FIRM, DemoClient

CLIENT = DemoClient("sample-harbor", "Sample Harbor", 20_000, 1_000)
PAYMENT = "pay_00000000SAMPLE0000000001"
ANN, BEN, VERA, STRANGER = "ann-advisor", "ben-partner", "vera-viewer", "nobody-knows-me"
AT = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
TABLES = "arn:aws:dynamodb:us-east-1:000000000000:table/"


@dataclass(frozen=True)
class Sample:
    """One event: its place in events/ and what the function answers to it.

    `expected`: `{"answer": part}` (the answer has at least this), `{"status", "code"}` of a proxy
    answer, or `{"error": class}`.
    """

    function: str
    case: str
    event: Any
    expected: dict[str, Any]

    @property
    def path(self) -> str:
        """The file below events/."""
        return f"{self.function}/{self.case}.json"


def proxy(
    method: str,
    resource: str,
    *,
    sub: str = ANN,
    body: object = None,
    key: str | None = "sample-key-0001",
    query: Mapping[str, str] | None = None,
    version: int | None = None,
    **path: str,
) -> dict[str, Any]:
    """An API Gateway REST proxy event after the authorizer has allowed it."""
    names = {"client": CLIENT.id, **path}
    used = {name: value for name, value in names.items() if f"{{{name}}}" in resource}
    address = resource
    for name, value in used.items():
        address = address.replace(f"{{{name}}}", value)
    headers = {"Content-Type": "application/json"}
    if key is not None and method == "POST":
        headers["Idempotency-Key"] = key
    if version is not None:
        headers["If-Match"] = f'"{version}"'
    return {
        "resource": resource,
        "path": address,
        "httpMethod": method,
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "queryStringParameters": dict(query) if query else None,
        "pathParameters": used or None,
        "requestContext": {
            "resourcePath": resource,
            "httpMethod": method,
            "requestId": "request-sample",
            "stage": "test",
            "authorizer": {"sub": sub, "firm": FIRM, "acr": "", "auth_time": ""},
        },
        "body": json.dumps(body) if body is not None else None,
        "isBase64Encoded": False,
    }


def answered(status: int, code: str | None = None) -> dict[str, Any]:
    """What a proxy answer must have."""
    return {"status": status, **({"code": code} if code else {})}


def outcome(word: str) -> dict[str, Any]:
    """What a task must answer."""
    return {"answer": {"outcome": word}}


def task(step: str | None = None, payment: str = PAYMENT, **more: object) -> dict[str, Any]:
    """The input of a workflow task."""
    named = {"step": step} if step else {}
    return {**named, "firm": FIRM, "client": CLIENT.id, "payment": payment, "attempt": 1, **more}


def authorizer(authorization: str | None) -> dict[str, Any]:
    """A REQUEST authorizer event."""
    headers = {"Authorization": authorization} if authorization else {}
    return {
        "type": "REQUEST",
        "methodArn": "arn:aws:execute-api:us-east-1:000000000000:api/test/GET/console",
        "resource": "/console",
        "path": "/console",
        "httpMethod": "GET",
        "headers": headers,
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "requestContext": {"resourcePath": "/console", "httpMethod": "GET", "stage": "test"},
    }


def stream(source: str, images: list[dict[str, Any]]) -> dict[str, Any]:
    """A batch of a table's stream."""
    return {
        "Records": [
            {
                "eventID": f"{number:032d}",
                "eventName": "INSERT",
                "eventVersion": "1.1",
                "eventSource": "aws:dynamodb",
                "awsRegion": "us-east-1",
                "dynamodb": {
                    "ApproximateCreationDateTime": int(AT.timestamp()),
                    "Keys": {"pk": image["pk"], "sk": image["sk"]},
                    "NewImage": image,
                    "SequenceNumber": f"{number:021d}",
                    "SizeBytes": 1024,
                    "StreamViewType": "NEW_IMAGE",
                },
                "eventSourceARN": f"{TABLES}{source}/stream/1",
            }
            for number, image in enumerate(images, 1)
        ]
    }
