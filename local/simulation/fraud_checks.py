"""At every release: a large payment to a payee that is not known for long was called back.

Read from the log alone, without the product's own rules: by a person who had no hand in it, about
the very account, and not taken back since.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from local.simulation.broken import broken
from local.simulation.registration import HELD_FROM, NEW_FOR
from local.simulation.watched_store import Written
from rowcol.domain.log import Entry
from rowcol.domain.plain import instant
from rowcol.domain.scope import ActorKind, Scope


class FraudChecks:
    """`log_of`: a client's log as it is after the write."""

    def __init__(self, log_of: Callable[[Scope], list[Entry]]) -> None:
        self._log_of = log_of
        self.called_releases = 0
        self.held = 0

    def __call__(self, written: Written) -> None:
        """Check one write. Raises InvariantBroken."""
        scope = written.commit.scope
        for entry in written.commit.entries:
            self.held += entry.type == "fraud.signalled"
            if entry.type == "guardrail.passed" and HELD_FROM.get(scope.client) is not None:
                self._released(scope, entry)

    def _released(self, scope: Scope, entry: Entry) -> None:
        payment, bill = _part(entry.data, "payment"), _part(entry.data, "bill")
        if payment["amount"]["minor"] < HELD_FROM[scope.client].minor:
            return
        log = self._log_of(scope)
        if any(_paid_long_ago(one, bill["rail"]["vendor_id"], entry.at) for one in log):
            return
        decision = bill["decision"] or {}
        hands = {payment["created_by"], decision.get("staged_by"), decision.get("decided_by")}
        account = _part(bill["rail"], "payment").get("vendor_account_id")
        calls = [one for one in log if one.sequence < entry.sequence and _about(one, account)]
        good = [
            one
            for one in calls
            if one.actor.kind is ActorKind.PERSON
            and one.actor.id not in hands
            and _part(one.data, "call_back")["confirmed"]
        ]
        if not good:
            detail = f"{payment['id']} {payment['amount']} to {account}, hands {hands}"
            broken("a large payment to a new payee was called back", detail)
        self.called_releases += 1


def _paid_long_ago(entry: Entry, vendor: str, now: datetime) -> bool:
    rail = _part(entry.data, "bill").get("rail") or {}
    if rail.get("state") != "paid" or rail.get("vendor_id") != vendor or not rail.get("paid_at"):
        return False
    return now - instant(rail["paid_at"]) >= NEW_FOR - timedelta(days=1)


def _about(entry: Entry, account: str | None) -> bool:
    if entry.type != "vendor.called_back":
        return False
    return bool(_part(entry.data, "call_back")["account_id"] == account)


def _part(data: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = data.get(name)
    return part if isinstance(part, dict) else {}
