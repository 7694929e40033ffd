"""Real botocore clients that are answered before they send."""

from __future__ import annotations

import json
import os
from collections import Counter
from typing import Any

import botocore.session
from botocore.awsrequest import AWSResponse, HeadersDict

from rowcol.wiring_intake import CLIENT_CONFIG


class Answer(AWSResponse):
    """A prepared HTTP answer."""

    def __init__(self, status: int, body: bytes) -> None:
        headers: Any = HeadersDict()
        super().__init__("https://aws.invalid/", status, headers, None)
        self._prepared = body

    @property
    def content(self) -> bytes:
        """The body, without reading any connection."""
        return self._prepared


def no_credentials() -> None:
    """Signing needs some; nothing is ever sent with them."""
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "none")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "none")


class Wire:
    """One client; counts its calls. Every call gets the same answer, an empty one at first."""

    def __init__(self, service: str, body: bytes = b"{}") -> None:
        no_credentials()
        session = botocore.session.get_session()
        self.client: Any = session.create_client(
            service, region_name="us-east-1", config=CLIENT_CONFIG
        )
        self.calls: Counter[str] = Counter()
        self.status, self.body = 200, body
        events: Any = self.client.meta.events
        events.register(f"before-send.{service}.*", self._answer)

    def _answer(self, event_name: str, **_: object) -> Answer:
        self.calls[event_name.rsplit(".", 1)[-1]] += 1
        return Answer(self.status, self.body)

    def duplicate(self, fingerprint: str) -> None:
        """From now on every put meets an earlier row with this fingerprint."""
        self.status = 400
        item = {"fingerprint": {"S": fingerprint}}
        kind = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"
        self.body = json.dumps({"__type": kind, "Item": item}).encode()
