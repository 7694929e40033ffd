"""The daily digest: an address is proved, a night passes, and a mail lies in the mailbox."""

from __future__ import annotations

import email
import email.policy
import re
from datetime import datetime, timedelta
from email.message import EmailMessage
from os.path import relpath
from pathlib import Path

from local.demo.registration import wait_until
from local.demo.telling import PATIENCE_SECONDS, Story
from local.demo.told import Told

ADDRESS = "ann@maple-street.example"
LINES_TOLD = 6
# Before the digest is due.
NIGHT = timedelta(hours=3)


class MorningMail(Story):
    """Plays the story."""

    def tell(self) -> Told:
        """Mail never leaves this machine: each is a file to look at."""
        seen = self._ann.etag("/digest/settings")
        wanted = {
            "is_on": True,
            "address": ADDRESS,
            "at": "07:00",
            "zone": "America/New_York",
            "weekdays": [1, 2, 3, 4, 5],
        }
        before = set(self._mails())
        self._ann.put("/digest/settings", wanted, seen).raise_for_status()
        code = self._code(self._mail(before))
        self._say("mail", f"to {ADDRESS}: the code {code}, and nothing else until it comes back")
        confirmed = self._ann.post("/digest/settings/confirm", {"code": code}).json()
        self._say("api", f"address proved; the next digest is due at {confirmed['next_at'][:16]}Z")
        due = datetime.fromisoformat(confirmed["next_at"])
        before = set(self._mails())
        self._stack.timeline.advance_to(due - NIGHT)
        self._say("sweep", "the nightly sweep looks at every client, and keeps its runway")
        self._reconcile("full")
        self._stack.timeline.advance_to(due)
        self._stack.engine.invoke("due_work", {})
        self._stack.engine.invoke("due_work", {})
        file = self._mail(before)
        message = _read(file)
        self._say("mail", str(message["subject"]))
        for line in [line for line in _text(message).splitlines() if line][:LINES_TOLD]:
            self._say("mail", line)
        sent = [mail for mail in self._mails() if mail not in before]
        page = file.with_suffix(".html")
        self._say("mail", f"look at it: {relpath(page)}")
        ok = len(sent) == 1 and page.exists() and str(message["subject"]).startswith("RowCol ")
        shown = f"{message['subject']}; {page.name}"
        return Told("the morning's digest, sent once", ok, shown, "/digest")

    def _mails(self) -> list[Path]:
        return sorted(self._stack.mail.glob("*.eml"))

    def _mail(self, before: set[Path]) -> Path:
        """The first message that was not there before."""
        found: Path = wait_until(
            lambda: next((one for one in self._mails() if one not in before), None),
            PATIENCE_SECONDS,
            "a mail",
        )
        return found

    @staticmethod
    def _code(file: Path) -> str:
        found = re.search(r"\b\d{6}\b", _text(_read(file)))
        if found is None:
            raise RuntimeError(f"{file} has no code")
        return found.group()


def _read(file: Path) -> EmailMessage:
    return email.message_from_bytes(file.read_bytes(), policy=email.policy.default)


def _text(message: EmailMessage) -> str:
    """Its plain part."""
    part = message.get_body(("plain",))
    return str(part.get_content()) if part is not None else ""
