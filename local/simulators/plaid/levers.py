"""What banks and people do outside Plaid's API: the actions of this simulator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from local.simulators.messages import ControlError, Json
from local.simulators.plaid.items import ITEM_ERRORS
from local.simulators.plaid.view import minor

if TYPE_CHECKING:
    from local.simulators.plaid.core import PlaidCore


class Levers:
    """Actions by name; each takes keyword parameters."""

    def __init__(self, core: PlaidCore) -> None:
        self._core = core

    def actions(self) -> Mapping[str, Callable[..., Json]]:
        """All actions."""
        return {
            "login_required": self.login_required,
            "repair": self.repair,
            "institution_down": lambda item_id: self._state(item_id, "institution_down"),
            "institution_not_responding": lambda item_id: self._state(
                item_id, "institution_not_responding"
            ),
            "institution_up": lambda item_id: self._state(item_id, "healthy"),
            "no_accounts": lambda item_id: self._state(item_id, "no_accounts"),
            "pending_disconnect": self.pending_disconnect,
            "revoke": self.revoke,
            "freeze_updates": self.freeze_updates,
            "new_accounts": self.new_accounts,
            "poll": self.poll,
            "post_line": self.post_line,
            "clear_line": self.clear_line,
            "remove_line": self.remove_line,
            "modify_line": self.modify_line,
            "set_balance": self.set_balance,
            "rotate_key": self.rotate_key,
            "expire_key": self.expire_key,
            "complete_link": self._core.link.complete,
            "exit_link": self._core.link.exit,
            "item_error": self.item_error,
            "expire_consent": self.expire_consent,
            "set_update_type": self.set_update_type,
            "revoke_account": self.revoke_account,
            "recreate_account": self.recreate_account,
            "notice": self.notice,
        }

    def login_required(self, item_id: str, reason: str | None = None, notify: bool = True) -> Json:
        """The login at the bank no longer works. `reason` is an `error_code_reason`.

        It is told once: an Item that needs its login already tells nothing again.
        """
        before = self._core.items.find(item_id)["state"]
        result = self._state(item_id, "login_required", reason)
        if notify and before != "login_required":
            item = self._core.items.find(item_id)
            self._core.notices.fire(
                item_id, "ITEM", "ERROR", self._core.notices.fields_of("ERROR", item)
            )
        return result

    def repair(self, item_id: str) -> Json:
        """The person repaired the login (update mode): same token, LOGIN_REPAIRED."""
        self._core.timers.cancel(f"disconnect/{item_id}")
        result = self._state(item_id, "healthy")
        self._core.notices.fire(item_id, "ITEM", "LOGIN_REPAIRED")
        self._core.timers.set("look", self._core.now(), {"item_id": item_id})
        return result

    def pending_disconnect(self, item_id: str, reason: str | None = None) -> Json:
        """Notice now, login required in seven days."""
        item = self._core.items.find(item_id)
        extra = self._core.notices.fields_of("PENDING_DISCONNECT", item)
        extra["reason"] = reason or extra["reason"]
        self._core.notices.fire(item_id, "ITEM", "PENDING_DISCONNECT", extra)
        at = self._core.now() + timedelta(days=7)
        self._core.timers.set("disconnect", at, {"item_id": item_id}, name=f"disconnect/{item_id}")
        return {"disconnect_time": extra["disconnect_time"]}

    def revoke(self, item_id: str, notify: bool = True) -> Json:
        """The holder took the permission back, at the bank (`notify` false) or in Plaid."""
        result = self._state(item_id, "revoked")
        if notify:
            item = self._core.items.find(item_id)
            extra = self._core.notices.fields_of("USER_PERMISSION_REVOKED", item)
            self._core.notices.fire(item_id, "ITEM", "USER_PERMISSION_REVOKED", extra)
        return result

    def freeze_updates(self, item_id: str, frozen: bool = True) -> Json:
        """Plaid stops (or starts again) to look at the bank: `last_successful_update` grows old."""
        item = self._core.items.find(item_id)
        item["frozen"] = frozen
        self._core.document.put("items", item_id, item)
        return {"item_id": item_id, "frozen": frozen}

    def new_accounts(self, item_id: str) -> Json:
        """The bank shows accounts that were not chosen."""
        self._core.notices.fire(item_id, "ITEM", "NEW_ACCOUNTS_AVAILABLE", {"error": None})
        return {"item_id": item_id}

    def poll(self, item_id: str) -> Json:
        """Plaid looks at the bank now."""
        self._core.bank.poll(item_id)
        item = self._core.items.find(item_id)
        return {"last_successful_update": item["last_successful_update"]}

    def post_line(
        self, account_id: str, amount: str, name: str, pending: bool = False, **more: str
    ) -> Json:
        """A line at the bank. `amount` in major units, positive is money out."""
        known = {"date", "reference", "payee", "method", "check_number", "posts_on", "id"}
        if unknown := set(more) - known:
            raise ControlError(f"unknown keys {sorted(unknown)}")
        account = self._core.document.rows("accounts").get(account_id)
        if account is None:
            raise ControlError(f"no account {account_id}")
        row = {
            "account_id": account_id,
            "amount_minor": minor(amount, account["currency"]),
            "name": name,
            **more,
        }
        show = self._core.bank.show_pending if pending else self._core.bank.post
        return {"line_id": show(row)}

    def clear_line(self, line_id: str, amount: str | None = None) -> Json:
        """A pending line posts, with another amount when one is given."""
        line = self._core.document.rows("bank_lines").get(line_id)
        if line is None:
            raise ControlError(f"no line {line_id}")
        currency = self._core.document.rows("accounts")[line["account_id"]]["currency"]
        amount_minor = None if amount is None else minor(amount, currency)
        return {"line_id": self._core.bank.clear(line_id, amount_minor)}

    def remove_line(self, line_id: str) -> Json:
        """The bank takes a line away."""
        self._core.bank.remove(line_id)
        return {"removed": line_id}

    def modify_line(self, line_id: str, **changes: str) -> Json:
        """The bank corrects `name`, `reference`, `payee` or `date`."""
        if unknown := set(changes) - {"name", "reference", "payee", "date"}:
            raise ControlError(f"unknown keys {sorted(unknown)}")
        self._core.bank.modify(line_id, **changes)
        return {"modified": line_id}

    def set_balance(self, account_id: str, current: str) -> Json:
        """The bank's posted balance becomes `current` (major units); Plaid sees it later."""
        account = self._core.document.get("accounts", account_id)
        if account is None:
            raise ControlError(f"no account {account_id}")
        account["current_minor"] = minor(current, account["currency"])
        self._core.document.put("accounts", account_id, account)
        return self._core.bank.live(account)

    def rotate_key(self, expire_old: bool = True) -> Json:
        """Sign with a new key from now on."""
        old = self._core.notices.signing_key()
        kid = self._core.notices.new_key()
        if expire_old:
            self._core.notices.expire(old)
        return {"kid": kid, "old_kid": old}

    def expire_key(self, kid: str | None = None) -> Json:
        """Mark a key expired; without `kid` the one that goes on signing."""
        kid = kid or self._core.notices.signing_key()
        self._core.notices.expire(kid)
        return {"kid": kid}

    def item_error(self, item_id: str, code: str, reason: str | None = None) -> Json:
        """Put the Item into the state of an error code of the contract."""
        states = {wanted: state for state, wanted in ITEM_ERRORS.items()}
        if code not in states:
            raise ControlError(f"one of {sorted(states)}")
        return self._state(item_id, states[code], reason)

    def expire_consent(self, item_id: str, at: str) -> Json:
        """The consent ends at an instant (Europe, UK): told seven days ahead, then login needed."""
        item, end = self._core.items.find(item_id), self._core.instant(at)
        item["consent_expiration_time"] = end.strftime("%Y-%m-%dT%H:%M:%SZ")
        self._core.document.put("items", item_id, item)
        notice_at = max(self._core.now(), end - timedelta(days=7))
        self._core.timers.set("pending_expiration", notice_at, {"item_id": item_id})
        ending = {"item_id": item_id, "reason": "OAUTH_CONSENT_EXPIRED"}
        self._core.timers.set("disconnect", end, ending, name=f"disconnect/{item_id}")
        return {"consent_expiration_time": item["consent_expiration_time"]}

    def set_update_type(self, item_id: str, update_type: str) -> Json:
        """`background` or `user_present_required`."""
        item = self._core.items.find(item_id)
        self._core.document.put("items", item_id, {**item, "update_type": update_type})
        return {"item_id": item_id, "update_type": update_type}

    def revoke_account(self, account_id: str) -> Json:
        """The holder took one account out of the permission."""
        account = self._core.document.get("accounts", account_id)
        if account is None:
            raise ControlError(f"no account {account_id}")
        self._core.document.put("accounts", account_id, {**account, "gone": True})
        extra = {"account_id": account_id}
        self._core.notices.fire(account["item_id"], "ITEM", "USER_ACCOUNT_REVOKED", extra)
        return extra

    def recreate_account(self, account_id: str) -> Json:
        """The same account gets another `account_id`, as after a re-link."""
        return {"account_id": self._core.bank.recreate(account_id), "old_account_id": account_id}

    def notice(
        self, item_id: str, webhook_type: str, webhook_code: str, fields: Json | None = None
    ) -> Json:
        """Send any notice, also one of a type that nobody has seen yet."""
        item = self._core.items.find(item_id)
        extra = fields if fields is not None else self._core.notices.fields_of(webhook_code, item)
        self._core.notices.fire(item_id, webhook_type, webhook_code, extra)
        return {"item_id": item_id, "webhook_code": webhook_code}

    def _state(self, item_id: str, state: str, reason: str | None = None) -> Json:
        item = self._core.items.find(item_id)
        item["state"], item["state_reason"] = state, reason
        if state != "healthy":
            item["last_failed_update"] = self._core.zulu()
        self._core.document.put("items", item_id, item)
        return {"item_id": item_id, "state": state}
