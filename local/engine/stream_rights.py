"""Whose stream a call reads, for the enforcement of policies: the emulator cannot tell.

AWS authorizes GetShardIterator and GetRecords on the stream itself. The emulator takes them for
calls on anything; its iterators say which stream they are of.
"""

import json
from collections.abc import Callable
from typing import Any

from local.engine import internals

SERVICE = "dynamodbstreams"


def install() -> None:
    """Give calls on streams the stream's ARN as their resource."""
    actions = internals.module("core.iam_actions")
    actions.extract_resource_arn = _with_streams(actions.extract_resource_arn)


def _with_streams(original: Callable[..., str]) -> Callable[..., str]:
    def extract(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> str:
        stream = _stream(body) if service == SERVICE else None
        return stream or original(service, method, path, headers, body, *rest)

    return extract


def _stream(body: bytes) -> str | None:
    """ARN of the stream that a call is about; None where it does not say."""
    try:
        asked = json.loads(body or b"{}")
    except ValueError:
        return None
    if "ShardIterator" in asked:
        decode = internals.module("services.dynamodb_streams")._decode_iterator
        found = decode(str(asked["ShardIterator"])) or {}
        return found.get("arn")
    stream: str | None = asked.get("StreamArn")
    return stream
