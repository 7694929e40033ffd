"""A DynamoDB client that answers from a script."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from rowcol.storage.store import DynamoStore
from rowcol.storage.transaction import Tables
from tests.conformance.world import BLUEBIRD
from tests.support.domain.builders import NOW

TABLES = Tables("records", "audit", "idempotency", "views")
Answer = Callable[[dict[str, Any]], Any]


class Scripted:
    """A client whose calls answer one after the other; the last answer is repeated."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def __getattr__(self, _name: str) -> Callable[..., Any]:
        def call(**given: Any) -> Any:
            self.asked.append(given)
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            return answer(given)

        return call


def fails(code: str, status: int = 400, **more: Any) -> Answer:
    """An error response with this code."""

    def answer(_given: dict[str, Any]) -> Any:
        response: Any = {
            "Error": {"Code": code, "Message": ""},
            "ResponseMetadata": {"HTTPStatusCode": status},
            **more,
        }
        raise ClientError(response, "Call")

    return answer


def cancelled_for(*reasons: dict[str, Any]) -> Answer:
    """A cancelled transaction with one reason per item."""
    return fails("TransactionCanceledException", CancellationReasons=list(reasons))


def cancelled(*codes: str) -> Answer:
    """A cancelled transaction with one code per item."""
    return cancelled_for(*({"Code": code} for code in codes))


def raises(error: Exception) -> Answer:
    """No response at all."""

    def answer(_given: dict[str, Any]) -> Any:
        raise error

    return answer


def books(client: Any) -> Any:
    """Books on a client."""
    return DynamoStore(TABLES, lambda: client, lambda: NOW).books(BLUEBIRD)
