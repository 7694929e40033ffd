"""The stories of the main job, played on the running stack and read back through the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from local.demo import firm
from local.demo.bank_file import BankFile
from local.demo.console_day import ConsoleDay
from local.demo.morning_mail import MorningMail
from local.demo.proof import Proof
from local.demo.records_and_limits import limited, recorded
from local.demo.registration import wait_until
from local.demo.stripe_payout import StripePayout
from local.demo.telling import PATIENCE_SECONDS, Story, Telling
from local.demo.told import Told, money
from local.demo.tray_day import TrayDay


class Stories(Telling):
    """Plays stories, one after the other."""

    def tell(self) -> list[Told]:
        """All of them, in order: the later ones go on with what the earlier ones left."""
        self._first_look()
        stories: tuple[tuple[str, Callable[[], Told]], ...] = (
            ("a bill is paid, booked and debited", self._verified),
            ("Ramp's webhook is lost", self._lost_webhook),
            ("the ledger books another amount", self._wrong_ledger),
            ("a bill is larger than the cash", self._refused),
            ("Ramp would pay what nobody decided", self._stopped),
            ("a check was paid elsewhere", lambda: recorded(self._stack, self._say)),
            ("two people set a limit", lambda: limited(self._stack, self._say)),
            ("a morning at the console", lambda: self._by(ConsoleDay)),
            ("a bank's file", lambda: self._by(BankFile)),
            ("customers pay through Stripe", lambda: self._by(StripePayout)),
            ("what does not agree is settled", lambda: self._by(TrayDay)),
            ("the morning's mail", lambda: self._by(MorningMail)),
            ("what a stranger can check", lambda: self._by(Proof)),
        )
        told = []
        for place, (title, play) in enumerate(stories, 1):
            self._say("story", f"{place}: {title}")
            told.append(play())
        return told

    def _by(self, story: type[Story]) -> Told:
        return story(self._stack, self._say, self._look_seconds).tell()

    # ---- the five on the rails

    def _verified(self) -> Told:
        client = firm.CLIENTS[0]
        payment = self._pay(client, firm.VERIFIED_BILL)
        self._until_paid(client, payment)
        self._until_proved(client, payment, "verified")
        proof = self._ann.get(f"/clients/{client.id}/audit/verify")
        self._say(
            "audit",
            f"chain of {proof['length']} entries intact: {proof['intact']}, "
            f"head {proof['head'][:16]}…",
        )
        ok = self._payment(client, payment)["verification"] == "verified" and proof["intact"]
        return self._told("paid, booked, debited: verified", ok, client, payment)

    def _lost_webhook(self) -> Told:
        client = firm.CLIENTS[1]
        bill = client.bill_id(firm.LOST_WEBHOOK_BILL)
        address = f"{self._stack.api_url}/webhooks/ramp/{client.endpoint_key}"
        fault = self._stack.post(
            "ramp", "faults", {"kind": "drop_webhook", "match": {"url": address}}
        )
        self._say("fault", f"from now on Ramp's webhooks for {client.name} are lost")
        payment = self._pay(client, firm.LOST_WEBHOOK_BILL)
        self._days(
            lambda: self._rail_state(bill) == "PAYMENT_COMPLETED", "Ramp pays, and nobody is told"
        )
        self._say(
            "api", f"payment is still {self._payment(client, payment)['status']}: no webhook came"
        )
        self._reconcile()
        self._stack.remove_fault("ramp", fault["id"])
        self._say("sweep", f"found it: {self._payment(client, payment)['status']}")
        self._until_proved(client, payment, "verified")
        ok = self._payment(client, payment)["verification"] == "verified"
        return self._told("webhook lost, proved by the sweep", ok, client, payment)

    def _wrong_ledger(self) -> Told:
        client = firm.CLIENTS[2]
        bill = client.bill_id(firm.WRONG_LEDGER_BILL)
        fault = {
            "kind": "ledger_amount",
            "times": 1,
            "match": {"bill_id": bill},
            "params": {"amount_minor": 213075},
        }
        self._stack.post("qbo", "faults", fault)
        self._say("fault", "the ledger will book 2,130.75 instead of 2,310.75")
        payment = self._pay(client, firm.WRONG_LEDGER_BILL)
        self._until_paid(client, payment)
        self._until_proved(client, payment, "mismatch")
        rows = self._ann.get(f"/clients/{client.id}/tray")["items"]
        items = [row["item"] for row in rows]
        mine = [item for item in items if payment in item["subject"] and item["state"] == "open"]
        for item in mine:
            self._say(
                "tray", f"{item['title']}: expected {item['expected']}, found {item['found']}"
            )
        return self._told("ledger differs, in the tray", bool(mine), client, payment)

    def _refused(self) -> Told:
        client = firm.CLIENTS[0]
        bill = client.bill_id(firm.REFUSED_BILL)
        self._stage(client, bill)
        self._fresh_balance(client)
        answer = self._ann.post(
            f"/clients/{client.id}/decisions", {"bill_id": bill, "action": "pay_now"}
        )
        problem = answer.json()
        self._say("api", f"{answer.status_code} {problem.get('code')}: {problem.get('detail')}")
        ok = answer.status_code == 422 and problem.get("code") == "guardrail_insufficient_cash"
        shown = self._ann.get(f"/clients/{client.id}/bills/{bill}")
        state = (shown["decision"] or {}).get("state")
        ok = ok and shown["live_payment_id"] is None
        path = f"/clients/{client.id}/bills/{bill}"
        return Told("refused by the guardrail", ok, f"decision {state}, no payment", path)

    def _stopped(self) -> Told:
        client = firm.CLIENTS[1]
        bill = client.bill_id(firm.STOPPED_BILL)
        planned = self._next_bank_days(3)
        self._stack.post(
            "ramp", "actions", {"action": "schedule", "bill_id": bill, "payment_date": planned}
        )
        self._say("ramp", f"somebody set a date in Ramp: it is going to pay on {planned}")
        self._reconcile()
        shown = self._ann.get(f"/clients/{client.id}/bills/{bill}")
        reserve = shown["reserve"] or {}
        self._say(
            "api",
            f"seen: reserve {money(reserve.get('amount'))}, observed: {reserve.get('observed')}",
        )
        self._stage(client, bill)
        until = (self._stack.timeline.now() + timedelta(days=30)).date().isoformat()
        body = {"bill_id": bill, "action": "delay", "until": until, "reason": "goods not received"}
        answer = self._ann.post(f"/clients/{client.id}/decisions", body)
        asked = answer.json()["decision"]["delay"]["rail"]
        self._say("api", f"{answer.status_code} delayed until {until}; stopping Ramp: {asked}")

        def confirmed() -> bool:
            found = self._ann.get(f"/clients/{client.id}/bills/{bill}")
            return bool(found["decision"]["delay"]["rail"] == "confirmed")

        wait_until(confirmed, PATIENCE_SECONDS, "Ramp's date cleared")
        self._days(
            lambda: self._stack.timeline.now().date().isoformat() > planned, "the date passes"
        )
        state = self._rail_state(bill)
        self._say("ramp", f"after {planned} the bill is {state}: it was not paid")
        path = f"/clients/{client.id}/bills/{bill}"
        return Told("stopped by a delay", state == "PAYMENT_READY", f"Ramp: {state}", path)
