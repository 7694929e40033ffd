"""Mail through Amazon SES, API version 2."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from rowcol.service.digest.ports import MailRefused, MailUnavailable, Message
from rowcol.storage.calls import code_of

# SES will say the same again until somebody changes sender, recipient or account.
_FINAL = frozenset(
    {
        "MessageRejected",
        "MailFromDomainNotVerifiedException",
        "AccountSuspendedException",
        "SendingPausedException",
        "BadRequestException",
        "NotFoundException",
        "AccessDeniedException",
    }
)


class SesMail:
    """Port Mail. The client is made at the first message."""

    def __init__(self, sender: str, connect: Callable[[], Any]) -> None:
        self._sender = sender
        self._connect = connect

    def send(self, message: Message) -> str:
        """Hand a message to SES; its message id. Raises MailUnavailable, MailRefused."""
        try:
            answer = self._connect().send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [message.to]},
                Content={
                    "Simple": {
                        "Subject": _part(message.subject),
                        "Body": {"Text": _part(message.text), "Html": _part(message.html)},
                    }
                },
            )
        except ClientError as error:
            if code_of(error) in _FINAL:
                raise MailRefused(code_of(error)) from None
            raise MailUnavailable(code_of(error)) from None
        except BotoCoreError as error:
            raise MailUnavailable(type(error).__name__) from None
        return str(answer["MessageId"])


def _part(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
