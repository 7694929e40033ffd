"""The bank behind Plaid: balances and lines move when the bank says so, Plaid looks later.

Tables: accounts (live and cached numbers), bank_lines, unseen (what Plaid has not looked at yet),
lines and changes (what Plaid has seen, numbered per item).
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from local.simulators.bank_days import add_business_days, at_new_york, new_york_date
from local.simulators.messages import ControlError, Json

if TYPE_CHECKING:
    from local.simulators.plaid.core import PlaidCore

_WIRES = ("DOMESTIC_WIRE", "SWIFT", "INTERNATIONAL", "RTP", "FED_NOW")


class Bank:
    """Lines and balances, and Plaid's looks at them."""

    def __init__(self, core: PlaidCore) -> None:
        self._core = core

    # ---- what the world tells

    def debit(self, fact: Json) -> None:
        """A payment leaves the account: pending on one day, posted on a later one."""
        account_id = fact["bank_account_id"]
        if account_id not in self._core.document.rows("accounts"):
            return
        occasion = {"payment_id": fact["payment_id"], "bill_id": fact["bills"][0]["bill_id"]}
        faults = self._core.faults
        if faults.take("bank_skip", **occasion) is not None:
            return
        amount = int(fact["amount_minor"])
        if (params := faults.take("bank_amount", **occasion)) is not None:
            amount = int(params.get("amount_minor", amount + int(params.get("delta_minor", 0))))
        lag = int(fact["lags"]["bank_debit_business_days"])
        if (params := faults.take("bank_delay", **occasion)) is not None:
            lag += int(params.get("business_days", 3))
        reference = fact["trace"]
        missing = faults.take("bank_no_reference", **occasion) is not None
        if missing or not self._core.setting("bank_reference"):
            reference = None
        invoices = [bill["invoice_number"] or "" for bill in fact["bills"]]
        subject = invoices[0] if len(invoices) == 1 else "MULTIPLE INVOICES"
        line = {
            "account_id": account_id,
            "amount_minor": amount,
            "name": f"RAMP BILL PAY {fact['vendor_name']} {subject}".strip(),
            "payee": fact["vendor_name"],
            "reference": reference,
            "method": fact["method"],
            "check_number": None,
        }
        effective = date.fromisoformat(fact["effective_on"])
        if fact["method"] == "CHECK":
            number = str(10000 + self._core.document.next_number("check"))
            line.update(name=f"CHECK {number}", check_number=number, reference=None, payee=None)
            self._later("post", add_business_days(new_york_date(self._core.now()), lag), line)
        elif fact["method"] in _WIRES:
            self._later("post", add_business_days(effective, max(lag - 1, 0)), line)
        else:
            shown = add_business_days(effective, max(lag - 1, 0))
            posting = int(self._core.setting("posting_business_days"))
            line["posts_on"] = add_business_days(shown, posting).isoformat()
            self._later("show", shown, line)

    def credit(self, fact: Json) -> None:
        """Money comes back (ACH return): a credit of the same size, posted at once."""
        account_id = fact["bank_account_id"]
        if account_id not in self._core.document.rows("accounts"):
            return
        lag = int(fact["lags"]["bank_credit_business_days"])
        line = {
            "account_id": account_id,
            "amount_minor": -int(fact["amount_minor"]),
            "name": "RAMP BILL PAY RETURN",
            "payee": None,
            "reference": None,
            "method": "ACH",
            "check_number": None,
        }
        self._later("post", add_business_days(new_york_date(self._core.now()), lag), line)

    # ---- the bank's own book

    def show_pending(self, line: Json) -> str:
        """A pending row: lowers what is available; posts on its day when it has one."""
        row = self._write(line, pending=True, replaces=None)
        account = self._account(row["account_id"])
        account["pending_minor"] += row["amount_minor"]
        self._core.document.put("accounts", account["id"], account)
        if row.get("posts_on"):
            at = at_new_york(date.fromisoformat(row["posts_on"]), "06:00")
            at = max(at, self._core.now() + timedelta(hours=1))
            self._core.timers.set("bank_clear", at, {"line_id": row["id"]})
        return str(row["id"])

    def post(self, line: Json) -> str:
        """A posted row: moves the balance."""
        row = self._write(line, pending=False, replaces=None)
        self._move(row["account_id"], current=-row["amount_minor"])
        return str(row["id"])

    def clear(self, line_id: str, amount_minor: int | None = None) -> str:
        """A pending row is removed and replaced by a posted one that names it."""
        old = self._line(line_id)
        if not old["pending"]:
            raise ControlError("the line is not pending")
        self._unsee(old, "removed")
        fields = {key: old[key] for key in old if key not in ("id", "pending", "posts_on", "date")}
        if amount_minor is not None:
            fields["amount_minor"] = amount_minor
        row = self._write(fields, pending=False, replaces=line_id)
        self._core.document.delete("bank_lines", line_id)
        self._move(old["account_id"], current=-row["amount_minor"], pending=-old["amount_minor"])
        return str(row["id"])

    def remove(self, line_id: str) -> None:
        """The bank takes a row away."""
        row = self._line(line_id)
        self._core.document.delete("bank_lines", line_id)
        if row["pending"]:
            self._move(row["account_id"], pending=-row["amount_minor"])
        else:
            self._move(row["account_id"], current=row["amount_minor"])
        self._unsee(row, "removed")

    def modify(self, line_id: str, **changes: Any) -> None:
        """The bank corrects a row's text or reference."""
        row = {**self._line(line_id), **changes}
        self._core.document.put("bank_lines", line_id, row)
        self._unsee(row, "modified")

    def recreate(self, account_id: str) -> str:
        """The bank made the account anew: another `account_id`, its rows removed and added."""
        account = self._account(account_id)
        fresh = {**account, "id": self._core.token(37)}
        self._core.document.put("accounts", fresh["id"], fresh)
        for line in list(self._core.document.rows("bank_lines").values()):
            if line["account_id"] == account_id:
                self._unsee(dict(line), "removed")
                self._core.document.delete("bank_lines", line["id"])
                copy = {**line, "id": self._core.token(37), "account_id": fresh["id"]}
                self._core.document.put("bank_lines", copy["id"], copy)
                self._unsee(copy, "added")
        self._core.document.put("accounts", account_id, {**account, "gone": True})
        return str(fresh["id"])

    # ---- Plaid's looks

    def poll(self, item_id: str) -> None:
        """Plaid looks at the bank: cached balances and the feed catch up, unless it cannot."""
        item = self._core.document.get("items", item_id)
        if item is None or item["removed"]:
            return
        if item["state"] != "healthy" or item["frozen"]:
            if item["state"] != "healthy":
                item["last_failed_update"] = self._core.zulu()
                self._core.document.put("items", item_id, item)
            return
        for account in list(self._core.document.rows("accounts").values()):
            if account["item_id"] == item_id:
                fresh = {**account, "cached": self.seen(account)}
                self._core.document.put("accounts", account["id"], fresh)
        unseen = self._core.document.get("unseen", item_id) or []
        for entry in unseen:
            self.record_change(item_id, entry["op"], entry["line"])
        self._core.document.put("unseen", item_id, [])
        item["last_successful_update"] = self._core.zulu()
        self._core.document.put("items", item_id, item)
        if unseen and item["sync_called"]:
            self._core.notices.sync_available(item_id)
        if unseen and self._core.setting("legacy_notices"):
            self._core.notices.legacy(item_id, unseen)

    def record_change(self, item_id: str, operation: str, line: Json) -> None:
        """Append a numbered change to the item's feed."""
        number = self._core.document.next_number(f"changes/{item_id}")
        change = {"number": number, "op": operation, "line": line}
        self._core.document.put(f"changes/{item_id}", f"{number:08d}", change)

    def live(self, account: Json) -> Json:
        """What a live call says now: `current` may be null, and then `available` is not."""
        numbers = self.seen(account)
        if not account.get("current_known", True) and numbers["available"] is not None:
            return {**numbers, "current": None}
        return numbers

    def seen(self, account: Json) -> Json:
        """What the bank's book says now, in minor units."""
        current = account["current_minor"]
        if account["type"] != "depository":
            available = account["available_minor"]
        elif account["available_known"]:
            available = current - account["pending_minor"]
        else:
            available = None
        return {"available": available, "current": current}

    def _later(self, step: str, day: date, line: Json) -> None:
        at = at_new_york(day, "18:00" if step == "show" else "06:00")
        self._core.timers.set(f"bank_{step}", max(at, self._core.now()), {"line": line})

    def _write(self, line: Json, *, pending: bool, replaces: str | None) -> Json:
        today = new_york_date(self._core.now()).isoformat()
        row = {
            "payee": None,
            "reference": None,
            "method": None,
            "check_number": None,
            "date": today,
            **line,
            "id": line.get("id") or self._core.token(37),
            "pending": pending,
            "replaces": replaces,
        }
        self._core.document.put("bank_lines", row["id"], row)
        self._unsee(row, "added")
        return row

    def _unsee(self, row: Json, operation: str) -> None:
        item_id = self._account(row["account_id"])["item_id"]
        unseen = self._core.document.get("unseen", item_id) or []
        unseen.append({"op": operation, "line": row})
        self._core.document.put("unseen", item_id, unseen)

    def _move(self, account_id: str, *, current: int = 0, pending: int = 0) -> None:
        account = self._account(account_id)
        account["current_minor"] += current
        account["pending_minor"] += pending
        self._core.document.put("accounts", account_id, account)

    def _account(self, account_id: str) -> Json:
        account = self._core.document.get("accounts", account_id)
        if account is None:
            raise ControlError(f"no account {account_id}")
        found: Json = account
        return found

    def _line(self, line_id: str) -> Json:
        line = self._core.document.get("bank_lines", line_id)
        if line is None:
            raise ControlError(f"no line {line_id}")
        found: Json = line
        return found
