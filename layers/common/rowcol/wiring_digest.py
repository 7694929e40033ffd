"""What the function of digests has besides: a sender of mail, where lines lead, codes."""

from __future__ import annotations

import os
import secrets
from dataclasses import replace
from functools import cache
from typing import Any

from botocore.config import Config

from rowcol import wiring
from rowcol.service.digest.ports import Digests
from rowcol.service.environment import Environment
from rowcol.storage.mail import SesMail

_CODES = 10**6
# A call that is repeated unseen is a mail that comes twice.
_ONCE = Config(connect_timeout=2, read_timeout=10, retries={"total_max_attempts": 1})


@cache
def environment() -> Environment:
    """The usual one, with digests. KeyError names a missing variable."""
    sender = os.environ["DIGEST_SENDER"]
    mail = SesMail(sender, os.environ["MAIL_REPORTS"], _ses) if sender else None
    digests = Digests(mail, os.environ["CONSOLE_URL"], lambda: f"{secrets.randbelow(_CODES):06d}")
    return replace(wiring.environment(), digests=digests)


@cache
def _ses() -> Any:
    return wiring.session().create_client("sesv2", config=_ONCE)
