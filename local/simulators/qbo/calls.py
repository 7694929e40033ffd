"""The Accounting API's calls: read, query, change feed, batch, writes (qbo contract, section 3)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from local.simulators.clock import parse_instant
from local.simulators.document import copy_json
from local.simulators.messages import Json, Refusal, SimRequest, SimResponse, json_response
from local.simulators.qbo.books import ENTITIES
from local.simulators.qbo.errors import Fault, body_time
from local.simulators.qbo.query import parse, run

if TYPE_CHECKING:
    from local.simulators.qbo.core import QboCore

BATCH_ITEMS_MAX = 30
CDC_DAYS = 30
CDC_OBJECTS_MAX = 1000


class Calls:
    """Handlers below `/v3/company/{realm}`."""

    def __init__(self, core: QboCore) -> None:
        self._core = core

    def read(self, request: SimRequest, realm: str, entity: str, key: str) -> SimResponse:
        """One object."""
        name = _entity(entity)
        if name == "CompanyInfo":
            key = "1"  # the path carries the realm, the row has Id 1
        return self._answer({name: self._core.books.find(realm, name, key)})

    def preferences(self, request: SimRequest, realm: str) -> SimResponse:
        """The company's preferences."""
        return self._answer({"Preferences": self._core.books.find(realm, "Preferences", "1")})

    def query(self, request: SimRequest, realm: str) -> SimResponse:
        """A query by GET."""
        if "query" not in request.query:
            raise Fault("2020", "query")
        return self._answer({"QueryResponse": self.run_query(realm, request.query["query"])})

    def post_query(self, request: SimRequest, realm: str) -> SimResponse:
        """A query by POST: the statement is the body."""
        if not request.headers.get("content-type", "").startswith("application/text"):
            raise Fault("2020", "Content-Type application/text")
        return self._answer({"QueryResponse": self.run_query(realm, request.body.decode())})

    def run_query(self, realm: str, text: str) -> Json:
        """The `QueryResponse` of a statement."""
        query = parse(text, ENTITIES, id_sortable=bool(self._core.setting("id_sortable")))
        rows = run(query, copy_json(self._core.books.rows(realm, query.entity)))
        if query.count:
            return {"totalCount": len(rows)}
        page = rows[query.start - 1 : query.start - 1 + query.limit]
        if not page:
            return {}
        return {query.entity: page, "startPosition": query.start, "maxResults": len(page)}

    def changes(self, request: SimRequest, realm: str) -> SimResponse:
        """Change data capture: full objects and tombstones since an instant."""
        names = request.query.get("entities", "")
        found = self.run_changes(realm, names, request.query.get("changedSince", ""))
        return self._answer({"CDCResponse": [found]})

    def run_changes(self, realm: str, names: str, since_text: str) -> Json:
        """One element of a `CDCResponse`."""
        if not names or not since_text:
            raise Fault("2020", "entities, changedSince")
        try:
            # A bare plus sign in a query arrives as a blank: the real service refuses it too.
            since = parse_instant(since_text)
        except ValueError:
            raise Fault("4001", "changedSince is not a date-time") from None
        oldest = self._core.now() - timedelta(days=CDC_DAYS)
        if since < oldest:
            if self._core.setting("cdc_beyond_window") != "clip":
                raise Fault("6000", f"changedSince must lie within {CDC_DAYS} days")
            since = oldest
        budget = CDC_OBJECTS_MAX
        responses: list[Json] = []
        for name in names.split(","):
            entity = _entity(name.strip())
            if entity in self._core.setting("cdc_excluded_entities"):
                raise Fault("6000", f"{entity} has no change data")
            found = self._changed(realm, entity, since.isoformat())[:budget]
            budget -= len(found)
            shape = {entity: found, "startPosition": 1, "maxResults": len(found)}
            responses.append(shape if found else {})
        return {"QueryResponse": responses}

    def write(self, request: SimRequest, realm: str, entity: str) -> SimResponse:
        """Create, update, delete or void. A repeated `requestid` gives the first answer."""
        name = _entity(entity)
        replay = self._replay_key(request, realm)
        if replay is not None and (first := self._replayed(replay)) is not None:
            return self._answer(first)
        operation = request.query.get("operation", "create")
        if operation == "update" and request.query.get("include") == "void":
            operation = "void"
        if operation not in ("create", "update", "delete", "void"):
            raise Fault("6000", f"operation {operation} is not supported here")
        body = self._body(request)
        if name == "Attachable":
            body = {**body, "AttachableRef": body.get("AttachableRef") or []}
        result = self._core.writes.run(realm, name, operation, body)
        self._remember(replay, result)
        return self._answer(result)

    def batch(self, request: SimRequest, realm: str) -> SimResponse:
        """Up to 30 items one after another; each succeeds or fails by itself."""
        replay = self._replay_key(request, realm)
        if replay is not None and (first := self._replayed(replay)) is not None:
            return self._answer(first)
        items = self._body(request).get("BatchItemRequest", [])
        if not 1 <= len(items) <= BATCH_ITEMS_MAX:
            raise Fault("6000", f"a batch holds 1 to {BATCH_ITEMS_MAX} items")
        reads = sum("Query" in item or "CDCQuery" in item for item in items)
        if reads and self._core.setting("rate_limits") and self._core.limits.exhausted():
            raise Refusal(self._core.limits.throttled())
        each = self._core.setting("batch_metering") == "each"
        self._core.meter(reads if each else min(reads, 1))
        result = {"BatchItemResponse": [self._batch_item(realm, item) for item in items]}
        self._remember(replay, result)
        return self._answer(result)

    def report(self, request: SimRequest, realm: str, name: str) -> SimResponse:
        """Reports are not simulated; their columns are bound to change."""
        raise Fault("6000", f"report {name} is not available")

    def _batch_item(self, realm: str, item: Json) -> Json:
        key = item.get("bId", "")
        try:
            return {**self._run_item(realm, item), "bId": key}
        except Fault as fault:
            return {"Fault": fault.body(), "bId": key}

    def _run_item(self, realm: str, item: Json) -> Json:
        if "Query" in item:
            return {"QueryResponse": self.run_query(realm, item["Query"])}
        if "CDCQuery" in item:
            asked = item["CDCQuery"]
            since = str(asked.get("ChangedSince", ""))
            return {"CDCResponse": [self.run_changes(realm, asked.get("Entities", ""), since)]}
        if "ReportQuery" in item:
            raise Fault("6000", "reports are not available")
        names = [name for name in item if name.lower() in ENTITIES]
        if not names:
            raise Fault("2010", "BatchItemRequest")
        operation = item.get("operation", "create")
        if operation == "update" and item.get("optionsData") == "void":
            operation = "void"
        if operation not in ("create", "update", "delete", "void"):
            raise Fault("6000", f"operation {operation} is not supported here")
        return self._core.writes.run(realm, _entity(names[0]), operation, item[names[0]])

    def _changed(self, realm: str, entity: str, since: str) -> list[Json]:
        rows = self._core.books.rows(realm, entity)
        stones = [
            row["stone"]
            for row in self._core.document.rows(f"{realm}/deleted").values()
            if row["entity"] == entity
        ]
        bound = parse_instant(since)
        inclusive = bool(self._core.setting("cdc_inclusive"))
        changed = []
        for row in [*rows, *stones]:
            at = parse_instant(row["MetaData"]["LastUpdatedTime"])
            if at > bound or (inclusive and at == bound):
                changed.append(copy_json(row))
        return changed

    def _replay_key(self, request: SimRequest, realm: str) -> str | None:
        request_id = request.query.get("requestid")
        if request_id is None:
            return None
        if not 1 <= len(request_id) <= self._core.setting("requestid_length_max"):
            raise Fault("2050", "requestid")
        return f"{realm}/{request_id}"

    def _replayed(self, key: str) -> Json | None:
        """The first answer, for as long as it is remembered."""
        row = self._core.document.get("replays", key)
        lives = timedelta(seconds=float(self._core.setting("requestid_seconds")))
        if row is None or parse_instant(row["at"]) + lives <= self._core.now():
            return None
        answer: Json = row["answer"]
        return answer

    def _remember(self, key: str | None, answer: Json) -> None:
        if key is not None:
            row = {"at": self._core.stamp(), "answer": answer}
            self._core.document.put("replays", key, row)

    def _body(self, request: SimRequest) -> Json:
        try:
            body = request.json()
        except ValueError:
            raise Fault("2010", "body is not JSON") from None
        if not isinstance(body, dict):
            raise Fault("2010", "body is not an object")
        return body

    def _answer(self, body: Json) -> SimResponse:
        return json_response(200, {**body, "time": body_time(self._core.now())})


def _entity(name: str) -> str:
    if name.lower() not in ENTITIES:
        raise Fault("6000", f"unknown entity {name}")
    return ENTITIES[name.lower()]
