"""Mail through Amazon SES, API version 2.

SES has no idempotency key: what may have been taken is told apart from what was not, and the client
handed in must not repeat a call by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
)

from rowcol.service.digest.ports import MailRefused, MailUnavailable, MailUnknown, Message
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
_NEVER_ARRIVED = (ConnectTimeoutError, EndpointConnectionError, NoCredentialsError)


class SesMail:
    """Port Mail. The client is made at the first message, and tries each call once.

    `configuration_set`: by which SES reports what becomes of a message.
    """

    def __init__(self, sender: str, configuration_set: str, connect: Callable[[], Any]) -> None:
        self._sender = sender
        self._configuration_set = configuration_set
        self._connect = connect

    def send(self, message: Message) -> str:
        """Hand a message to SES; its message id.

        Raises MailUnavailable, MailUnknown, MailRefused.
        """
        try:
            answer = self._connect().send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [message.to]},
                Content={
                    "Simple": {
                        "Subject": _part(message.subject),
                        "Body": {"Text": _part(message.text), "Html": _part(message.html)},
                        # Nobody's holiday notice is wanted back (RFC 3834).
                        "Headers": [{"Name": "Auto-Submitted", "Value": "auto-generated"}],
                    }
                },
                EmailTags=[{"Name": name, "Value": text} for name, text in message.tags.items()],
                ConfigurationSetName=self._configuration_set,
            )
        except ClientError as error:
            code = code_of(error)
            if code in _FINAL:
                raise MailRefused(code) from None
            if error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0) >= 500:
                raise MailUnknown(code) from None
            raise MailUnavailable(code) from None
        except _NEVER_ARRIVED as error:
            raise MailUnavailable(type(error).__name__) from None
        except BotoCoreError as error:
            raise MailUnknown(type(error).__name__) from None
        return str(answer["MessageId"])


def _part(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
