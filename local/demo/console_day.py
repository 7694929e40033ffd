"""An advisor's morning across all clients: the queue, a plan, many decisions, a second person."""

from __future__ import annotations

from datetime import date
from typing import Any

from local.demo import firm
from local.demo.api import Api
from local.demo.local_stack import NEW_YORK
from local.demo.registration import wait_until
from local.demo.telling import PATIENCE_SECONDS, Story
from local.demo.told import Told, money
from rowcol.domain.calendar import add_bank_days

BANK_DAYS = 4
SECOND_PERSON_FROM = {"minor": 200_000, "currency": "USD"}
RULE: dict[str, Any] = {
    "id": "large",
    "name": "Large bills need two people",
    "when": [[{"fact": "amount", "at_least": SECOND_PERSON_FROM}]],
    "then": ["second_person"],
}


class ConsoleDay(Story):
    """Plays the morning."""

    def tell(self) -> Told:
        """Everything that is ready is decided at once; what is large waits for a second person."""
        ben = Api(self._stack, "ben-partner", step_up=True)
        self._two_people_for_large_bills(ben)
        self._look()
        for client in firm.CLIENTS:
            self._fresh_balance(client)
        self._plan(firm.CLIENTS[2])
        rows = self._ready()
        checked = self._ann.post("/decisions/precheck", {"decisions": rows}).json()
        self._say("api", f"precheck: {checked['ready']} ready, {checked['blocked']} blocked")
        asked = {"decisions": rows, "mode": "independent"}
        batch = self._done(self._ann.post("/decisions/finalize", asked).json())
        self._say(
            "api",
            f"finalize: {batch['ok']} of {batch['submitted']} decided for "
            f"{len(batch['clients'])} clients, {batch['failed']} refused",
        )
        for code in sorted({row["code"] for row in batch["results"] if row["code"]}):
            self._say("api", f"refused with {code}")
        self._until_scheduled(batch)
        waiting = [row for row in batch["results"] if row["state"] == "awaiting_second_person"]
        yes = [self._decision_of(row) for row in waiting]
        own = self._done(self._ann.post("/decisions/approve", {"decisions": yes}).json())
        self._say("api", f"Ann approves her own {len(yes)}: {_codes(own)}")
        second = self._done(ben.post("/decisions/approve", {"decisions": yes}).json())
        self._say("api", f"Ben approves them: {second['ok']} of {second['submitted']}")
        # The queue follows the log within seconds.
        waits = "second_person"
        wait_until(
            lambda: not self._ann.get("/console")["counts"][waits], PATIENCE_SECONDS, "the queue"
        )
        self._look()
        ok = (
            batch["ok"] == checked["ready"]
            and bool(yes)
            and own["ok"] == 0
            and second["ok"] == len(yes)
        )
        shown = f"{batch['ok']} decided, {second['ok']} of them by two people"
        return Told("many decisions, two people", ok, shown, f"/batches/{batch['id']}")

    def _two_people_for_large_bills(self, ben: Api) -> None:
        for client in firm.CLIENTS:
            path = f"/clients/{client.id}/staging-rules"
            rules = ben.get(path)["rules"]
            kept = [rule for rule in rules if rule["id"] != RULE["id"]]
            ben.put(path, {"rules": [*kept, RULE]}, ben.etag(path)).raise_for_status()
        amount = money(SECOND_PERSON_FROM)
        self._say("rules", f"from {amount} a bill needs two people; so says Ben for all clients")

    def _look(self) -> None:
        queue = self._ann.get("/console")
        counts = {kind: count for kind, count in queue["counts"].items() if count}
        self._say("api", f"open work: {', '.join(f'{k} {n}' for k, n in counts.items())}")

    def _plan(self, client: firm.DemoClient) -> None:
        runway = self._ann.get(f"/clients/{client.id}/runway?days=30")
        for sentence in runway["summary"][:2]:
            self._say("runway", f"{client.name}: {sentence}")
        plan = self._ann.post(f"/clients/{client.id}/plan", {"horizon_days": 30}).json()
        lines = plan["proposal"]["lines"]
        self._say("plan", f"{client.name}: {len(lines)} lines, for example:")
        for line in lines[:2]:
            self._say("plan", f"{line['action']} {money(line['amount'])}: {line['reason']}")

    def _ready(self) -> list[dict[str, Any]]:
        """Whatever is ready, to be paid in a few bank days; one bill is too dear and stays out."""
        today = self._stack.timeline.now().astimezone(NEW_YORK).date()
        pay_on = add_bank_days(today, BANK_DAYS)
        return [
            self._row(client, one["bill"], pay_on)
            for client in firm.CLIENTS
            for one in self._ann.get(f"/clients/{client.id}/bills/ready")["items"]
            if one["bill"]["id"] != client.bill_id(firm.REFUSED_BILL)
        ]

    @staticmethod
    def _row(client: firm.DemoClient, bill: dict[str, Any], pay_on: date) -> dict[str, Any]:
        return {
            "client": client.id,
            "bill_id": bill["id"],
            "action": "schedule",
            "pay_on": pay_on.isoformat(),
        }

    def _done(self, batch: dict[str, Any]) -> dict[str, Any]:
        """The batch when all of its rows have a result."""
        path = f"/batches/{batch['id']}"

        def over() -> dict[str, Any] | None:
            found = self._ann.get(path)
            return found if found["state"] == "done" else None

        done = batch if batch["state"] == "done" else wait_until(over, PATIENCE_SECONDS, "a batch")
        return dict(done)

    def _until_scheduled(self, batch: dict[str, Any]) -> None:
        paid = [row for row in batch["results"] if row["payment_id"]]

        def scheduled() -> bool:
            return all(
                self._ann.get(f"/clients/{row['client']}/payments/{row['payment_id']}")["status"]
                != "draft"
                for row in paid
            )

        wait_until(scheduled, PATIENCE_SECONDS, "payments with their date")
        self._say("api", f"{len(paid)} payments stand on their day")

    def _decision_of(self, row: dict[str, Any]) -> dict[str, Any]:
        bill = self._ann.get(f"/clients/{row['client']}/bills/{row['id']}")
        return {"client": row["client"], "decision_id": bill["decision"]["id"]}


def _codes(batch: dict[str, Any]) -> str:
    return ", ".join(sorted({row["code"] for row in batch["results"] if row["code"]}))
