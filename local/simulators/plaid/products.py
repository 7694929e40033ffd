"""Balances and transactions (plaid contract, sections 2 and 3)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from local.simulators.clock import parse_instant
from local.simulators.messages import Json, SimRequest, SimResponse
from local.simulators.plaid import fields as f
from local.simulators.plaid.errors import refuse
from local.simulators.plaid.view import account_view, item_view, line_view

if TYPE_CHECKING:
    from local.simulators.plaid.core import PlaidCore

CAPITAL_ONE = "ins_128026"
_SYNC_OPTIONS = {
    *("account_id", "days_requested", "include_original_description"),
    *("include_personal_finance_category", "include_logo_and_counterparty_beta"),
    "personal_finance_category_version",
}
_COUNT_MAX, _COUNT_DEFAULT = 500, 100


class Products:
    """Handlers of `/accounts/*` and `/transactions/*`."""

    def __init__(self, core: PlaidCore) -> None:
        self._core = core

    def accounts_get(self, request: SimRequest) -> SimResponse:
        """Cached balances: as of Plaid's last look."""
        body = self._core.body(request, {"access_token", "options"}, {"access_token"})
        item = self._core.items.by_token(body)
        self._core.items.require_usable(item, live=False)
        accounts = self._accounts(item, f.options_of(body, {"account_ids"}))
        views = [account_view(row, row["cached"]) for row in accounts]
        return self._core.answer({"accounts": views, "item": item_view(item)})

    def balance_get(self, request: SimRequest) -> SimResponse:
        """Live balances: asks the bank, slowly."""
        body = self._core.body(request, {"access_token", "options"}, {"access_token"})
        item = self._core.items.by_token(body)
        self._core.items.require_usable(item, live=True)
        options = f.options_of(body, {"account_ids", "min_last_updated_datetime"})
        accounts = self._accounts(item, options)
        self._capital_one_rule(item, accounts, options)
        views = [account_view(row, self._live(item, row)) for row in accounts]
        answer = self._core.answer({"accounts": views, "item": item_view(item)})
        low, high = self._core.setting("balance_delay_seconds")
        params = self._core.faults.take("slow_balance", item_id=item["id"])
        extra = 0.0 if params is None else float(params.get("seconds", 45))
        return answer.delayed(max(extra, self._core.rng.uniform(low, high)))

    def sync(self, request: SimRequest) -> SimResponse:
        """One page of changes after a cursor."""
        keys = {"access_token", "cursor", "count", "options"}
        body = self._core.body(request, keys, {"access_token"})
        item = self._core.items.by_token(body)
        self._core.items.require_usable(item, live=False)
        options = f.options_of(body, _SYNC_OPTIONS)
        f.days_requested(options)
        self._accounts(
            item, {"account_ids": [options["account_id"]]} if options.get("account_id") else {}
        )
        count = body.get("count", _COUNT_DEFAULT)
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= _COUNT_MAX:
            raise refuse("INVALID_FIELD", "count must be between 1 and 500")
        if not item["sync_called"]:
            item["sync_called"] = True
            self._core.document.put("items", item["id"], item)
        if self._core.faults.take("product_not_ready", item_id=item["id"]) is not None:
            self._core.document.commit()  # a refusal undoes the call, not that the fault was used
            raise refuse("PRODUCT_NOT_READY", "the requested product is not yet ready")
        if item["update_status"] == "NOT_READY":
            return self._page(item, options, [], "", False)
        head = self._core.document.rows("counters").get(f"changes/{item['id']}", 0)
        cursor = self._cursor(item, body.get("cursor") or "", options, head)
        if cursor["offset"] and (
            cursor["head"] != head
            or self._core.faults.take("sync_mutation", item_id=item["id"]) is not None
        ):
            self._core.document.commit()
            raise refuse("TRANSACTIONS_SYNC_MUTATION_DURING_PAGINATION")
        updates = self._updates(item, cursor["base"], options)
        chosen = updates[cursor["offset"] : cursor["offset"] + count]
        end = cursor["offset"] + len(chosen)
        more = end < len(updates)
        following = (
            {**cursor, "head": head, "offset": end}
            if more
            else {**cursor, "base": head, "head": head, "offset": 0}
        )
        return self._page(item, options, chosen, _seal(following), more)

    def refresh(self, request: SimRequest) -> SimResponse:
        """Ask Plaid to look at the bank soon (paid add-on)."""
        body = self._core.body(request, {"access_token"}, {"access_token"})
        item = self._core.items.by_token(body)
        if not self._core.setting("transactions_refresh"):
            raise refuse(
                "INVALID_PRODUCT", "client is not authorized to access transactions_refresh"
            )
        self._core.items.require_usable(item, live=True)
        at = self._core.now() + timedelta(seconds=10)
        self._core.timers.set("look", at, {"item_id": item["id"]})
        return self._core.answer({})

    def _live(self, item: Json, account: Json) -> Json:
        numbers = self._core.bank.live(account)
        occasion = {"item_id": item["id"], "account_id": account["id"]}
        if self._core.faults.take("no_available", **occasion) is not None:
            return {**self._core.bank.seen(account), "available": None}
        return numbers

    def _accounts(self, item: Json, options: Json) -> list[Json]:
        mine = self._core.items.accounts(item["id"])
        wanted = options.get("account_ids")
        if wanted is None:
            return mine
        if unknown := set(wanted) - {row["id"] for row in mine}:
            raise refuse("INVALID_ACCOUNT_ID", f"not of this item: {sorted(unknown)}")
        return [row for row in mine if row["id"] in wanted]

    def _capital_one_rule(self, item: Json, accounts: list[Json], options: Json) -> None:
        concerned = [row for row in accounts if row["type"] != "depository"]
        if item["institution_id"] != CAPITAL_ONE or not concerned:
            return
        text = options.get("min_last_updated_datetime")
        if text is None:
            raise refuse("INVALID_FIELD", "min_last_updated_datetime is required here")
        told = [row["bank_updated_at"] or item["created_at"] for row in concerned]
        if _instant(text) > min(parse_instant(at) for at in told):
            raise refuse("LAST_UPDATED_DATETIME_OUT_OF_RANGE", "no data that fresh")

    def _updates(self, item: Json, base: int, options: Json) -> list[Json]:
        """The changes after `base`, one per line: an added line stays added until it is told."""
        folded: dict[str, Json] = {}
        for change in self._core.document.rows(f"changes/{item['id']}").values():
            line = change["line"]
            if change["number"] <= base or not self._wanted(item, line, options):
                continue
            earlier = folded.pop(line["id"], None)
            operation = change["op"]
            if earlier and earlier["op"] == "added" and operation == "modified":
                operation = "added"
            folded[line["id"]] = {"op": operation, "line": line}
        if base == 0:  # a first run is told of no removals
            return [update for update in folded.values() if update["op"] != "removed"]
        return list(folded.values())

    def _wanted(self, item: Json, line: Mapping[str, Any], options: Json) -> bool:
        account_id = options.get("account_id")
        begin = parse_instant(item["created_at"]) - timedelta(days=item["days_requested"])
        recent = line["date"] >= begin.date().isoformat()
        return recent and account_id in (None, line["account_id"])

    def _page(
        self, item: Json, options: Json, updates: list[Json], cursor: str, more: bool
    ) -> SimResponse:
        accounts = self._core.items.accounts(item["id"])
        currency = {row["id"]: row["currency"] for row in accounts}
        original = bool(options.get("include_original_description"))
        lists: Json = {"added": [], "modified": [], "removed": []}
        for update in updates:
            line = update["line"]
            if update["op"] == "removed":
                gone = {"transaction_id": line["id"], "account_id": line["account_id"]}
                lists["removed"].append(gone)
            else:
                view = line_view(line, currency[line["account_id"]], original=original)
                lists[update["op"]].append(view)
        body = {
            "accounts": [account_view(row, row["cached"]) for row in accounts],
            **lists,
            "next_cursor": cursor,
            "has_more": more,
            "transactions_update_status": item["update_status"],
        }
        params = self._core.faults.take("unknown_value", item_id=item["id"])
        if params is not None:
            body[params.get("field", "transactions_update_status")] = params.get(
                "value", "UPDATE_OF_2027"
            )
        return self._core.answer(body)

    def _cursor(self, item: Json, text: str, options: Json, head: int) -> Json:
        stream = options.get("account_id") or ""
        fresh: Json = {
            "item": item["id"],
            "stream": stream,
            "base": 0,
            "head": 0,
            "offset": 0,
        }
        if not text:
            return fresh
        if text == "now":  # for migration: nothing of what was
            return {**fresh, "base": head, "head": head}
        try:
            base, head, offset, owner, of_stream = json.loads(base64.b64decode(text))
        except (binascii.Error, ValueError, TypeError):
            raise refuse("INVALID_FIELD", "cursor is not valid") from None
        if (owner, of_stream) != (item["id"], stream):
            raise refuse("INVALID_FIELD", "cursor belongs to another stream")
        return {**fresh, "base": base, "head": head, "offset": offset}


def _instant(text: str) -> datetime:
    try:
        return parse_instant(text)
    except (TypeError, ValueError):
        message = "min_last_updated_datetime must be a date-time"
        raise refuse("INVALID_FIELD", message) from None


def _seal(cursor: Json) -> str:
    fields = [cursor[key] for key in ("base", "head", "offset", "item", "stream")]
    return base64.b64encode(json.dumps(fields, separators=(",", ":")).encode()).decode()
