"""What sending mail needs from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


class MailUnavailable(Exception):
    """It was not taken, and may be sent again later."""


class MailUnknown(Exception):
    """Nobody knows whether it was taken: sending it again may double it."""


class MailRefused(Exception):
    """The mail service will not take it, now or later, until somebody changes something."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to one address, in both forms. `tags`: what is told of its delivery is told with.

    Names and values of tags are ids.
    """

    to: str = field(repr=False)
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    tags: Mapping[str, str] = field(default_factory=dict)


class Mail(Protocol):
    """Takes mail for delivery."""

    def send(self, message: Message) -> str:
        """Hand a message over; its id there.

        Raises MailUnavailable, MailUnknown, MailRefused.
        """
        ...


@dataclass(frozen=True, slots=True)
class Written:
    """A digest as it is read."""

    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class Digests:
    """Of the one function that sends. `mail` None: no sender is configured.

    `base_url`: what a line's path is joined to, empty for none. `code`: a fresh secret of six
    digits.
    """

    mail: Mail | None
    base_url: str
    code: Callable[[], str]
