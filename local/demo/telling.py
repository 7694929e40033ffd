"""What a person of the demo firm does in every story, and how days pass meanwhile."""

from __future__ import annotations

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import datetime, timedelta
from datetime import time as clock_time
from typing import Any

from local.demo import firm
from local.demo.api import Api
from local.demo.local_stack import NEW_YORK, LocalStack
from local.demo.registration import wait_until
from local.demo.told import Say, Told, money
from rowcol.domain.calendar import add_bank_days, next_bank_day

# On busy cores everything takes its time; what fails is noticed by itself.
PATIENCE_SECONDS, RUN_SECONDS_MAX = 180.0, 600.0
DAYS_MAX = 14


class Telling:
    """`say(who, text)` prints a line with the virtual time.

    `look_seconds`: how long each half day is looked at before time goes on.
    """

    def __init__(self, stack: LocalStack, say: Say, look_seconds: float = 1.5) -> None:
        self._stack = stack
        self._say = say
        self._look_seconds = look_seconds
        self._ann = Api(stack, "ann-advisor")

    def _first_look(self) -> None:
        self._reconcile()
        rows = self._ann.get("/console")["clients"]
        for row in rows:
            self._say(
                "api",
                f"{row['name']}: balance {money(row['cash']['balance'])}, "
                f"available {money(row['cash']['available'])}",
            )

    def _reconcile(self, depth: str = "light") -> None:
        """Let everything stored be applied, then run the reconciliation machine once.

        `depth`: "light" as each half hour, "full" as each night.
        """
        machines = self._stack.engine.client("stepfunctions")
        arn = self._stack.engine.machines["ReconciliationMachine"]
        run = machines.start_execution(stateMachineArn=arn, input=json.dumps({"depth": depth}))
        done = self._stack.engine.wait_for_execution(run["executionArn"], RUN_SECONDS_MAX)
        if done["status"] != "SUCCEEDED":
            raise RuntimeError(f"reconciliation {done['status']}: {done.get('cause', '')}")

    def _stage(self, client: firm.DemoClient, bill: str) -> None:
        answer = self._ann.post(f"/clients/{client.id}/bills/{bill}/stage")
        reserve = answer.json().get("reserve") or {}
        state = "covered" if reserve.get("covered") else "not covered yet"
        self._say(
            "api",
            f"{answer.status_code} staged; reserve {money(reserve.get('amount'))} opened, {state}",
        )

    def _fresh_balance(self, client: firm.DemoClient) -> None:
        answer = self._ann.post(f"/clients/{client.id}/balances/refresh")
        wait_until(lambda: self._cash(client)["fresh"], PATIENCE_SECONDS, "a fresh balance")
        cash = self._cash(client)
        self._say(
            "plaid",
            f"{answer.status_code} balance {money(cash['balance'])} "
            f"({cash['source']}, {cash['age_seconds']} s old), "
            f"available {money(cash['available'])}",
        )

    def _cash(self, client: firm.DemoClient) -> Any:
        return self._ann.get(f"/clients/{client.id}/balances")["cash"]

    def _pay(self, client: firm.DemoClient, place: int) -> str:
        bill = client.bill_id(place)
        shown = self._ann.get(f"/clients/{client.id}/bills/{bill}")["rail"]
        amount = money(shown["amount"])
        self._say(
            "api",
            f"{client.name}: bill {shown['invoice_number']} of {shown['vendor_name']}, {amount}",
        )
        self._stage(client, bill)
        answer = self._ann.post(
            f"/clients/{client.id}/decisions", {"bill_id": bill, "action": "pay_now"}
        )
        body = answer.json()
        if answer.status_code != 202:
            raise RuntimeError(f"pay now answered {answer.status_code}: {body}")
        payment = str(body["payment_id"])
        self._say("api", f"202 pay now: payment {payment}")

        def commanded() -> Any:
            found = self._payment(client, payment)
            return (
                found if found["custody"]["step"] in ("await_rail", "stopped", "verify") else None
            )

        found = wait_until(commanded, PATIENCE_SECONDS, "Ramp commanded")
        if found["hold"]:
            raise RuntimeError(f"held: {found['hold']}")
        cash = self._cash(client)
        self._say(
            "plaid",
            f"balance {money(cash['balance'])}, {cash['age_seconds']} s old, {cash['source']}",
        )
        self._say(
            "guard", f"passed: available {money(cash['available'])} after reserves and buffer"
        )
        date = found["changes"][-1]
        moved = "" if date["asked"] == date["confirmed"] else " (closed, or past its cut-off)"
        self._say("ramp", f"asked for {date['asked']}, Ramp took {date['confirmed']}{moved}")
        return payment

    def _until_paid(self, client: firm.DemoClient, payment: str) -> None:
        self._days(
            lambda: self._payment(client, payment)["status"] == "done",
            "Ramp pays; its signed webhook comes",
        )
        found = self._payment(client, payment)
        self._say("ramp", f"payment {found['status']}, paid at {found['rail']['paid_at'][:16]}Z")

    def _until_proved(self, client: firm.DemoClient, payment: str, expected: str) -> None:
        self._days(
            lambda: self._payment(client, payment)["verification"] == expected,
            "ledger and bank follow",
        )
        found = self._payment(client, payment)
        for booked in (found["ledger"] or {}).get("payments", []):
            self._say(
                "qbo",
                f"BillPayment {booked['payment_id']}: "
                f"{money(booked['amount'])} on {booked['paid_on']}",
            )
        for line in (found["cash"] or {}).get("debits", []):
            self._say(
                "bank",
                f"debit {money(line['amount'])} on {line['posted_on']}: "
                f"{found['cash']['explanation']}",
            )
        self._say(
            "judge", f"{found['verdict']['outcome']}: {', '.join(found['verdict']['evidence'])}"
        )

    def _payment(self, client: firm.DemoClient, payment: str) -> Any:
        return self._ann.get(f"/clients/{client.id}/payments/{payment}")

    def _rail_state(self, bill: str) -> str:
        return str(self._stack.state("ramp", "bills").get(bill, {}).get("state"))

    def _days(self, done: Callable[[], bool], what: str) -> None:
        """Let virtual time pass, half a bank day at a time. TimeoutError after DAYS_MAX days."""
        self._say("time", what)
        for _ in range(2 * DAYS_MAX):
            if _soon(done, self._look_seconds):
                return
            self._stack.timeline.advance_to(self._next_noon_or_evening())
            self._stack.engine.invoke("due_work", {})
        if not _soon(done, 10.0):
            raise TimeoutError(f"{what}: not within {DAYS_MAX} days")

    def _next_noon_or_evening(self) -> datetime:
        """Of a bank day: on the others nothing moves."""
        local = self._stack.timeline.now().astimezone(NEW_YORK)
        today = next_bank_day(local.date())
        for day in (today, next_bank_day(today + timedelta(days=1))):
            for hour in (11, 16):
                instant = datetime.combine(day, clock_time(hour), tzinfo=NEW_YORK)
                if instant > local:
                    return instant
        raise AssertionError("the next bank day has a noon")

    def _next_bank_days(self, count: int) -> str:
        return add_bank_days(
            self._stack.timeline.now().astimezone(NEW_YORK).date(), count
        ).isoformat()

    def _told(self, name: str, ok: bool, client: firm.DemoClient, payment: str) -> Told:
        found = self._payment(client, payment)
        shown = f"{found['status']}, {found['verification']}"
        return Told(name, ok, shown, f"/clients/{client.id}/payments/{payment}/custody")


class Story(Telling, ABC):
    """One story with a module of its own."""

    @abstractmethod
    def tell(self) -> Told:
        """Play it, and say how it ended."""


def _soon(done: Callable[[], bool], seconds: float) -> bool:
    """Whether it becomes so within a moment: webhooks and streams need a little real time."""
    end = time.monotonic() + seconds
    while not done():
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return True
