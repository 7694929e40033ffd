"""A statement file from a bank that nobody connected: looked at, imported, matched."""

from __future__ import annotations

import base64
from typing import Any

from local.demo import firm
from local.demo.registration import wait_until
from local.demo.telling import PATIENCE_SECONDS, Story
from local.demo.told import Told, money

FEE_MINOR = 1500
_HEADER = "Details,Posting Date,Description,Amount,Type,Balance,Check or Slip #"


class BankFile(Story):
    """Plays the story."""

    def tell(self) -> Told:
        """Two customers paid, and the bank took its fee; one line is sure, one waits for Ann."""
        client = firm.CLIENTS[1]
        name = "savings.csv"
        content = self._csv(client)
        (self._stack.data / name).write_bytes(content)
        file = self._imported(client, name, content)
        lines = [self._line(client, row["line_id"]) for row in file["rows"]]
        for line in lines:
            match = line["match"]
            why = f": {match['explanation'].split(';')[0]}" if match else ""
            self._say("match", f"{line['line']['line']['text']} is {line['line']['state']}{why}")
        proposed = [line["match"] for line in lines if line["line"]["state"] == "proposed"]
        for match in proposed:
            self._say("match", f"score {match['score']} of 1000, difference {_cost(match)}")
            body = {"match_id": match["id"]}
            answer = self._ann.post(f"/clients/{client.id}/matches", body)
            self._say("api", f"{answer.status_code} Ann confirms the proposal")
        states = sorted(self._line(client, row["line_id"])["line"]["state"] for row in file["rows"])
        ok = states == ["matched", "matched", "unmatched"] and len(proposed) == 1
        shown = f"{file['counts']['added']} lines added, {states.count('matched')} matched"
        path = f"/clients/{client.id}/statements/{file['id']}"
        return Told("a bank's file imported and matched", ok, shown, path)

    def _csv(self, client: firm.DemoClient) -> bytes:
        """As one bank writes it: one invoice to the cent, one less the wire's fee, and a charge."""
        path = f"/clients/{client.id}/receivables/invoices"
        open_ones = {one["doc_number"]: one for one in self._ann.get(path)["items"]}
        first, second = open_ones["INV-2041"], open_ones["INV-2044"]
        whole, short = first["left"]["minor"], second["left"]["minor"] - FEE_MINOR
        rows = (
            (whole, f"ACH CREDIT {first['customer_name'].upper()} INV-2041", "ACH_CREDIT"),
            (short, f"WIRE {second['customer_name'].upper()}", "WIRE_INCOMING"),
            (-2500, "MONTHLY SERVICE FEE", "FEE_TRANSACTION"),
        )
        day, balance, written = f"{self._stack.timeline.now():%m/%d/%Y}", 1_000_000, [_HEADER]
        for minor, text, kind in rows:
            balance += minor
            side = "CREDIT" if minor > 0 else "DEBIT"
            amount, left = f"{minor / 100:.2f}", f"{balance / 100:.2f}"
            written.append(f"{side},{day},{text},{amount},{kind},{left},")
        return ("\n".join(written) + "\n").encode()

    def _imported(self, client: firm.DemoClient, name: str, content: bytes) -> dict[str, Any]:
        path = f"/clients/{client.id}/statements"
        body = {"file_name": name, "content": base64.b64encode(content).decode()}
        file = self._ann.post(path, body).json()
        self._say("api", f"{client.name}: {name} is {file['dialect']}; {file['state']}")
        for question in file["questions"]:
            self._say("asked", question["message"])
        answers = {"accounts": [{"account": 0, "bank_account_id": "new"}]}
        file = self._ann.post(f"{path}/{file['id']}/answers", answers).json()
        account = file["accounts"][0]
        self._say(
            "api",
            f"{account['lines']} lines, in {money(account['credits'])}, "
            f"out {money(account['debits'])}; balances differ by {money(account['gap'])}",
        )
        self._ann.post(f"{path}/{file['id']}/apply").raise_for_status()

        def applied() -> dict[str, Any] | None:
            found = dict(self._ann.get(f"{path}/{file['id']}"))
            return found if found["state"] == "applied" else None

        done: dict[str, Any] = wait_until(applied, PATIENCE_SECONDS, "the file in the books")
        wait_until(
            lambda: all(self._line(client, row["line_id"])["match"] for row in done["rows"][:2]),
            PATIENCE_SECONDS,
            "its lines matched",
        )
        return done

    def _line(self, client: firm.DemoClient, line_id: str) -> dict[str, Any]:
        return dict(self._ann.get(f"/clients/{client.id}/bank-lines/{line_id}"))


def _cost(match: dict[str, Any]) -> str:
    difference = match["difference"]
    return money({**difference, "minor": abs(difference["minor"])})
