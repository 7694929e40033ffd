"""Mail of the local stack: nothing leaves this machine, each message is two files to look at.

The emulator knows how a message is built and where it would be relayed to, but neither delivers it
nor knows as which identity it is sent, on which AWS authorizes it.
"""

import email
import email.policy
import json
import re
import threading
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from local.engine import internals

SEND = "/v2/email/outbound-emails"
_UNSAFE = re.compile(r"[^A-Za-z0-9@._+-]")


def install(directory: Path) -> None:
    """Keep every message of SES in `directory`; authorize sending on the sender's identity."""
    box = Mailbox(directory)
    internals.module("services.ses_v2")._smtp_relay = box.keep
    actions = internals.module("core.iam_actions")
    actions.extract_resource_arn = _with_senders(actions.extract_resource_arn)


class Mailbox:
    """Files `0001-<address>.eml` and, of a message that has one, its page as `.html`."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()

    def keep(self, _sender: str, to: Sequence[str], mime: str) -> None:
        """Write a message; their numbers go on after those that are there."""
        message: EmailMessage = email.message_from_string(mime, policy=email.policy.default)
        page = message.get_body(("html",))
        with self._lock:
            self._directory.mkdir(parents=True, exist_ok=True)
            number = 1 + max(
                (int(file.name[:4]) for file in self._directory.glob("*.eml")), default=0
            )
            stem = f"{number:04d}-{_UNSAFE.sub('_', to[0] if to else 'nobody')[:80]}"
            (self._directory / f"{stem}.eml").write_text(mime, encoding="utf-8")
            if page is not None:
                text = page.get_content()
                (self._directory / f"{stem}.html").write_text(text, encoding="utf-8")


def _with_senders(original: Callable[..., str]) -> Callable[..., str]:
    def extract(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> str:
        found = original(service, method, path, headers, body, *rest)
        if service != "ses" or path.rstrip("/") != SEND:
            return found
        responses = internals.module("core.responses")
        sender = json.loads(body or b"{}").get("FromEmailAddress", "")
        region, account = responses.get_region(), responses.get_account_id()
        return f"arn:aws:ses:{region}:{account}:identity/{sender}"

    return extract
