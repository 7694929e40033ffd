"""The hygiene tray: one item asked about and fixed in the ledger, one accepted with a reason."""

from __future__ import annotations

from typing import Any

from local.demo import firm
from local.demo.telling import Story
from local.demo.told import Told, money

MISMATCH, OVERDUE = "partial", "overdue_without_contact"


class TrayDay(Story):
    """Plays the story."""

    def tell(self) -> Told:
        """What story 3 left behind: the ledger is mended, and the item closes by itself."""
        client = firm.CLIENTS[2]
        row = self._open(client, MISMATCH)
        item = row["item"]
        self._say("tray", f"{item['title']}: {item['expected']} against {item['found']}")
        self._say("tray", f"what settles it: {row['remedy']}")
        question = "The vendor got 2,310.75; why do your books say 2,130.75?"
        self._act(client, item["id"], "ask", text=question)
        self._say("tray", "the question waits for the client's owner, beside the item")
        payment = item["subject"].removeprefix("payment-")
        [booked] = self._payment(client, payment)["ledger"]["payments"]
        self._stack.post(
            "qbo",
            "actions",
            {
                "action": "edit_payment",
                "realm": client.realm_id,
                "key": booked["payment_id"],
                "amount": f"{item['amount']['minor'] / 100:.2f}",
            },
        )
        self._say("qbo", f"somebody corrects the entry to {money(item['amount'])}")
        self._days(
            lambda: self._payment(client, payment)["verification"] == "verified",
            "QuickBooks tells of the change",
        )
        fixed = self._ann.get(f"/clients/{client.id}/tray/{item['id']}")["shown"]["item"]
        self._say("tray", f"{fixed['state']}, {fixed['closed_because']}; the payment is verified")
        accepted = self._accepted(client)
        ok = fixed["state"] == "closed" and accepted["state"] == "accepted"
        shown = f"one {fixed['state']} by the facts, one {accepted['state']} with a reason"
        path = f"/clients/{client.id}/tray/{item['id']}"
        return Told("the tray: asked, fixed, accepted", ok, shown, path)

    def _accepted(self, client: firm.DemoClient) -> dict[str, Any]:
        row = self._open(client, OVERDUE)
        item = row["item"]
        self._say("tray", item["title"])
        reason = "they pay at the end of the quarter, as agreed"
        done = self._act(client, item["id"], "accept", mark=row["mark"], text=reason)
        return dict(done["shown"]["item"])

    def _open(self, client: firm.DemoClient, kind: str) -> dict[str, Any]:
        rows = self._ann.get(f"/clients/{client.id}/tray?kind={kind}")["items"]
        return dict(rows[0])

    def _act(self, client: firm.DemoClient, item: str, verb: str, **body: str) -> Any:
        answer = self._ann.post(f"/clients/{client.id}/tray/{item}/{verb}", body)
        answer.raise_for_status()
        said = f": {body['text']}" if "text" in body else ""
        self._say("api", f"{answer.status_code} {verb}{said}")
        return answer.json()
