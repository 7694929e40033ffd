"""The bulk routes over one desk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from rowcol.edge.http import serve
from rowcol.edge.payment_operations import OPERATIONS as COMMANDS
from rowcol.edge.query_operations import OPERATIONS as READS
from tests.support.bulk_records import Records
from tests.support.desk import SCOPE

BULK = "/clients/{client}/payments/bulk"
BATCH = "/clients/{client}/batches/{batch}"
Called = tuple[int, Any, Mapping[str, str]]


class Api(Records):
    """The API over one desk; `late` so many seconds of it are left."""

    def __init__(self) -> None:
        super().__init__()
        self.late: float | None = None

    def call(self, method: str, route: str, body: object = None, **given: Any) -> Called:
        """One call. `given`: path, query, key, person."""
        operations = READS if method == "GET" else COMMANDS
        until = None if self.late is None else self.clock.now() + timedelta(seconds=self.late)
        path = {"client": SCOPE.client, **given.get("path", {})}
        event = {
            "httpMethod": method,
            "resource": route,
            "pathParameters": path,
            "queryStringParameters": given.get("query"),
            "headers": {"Idempotency-Key": given.get("key", "bulk-key-1")},
            "body": json.dumps(body) if body is not None else None,
            "requestContext": {
                "authorizer": {"sub": given.get("person", "anna"), "firm": SCOPE.firm}
            },
        }
        answer = serve(event, operations, self.environment, until)
        return answer["statusCode"], json.loads(answer["body"] or "null"), answer["headers"]

    def bulk(self, verb: str, ids: object, **given: Any) -> Called:
        """A bulk verb over some ids."""
        body = {"ids": ids, **({"mode": given.pop("mode")} if "mode" in given else {})}
        return self.call("POST", f"{BULK}/{verb}", body, **given)

    def slowly(self) -> None:
        """A second passes with each write."""
        self.boundary.between = lambda call: self.clock.pause(1) if call == "commit:after" else None
