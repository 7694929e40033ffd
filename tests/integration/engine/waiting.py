"""Bounded waiting for what functions do in the background."""

import time
from collections.abc import Callable
from typing import Any

from local.engine.stack import Stack

LIMIT_SECONDS = 8.0


def wait_until(condition: Callable[[], bool], what: str) -> None:
    """Return as soon as `condition` holds; fail with `what` after the limit."""
    give_up_at = time.monotonic() + LIMIT_SECONDS
    while not condition():
        if time.monotonic() > give_up_at:
            message = f"did not happen within {LIMIT_SECONDS:.0f} s: {what}"
            raise AssertionError(message)
        time.sleep(0.02)


def wait_for_item(stack: Stack, table: str, key: dict[str, Any]) -> dict[str, Any]:
    """Wait until an item exists and return it."""
    dynamodb = stack.client("dynamodb")
    found: dict[str, Any] = {}

    def look() -> bool:
        found.update(dynamodb.get_item(TableName=table, Key=key).get("Item", {}))
        return bool(found)

    wait_until(look, f"{key} in {table}")
    return found
