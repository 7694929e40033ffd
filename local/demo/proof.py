"""What a stranger can check: the chain of every log, and the evidence of one payment, offline."""

from __future__ import annotations

import json
import subprocess
import sys
from os.path import relpath
from pathlib import Path

from local.demo import firm
from local.demo.telling import Story
from local.demo.told import Told
from local.engine.settings import REPOSITORY

SCRIPT = REPOSITORY / "layers/common/rowcol/service/evidence/verify_evidence.py"
SECONDS_MAX = 30


class Proof(Story):
    """Plays the story about a payment that is verified."""

    def tell(self) -> Told:
        """The pack holds; with one digit changed it does not."""
        client = firm.CLIENTS[0]
        intact = []
        for one in firm.CLIENTS:
            proof = self._ann.get(f"/clients/{one.id}/audit/verify")
            intact.append(proof["intact"])
            said = "intact" if proof["intact"] else f"broken at {proof['broken_at']}"
            self._say("audit", f"{one.name}: {proof['length']} entries, {said}")
        self._stack.engine.invoke("checkpoints", {})
        payment = self._verified(client)
        path = f"/clients/{client.id}/payments/{payment}/evidence"
        pack = self._ann.get(path)
        file = self._stack.data / f"evidence-{payment}.json"
        file.write_text(json.dumps(pack), encoding="utf-8")
        status, said = _checked(file)
        self._say("script", f"verify_evidence.py, offline: {said}")
        pack["entries"][0]["entry"]["at"] = "2020-01-01T00:00:00.000000Z"
        forged = file.with_name("evidence-forged.json")
        forged.write_text(json.dumps(pack), encoding="utf-8")
        forged_status, forged_said = _checked(forged)
        self._say("script", f"with one date changed: {forged_said}")
        self._say("script", f"try it: python3 {relpath(SCRIPT)} {relpath(file)}")
        ok = all(intact) and status == 0 and forged_status == 1
        shown = f"{len(pack['entries'])} entries proved; a forged one is found"
        return Told("logs verified, evidence checked offline", ok, shown, path)

    def _verified(self, client: firm.DemoClient) -> str:
        bill = self._ann.get(f"/clients/{client.id}/bills/{client.bill_id(firm.VERIFIED_BILL)}")
        return str(bill["live_payment_id"] or bill["payment_ids"][-1])


def _checked(file: Path) -> tuple[int, str]:
    """The script's exit status and what it says first. It imports nothing of ours."""
    done = subprocess.run(
        [sys.executable, "-I", str(SCRIPT), str(file)],
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    return done.returncode, lines[0] if lines else "nothing"
