"""From a customer's card to the bank's line: two charges, their fees, one payout."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

from local.demo import firm
from local.demo.registration import wait_until
from local.demo.telling import PATIENCE_SECONDS, Story
from local.demo.told import Told, money

LAYOUT = "payout_reconciliation.itemized.5"


class StripePayout(Story):
    """Plays the story."""

    def tell(self) -> Told:
        """Events tell of charges and payouts, the report of what is in one, the bank of its end."""
        client = firm.CLIENTS[0]
        path = f"/clients/{client.id}/receivables"
        invoice = self._ann.get(f"{path}/invoices")["items"][0]
        known = {one["id"] for one in self._ann.get(f"{path}/payouts")["items"]}
        dollars = f"{invoice['left']['minor'] / 100:.2f}"
        number = invoice["doc_number"]
        self._act(client, "charge", amount=dollars, metadata={"qbo_invoice_doc_number": number})
        self._act(client, "charge", amount="96.40", description="At the counter")
        self._say(
            "stripe",
            f"{client.name}: {invoice['customer_name']} pays {number} by card, "
            f"{money(invoice['left'])}; somebody pays 96.40 USD at the counter",
        )
        self._until(lambda: len(self._ann.get(f"{path}/charges")["items"]) >= 2, "charges told")
        for charge in self._ann.get(f"{path}/charges")["items"]:
            found = charge["found"]
            self._say("api", f"{money(charge['charge']['amount'])}: {_invoice(found)}")

        def arrived() -> dict[str, Any] | None:
            items = self._ann.get(f"{path}/payouts")["items"]
            fresh = [one for one in items if one["id"] not in known]
            return next((one for one in fresh if one["payout"]["state"] == "paid"), None)

        self._days(lambda: self._is_told() and arrived() is not None, "Stripe pays out")
        self._report(client)
        self._reconcile()
        self._days(lambda: bool((arrived() or {}).get("line")), "the bank shows it")
        payout = arrived() or {}
        seen = payout["line"]
        sums = payout["sums"]
        self._say(
            "payout",
            f"charges {money(sums['charges'])} - fees {money(sums['fees'])} = "
            f"{money(sums['net'])}, unexplained {money(payout['unexplained'])}",
        )
        self._say("bank", f"{payout['standing']}: {seen['explanation']}")
        ok = payout["standing"] == "arrived" and payout["unexplained"]["minor"] == 0
        shown = f"{money(payout['payout']['amount'])} {payout['standing']}, every row known"
        return Told("Stripe's payout, from charges to the bank", ok, shown, f"{path}/payouts/"
                    f"{payout['id']}")  # fmt: skip

    def _act(self, client: firm.DemoClient, action: str, **how: Any) -> Any:
        body = {"action": action, "account": client.stripe_account, **how}
        return self._stack.post("stripe", "actions", body)

    def _is_told(self) -> bool:
        """Whether nothing that Stripe would tell by now is on its way."""
        address = f"{self._stack.urls['stripe']}/_sim/deliveries?state=pending"
        pending = self._stack.http.get(address).raise_for_status().json()["deliveries"]
        now = self._stack.timeline.now().isoformat()
        return not [one for one in pending if one["due_at"] <= now]

    def _until(self, done: Callable[[], Any], what: str) -> None:
        wait_until(lambda: self._is_told() and done(), PATIENCE_SECONDS, what)

    def _report(self, client: firm.DemoClient) -> None:
        """Import Stripe's own report: events do not say which payout took which charge along."""
        text = self._act(client, "report", layout=LAYOUT)["csv"]
        path = f"/clients/{client.id}/stripe/import"
        body = {"file_name": "payouts.csv", "content": base64.b64encode(text.encode()).decode()}
        file = self._ann.post(path, body).json()
        self._say("api", f"payouts.csv is {file['seen']['layout']}: {file['seen']['rows']} rows")
        self._ann.post(f"{path}/{file['id']}/apply").raise_for_status()
        end = time.monotonic() + PATIENCE_SECONDS
        while self._ann.get(f"{path}/{file['id']}")["state"] != "applied":
            if time.monotonic() > end:
                raise TimeoutError("Stripe's report is not applied")
            time.sleep(0.1)


def _invoice(found: dict[str, Any] | None) -> str:
    return f"exact, {found['explanation']}" if found else "no invoice is named"
