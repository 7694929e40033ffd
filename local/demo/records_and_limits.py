"""Two stories beside the rails: a check that was paid elsewhere, and a limit set by two people."""

from __future__ import annotations

from typing import Any

from local.demo import firm
from local.demo.api import Api
from local.demo.local_stack import NEW_YORK, LocalStack
from local.demo.told import Say, Told, money
from rowcol.domain.calendar import add_bank_days

NO_LIMITS: dict[str, Any] = {"per_transaction": None, "per_day": None, "verification_from": None}
LIMIT = {**NO_LIMITS, "per_transaction": {"minor": 100_000, "currency": "USD"}}


def recorded(stack: LocalStack, say: Say) -> Told:
    """A check becomes a record; it is confirmed, and stands in the journal under its number."""
    client, ann = firm.CLIENTS[1], Api(stack, "ann-advisor")
    record = {
        "type": "vendor_payment",
        "amount": {"minor": 48_000, "currency": "USD"},
        "paid_on": stack.timeline.now().astimezone(NEW_YORK).date().isoformat(),
        "counterparty_name": "Lakeside Catering",
        "method": "CHECK",
        "reference": "check 1042",
    }
    made = ann.post(f"/clients/{client.id}/payments", record)
    payment = made.json()
    say("api", f"{made.status_code} {client.name}: check 1042, 480.00 USD, is a draft record")
    path = f"/clients/{client.id}/payments/{payment['id']}"
    confirmed = ann.post(f"{path}/confirm")
    payment = confirmed.json()
    say("api", f"{confirmed.status_code} confirmed: number {payment.get('number')}")
    entries = ann.get(f"{path}/custody")["journal"]
    chart = ann.get(f"/clients/{client.id}/chart-of-accounts")["items"]
    names = {account["code"]: account["name"] for account in chart}
    for line in (line for entry in entries for line in entry["lines"]):
        side = "debit" if line["debit"] else "credit"
        amount = money({"minor": line[side], "currency": "USD"})
        say("books", f"{side} {line['account']} {names[line['account']]}: {amount}")
    sides = [sum(line[side] for line in entries[0]["lines"]) for side in ("debit", "credit")]
    ok = payment["posting"] == "posted" and sides == [48_000, 48_000]
    shown = f"{payment['posting']}, number {payment['number']}"
    return Told("a check recorded: it stands in the journal", ok, shown, f"{path}/custody")


def limited(stack: LocalStack, say: Say) -> Told:
    """Two people set a limit, it refuses and says which level does, and two people take it off."""
    client, ann = firm.CLIENTS[2], Api(stack, "ann-advisor")
    bill = client.bill_id(firm.LIMITED_BILL)
    _agree(stack, client, LIMIT)
    say("limit", f"{client.name}: 1,000.00 USD a payment, proposed by Ben, approved by Cleo")
    ann.post(f"/clients/{client.id}/bills/{bill}/stage")
    today = stack.timeline.now().astimezone(NEW_YORK).date()
    wish = {"bill_id": bill, "action": "schedule", "pay_on": add_bank_days(today, 3).isoformat()}
    answer = ann.post(f"/clients/{client.id}/decisions", wish)
    problem = answer.json()
    level = problem.get("numbers", {}).get("level")
    say("api", f"{answer.status_code} {problem.get('code')}: {problem.get('detail')}")
    say("api", f"what to do: {problem.get('remedy')}")
    _agree(stack, client, NO_LIMITS)
    say("limit", "taken off again, by two people as well")
    ok = answer.status_code == 422 and problem.get("code") == "limit_transaction"
    path = f"/clients/{client.id}/bills/{bill}"
    shown = f"level {level}, no payment"
    ok = ok and level == "client" and ann.get(path)["live_payment_id"] is None
    return Told("refused by a limit of two people", ok, shown, path)


def _agree(stack: LocalStack, client: firm.DemoClient, wanted: dict[str, Any]) -> None:
    """Ben proposes, Cleo approves. Raises httpx.HTTPStatusError for a refusal."""
    path = f"/clients/{client.id}/limits"
    ben, cleo = Api(stack, "ben-partner"), Api(stack, "cleo-partner")
    proposed = ben.put(path, wanted, ben.etag(path))
    proposed.raise_for_status()
    change = {"change_id": proposed.json()["pending"]["id"]}
    cleo.post(f"{path}/approve", change).raise_for_status()
