"""Mail that goes nowhere, and is kept."""

from __future__ import annotations

from rowcol.service.digest.ports import Digests, Message

CODE = "482913"
CONSOLE = "https://console.maple.example"


class Outbox:
    """Port Mail: keeps what it was handed; `trouble` is raised instead while it is set.

    `lost`: taken, and then the process dies.
    """

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.trouble: Exception | None = None
        self.lost: BaseException | None = None

    def send(self, message: Message) -> str:
        if self.trouble is not None:
            raise self.trouble
        self.sent.append(message)
        if self.lost is not None:
            raise self.lost
        return f"message-{len(self.sent)}"


def digests_to(outbox: Outbox | None) -> Digests:
    """What sends digests into an outbox; every code is CODE."""
    return Digests(outbox, CONSOLE, lambda: CODE)
