"""SES as the port of mail: what was taken, what was not, and what nobody knows."""

from __future__ import annotations

import botocore.session
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ConnectionClosedError,
    EndpointConnectionError,
    ReadTimeoutError,
)
from botocore.stub import ANY, Stubber

from rowcol.service.digest.ports import MailRefused, MailUnavailable, MailUnknown, Message
from rowcol.storage.mail import SesMail

MESSAGE = Message("ann@maple.example", "Subject", "text", "<p>html</p>", {"firm": "maple"})
SES = botocore.session.get_session().create_client(
    "sesv2", region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
)


def mail() -> SesMail:
    return SesMail("digest@firm.example", "reports", lambda: SES)


def test_a_message_in_both_forms_is_handed_over_with_its_tags() -> None:
    with Stubber(SES) as stub:
        asked = {
            "FromEmailAddress": "digest@firm.example",
            "Destination": {"ToAddresses": ["ann@maple.example"]},
            "Content": ANY,
            "EmailTags": [{"Name": "firm", "Value": "maple"}],
            "ConfigurationSetName": "reports",
        }
        stub.add_response("send_email", {"MessageId": "0100-1"}, asked)
        assert mail().send(MESSAGE) == "0100-1"


@pytest.mark.parametrize(
    ("code", "status", "kind"),
    [
        ("MessageRejected", 400, MailRefused),
        ("MailFromDomainNotVerifiedException", 400, MailRefused),
        ("SendingPausedException", 400, MailRefused),
        ("TooManyRequestsException", 429, MailUnavailable),
        ("LimitExceededException", 400, MailUnavailable),
        ("InternalFailure", 500, MailUnknown),
        ("ServiceUnavailable", 503, MailUnknown),
    ],
)
def test_what_an_answer_means(code: str, status: int, kind: type[Exception]) -> None:
    with Stubber(SES) as stub:
        stub.add_client_error("send_email", code, http_status_code=status)
        with pytest.raises(kind):
            mail().send(MESSAGE)


class Broken:
    """A connection that ends in trouble."""

    def __init__(self, trouble: BotoCoreError) -> None:
        self.trouble = trouble

    def send_email(self, **_: object) -> None:
        raise self.trouble


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (EndpointConnectionError(endpoint_url="https://email"), MailUnavailable),
        (ReadTimeoutError(endpoint_url="https://email"), MailUnknown),
        (ConnectionClosedError(endpoint_url="https://email"), MailUnknown),
    ],
)
def test_what_silence_means(trouble: BotoCoreError, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        SesMail("digest@firm.example", "reports", lambda: Broken(trouble)).send(MESSAGE)
